"""The nominal descent: it lands, breaks no rule, repeats exactly, and decides the same on every rung."""

import gc
from collections.abc import Callable

import pytest

from perilune.flight import events, modes
from perilune_rig.flight.fly import fly, prepare
from perilune_rig.verdict.judge import judge
from perilune_sim.bridge import Bridge
from perilune_sim.flight_record import FlightRecord
from tests.core.conftest import REFERENCE
from tests.core.kit import NOMINAL, Board, fly_until, short

Nominal = Callable[[str], FlightRecord]
DESCENT = ["coast", "armed", "braking", "approach", "terminal", "touchdown", "safed"]


@pytest.mark.requirement("OUT-1", "TD-1", "TD-2", "TD-3", "TD-4", "ENG-1", "ENG-2", "PRP-1")
def test_it_lands_within_design(rung: str, nominal: Nominal):
    verdict = judge(nominal(rung), NOMINAL)
    missed = [
        (f.requirement.id, f.value)
        for f in verdict.findings
        if f.judged and (not f.passed or f.design_met is False)
    ]
    assert (verdict.judgement, missed) == ("pass", [])


@pytest.mark.requirement("ACT-4")
def test_it_goes_through_the_modes_of_a_descent(rung: str, nominal: Nominal):
    assert [change.mode for change in nominal(rung).modes] == DESCENT


@pytest.mark.requirement("ACT-1", "ACT-2", "ACT-3", "ACT-4", "ACT-5")
def test_no_actuator_frame_breaks_a_rule(rung: str, nominal: Nominal):
    record = nominal(rung)
    assert record.violations == []
    assert record.telemetry["throttle"].max() > 0.5  # there was something to check


def test_it_reports_no_fault_where_there_is_none(rung: str, nominal: Nominal):
    isolated = [e for e in nominal(rung).events if e.name in ("altimeter isolated", "inertial unit isolated")]
    assert isolated == []


def test_it_releases_its_payload_on_the_ground(rung: str, nominal: Nominal):
    record = nominal(rung)
    assert record.payload_released
    assert [e.mode for e in record.events if e.name == "payload released"] == ["safed"]


def test_decisions_do_not_depend_on_the_rung(other_rung: str, nominal: Nominal):
    expected, flown = nominal(REFERENCE), nominal(other_rung)
    assert [change.mode for change in flown.modes] == [change.mode for change in expected.modes]
    for mine, reference in zip(flown.modes, expected.modes, strict=True):
        assert mine.tick == pytest.approx(reference.tick, rel=0.01), mine.mode


def test_the_same_seed_flies_the_same_flight(rung: str):
    """Through ignition: longer than the coast, where little varies."""
    first, second = (fly(short(90.0), 5, rung) for _ in range(2))
    assert "braking" in [change.mode for change in first.modes]
    assert first.trace_hash == second.trace_hash
    assert first.trace_hash != fly(short(90.0), 6, rung).trace_hash


def test_pace_changes_no_result(rung: str):
    assert fly(short(4.0), 1, rung, pace=40.0).trace_hash == fly(short(4.0), 1, rung).trace_hash


@pytest.mark.parametrize("mode", [modes.COAST, modes.BRAKING])
def test_lost_frames_are_reported_and_flown_over(link, mode: int):
    """Half a second of silence, then every tenth frame missing: the world moves on, the flight goes on."""
    bridge = fly_until(link, mode)
    board, world = Board(link), bridge.world
    missed = []
    for n in range(400):
        payload = bytes(world.step(board.actuators))
        if n < 25 or n % 10 == 0:
            continue
        *reports, (_kind, actuators) = board.tick(payload)
        missed += [e["value"][0] for _, e in reports if e["code"] == events.FRAME_LOST]
        assert (actuators["tick"], actuators["mode"]) == (world.tick, mode)
        assert board.out_of_range() is None
    assert missed == [25] + [1] * 37


def test_pythons_own_collector_rests_while_a_flight_is_flown_and_never_longer(link):
    bridge = prepare(short(1.0), 1, link)
    at_work = []

    def interrupted(_bridge: Bridge) -> None:
        at_work.append(gc.isenabled())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bridge.fly(50, interrupted, every=10)
    assert at_work == [False] and gc.isenabled()
