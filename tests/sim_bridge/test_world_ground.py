"""Legs, hull and rest."""

from math import radians, tan

import pytest
from msgspec.structs import replace

from perilune_sim import config
from perilune_sim.world.world import World
from tests.sim_bridge.kit import CALM, FLAT, VEHICLE, above_site, actuators, sensors

LEGS_OUT = actuators(switches=1)
LIGHT = replace(VEHICLE, mass=replace(VEHICLE.mass, propellant_kg=40.0))


def slope(degrees: float) -> config.Environment:
    """Ground that falls downrange."""
    height = 500.0 * tan(radians(degrees)) / 1.5
    scarp = config.Step(downrange_m=0.0, height_m=height, width_m=500.0)
    return replace(CALM, terrain=replace(FLAT, steps=[scarp]))


def unfold(world: World) -> None:
    """Legs out, with the vehicle held where it is."""
    state = world.snapshot()
    for _ in range(101):
        world.step(LEGS_OUT)
    unfolded = world._state.legs_out_tick
    world.restore(state)
    world._state.legs_out_tick = world.tick
    assert unfolded == world.tick + 100


def land(world: World, ticks: int = 1500) -> list[float]:
    """Falls the last metres with the engine off; upward speeds seen after contact."""
    unfold(world)
    up = [0.0]
    for _ in range(ticks):
        world.step(LEGS_OUT)
        if world.touchdown:
            up.append(world.truth().vertical_m_s)
        if world.resting:
            break
    return up


def test_soft_landing_on_a_slope_stays_upright():
    world = above_site(0.05, (0.0, 0.0, -1.2), LIGHT, slope(2.0))
    rebound = max(land(world))
    assert world.resting and not world.tipped and not world.crashed
    assert world.truth().tilt_deg == pytest.approx(2.0, abs=0.7)
    assert world.truth().legs_contact == 0b1111
    assert rebound < 0.15
    assert world.touchdown is not None
    assert world.touchdown["vertical_m_s"] == pytest.approx(1.2, abs=0.1)
    assert world.touchdown["slope_deg"] == pytest.approx(2.0, abs=0.05)


def test_weight_on_the_legs():
    world = above_site(0.01, vehicle=LIGHT)
    land(world)
    now = world.truth()
    sink = LIGHT.mass.dry_kg + 40.0
    assert -now.agl_m == pytest.approx(sink * 1.624 / (4 * LIGHT.legs.stiffness_n_m), rel=0.05)
    assert now.specific_force_m_s2[2] == pytest.approx(1.624, abs=0.01)
    assert sensors(world.step(LEGS_OUT))["leg_contact"] == 0b1111


def test_sideways_landing_slides_or_tips():
    sticky = replace(LIGHT, legs=replace(LIGHT.legs, friction=1.5))
    slides, tips = (above_site(0.05, (4.5, 0.0, -1.5), vehicle) for vehicle in (LIGHT, sticky))
    land(slides)
    land(tips)
    assert slides.resting and not slides.tipped
    assert slides.truth().downrange_m > 3
    assert tips.tipped and tips.truth().tilt_deg > 45


def test_folded_legs_put_the_hull_on_the_ground():
    world = above_site(1.0, (0.0, 0.0, -1.0))
    for _ in range(400):
        world.step(None)
    assert world.crashed and world.truth().hull_strike and not world.truth().legs_contact


@pytest.mark.parametrize("speed_m_s", [10.0, 60.0, 1600.0])
def test_hard_landing_is_a_crash_and_the_end(speed_m_s: float):
    world = above_site(100.0, (0.7 * speed_m_s, 0.0, -0.7 * speed_m_s))
    for _ in range(1000):
        world.step(LEGS_OUT)
    assert world.crashed and world.resting
    assert world.truth().velocity_m_s == (0.0, 0.0, 0.0)
    assert world.truth().impact_m_s > 6
    assert abs(world.truth().agl_m) < 35


def test_descending_into_a_wall_is_noticed():
    wall = config.Step(downrange_m=3000.0, height_m=-2000.0, width_m=4000.0)
    world = above_site(
        300.0, (200.0, 0.0, 0.0), environment=replace(CALM, terrain=replace(FLAT, steps=[wall]))
    )
    for _ in range(3000):
        world.step(None)
        if world.crashed:
            break
    assert world.crashed
    assert abs(world.truth().agl_m) < 10


def test_at_rest_nothing_drifts():
    world = above_site(0.01, vehicle=LIGHT, environment=slope(4.0))
    land(world)
    before = world.truth()
    for _ in range(500):
        world.step(LEGS_OUT)
    assert abs(world.truth().downrange_m - before.downrange_m) < 0.02
    assert world.truth().rate_deg_s < 0.01
