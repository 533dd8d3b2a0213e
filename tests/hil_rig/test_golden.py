"""Golden traces: today's flights against the reviewed files in tests/golden."""

import json
import re

import pytest

from perilune_host.errors import InputError
from perilune_rig import rungs
from perilune_rig.bitexact import golden, rungs_compared
from perilune_rig.bitexact.rungs_compared import trace
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario.catalogue import load_scenario

missing = VmRung.available()
pytestmark = pytest.mark.skipif(missing is not None, reason=f"needs the VM's build: {missing}")

TICKS = 700  # into braking


@pytest.mark.parametrize("name", golden.SCENARIOS)
def test_the_flight_is_the_reviewed_one(name):
    difference = golden.difference(golden.load(name), golden.fly(name))
    assert difference is None, (
        f"{name}: {difference}. If that is meant: make golden, and review what it changed"
    )


class Slipped(VmRung):
    """A VM whose maths are off by one part in a million, in the roots of one module, from tick 300 on."""

    name = "slipped"
    about = "for tests"

    def transact(self, frame: bytes, time_us: int) -> bytes:
        if time_us == 300 * 20_000:
            self._vm.exec(
                "import perilune.flight.navigation.strapdown as s\n"
                "root = s.sqrt\ns.sqrt = lambda x: 1.000001 * root(x)\n"
            )
        return super().transact(frame, time_us)


def kept(rung: str) -> golden.Golden:
    return golden.of(trace(load_scenario("nominal_terminal"), 1, rung, ticks=TICKS), "nominal_terminal")


def test_files_hold_what_was_kept(tmp_path):
    flown = kept("vm")
    golden.save("short", flown, tmp_path)
    again = golden.load("short", tmp_path)
    assert golden.difference(again, flown) is None
    assert again.summary == json.loads(json.dumps(flown.summary))
    with pytest.raises(InputError, match=r"none.*no golden trace: make golden writes it"):
        golden.load("none", tmp_path)


def test_a_fault_planted_in_one_rungs_maths_is_found_by_both_comparisons(monkeypatch, capsys):
    monkeypatch.setitem(rungs.RUNGS, "slipped", Slipped)
    found = golden.difference(kept("vm"), kept("slipped"))
    assert rungs_compared.main(["nominal_terminal", "--rung", "slipped", "--ticks", str(TICKS)]) == 1
    told = re.search(r"DIFFERS from vm first at (tick 3\d\d), actuators\.(\w+): ", capsys.readouterr().out)
    assert told is not None
    assert found is not None
    assert found.startswith(f"first at {told[1]}, in {told[2]}")
