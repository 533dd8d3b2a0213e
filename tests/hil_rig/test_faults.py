"""Faults: what a file may say, when they act, how they combine, and whether they were felt."""

import numpy as np
import pytest

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, decode
from perilune_host.errors import InputError
from perilune_rig.faults.on_world import Faults, combined
from perilune_rig.flight import fly
from perilune_rig.scenario.model import Fault, Trigger
from perilune_sim import config
from perilune_sim.late import world_of
from perilune_sim.world.world import World
from tests import synthetic
from tests.sim_bridge import kit

LANDER = synthetic.scenario().vehicle


def fault(target="lrf", start=1.0, end=None, **effect) -> Fault:
    """A fault by time, s."""
    until = None if end is None else Trigger(time_s=end)
    return Fault(target=target, effect=effect, start=Trigger(time_s=start), end=until)


def world() -> World:
    return World(LANDER, config.Environment(), seed=1)


def coast(faults: list[Fault], seconds: float, actuators=None) -> tuple[World, Faults]:
    """A world in free fall with faults on it."""
    moon = world()
    schedule = Faults(faults, moon, world)
    for tick in range(round(seconds * schema.TICK_HZ)):
        schedule.update(tick, 15e3, "coast")
        sent = actuators(tick) if actuators else None
        schedule.watch(sent, bytes(moon.step(sent)))
    return moon, schedule


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "faults=[{target='lfr', effect={dead=true}, start={time_s=0}}]",
            "no target 'lfr'; did you mean lrf?",
        ),
        (
            "faults=[{target='lrf', effect={deaf=1}, start={time_s=0}}]",
            "lrf has no effect 'deaf'; did you mean dead",
        ),
        ("faults=[{target='lrf', effect={dead=0}, start={time_s=0}}]", "this effect on lrf changes nothing"),
        ("faults=[{target='lrf', effect={}, start={time_s=0}}]", "this effect on lrf changes nothing"),
        ("faults=[{target='lrf', effect={delay_s=9}, start={time_s=0}}]", "delay_s = 9.0 is outside 0 to 2"),
        ("faults=[{target='imu_a', effect={accel_bias=1}, start={time_s=0}}]", "give three numbers"),
        ("faults=[{target='lrf', effect={bias=[1, 2, 3]}, start={time_s=0}}]", "give a number"),
        ("faults=[{target='lrf', effect={bias='high'}, start={time_s=0}}]", "got str"),
        (
            "faults=[{target='lrf', effect={dead=1}, start={}}]",
            "give exactly one of time_s, altitude_m, mode, not none",
        ),
        (
            "faults=[{target='lrf', effect={dead=1}, start={time_s=9, delay_s=2}, end={time_s=10}}]",
            "the fault ends before it starts",
        ),
        ("faults=[{target='lrf', effect={dead=1}}]", "missing required field start"),
    ],
)
def test_a_wrong_fault_is_refused_in_one_line_that_names_the_place(text, complaint):
    with pytest.raises(InputError) as refusal:
        synthetic.scenario(text)
    assert complaint in str(refusal.value)
    assert "faults" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_fault_starts_and_ends_at_its_moments_and_was_felt():
    _moon, schedule = coast([fault("imu_a", start=0.5, end=1.5, gyro_bias=[0.01, 0.0, 0.0])], 3.0)
    (injected,) = schedule.injected
    assert (injected.from_tick, injected.to_tick, injected.acted) == (25, 75, True)


def test_the_signal_is_wrong_between_start_and_end_only():
    clean, faulty = world(), world()
    schedule = Faults([fault("contact", start=1.0, end=1.04, on_bits=5)], faulty, world)
    differs = []
    for tick in range(100):
        schedule.update(tick, 15e3, "coast")
        if bytes(clean.step(None)) != bytes(faulty.step(None)):
            differs.append(tick)
    assert differs == [50, 51]  # two ticks of 20 ms


@pytest.mark.parametrize(
    ("target", "effect"),
    [
        ("lrf", {"bias": 30.0}),  # 15 km up the laser says nothing that could be biased
        ("engine_0", {"thrust_factor": 0.5}),  # it does not run
        ("engine_5", {"dead": True}),  # the lander has one engine
        ("rcs", {"off_bits": 1}),  # nobody fires it
        ("contact", {"off_bits": 15}),  # nothing touches
    ],
)
def test_a_fault_that_changes_no_signal_is_known_to_have_done_nothing(target, effect):
    _moon, schedule = coast([fault(target, start=0.0, **effect)], 2.0)
    assert [injected.acted for injected in schedule.injected] == [False]


