"""The Makefile: `make help` is the index of every verb, and what the verbs install is there to be installed."""

import re
import subprocess
from pathlib import Path

import pytest

from perilune_rig.scenario.toml_file import read

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
OWN = {"report", "world", "stubs"}  # stamps with rules of their own
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
INNER = {"tools-firmware", "tools-emulators", "tools-lint"}  # what other verbs need


def helped() -> dict[str, str]:
    """What `make help` says of each verb."""
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return dict(line.split(maxsplit=1) for line in shown.splitlines() if line.startswith("  "))


def test_every_extra_that_a_verb_installs_is_an_extra_of_the_project():
    """pip only warns of one that there is not: the browser's tests were skipped wherever make had set them up."""
    rule = next(line for line in MAKEFILE.splitlines() if "$(STAMPS)/%:" in line)
    wanted = set(re.findall(r"\$\(STAMPS\)/(\w+)", rule)) - OWN
    assert "test" in wanted
    assert wanted <= set(read(ROOT / "pyproject.toml")["project"]["optional-dependencies"])


def test_help_is_the_index_of_every_verb_in_80_columns():
    verbs = set(re.findall(r"^([a-z][a-z-]*)(?: [a-z-]+)*:", MAKEFILE, re.M)) - INNER
    assert set(helped()) == verbs
    assert [verb for verb, about in helped().items() if len(f"  {verb:12} {about}") > 80] == []


def test_a_file_of_a_verbs_name_stops_no_verb():
    """`make mutants` did nothing once out/mutants had been copied beside the Makefile: it was not phony."""
    known = subprocess.run(["make", "-pn", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", known.stdout, re.M)
    assert set(helped()) <= set(phony.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_verb_that_a_page_names_is_there(page):
    named = set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.M))
    assert named - set(helped()) == set()
