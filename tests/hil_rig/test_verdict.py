"""Each requirement fails when it must, and only then."""

import math
from dataclasses import replace

import pytest

from perilune_host.errors import RigError
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict import requirements
from perilune_rig.verdict.judge import MEASURES, judge
from perilune_sim.flight_record import InjectedFault, Violation
from tests import synthetic


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return synthetic.scenario()


def failed(record, scenario) -> set[str]:
    """IDs of the requirements that the flight did not meet."""
    return {finding.requirement.id for finding in judge(record, scenario).findings if not finding.passed}


def missed_goals(record, scenario) -> set[str]:
    """IDs of the requirements whose design goal was missed."""
    return {
        finding.requirement.id for finding in judge(record, scenario).findings if finding.design_met is False
    }


def test_a_good_flight_passes_everything(scenario):
    verdict = judge(synthetic.record(), scenario)
    assert verdict.judgement == "pass"
    assert verdict.within_design
    applicable = {need.id for need in requirements.load() if need.of_every_rung}
    assert {finding.requirement.id for finding in verdict.findings} == applicable


@pytest.mark.requirement("TD-1", "TD-2", "TD-3")
@pytest.mark.parametrize(
    ("quantity", "need", "design", "limit"),
    [
        ("vertical_m_s", "TD-1", 2.0, 3.0),
        ("horizontal_m_s", "TD-2", 0.5, 1.0),
        ("tilt_deg", "TD-3", 5.0, 10.0),
    ],
)
def test_touchdown_limits_and_goals(scenario, quantity, need, design, limit):
    def at(value):
        return synthetic.record(touchdown=synthetic.touchdown(**{quantity: value}))

    assert missed_goals(at(design), scenario) == set()
    assert missed_goals(at(design + 1e-6), scenario) == {need}
    assert failed(at(limit), scenario) == set()
    assert failed(at(limit + 1e-6), scenario) == {need}
    assert failed(at(math.nan), scenario) == {need}


@pytest.mark.requirement("TD-4")
def test_body_rate_is_a_goal_without_a_limit(scenario):
    record = synthetic.record(touchdown=synthetic.touchdown(rate_deg_s=9.0))
    assert failed(record, scenario) == set()
    assert missed_goals(record, scenario) == {"TD-4"}
    verdict = judge(record, scenario)
    assert (verdict.judgement, verdict.within_design) == ("pass", False)


@pytest.mark.requirement("ENG-1", "ENG-2")
@pytest.mark.parametrize(
    ("engine_off_s", "needs"),
    [(0.0, set()), (0.1, set()), (0.12, {"ENG-1"}), (-0.02, {"ENG-2"}), (None, {"ENG-1", "ENG-2"})],
)
def test_engine_cut_off(scenario, engine_off_s, needs):
    assert failed(synthetic.record(engine_off_s=engine_off_s), scenario) == needs


@pytest.mark.requirement("PRP-1")
@pytest.mark.parametrize(("left_kg", "needs"), [(40.0, set()), (39.9, {"PRP-1"}), (0.0, {"PRP-1"})])
def test_propellant_reserve(scenario, left_kg, needs):
    assert failed(synthetic.record(propellant_left_kg=left_kg), scenario) == needs


@pytest.mark.requirement("ACT-1", "ACT-2", "ACT-3", "ACT-4", "ACT-5")
@pytest.mark.parametrize(
    ("check", "need"),
    [
        ("range", "ACT-1"),
        ("rate", "ACT-2"),
        ("one_per_tick", "ACT-3"),
        ("mode_transition", "ACT-4"),
        ("engine_after_safing", "ACT-5"),
    ],
)
def test_each_violation_fails_its_requirement(scenario, check, need):
    assert failed(synthetic.record(violations=[Violation(7, check, "broken")]), scenario) == {need}


def test_a_violation_that_no_requirement_covers_is_an_error(scenario):
    with pytest.raises(RigError, match="levitation"):
        judge(synthetic.record(violations=[Violation(7, "levitation", "broken")]), scenario)


@pytest.mark.requirement("OUT-1")
@pytest.mark.parametrize("outcome", ["crashed", "tipped", "timeout", "waved_off"])
def test_another_outcome_fails(scenario, outcome):
    assert failed(synthetic.record(outcome=outcome), scenario) == {"OUT-1"}


def test_no_touchdown_fails_all_of_its_requirements(scenario):
    record = synthetic.record(outcome="timeout", touchdown=None, engine_off_s=None)
    assert failed(record, scenario) == {"OUT-1", "TD-1", "TD-2", "TD-3", "TD-4", "ENG-1", "ENG-2"}


def test_an_invalid_run_is_neither_passed_nor_failed(scenario):
    assert judge(synthetic.record(outcome="invalid"), scenario).judgement == "invalid"


LASER, ENGINE = (
    InjectedFault("lrf", {"dead": 1}, 5, None),
    InjectedFault("engine_0", {"dead": 1}, 5, None, True),
)


@pytest.mark.parametrize(
    ("outcome", "faults", "judgement"),
    [
        ("landed", [ENGINE], "pass"),
        ("landed", [LASER], "invalid"),
        ("landed", [LASER, ENGINE], "invalid"),
        ("crashed", [LASER, ENGINE], "fail"),  # lost to the engine before the laser's moment
        ("crashed", [LASER], "invalid"),
    ],
)
def test_a_fault_that_changed_no_signal_shows_nothing(scenario, outcome, faults, judgement):
    verdict = judge(synthetic.record(outcome=outcome, faults=faults), scenario)
    assert verdict.judgement == judgement
    assert ("lrf" in verdict.idle) == (LASER in faults)


def test_touchdown_is_not_asked_of_an_expected_wave_off(scenario):
    waved_off = synthetic.scenario("expect=waved_off")
    record = synthetic.record(outcome="waved_off", touchdown=None, engine_off_s=None, propellant_left_kg=1.0)
    verdict = judge(record, waved_off)
    assert verdict.judgement == "pass"
    assert {finding.requirement.id[:3] for finding in verdict.findings} == {"OUT", "ACT"}
    assert failed(replace(record, outcome="landed"), waved_off) == {"OUT-1"}
    assert failed(replace(record, violations=[Violation(1, "rate", "")]), waved_off) == {"ACT-2"}


def test_every_requirement_has_a_measure_and_every_measure_a_requirement():
    needs = requirements.load()
    assert {need.measure for need in needs} == set(MEASURES)
    assert len({need.id for need in needs}) == len(needs)


def test_every_requirement_can_be_judged_by_something():
    assert all(
        n.limit is not None or n.design is not None or n.measure == "outcome" for n in requirements.load()
    )


@pytest.mark.requirement("WIRE-1")
def test_wires_are_judged_where_there_are_some(scenario):
    wires = {"wires": 19, "compared": 1000, "differing": 1}
    cut = Violation(7, "wiring", "GP15 (throttle): duty 0.0000, commanded throttle 0.5000")
    assert "WIRE-1" not in {f.requirement.id for f in judge(synthetic.record(), scenario).findings}
    assert failed(synthetic.record(wires=wires), scenario) == set()
    assert failed(synthetic.record(wires=wires, violations=[cut]), scenario) == {"WIRE-1"}
