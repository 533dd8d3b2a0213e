"""The front door and the pages behind it: short enough, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_the_front_page_is_read_in_a_minute():
    assert len((ROOT / "README.md").read_bytes()) <= 6000


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_link_to_a_file_leads_to_one(page: Path):
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_page_is_reached_from_the_front():
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / link).resolve()
            if "://" not in link and target.suffix == ".md" and target not in seen:
                ahead.append(target)
    assert set(PAGES) <= seen


def test_every_place_that_contributing_names_is_there():
    """A recipe that sends its reader to a file that has moved is no recipe."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"`([\w./]+/[\w./]*)`", text) if "NAME" not in name}
    bases = [ROOT, ROOT / "hil_rig/perilune_rig", ROOT / "sim_bridge/perilune_sim"]
    assert [name for name in sorted(named) if not any((base / name).exists() for base in bases)] == []
