"""Every claim of the threat models names a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODELS = sorted((ROOT / "docs").glob("threat_model*.md"))
TESTS = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_the_tests_that_it_names_are_there(model):
    text = model.read_text()
    for name in re.findall(r"`(tests/\S+?\.py)", text):
        assert (ROOT / name).is_file(), name
    for name in re.findall(r"`[\w/.]*(?:::)?(test_\w+)`", text):
        assert any(f"def {name}(" in body for body in TESTS), name


@pytest.mark.parametrize(("model", "least"), [("threat_model.md", 13), ("threat_model_ground.md", 13)])
def test_each_claim_has_one(model: str, least: int):
    claims = []
    for table in re.findall(
        r"^\| claim \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", (ROOT / "docs" / model).read_text(), re.M
    ):
        claims += [row.strip("| ").rsplit(" | ", 1) for row in table.splitlines()]
    assert len(claims) >= least
    assert [claim for claim, test in claims if "test_" not in test] == []
