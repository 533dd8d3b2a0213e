"""Each requirement fails when it must, and only then."""

import math
from dataclasses import replace

import numpy as np
import pytest

from perilune_host.errors import InputError, RigError
from perilune_rig.scenario import requirements
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict.judge import MEASURES, judge
from perilune_sim.flight_record import Event, InjectedFault, Violation
from tests import synthetic


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return synthetic.scenario()


def failed(record, scenario) -> set[str]:
    """IDs of the requirements that the flight was judged by and did not meet."""
    return {f.requirement.id for f in judge(record, scenario).findings if f.judged and not f.passed}


def missed_goals(record, scenario) -> set[str]:
    """IDs of the requirements whose design goal was missed."""
    return {f.requirement.id for f in judge(record, scenario).findings if f.judged and f.design_met is False}


def test_a_good_flight_passes_everything(scenario):
    verdict = judge(synthetic.record(), scenario)
    assert verdict.judgement == "pass"
    assert verdict.within_design
    applicable = {need.id for need in requirements.load() if need.of_every_rung and not need.faulted}
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
def test_body_rate_is_a_goal_without_a_limit_in_the_world_as_designed(scenario):
    record = synthetic.record(touchdown=synthetic.touchdown(rate_deg_s=9.0))
    assert failed(record, scenario) == set()
    assert missed_goals(record, scenario) == {"TD-4"}
    verdict = judge(record, scenario)
    assert (verdict.judgement, verdict.within_design) == ("pass", False)


@pytest.fixture(scope="module")
def mismatched() -> Scenario:
    return synthetic.scenario("world=mismatched")


@pytest.mark.requirement("MISS-1", "TD-5", "TD-6", "HAZ-1")
@pytest.mark.parametrize(
    ("quantity", "need", "limit"),
    [
        ("miss_m", "MISS-1", 300.0),
        ("slope_deg", "TD-5", 12.0),
        ("rate_deg_s", "TD-6", 5.0),
        ("hazard_m", "HAZ-1", 0.6),
    ],
)
def test_where_and_how_it_stands_is_judged_where_truth_and_design_are_apart(
    scenario, mismatched, quantity, need, limit
):
    far = synthetic.record(touchdown=synthetic.touchdown(**{quantity: limit + 1e-6}))
    assert failed(far, mismatched) == {need}
    assert failed(synthetic.record(touchdown=synthetic.touchdown(**{quantity: limit})), mismatched) == set()
    as_designed = judge(far, scenario)
    found = next(f for f in as_designed.findings if f.requirement.id == need)
    assert as_designed.judgement == "pass"  # as before there was such a requirement
    assert (found.passed, found.judged) == (False, False)
    assert found.margin == pytest.approx(-1e-6)
    assert found.as_json().keys() >= {"value", "limit", "our_limit", "margin", "judged"}


@pytest.mark.requirement("NAV-1", "NAV-2", "NAV-3")
@pytest.mark.parametrize(
    ("column", "off", "need"),
    [
        ("nav_agl_m", 4.1, "NAV-1"),
        ("nav_vertical_m_s", -4.1, "NAV-1"),
        ("nav_level_velocity_error_m_s", 4.1, "NAV-1"),
        ("nav_position_error_m", 4.1, "NAV-1"),
        ("nav_altitude_m", 121.0, "NAV-2"),
        ("attitude_error_deg", 2.1, "NAV-3"),
    ],
)
def test_the_estimate_at_touchdown_is_within_what_it_claims(mismatched, column, off, need):
    """Errors in sigmas of 1; the row is the last before contact, whatever comes after."""
    columns = synthetic.record().telemetry
    one = {"nav_sigma_agl_m", "nav_sigma_v_m_s", "nav_sigma_v_level_m_s", "nav_sigma_position_m"}
    columns = {name: np.ones_like(value) if name in one else value.copy() for name, value in columns.items()}
    for pair in ("agl_m", "altitude_m", "vertical_m_s"):
        columns[f"nav_{pair}"] = columns[pair].copy()
    for error in ("nav_position_error_m", "nav_level_velocity_error_m_s", "attitude_error_deg"):
        columns[error] = 0.0 * columns["time_s"]
    contact = 33500 / 50
    after, before = columns["time_s"] > contact + 0.05, np.abs(columns["time_s"] - contact) < 0.05
    columns[column][after] += 1e3
    assert failed(synthetic.record(telemetry=columns), mismatched) == set()
    columns[column][before] += off
    assert failed(synthetic.record(telemetry=columns), mismatched) == {need}


