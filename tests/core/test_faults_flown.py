"""Whole descents with something broken: each lands within limits or is waved off, and says what it found.

On the python rung, or on those that `--rung` names: decisions do not depend on the rung (test_descent.py).
"""

import pytest
from msgspec.structs import replace

from perilune_rig.flight.fly import fly
from perilune_rig.scenario.model import Fault, Outcome, Trigger
from perilune_rig.verdict.judge import judge
from perilune_sim.flight_record import FlightRecord
from tests.core.kit import NOMINAL

START = Trigger(time_s=0.0)
BRAKING = Trigger(mode="braking", delay_s=100.0)


def fault(target: str, start: Trigger, end: Trigger | None = None, **effect) -> Fault:
    return Fault(target=target, effect=effect, start=start, end=end)


def flown(
    rung: str, *faults: Fault, expect: Outcome = "landed", costs: tuple[str, ...] = (), seed: int = 1
) -> FlightRecord:
    """A flight with these faults: each must have been felt, and the flight within the limits for the outcome expected.

    costs: the requirements that physics leaves no room for.
    """
    scenario = replace(NOMINAL, faults=list(faults), expect=expect)
    record = fly(scenario, seed, rung)
    assert [f.target for f in record.faults if not f.acted] == []
    missed = {
        f.requirement.id: f.value for f in judge(record, scenario).findings if f.judged and not f.passed
    }
    assert missed.keys() <= set(costs), missed
    return record


def reports(record: FlightRecord, name: str) -> list[tuple[float, ...]]:
    """The numbers of every event of that name."""
    return [event.values for event in record.events if event.name == name]


@pytest.mark.parametrize("effect", [{"dead": True}, {"frozen": True}], ids=["dead", "frozen"])
def test_without_the_laser(faulty_rung: str, effect: dict):
    record = flown(faulty_rung, fault("lrf", Trigger(altitude_m=4000.0), **effect))
    assert [values[0] for values in reports(record, "power cycled")] == [1.0]  # the laser, once


def test_a_radar_that_is_off_by_300_m(faulty_rung: str):
    record = flown(faulty_rung, fault("radar", Trigger(altitude_m=4000.0), bias=300.0))
    assert {values[0] for values in reports(record, "altimeter isolated")} == {2.0}


def test_ranges_that_come_late(faulty_rung: str):
    """Resilience: no valid range until low; the descent waits for them instead of flying on its estimate."""
    late = fault("lrf", START, Trigger(altitude_m=500.0), max_m=1.0)
    record = flown(faulty_rung, late, fault("radar", START, dead=True))
    assert "hold" in [change.mode for change in record.modes]


def test_without_altimeters_it_does_not_start_to_land(faulty_rung: str):
    record = flown(
        faulty_rung, fault("lrf", START, dead=True), fault("radar", START, dead=True), expect="waved_off"
    )
    assert len(reports(record, "waved off")) == 1


def test_both_altimeters_lost_before_the_map_begins(faulty_rung: str):
    """The altitude came from ground taken to be as high as the map's first sample: 450 m too high, met at 24 m/s."""
    where = Trigger(altitude_m=8000.0)
    dead = fault("lrf", where, dead=True), fault("radar", where, dead=True)
    flown(faulty_rung, *dead, seed=83857082723503, costs=("TD-4", "ENG-1", "PRP-1"))


@pytest.mark.parametrize("seed", [199315881655352, 196062007886990])
def test_both_altimeters_lost_in_an_approach_over_ground_above_the_map(faulty_rung: str, seed: int):
    """80 and 92 m above it, 3 and 4 sigma: it stood there until its tanks were dry, and struck at 9.2 m/s."""
    where = Trigger(mode="approach", delay_s=10.0)
    dead = fault("lrf", where, dead=True), fault("radar", where, dead=True)
    flown(faulty_rung, *dead, seed=seed, costs=("TD-4", "ENG-1"))


def test_a_velocimeter_that_lies_for_a_while(faulty_rung: str):
    lie = fault("velocimeter", Trigger(altitude_m=2500.0), Trigger(altitude_m=900.0), bias=4.0)
    assert reports(flown(faulty_rung, lie), "velocimeter rejected")


@pytest.mark.parametrize(
    ("unit", "effect", "event"),
    [
        ("imu_a", {"dead": True}, "inertial unit lost"),
        ("imu_b", {"accel_bias": (0.0, 0.0, 0.5)}, "inertial unit isolated"),
        ("imu_a", {"gyro_bias": (0.0, 0.002, 0.0)}, "inertial unit isolated"),
    ],
)
def test_one_inertial_unit_wrong(faulty_rung: str, unit: str, effect: dict, event: str):
    record = flown(faulty_rung, fault(unit, BRAKING, **effect))
    assert reports(record, event)[0][0] == {"imu_a": 5.0, "imu_b": 6.0}[unit]


def test_no_accelerometer_left(faulty_rung: str):
    """Luna-25: thrust, and nothing felt. The engine's model stands in."""
    late = Trigger(mode="approach", delay_s=5.0)
    record = flown(faulty_rung, fault("imu_a", late, dead=True), fault("imu_b", late, accel_zero=True))
    assert reports(record, "accelerometers replaced by thrust model")


def test_a_weak_engine(faulty_rung: str):
    record = flown(faulty_rung, fault("engine_0", BRAKING, thrust_factor=0.9))
    assert reports(record, "thrust differs from command")[0][0] == pytest.approx(0.9, abs=0.03)


def test_a_throttle_stuck_where_thrust_hardly_bears_the_weight(faulty_rung: str):
    """35 % from 8 km and 530 m/s on: slowing the sink only to let it grow again had emptied the tank at 150 m."""
    stuck = fault("engine_0", Trigger(altitude_m=8000.0), stuck_throttle=0.35)
    record = flown(faulty_rung, stuck, costs=("PRP-1",))
    assert record.propellant_left_kg > 0.0


def test_one_abort_line_is_a_failed_switch_two_are_an_abort(faulty_rung: str):
    """Apollo 14's abort switch closed by itself."""
    soon = Trigger(time_s=20.0)
    assert not reports(flown(faulty_rung, fault("discretes", soon, on_bits=0b001)), "waved off")
    aborted = flown(faulty_rung, fault("discretes", soon, on_bits=0b011), expect="waved_off")
    assert len(reports(aborted, "waved off")) == 1


@pytest.mark.parametrize("effect", [{"tank_kpa_s": -30.0}, {"leak_kg_s": 3.0}], ids=["pressure", "leak"])
def test_what_cannot_land_is_waved_off_before_ignition(faulty_rung: str, effect: dict[str, float]):
    record = flown(faulty_rung, fault("tank", Trigger(time_s=10.0), **effect), expect="waved_off")
    assert record.telemetry["throttle"].max() == 0.0
