"""What CI flies over wires: the last metres of a descent, and a broken wire, found on the bench and in flight."""

import pytest

from perilune_rig.bitexact import rungs_compared
from perilune_rig.cli import main
from perilune_rig.flight.fly import fly
from perilune_rig.rungs.wired import VARIABLE
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.verdict.judge import judge
from tests.boards.kit import LAST_METRES

pytestmark = [pytest.mark.boards, pytest.mark.timeout(600)]


def test_sound_wires_pass_the_self_test(capsys):
    assert main(["board", "check", "--wiring"]) == 0
    assert "19 wires, each where it should be" in capsys.readouterr().out


def test_the_self_test_names_a_broken_wire(capsys):
    assert main(["board", "check", "--wiring", "--wire-fault", "GP15 broken"]) == 1
    assert "GP15 (throttle): broken" in capsys.readouterr().out


@pytest.mark.requirement("WIRE-1")
def test_the_last_metres_over_wires_are_those_without_and_no_wire_differs():
    scenario = load_scenario("nominal_terminal", LAST_METRES)
    record = fly(scenario, 1, "wired")
    assert record.trace_hash == fly(scenario, 1, "vm").trace_hash
    assert record.outcome == "landed"
    assert record.wires is not None
    assert record.wires["differing"] == 0
    assert record.wires["compared"] > 17 * record.ticks  # every wire in every tick, a range when there is one
    assert [f.passed for f in judge(record, scenario).findings if f.requirement.id == "WIRE-1"] == [True]


@pytest.mark.requirement("WIRE-1")
def test_a_broken_wire_in_flight_is_an_event_and_a_failed_check(monkeypatch):
    monkeypatch.setenv(VARIABLE, "GP15 broken")
    scenario = load_scenario("nominal_terminal", [*LAST_METRES, "time_limit_s=3"])
    record = fly(scenario, 1, "wired")
    told = [event.text for event in record.events if event.name == "wire fault"]
    assert len(told) == 1
    assert told[0].startswith("GP15 (throttle): duty 0.0000, commanded throttle ")
    assert [violation.check for violation in record.violations] == ["wiring"]
    assert [f.passed for f in judge(record, scenario).findings if f.requirement.id == "WIRE-1"] == [False]


def test_what_the_board_knows_of_a_range_has_come_over_the_wire(monkeypatch):
    """Else a cut range finder would leave the trace hash as it is."""
    scenario = load_scenario("nominal_terminal", LAST_METRES)
    monkeypatch.setenv(VARIABLE, "GP5 broken")
    reference, cut = (rungs_compared.trace(scenario, 1, rung, 100) for rung in ("vm", "wired"))
    assert rungs_compared.first_difference(reference, cut) is not None
