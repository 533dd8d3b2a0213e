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


def test_each_claim_about_the_ground_has_one():
    rows = re.findall(r"^\| (.+) \| (.+) \|$", (ROOT / "docs/threat_model_ground.md").read_text(), re.M)
    claims = [
        (claim, test)
        for claim, test in rows
        if "|" not in claim and claim not in ("claim",) and "---" not in claim
    ]
    assert len(claims) > 12
    assert [claim for claim, test in claims if "test_" not in test] == []
