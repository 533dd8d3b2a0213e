"""The frozen flight software under the policies: nobody edits it, and it flies as it did."""

import hashlib
import re
from pathlib import Path

import pytest

from perilune_rig import baseline, policies
from perilune_rig.flight import fly
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario import catalogue

FOLDER = Path(baseline.__file__).parent
SHA256 = "1832c8837e7a7a29c99370269698c6fbb86852ed6f75a31008fab9554dca96a2"
NOMINAL_TERMINAL = "ef5567f974a2615f4ae6fa8dc951a51f16b3ecc5c24dc2896ced54b60cb95dd5"  # of build 2d635e2


def test_no_one_has_edited_the_baseline():
    """SLIM's as-flown logic had come to land by what our own propulsion learned."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*.py")):
        if path != FOLDER / "__init__.py":
            digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    assert digest.hexdigest() == SHA256


@pytest.mark.skipif(VmRung.available() is not None, reason="needs the VM: its bits are float32's")
def test_the_baseline_flies_as_it_did():
    scenario = catalogue.load_scenario("nominal_terminal")
    assert fly.fly(scenario, 1, "vm", policy="baseline").trace_hash == NOMINAL_TERMINAL


@pytest.mark.parametrize(
    "file", sorted(FOLDER.rglob("*.py")) + sorted(Path(policies.__file__).parent.glob("*.py"))
)
def test_what_history_flew_uses_nothing_of_todays_flight_logic(file: Path):
    assert not re.search(
        r"perilune\.(flight|checkpoint)\b.*import|import perilune\.(flight|checkpoint)", file.read_text()
    )
