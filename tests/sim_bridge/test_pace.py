"""Flying against the wall clock: what is measured, on a clock of the test's own."""

import pytest

from perilune_rig.flight.fly import fly
from perilune_rig.rungs import RUNGS
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.verdict.judge import judge
from perilune_sim import pace
from perilune_sim.pace import Pacer

PERIOD_S = 0.02
missing = RUNGS["vm"].available()


class Clock:
    """Stands still but for sleep and what the test lets pass."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def perf_counter(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def flown(pacer: Pacer, clock: Clock, *trips_s: float) -> dict:
    for trip_s in trips_s:
        pacer.wait()
        clock.now_s += trip_s
        pacer.flown(round(1e9 * trip_s))
    return pacer.figures()


def test_ticks_begin_when_they_are_due(clock):
    figures = flown(Pacer(1.0), clock, *[0.005] * 100)
    assert clock.now_s == pytest.approx(100.0 + 99 * PERIOD_S + 0.005)
    assert figures["missed_deadlines"] == 0
    assert figures["jitter_us"]["max"] == pytest.approx(0.0, abs=1e-3)
    assert figures["round_trip_us"] == {"p50": 5000, "p99": 5000, "p99_9": 5000, "max": 5000}


def test_a_late_answer_is_a_missed_deadline_and_no_burst_follows(clock):
    figures = flown(Pacer(1.0), clock, 0.005, 0.095, 0.005, 0.005)
    assert figures["missed_deadlines"] == 1
    assert figures["slipped_s"] == pytest.approx(0.075)
    assert figures["round_trip_us"]["max"] == pytest.approx(95_000)
    assert clock.now_s == pytest.approx(100.0 + PERIOD_S + 0.095 + PERIOD_S + 0.005)


def test_pace_multiplies_real_time(clock):
    flown(Pacer(4.0), clock, *[0.001] * 10)
    assert clock.now_s == pytest.approx(100.0 + 9 * PERIOD_S / 4 + 0.001)


@pytest.mark.requirement("RT-1")
@pytest.mark.skipif(missing is not None, reason=f"needs the VM's build: {missing}")
def test_a_missed_deadline_is_a_goal_missed_and_changes_nothing_else():
    scenario = load_scenario("nominal_terminal")
    reference = fly(scenario, 1)
    late = fly(scenario, 1, pace=1e9)  # nobody answers within 20 picoseconds
    assert late.trace_hash == reference.trace_hash
    assert late.pace is not None
    assert late.pace["missed_deadlines"] == late.ticks
    verdict = judge(late, scenario)
    assert verdict.judgement == judge(reference, scenario).judgement == "pass"
    (goal,) = [finding for finding in verdict.findings if finding.requirement.id == "RT-1"]
    assert goal.design_met is False
    assert goal.passed
    assert "RT-1" not in {finding.requirement.id for finding in judge(reference, scenario).findings}
