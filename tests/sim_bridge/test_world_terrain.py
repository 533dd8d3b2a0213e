"""The ground and rays to it."""

from math import degrees, radians, sqrt, tan

import numpy as np
import pytest
from msgspec.structs import replace

from perilune_host.errors import InputError
from perilune_sim import config
from perilune_sim.world.native import ffi, lib
from perilune_sim.world.start import RADIUS_M, Start
from perilune_sim.world.world import World
from tests.sim_bridge.kit import AS_PLANNED, CALM, FLAT, VEHICLE, above_site, perfect, sensors

ROUGH = config.Environment(dispersions=AS_PLANNED)


def on(terrain: config.Terrain, seed: int = 1) -> World:
    return World(VEHICLE, replace(CALM, terrain=terrain), seed)


def test_the_seed_decides_the_ground():
    where = [(-5e5, 3.0), (-2e4, -700.0), (10.0, 5.0)]
    heights = [[World(VEHICLE, ROUGH, seed).ground_m(*p) for p in where] for seed in (1, 1, 2)]
    assert heights[0] == heights[1]
    assert all(a != b for a, b in zip(heights[0], heights[2], strict=True))


def test_the_ground_has_no_cliffs():
    world, rng = World(VEHICLE, ROUGH, 3), np.random.default_rng(3)
    points = rng.uniform(-1e5, 1e5, (2000, 2))
    steps = [abs(world.ground_m(s + 0.01, c) - world.ground_m(s, c)) for s, c in points]
    assert max(steps) < 0.03


def test_relief_has_the_size_asked_for():
    heights = [
        World(VEHICLE, ROUGH, seed).ground_m(s, 0.0) - World(VEHICLE, ROUGH, seed).ground_m(0, 0)
        for seed in range(12)
        for s in np.arange(-6e5, -1e5, 5e4)
    ]
    assert np.std(heights) == pytest.approx(350.0, rel=0.25)


def test_slope_at_the_site():
    rng, slopes = np.random.default_rng(5), []
    for seed in range(4):
        world = World(VEHICLE, ROUGH, seed)
        points = rng.uniform(-50, 50, (200, 2))
        slopes += [(world.ground_m(s + 1.6, c) - world.ground_m(s - 1.6, c)) / 3.2 for s, c in points]
    assert degrees(np.std(slopes)) == pytest.approx(2.0, abs=0.6)


def test_explicit_crater_and_step():
    crater = config.Crater(downrange_m=-500.0, left_m=40.0, radius_m=100.0, depth_m=30.0, rim_m=4.0)
    world = on(replace(FLAT, craters=[crater], steps=[config.Step(downrange_m=-20e3, height_m=3000.0)]))
    plain = world.ground_m(0.0, 0.0)
    assert world.ground_m(-500.0, 40.0) - plain == pytest.approx(-30.0)
    assert world.ground_m(-400.0, 40.0) - plain == pytest.approx(4.0)
    assert world.ground_m(-300.0, 40.0) - plain == pytest.approx(0.0, abs=1e-9)
    assert world.ground_m(-21e3, 0.0) - plain == pytest.approx(3000.0)
    known = world.knowledge()["terrain"]
    assert max(known[0]["elevation_m"]) - plain < 500  # the step is not on the map


def test_the_map_resembles_the_ground():
    world = World(VEHICLE, ROUGH, 7)
    parts = world.knowledge()["terrain"]
    at = np.concatenate([p["start_m"] + p["spacing_m"] * np.arange(40) for p in parts])
    truth = np.array([world.ground_m(s, 0.0) for s in at])
    told = np.concatenate([p["elevation_m"] for p in parts])
    assert at[0] == -70e3 and at[-1] == 9e3
    assert 5 < np.std(told - truth) < 0.5 * np.std(truth)
    assert abs(told[70] - truth[70]) < 120  # at the site


