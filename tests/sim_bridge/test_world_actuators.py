"""Engines, thrusters and tank against their models."""

from math import exp
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from perilune_host.errors import InputError
from perilune_sim.world.world import World
from tests.sim_bridge.kit import CALM, VEHICLE, above_site, actuators, perfect, sensors

FULL = actuators(engine_enable=1, throttle_0=10000)


def run(world: World, command: bytes, ticks: int) -> dict[str, Any]:
    """The last sensor readings of so many ticks."""
    for _ in range(ticks - 1):
        world.step(command)
    return sensors(world.step(command))


def test_start_delay_rate_limit_and_lag():
    world = World(VEHICLE, CALM, 1)
    thrust = []
    for _ in range(100):
        world.step(FULL)
        thrust.append(world.truth().thrust_n / 3400)
    p = VEHICLE.propulsion
    assert thrust[:20] == [0.0] * 20 and thrust[20] > 0  # 0.4 s
    # ramp from the minimum at 2 /s through a first-order lag, 0.2 s after the start
    t, lag, ramp = 0.2, p.lag_s, p.throttle_rate_s
    expected = p.throttle_min * (1 - exp(-t / lag)) + ramp * (t - lag * (1 - exp(-t / lag)))
    assert thrust[29] == pytest.approx(expected, abs=0.03)
    assert thrust[99] == pytest.approx(1.0, abs=1e-3)


def test_throttle_below_the_minimum_is_the_minimum():
    world = World(perfect(), CALM, 1)
    now = run(world, actuators(engine_enable=1, throttle_0=100), 150)
    assert world.truth().thrust_n == pytest.approx(0.15 * 3400, rel=1e-3)
    assert now["chamber_kpa"][0] == pytest.approx(0.15 * 700, abs=1)


def test_cut_off_decays_with_the_lag():
    world = World(VEHICLE, CALM, 1)
    for _ in range(100):
        world.step(FULL)
    for _ in range(8):
        world.step(None)
    assert world.truth().thrust_n / 3400 == pytest.approx(exp(-0.155 / 0.15), abs=0.01)


def test_a_thruster_pulse_below_the_minimum_does_nothing():
    def spin(on_ms: int) -> float:
        world = World(VEHICLE, CALM, 1)
        world.step(actuators(rcs_on_ms_1=on_ms, rcs_on_ms_4=on_ms))
        return world.truth().rate_rad_s[1]

    couple = 2 * VEHICLE.rcs.thrust_n * 1.1 / VEHICLE.mass.inertia_wet_kg_m2[1]
    assert spin(4) == 0.0
    assert spin(5) == pytest.approx(couple * 0.005, rel=1e-3)
    assert spin(20) == pytest.approx(couple * 0.020, rel=1e-3)


def test_thrusters_drink_from_the_tank():
    world = World(VEHICLE, CALM, 1)
    for _ in range(500):
        world.step(actuators(rcs_on_ms_1=20, rcs_on_ms_4=20))
    burnt = 10.0 * 2 * VEHICLE.rcs.thrust_n / (VEHICLE.rcs.isp_s * 9.80665)
    assert 530.0 - world.truth().propellant_kg == pytest.approx(burnt, rel=1e-6)


def test_lost_engine_turns_the_vehicle():
    engines = [
        replace(VEHICLE.propulsion.engines[0], position_m=(0.0, y, -0.9), thrust_n=1700.0)
        for y in (0.3, -0.3)
    ]
    pair = replace(VEHICLE, propulsion=replace(VEHICLE.propulsion, engines=engines))
    world = World(pair, CALM, 1)
    world.effect("engine_1", thrust_factor=0.1)
    both = actuators(engine_enable=3, throttle_0=10000, throttle_1=10000)
    for _ in range(100):
        world.step(both)
    now = world.truth()
    assert now.engine_thrust_n[1] == pytest.approx(0.1 * now.engine_thrust_n[0], rel=1e-6)
    assert now.rate_rad_s[0] > 0.5


def test_engine_faults():
    def thrust(ticks: int, **fault: float) -> float:
        world = World(VEHICLE, CALM, 1)
        world.effect("engine_0", **fault)
        for _ in range(ticks):
            world.step(FULL)
        return world.truth().thrust_n

    assert thrust(100, dead=1) == 0
    assert thrust(100, stuck_throttle=0.5) == pytest.approx(1700, rel=1e-3)
    assert thrust(69, delay_s=1.0) == 0 < thrust(72, delay_s=1.0)


def test_pressurant_failure():
    world = World(perfect(), CALM, 1)
    world.effect("tank", tank_kpa_s=-10.0, leak_kg_s=1.0)
    now = run(world, FULL, 2500)
    assert now["tank_kpa"] == pytest.approx(1700 - 500, abs=2)
    assert now["propellant_kg"] == pytest.approx(world.truth().propellant_kg, abs=0.5)
    assert world.truth().thrust_n == pytest.approx(3400 * 1200 / 1700, rel=1e-3)


def test_wrong_length_is_refused():
    with pytest.raises(InputError, match="actuators payload of 3 bytes"):
        World(VEHICLE, CALM, 1).step(b"abc")


def test_any_buffer_will_do():
    worlds = [above_site(1000.0) for _ in range(3)]
    kinds = (FULL, bytearray(FULL), memoryview(FULL))
    for world, kind in zip(worlds, kinds, strict=True):
        for _ in range(50):
            world.step(kind)
    assert len({world.snapshot() for world in worlds}) == 1


def test_forcing_record_explains_the_momentum():
    world = World(VEHICLE, CALM, 1)
    world.record(1000)
    for _ in range(200):
        world.step(FULL)
    rows = world.forcing()
    assert rows.shape == (400, 15)
    assert np.sum(rows[:, 0] * rows[:, 7]) == pytest.approx(530.0 - world.truth().propellant_kg, rel=1e-9)
    assert rows[-1, 3] == pytest.approx(3400, rel=1e-6)
