"""Synthetic ground by published statistics: slopes, boulders, and what they do to a vehicle that comes down on them."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from perilune_sim import config
from perilune_sim.world.native import lib
from perilune_sim.world.shadow import shadow
from perilune_sim.world.start import Start
from perilune_sim.world.world import World
from tests.sim_bridge.kit import AS_PLANNED, CALM, FLAT, VEHICLE


def ground(preset: str, seed: int) -> World:
    return World(VEHICLE, config.Environment(terrain=config.Terrain(preset=preset)), seed)


def median_slope_deg(preset: str, baseline_m: float) -> float:
    slopes = []
    for seed in range(1, 7):
        world, rng = ground(preset, seed), np.random.default_rng(seed)
        for s, c in rng.uniform(-20e3, 20e3, (400, 2)):
            ahead = lib.pl_terrain_height(world.pointer, s + baseline_m / 2, c, 0.6)
            slopes.append(
                (ahead - lib.pl_terrain_height(world.pointer, s - baseline_m / 2, c, 0.6)) / baseline_m
            )
    return math.degrees(math.atan(np.median(np.abs(slopes))))


@pytest.mark.parametrize(("preset", "at_17_m"), [("mare", 2.0), ("highland", 7.5), ("pole", 7.5)])
def test_slopes_are_those_of_rosenburg(preset: str, at_17_m: float):
    """Median along a line over 17 m; slopes fall with the baseline, by the Hurst exponent."""
    found = {baseline: median_slope_deg(preset, baseline) for baseline in (17.0, 100.0)}
    assert found[17.0] == pytest.approx(at_17_m, rel=0.15)
    assert 0.5 < found[100.0] / found[17.0] < 0.9


def test_the_ground_is_no_smoother_at_the_site():
    """It faded to a plane within 8 km of the site, which let everything land."""
    near, far = [], []
    for seed in range(1, 30):
        world = ground("mare", seed)
        for place, into in ((0.0, near), (30e3, far)):
            into += [
                abs(world.ground_m(place + d + 8.5, 9.0) - world.ground_m(place + d - 8.5, 9.0))
                for d in range(0, 400, 40)
            ]
    assert np.median(near) == pytest.approx(np.median(far), rel=0.3)


ROCKY = replace(CALM, terrain=replace(FLAT, rock_ratio=0.1))


def boulders(world: World, half_m: float, post_m: float) -> tuple[np.ndarray, np.ndarray]:
    places = np.arange(-half_m, half_m, post_m)
    heights = np.array([[world.ground_m(s, c) for c in places] for s in places])
    return places, heights - heights.min()


def test_boulders_cover_what_golombek_says():
    """Fraction under boulders wider than 0.25 m: k exp(-(1.79 + 0.152 / k) D), k = 0.1."""
    covered = []
    for seed in range(1, 5):
        _places, height = boulders(World(VEHICLE, ROCKY, seed), 40.0, 0.23)
        covered.append(np.mean(height > 1e-6))
    assert np.mean(covered) == pytest.approx(0.1 * math.exp(-(1.79 + 1.52) * 0.25), rel=0.2)


def dropped(world_seed: int, s: float, c: float, environment: config.Environment) -> World:
    """A vehicle let fall from 1 m above the plain, its axis over a place."""
    plain = World(VEHICLE, replace(environment, terrain=FLAT), world_seed).ground_m(s, c)
    height = plain - VEHICLE.legs.pad_z_m + 1.0
    start = Start([s, c, height], [0.0, 0.0, -0.5], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0])
    legs_out = replace(environment, dispersions=AS_PLANNED)
    world = World(VEHICLE, legs_out, world_seed, start)
    world.pointer.state.legs_out_tick = 0
    for _ in range(400):
        world.step(None)
    return world


def test_a_boulder_under_the_belly_is_met():
    """0.7 m high and narrower than the hull's corners are apart: none of the points that carry forces is above it."""
    rocky = replace(CALM, terrain=replace(FLAT, rock_ratio=0.4))
    places, height = boulders(World(VEHICLE, rocky, 3), 40.0, 0.2)
    reach = 10  # 2 m: no other boulder under belly or pads
    lonely = [
        (float(places[i]), float(places[j]))
        for i, j in zip(*np.nonzero((height > 0.68) & (height < 0.71)), strict=True)
        if reach < i < len(places) - reach
        and reach < j < len(places) - reach
        and height[i - reach : i + reach, j - reach : j + reach].max() < 0.71
    ]
    assert lonely
    for s, c in lonely[:3]:
        assert dropped(3, s, c, rocky).crashed
        assert not dropped(3, s, c, CALM).crashed


def test_a_pad_on_a_boulder_tilts_the_vehicle():
    places, height = boulders(World(VEHICLE, ROCKY, 3), 15.0, 0.25)
    i, j = np.unravel_index(np.argmax(height), height.shape)
    assert 0.25 < height[i, j] < 0.8
    side = VEHICLE.legs.pad_radius_m * math.sqrt(0.5)
    tilted = dropped(3, places[i] - side, places[j] - side, ROCKY).truth()
    level = dropped(3, places[i] - side, places[j] - side, CALM).truth()
    assert level.tilt_deg < 1.0 < 3.0 < tilted.tilt_deg


def test_the_shadow_of_a_step_ends_where_the_sun_says():
    """20 m of scarp uprange, the Sun behind it at 10 degrees: 113 m of shadow from its edge."""
    step = config.Step(downrange_m=0.0, height_m=20.0, width_m=20.0)
    world = World(VEHICLE, replace(CALM, terrain=replace(FLAT, steps=[step])), 1)
    places = np.array([[d, 0.0] for d in range(5, 200, 5)], dtype=float)
    dark = places[shadow(world, 10.0, 180.0, places), 0]
    assert dark.min() <= 10 and dark.max() == pytest.approx(20 / math.tan(math.radians(10)) - 10, abs=8)
    assert not shadow(world, 10.0, 0.0, places).any()


def test_boulders_are_no_echo_for_a_wide_beam():
    """A boulder narrower than the resolution is not resolved: the ray sees the plain."""
    world, bare = (World(VEHICLE, environment, 1) for environment in (ROCKY, CALM))
    for c in np.linspace(-50, 50, 101):
        assert lib.pl_terrain_height(world.pointer, 0.0, c, 3.0) == lib.pl_terrain_height(
            bare.pointer, 0.0, c, 3.0
        )
