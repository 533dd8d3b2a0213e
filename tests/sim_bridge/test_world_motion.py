"""The equations of motion against what is known in closed form."""

from math import log, sqrt

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from perilune_sim.world.start import MOON_RATE_RAD_S, MU_M3_S2, RADIUS_M, Start
from perilune_sim.world.truth import Truth
from perilune_sim.world.vectors import cross, multiply, rotate, turn
from perilune_sim.world.world import World
from tests.sim_bridge.kit import CALM, VEHICLE, above_site, actuators, perfect, sensors

TICK_S = 0.02
CENTRED = replace(VEHICLE, mass=replace(VEHICLE.mass, com_dry_m=(0.0, 0.0, 0.0), com_wet_m=(0.0, 0.0, 0.0)))


def inertial(world: World, truth: Truth) -> tuple[NDArray, NDArray]:
    """Moon-centred position and inertial velocity on the site's axes of tick 0."""
    rate = world.knowledge()["moon_rate_rad_s"]
    centre = [truth.position_m[0], truth.position_m[1], truth.position_m[2] + RADIUS_M]
    q = turn([TICK_S * truth.tick * w for w in rate])
    velocity = np.add(truth.velocity_m_s, cross(rate, centre))
    return np.array(rotate(q, centre)), np.array(rotate(q, list(velocity)))


def kepler(r: NDArray, v: NDArray, t: float) -> tuple[NDArray, NDArray]:
    """Two-body motion over t: eccentric anomaly difference by Newton, Lagrange coefficients (Battin 1999, 4.4)."""
    a = 1 / (2 / np.linalg.norm(r) - v @ v / MU_M3_S2)
    n, sigma, r0 = sqrt(MU_M3_S2 / a**3), r @ v / sqrt(MU_M3_S2), np.linalg.norm(r)
    e = n * t
    for _ in range(50):
        f = e - (1 - r0 / a) * np.sin(e) + sigma / sqrt(a) * (1 - np.cos(e)) - n * t
        e -= f / (1 - (1 - r0 / a) * np.cos(e) + sigma / sqrt(a) * np.sin(e))
    x = (1 - a / r0 * (1 - np.cos(e))) * r + (t + (np.sin(e) - e) / n) * v
    dg = 1 - a / np.linalg.norm(x) * (1 - np.cos(e))
    df = -sqrt(MU_M3_S2 * a) / (np.linalg.norm(x) * r0) * np.sin(e)
    return x, df * r + dg * v


def test_coasting_follows_the_ellipse():
    world = World(CENTRED, CALM, seed=1)
    r, v = inertial(world, world.truth())
    for _ in range(30_000):
        world.step(None)
    r_end, v_end = inertial(world, world.truth())
    r_true, v_true = kepler(r, v, 600.0)
    assert np.linalg.norm(r_end - r_true) < 1e-3
    assert np.linalg.norm(v_end - v_true) < 1e-6


def test_tumbling_keeps_angular_momentum_and_energy():
    spin = [0.1, -0.2, 0.3]
    coast = Start([0.0, 0.0, 15e3], [1700.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], spin)
    world = World(VEHICLE, CALM, 1, coast)
    inertia = np.array(VEHICLE.mass.inertia_wet_kg_m2)
    rate = world.knowledge()["moon_rate_rad_s"]

    def momentum() -> NDArray:
        t = world.truth()
        to_inertial = multiply(turn([TICK_S * t.tick * w for w in rate]), t.attitude)
        return np.array(rotate(to_inertial, list(inertia * t.rate_rad_s)))

    before = momentum()
    for _ in range(5_000):
        world.step(None)
    energy = 0.5 * inertia @ np.square(world.truth().rate_rad_s)
    assert momentum() == pytest.approx(before, rel=1e-8)
    assert energy == pytest.approx(0.5 * inertia @ np.square(spin), rel=1e-9)


def test_free_fall_from_rest():
    world = above_site(200.0)
    top = world.truth()
    for _ in range(500):
        world.step(None)
    g = MU_M3_S2 / (RADIUS_M + top.altitude_m) ** 2
    turning = (MOON_RATE_RAD_S * 0.94) ** 2 * RADIUS_M  # cos 20 deg of latitude
    assert top.altitude_m - world.truth().altitude_m == pytest.approx(0.5 * (g - turning) * 10.0**2, rel=3e-4)


def test_rocket_equation():
    world = World(perfect(CENTRED), CALM, seed=1)
    full = actuators(engine_enable=1, throttle_0=10000)
    delta_v = sum(sensors(world.step(full))["imu_a_dvel"][2] for _ in range(10_000))
    burnt = world.truth()
    assert burnt.propellant_kg < 400
    assert delta_v == pytest.approx(318.0 * 9.80665 * log(1000.0 / burnt.mass_kg), rel=1e-6)


def test_empty_tank_ends_thrust():
    world, full = above_site(20e3), actuators(engine_enable=1, throttle_0=10000)
    for _ in range(25_000):
        world.step(full)
    assert world.truth().propellant_kg == 0
    assert world.truth().thrust_n == 0
    assert world.truth().mass_kg == pytest.approx(470.0)


def test_inertial_unit_integrates_to_the_truth():
    world = World(perfect(), CALM, seed=1)
    rate, start = world.knowledge()["moon_rate_rad_s"], world.truth()
    r, v = inertial(world, start)
    q = np.array(start.attitude)
    for tick in range(3_000):
        slew = {"rcs_on_ms_1": 10, "rcs_on_ms_4": 10} if tick < 50 else {}
        now = sensors(world.step(actuators(engine_enable=1, throttle_0=8000, **slew)))
        half = multiply(list(q), turn([0.5 * x for x in now["imu_a_dtheta"]]))
        q = np.array(multiply(list(q), turn(now["imu_a_dtheta"])))
        middle = r + 0.5 * TICK_S * v
        push = np.array(rotate(half, now["imu_a_dvel"]))
        before = v
        v = v + push - MU_M3_S2 * TICK_S * middle / np.linalg.norm(middle) ** 3
        r = r + 0.5 * TICK_S * (before + v)
    end = world.truth()
    r_end, v_end = inertial(world, end)
    to_inertial = multiply(turn([TICK_S * end.tick * w for w in rate]), end.attitude)
    assert np.linalg.norm(v_end - v) < 0.01
    assert np.linalg.norm(r_end - r) < 0.2
    assert abs(np.dot(to_inertial, q)) == pytest.approx(1.0, abs=1e-9)
    assert end.rate_deg_s > 2.0  # it did turn