def ray(world: World, origin: list[float], direction: list[float]) -> tuple[float, float]:
    found = lib.pl_cast_ray(world._c, ffi.new("double[3]", origin), ffi.new("double[3]", direction), 5e4, 0.0)
    return (found.range_m, found.cos_incidence) if found.hit else (np.inf, 0.0)


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 65.0, 80.0])
def test_ray_to_the_sphere(angle_deg: float):
    world = on(FLAT)
    ground, height = world.ground_m(0.0, 0.0), 5000.0
    a = radians(angle_deg)
    distance, cosine = ray(world, [0.0, 0.0, ground + height], [float(np.sin(a)), 0.0, -float(np.cos(a))])
    r, big = RADIUS_M + ground, RADIUS_M + ground + height
    b = big * np.cos(a)
    exact = b - sqrt(b * b - (big * big - r * r))
    assert distance == pytest.approx(exact, abs=0.02)
    assert cosine == pytest.approx((big * np.cos(a) - exact) / r, abs=1e-4)


def test_rays_end_on_the_ground_and_pass_nothing():
    world, rng = World(VEHICLE, ROUGH, 11), np.random.default_rng(11)
    for _ in range(60):
        a, turn, s = rng.uniform(0, 1.2), rng.uniform(0, 6.28), rng.uniform(-3e4, 0)
        up = np.array([np.sin(s / RADIUS_M), 0.0, np.cos(s / RADIUS_M)])
        origin = up * (RADIUS_M + world.ground_m(s, 0.0) + rng.uniform(50, 5000)) - [0, 0, RADIUS_M]
        direction = np.array([np.sin(a) * np.cos(turn), np.sin(a) * np.sin(turn), -np.cos(a)])
        distance, _ = ray(world, list(origin), list(direction))

        def above(t: float, origin: np.ndarray = origin, direction: np.ndarray = direction) -> float:
            p = origin + t * direction + [0, 0, RADIUS_M]
            arcs = RADIUS_M * np.arctan2(p[0], p[2]), RADIUS_M * np.arcsin(p[1] / np.linalg.norm(p))
            return float(np.linalg.norm(p)) - RADIUS_M - world.ground_m(*arcs)

        assert above(distance) == pytest.approx(0.0, abs=0.6)
        assert min(above(t) for t in np.linspace(0, distance, 200)[:-1]) > -0.6


def test_laser_reads_the_height_and_sees_a_crater():
    def reading(craters: list[config.Crater]) -> float:
        start = above_site(1000.0).truth()
        environment = replace(CALM, terrain=replace(FLAT, craters=craters))
        here = Start(list(start.position_m), [0.0] * 3, [1.0, 0.0, 0.0, 0.0], [0.0] * 3)
        world = World(perfect(), environment, 1, here)
        for _ in range(5):
            world.step(None)
        return sensors(world.step(None))["lrf_range_m"]

    height = VEHICLE.sensors.lrf.position_m[2] - VEHICLE.legs.pad_z_m
    bowl = config.Crater(downrange_m=0.5, left_m=0.3, radius_m=200.0, depth_m=50.0, rim_m=0.0)
    assert reading([]) == pytest.approx(1000.0 + height, abs=0.02)
    assert reading([bowl]) - reading([]) == pytest.approx(50.0, abs=0.02)


def test_tangent_of_the_slope_is_the_one_of_the_step():
    scarp = config.Step(downrange_m=0.0, height_m=-500.0 * tan(radians(2.0)) / 1.5, width_m=500.0)
    assert on(replace(FLAT, steps=[scarp])).truth().slope_deg < 0.1  # far from it
    world = above_site(5.0, environment=replace(CALM, terrain=replace(FLAT, steps=[scarp])))
    assert world.truth().slope_deg == pytest.approx(2.0, abs=0.01)


def test_too_many_features_are_refused():
    step = config.Step(downrange_m=0.0, height_m=1.0)
    with pytest.raises(InputError, match="at most 64 craters and 16 steps"):
        on(replace(FLAT, steps=[step] * 17))