@pytest.mark.requirement("ENG-3")
@pytest.mark.parametrize(("engine_off_s", "needs"), [(2.0, {"ENG-1"}), (2.02, {"ENG-1", "ENG-3"})])
def test_an_engine_that_runs_on_is_judged_by_truth(mismatched, engine_off_s, needs):
    assert failed(synthetic.record(engine_off_s=engine_off_s), mismatched) == needs


ISOLATED = Event(20000, "altimeter isolated", "braking", (1.0, 9.0, 1.0, 0.0), True, "laser")
FAULT = InjectedFault("radar", {"bias": 40.0}, 19000, None, True)


@pytest.mark.requirement("FDI-1")
def test_no_healthy_unit_is_isolated(mismatched):
    assert "FDI-1" in failed(synthetic.record(events=[ISOLATED]), mismatched)
    assert "FDI-1" in failed(synthetic.record(events=[ISOLATED], faults=[FAULT]), mismatched)
    laser = replace(FAULT, target="lrf")
    assert "FDI-1" not in failed(synthetic.record(events=[ISOLATED], faults=[laser]), mismatched)
    later = replace(laser, from_tick=20001)
    assert "FDI-1" in failed(synthetic.record(events=[ISOLATED], faults=[later]), mismatched)


@pytest.mark.requirement("FDI-2", "FDI-3")
@pytest.mark.parametrize(
    ("after_s", "needs"),
    [(0.5, set()), (10.1, {"FDI-2"}), (20.1, {"FDI-2", "FDI-3"}), (None, {"FDI-2", "FDI-3"})],
)
def test_a_fault_is_noticed_and_told_from_others_in_time(mismatched, after_s, needs):
    fault = replace(FAULT, target="lrf", from_tick=20000)
    seen = [] if after_s is None else [replace(ISOLATED, tick=20000 + round(50 * after_s))]
    assert failed(synthetic.record(faults=[fault], events=seen), mismatched) == needs
    late = replace(fault, from_tick=33500 - 499)  # less than ten seconds before contact
    assert failed(synthetic.record(faults=[late], events=[]), mismatched) == set()
    gone = replace(fault, acted=False), replace(fault, target="link")
    judged = judge(synthetic.record(faults=list(gone), events=[]), mismatched)
    assert not {"FDI-2", "FDI-3"} & {found.requirement.id for found in judged.findings}


@pytest.mark.requirement("MISS-1", "TD-1")
def test_limits_of_ones_own_stand_beside_ours(scenario):
    """A campaign's are changes to its scenarios; a scenario's go before its vehicle's."""
    far = synthetic.record(touchdown=synthetic.touchdown(miss_m=1900.0, vertical_m_s=1.6))
    own = synthetic.scenario("world=mismatched", "limits.MISS-1=2000", "vehicle.limits.TD-1=1.5")
    assert failed(far, own) == {"TD-1"}
    found = {f.requirement.id: f.as_json() for f in judge(far, own).findings}
    assert (found["MISS-1"]["limit"], found["MISS-1"]["our_limit"]) == (2000.0, 300.0)
    assert (found["TD-1"]["limit"], found["TD-1"]["our_limit"]) == (1.5, 3.0)
    both = synthetic.scenario("limits.TD-1=1.7", "vehicle.limits.TD-1=1.5")
    assert failed(far, both) == set()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("limits.MISS-2=3", "no requirement MISS-2; did you mean MISS-1"),
        ("limits.TD-4=3", "TD-4 has no limit"),
        ("vehicle.limits.TD-9=3", "no requirement TD-9"),
        ("world=flat", "world"),
    ],
)
def test_a_wrong_limit_or_world_is_bad_input(change, told):
    with pytest.raises(InputError, match=told):
        synthetic.scenario(change)


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
        ("landed", [LASER, ENGINE], "pass"),  # the laser is told beside it
        ("crashed", [LASER, ENGINE], "fail"),  # lost to the engine before the laser's moment
        ("crashed", [LASER], "invalid"),
    ],
)
def test_only_faults_that_changed_no_signal_show_nothing(scenario, outcome, faults, judgement):
    verdict = judge(synthetic.record(outcome=outcome, faults=faults), scenario)
    assert verdict.judgement == judgement
    assert ("lrf" in verdict.idle) == (LASER in faults)


def test_touchdown_is_not_asked_of_an_expected_wave_off(scenario):
    waved_off = synthetic.scenario("expect=waved_off")
    record = synthetic.record(outcome="waved_off", touchdown=None, engine_off_s=None, propellant_left_kg=1.0)
    verdict = judge(record, waved_off)
    assert verdict.judgement == "pass"
    assert {f.requirement.id[:3] for f in verdict.findings if f.judged} == {"OUT", "ACT"}
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