@pytest.mark.parametrize(
    ("target", "effect"),
    [
        ("lrf", {"dead": True}),
        ("imu_b", {"frozen": True}),
        ("star_tracker", {"delay_s": 0.4}),
        ("star_tracker", {"noise": 5.0}),
        ("rcs", {"on_bits": 1}),
        ("tank", {"leak_kg_s": 1.0}),
        ("discretes", {"on_bits": 2}),
    ],
)
def test_a_fault_that_changes_a_signal_is_known_to(target, effect):
    _moon, schedule = coast([fault(target, start=0.0, **effect)], 2.0)
    assert [injected.acted for injected in schedule.injected] == [True]


def test_a_fault_behind_another_was_not_felt():
    dead, biased = fault("imu_a", dead=True), fault("imu_a", accel_bias=[0.1, 0.0, 0.0])
    _moon, schedule = coast([dead, biased], 3.0)
    assert [injected.acted for injected in schedule.injected] == [True, False]


def test_a_fault_whose_moment_never_comes_is_on_record_without_ticks():
    never = Fault(target="lrf", effect={"dead": 1}, start=Trigger(mode="hold"))
    _moon, schedule = coast([never], 1.0)
    assert (schedule.injected[0].from_tick, schedule.injected[0].acted) == (None, False)


def test_a_power_cycle_ends_what_it_can_end_and_nothing_else():
    until = fault("imu_b", start=0.0, gyro_bias=[0.01, 0.0, 0.0], until_power_cycle=True)
    stays = fault("imu_b", start=0.0, noise=3.0)
    off = kit.actuators(switches=schema.IMU_B_POWER_OFF)
    moon, schedule = coast([until, stays], 3.0, lambda tick: off if 50 <= tick < 55 else None)
    assert schedule.injected[0].to_tick == 51
    assert schedule.injected[1].to_tick is None
    assert moon.faulty("imu_b")


def test_faults_on_one_target_combine():
    assert combined("lrf", [{"bias": 2.0, "noise": 3.0}, {"bias": 1.0, "noise": 2.0}]) == {
        "bias": 3.0,
        "noise": 6.0,
    }
    assert combined("lrf", [{"intermittent": 0.5}, {"intermittent": 0.5}]) == {"intermittent": 0.75}
    assert combined("lrf", [{"max_m": 900.0}, {"max_m": 300.0}]) == {"max_m": 300.0}
    assert combined("lrf", [{"delay_s": 1.5}, {"delay_s": 1.5}]) == {"delay_s": 2.0}  # the world's limit
    assert combined("contact", [{"on_bits": 1}, {"on_bits": 4}]) == {"on_bits": 5}
    assert combined("engine_0", [{"thrust_factor": 0.5}, {"thrust_factor": 0.8}]) == {"thrust_factor": 0.4}
    assert combined("imu_a", [{"gyro_bias": (1, 2, 3)}, {"gyro_bias": (1, 0, 0)}]) == {"gyro_bias": (2, 2, 3)}
    assert combined("lrf", []) == {}


def test_one_of_two_faults_ends_and_the_other_stays():
    moon, schedule = coast([fault(noise=9.0), fault(start=1.0, end=2.0, frozen=True)], 3.0)
    assert moon.faulty("lrf")
    assert [injected.to_tick for injected in schedule.injected] == [None, 100]


def test_a_flight_records_its_faults_and_repeats_exactly():
    scenario = synthetic.scenario(
        "faults=[{target='imu_a', effect={gyro_zero=true}, start={time_s=6}, end={time_s=8}}]",
        "time_limit_s=12",
    )
    first, second = (fly.fly(scenario, 3, "python") for _ in range(2))
    (injected,) = first.faults
    assert (injected.target, injected.from_tick, injected.to_tick, injected.acted) == (
        "imu_a",
        300,
        400,
        True,
    )
    assert first.trace_hash == second.trace_hash
    assert first.trace_hash != fly.fly(synthetic.scenario("time_limit_s=12"), 3, "python").trace_hash


GROUND = config.Environment(terrain=config.Terrain(relief_m=0.0, crater_density=0.0))


def low(faults: list[Fault], seconds=4.0) -> list[dict]:
    """Sensor frames of a lander that falls from 1 km over a plain, as fields; with `faults`."""
    late = config.LateStart(
        altitude_m=1000.0, downrange_m=-500.0, vertical_m_s=-10.0, forward_m_s=5.0, propellant_kg=100.0
    )
    made = lambda: world_of(LANDER, GROUND, 1, late)[0]  # noqa: E731
    moon = made()
    schedule = Faults(faults, moon, made)
    rows = []
    for tick in range(round(seconds * schema.TICK_HZ)):
        schedule.update(tick, 1e3, "approach")
        rows.append(LAYOUTS[schema.SENSORS].named(decode(bytes(moon.step(None)))))
    return rows


