"""An emulated board with its pins wired: the wires carry the truth; a bad one is found, on the bench and in flight."""

import pytest

from perilune.ports import pins
from perilune_host.errors import InputError
from perilune_rig.bitexact import rungs_compared
from perilune_rig.boards.build import build_firmware
from perilune_rig.boards.emulator import Emulator
from perilune_rig.cli import main
from perilune_rig.flight.fly import fly, prepare
from perilune_rig.rungs.rp2040 import LockStep
from perilune_rig.rungs.wired import BOARD, VARIABLE, WiredRung
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.verdict.judge import judge
from perilune_rig.wiring.wires import WIRES, faults
from perilune_sim.checks import RCS
from tests.boards.kit import LAST_METRES, flown

pytestmark = [pytest.mark.boards, pytest.mark.timeout(900)]


def test_a_whole_descent_over_wires_has_the_trace_hash_of_one_without():
    reference, wired = rungs_compared.traces(load_scenario("nominal_terminal"), 1, ["vm", "wired"])
    assert rungs_compared.first_difference(reference, wired) is None
    assert wired.trace_hash == reference.trace_hash
    assert wired.outcome == "landed"


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("GP14 stuck low", "GP14 (engine valve): reads low, commanded high"),
        ("GP8 stuck high", "GP8 (thruster 2): open for "),
        ("GP2 broken", "GP2 (mark): 0 edges in one tick"),
        ("GP5 broken", "GP5 (range finder): none came"),
        ("GP4 broken", "GP4 (report): no report of this tick: silence"),
        ("GP19 stuck low", "GP19 (contact of leg 1): the board sees it closed, it is open"),
    ],
)
def test_a_bad_wire_in_flight_is_an_event_and_fails_the_flight(fault, shown, monkeypatch):
    monkeypatch.setenv(VARIABLE, fault)
    scenario = load_scenario("nominal_terminal", ["time_limit_s=9"])
    record = fly(scenario, 1, "wired")
    told = [event for event in record.events if event.name == "wire fault"]
    assert len(told) == 1
    assert told[0].text.startswith(shown)
    assert [violation.check for violation in record.violations] == ["wiring"]
    findings = {f.requirement.id: f for f in judge(record, scenario).findings}
    assert not findings["WIRE-1"].passed


def test_what_the_link_says_of_a_wired_sensor_counts_for_nothing(monkeypatch):
    """Ranges in the sensor frame, and nothing on the wire: the flight is that of a range finder that is cut off."""
    scenario = load_scenario("nominal_terminal", LAST_METRES)
    monkeypatch.setenv(VARIABLE, "GP5 broken")
    cut = rungs_compared.trace(scenario, 1, "wired", 100)
    link = LockStep(Emulator(build_firmware(BOARD)))
    bridge = prepare(scenario, 1, link)
    bridge.fly(100)
    link.close()
    assert bridge.record().trace_hash == cut.trace_hash


def test_a_pulse_is_given_once_whatever_becomes_of_the_link():
    """The counters that time it run on: a second without a frame is seven times round, and no valve opens in it."""
    rung = WiredRung()
    bridge = flown(rung, 60, "nominal_terminal", close=False)
    while not any(bridge.row[RCS : RCS + len(pins.THRUSTERS)]):
        bridge.step()
    rung._emulator.run(rung.state.nanos + 1e9)
    for _ in range(3):
        bridge.step()
    rung.look()
    rung.close()
    assert rung.watch.differences == {}


def test_a_switch_that_is_cut_off_is_found_when_its_leg_touches(monkeypatch):
    monkeypatch.setenv(VARIABLE, "GP21 broken")
    record = fly(load_scenario("nominal_terminal", LAST_METRES), 1, "wired")
    told = [event for event in record.events if event.name == "wire fault"]
    assert [event.text.split(";")[0] for event in told] == [
        "GP21 (contact of leg 3): the board sees it open, it is closed"
    ]
    assert record.outcome == "landed"  # two legs are enough: only the watch finds it


@pytest.mark.parametrize("pin", [wire.pin for wire in WIRES])
@pytest.mark.parametrize("what", ["broken", "stuck low", "stuck high"])
def test_the_self_test_names_a_bad_wire_and_no_other(pin, what, capsys):
    assert main(["board", "check", "--wiring", "--wire-fault", f"GP{pin} {what}"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "wired: 1 of 19 wires are not as they should be"
    assert said[1].strip().startswith(f"GP{pin} (")
    assert what.split()[-1] in said[1]


@pytest.mark.parametrize(("one", "other"), [(4, 5), (6, 7), (14, 15), (2, 16), (18, 21)])
def test_the_self_test_names_two_wires_that_are_swapped(one, other, capsys):
    assert main(["board", "check", "--wiring", "--wire-fault", f"GP{one} swapped with GP{other}"]) == 1
    said = capsys.readouterr().out
    assert f"GP{one} (" in said
    assert f"swapped with GP{other} (" in said
    assert "2 of 19" in said


def test_a_wire_that_is_not_there_is_refused_in_one_line():
    with pytest.raises(InputError, match="no wire at GP3; there are GP2, GP4"):
        faults(["GP3 broken"])
    with pytest.raises(InputError, match="not of the form"):
        faults(["GP4 bent"])


def test_without_a_fault_in_the_environment_there_is_none(monkeypatch):
    monkeypatch.setenv(VARIABLE, " , ")
    rung = WiredRung()
    assert rung.watch.differences == {}
    rung.close()
