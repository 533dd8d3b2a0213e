"""Faults: what a file may say, when they act, how they combine, and whether they were felt."""

import pytest

from perilune.wire import schema
from perilune_host.errors import InputError
from perilune_rig.faults.on_world import Faults, combined
from perilune_rig.flight import fly
from perilune_rig.scenario.model import Fault, Trigger
from perilune_sim import config
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