def off(name: str, faulty: list[Fault]) -> list[tuple[float, float]]:
    """Time and difference that the faults make to a field, where it is fresh."""
    pairs = zip(low([]), low(faulty), strict=True)
    return [(row["tick"] / 50, np.subtract(wrong[name], row[name])) for row, wrong in pairs]


def test_a_ramp_grows_from_the_start_of_its_fault():
    found = off("radar_range_m", [fault("radar", start=1.0, ramp=0.5)])
    assert all(abs(wrong) < 1e-3 for time, wrong in found if time < 1.0)
    grown = [(time, wrong) for time, wrong in found if time > 1.3 and wrong]
    assert all(wrong == pytest.approx(0.5 * (time - 1.0), abs=0.08) for time, wrong in grown)  # 10 Hz, late
    assert len(grown) > 50


def test_two_ramps_from_two_moments_add_up():
    found = off("propellant_kg", [fault("gauge", start=1.0, ramp=2.0), fault("gauge", start=2.0, ramp=3.0)])
    assert found[-1][1] == pytest.approx(2.0 * 3.0 + 3.0 * 2.0, abs=0.6)  # the gauge is read at 10 Hz
    imu = fault("imu_a", start=1.0, accel_ramp=[0.0, 0.0, 0.1])
    last_s = low([])[-1]["tick"] / 50
    assert off("imu_a_dvel", [imu])[-1][1][2] == pytest.approx(0.02 * 0.1 * (last_s - 1.0), rel=0.02)


def test_a_wave_swings_to_both_sides_with_its_period():
    found = [
        wrong for time, wrong in off("radar_range_m", [fault("radar", wave=8.0, wave_s=1.0)]) if time > 1.2
    ]
    assert max(found) == pytest.approx(8.0, abs=0.5) and min(found) == pytest.approx(-8.0, abs=0.5)


def test_a_sensor_stuck_at_a_value_says_it_as_valid():
    rows = low([fault("radar", stuck=1, stuck_at=77.0)])
    assert {row["radar_range_m"] for row in rows[60:]} == {77.0}
    assert all(row["radar_status"] & schema.VALID for row in rows[60:])


def test_a_range_is_never_negative():
    rows = low([fault("radar", bias=-5000.0)])
    assert {row["radar_range_m"] for row in rows[60:]} == {0.0}


@pytest.mark.parametrize(("beams", "wrong"), [(1, [True, False, False]), (6, [False, True, True])])
def test_one_beam_may_be_wrong_alone(beams, wrong):
    speeds = off("velocimeter_m_s", [fault("velocimeter", bias=3.0, beams=beams)])[-1][1]
    assert [abs(one - 3.0) < 1e-4 for one in speeds] == wrong
    assert [abs(one) < 1e-4 for one in speeds] == [not one for one in wrong]


def test_where_another_fault_speaks_of_all_beams_all_are_at_fault():
    both = combined("velocimeter", [{"bias": 1.0, "beams": 1}, {"noise": 2.0}])
    assert both["beams"] == 7


def test_one_axis_of_an_inertial_unit_may_have_another_scale():
    across = off("imu_a_dtheta", [fault("imu_a", gyro_scale=[0.0, 0.5, 0.0])])[-1][1]
    assert across[0] == across[2] == 0.0 and across[1] != 0.0


def test_a_common_cause_befalls_all_its_targets_at_once():
    scenario = synthetic.scenario("faults=[{target='lrf + radar', effect={bias=25}, start={time_s=3}}]")
    assert [one.target for one in scenario.faults] == ["lrf", "radar"]
    assert {one.start.time_s for one in scenario.faults} == {3.0}
    with pytest.raises(InputError, match=r"imu_a has no effect 'bias'.*there are dead, frozen"):
        synthetic.scenario("faults=[{target='lrf + imu_a', effect={bias=25}, start={time_s=3}}]")


def test_an_unknown_target_names_those_there_are():
    with pytest.raises(InputError, match=r"no target 'altimeter'.*there are imu_a, imu_b, lrf, radar"):
        synthetic.scenario("faults=[{target='altimeter', effect={bias=25}, start={time_s=3}}]")


def test_every_effect_stands_in_the_document_with_its_meaning():
    from perilune_rig.scenario import link_effects
    from perilune_rig.scenario.docs import FILE
    from perilune_sim.world import effects

    text = FILE.read_text()
    for target, healthy in (effects.TARGETS | link_effects.TARGETS).items():
        sections = [part for part in text.split("### ") if f"`{target}`" in part.partition("\n")[0]]
        section = sections[-1]  # an `rcs` is in a vehicle's file too
        for name in healthy:
            rows = [line for line in section.splitlines() if line.startswith(f"| `{name}` |")]
            assert len(rows) == 1, (target, name)
            row = rows[0]
            assert row.rstrip("| ").split("|")[-1].strip(), (target, name)
