"""The hazard sensor: what it ranks, what it misses, what it takes for a hazard."""

import numpy as np
import pytest
from msgspec.structs import replace

from perilune_host.errors import InputError
from perilune_sim import config
from perilune_sim.world.hazard import HazardSensor, flash, spots
from perilune_sim.world.world import World
from tests.sim_bridge.kit import CALM, FLAT, above_site

EXACT = HazardSensor(noise_m=0.0, tilt_rad=0.0)
PIT = replace(
    CALM,
    terrain=replace(
        FLAT, craters=[config.Crater(downrange_m=0.0, left_m=0.0, radius_m=12.0, depth_m=5.0, rim_m=1.0)]
    ),
)


def true_slope_deg(world: World, s: float, c: float, base_m: float = 4.0) -> float:
    rise = [
        world.ground_m(s + a, c + b) - world.ground_m(s - a, c - b)
        for a, b in ((base_m / 2, 0.0), (0.0, base_m / 2))
    ]
    return float(np.degrees(np.arctan(np.hypot(*rise) / base_m)))


def test_a_plain_is_safe_under_the_vehicle():
    best = spots(flash(above_site(300.0), EXACT, 1), EXACT)
    assert len(best) == 5 and best[0].safe == 1.0
    assert np.hypot(best[0].downrange_m, best[0].left_m) < 2.0
    assert best[0].slope_deg < 0.2 and best[0].rock_m < 0.05


@pytest.mark.parametrize("height_m", [120.0, 200.0])
def test_the_wall_of_a_crater_is_avoided(height_m: float):
    """Its bottom and the plain outside are flat; every spot is, truly, and the wall between is refused."""
    world = above_site(height_m, environment=PIT)
    sensor = replace(EXACT, half_field_deg=12.0)
    assert true_slope_deg(world, 9.0, 0.0) > 2 * sensor.slope_deg
    ranked = spots(flash(world, sensor, 1), sensor)
    assert ranked
    for spot in ranked:
        assert not 4.0 < np.hypot(spot.downrange_m, spot.left_m) < 12.0
        assert true_slope_deg(world, spot.downrange_m, spot.left_m) < sensor.slope_deg


def test_outside_its_heights_it_says_nothing():
    for height_m in (80.0, 700.0):
        with pytest.raises(InputError, match="it works from 500 to 100 m"):
            flash(above_site(height_m), EXACT, 1)


def test_a_flash_is_the_seeds():
    world, sensor = above_site(250.0, environment=PIT), HazardSensor()
    assert spots(flash(world, sensor, 3), sensor) == spots(flash(world, sensor, 3), sensor)
    assert spots(flash(world, sensor, 3), sensor) != spots(flash(world, sensor, 4), sensor)


def test_it_misses_and_gives_false_alarms_and_still_helps():
    """On highland ground: of places taken at random more are unsafe than of those it ranks first; some of these are
    unsafe too, and a noisier sensor refuses ground that is safe."""
    sensor, blind, chosen, taken = HazardSensor(half_field_deg=8.0), 0, 0, 0
    for seed in range(1, 13):
        ground = replace(CALM, terrain=config.Terrain(preset="highland"))
        world = above_site(200.0, environment=ground, seed=seed)
        ranked = spots(flash(world, sensor, seed), sensor)
        blind += true_slope_deg(world, 0.0, 0.0) > sensor.slope_deg
        if ranked:
            taken += 1
            chosen += true_slope_deg(world, ranked[0].downrange_m, ranked[0].left_m) > sensor.slope_deg
    assert taken >= 6 and chosen / taken < blind / 12
    noisy = replace(sensor, noise_m=1.0)  # sees rocks on a plain
    assert len(spots(flash(above_site(200.0), noisy, 1), noisy)) < 5


def test_a_boulder_below_the_resolution_is_missed():
    """A boulder of 0.35 m, 490 m below a pixel of 1.4 m, is in the ground and not in the map."""
    rocky = replace(CALM, terrain=replace(FLAT, rock_ratio=0.1))
    high = flash(above_site(490.0, environment=rocky), EXACT, 1)
    assert np.nanmax(high.heights) - np.nanmin(high.heights) < 0.6
    assert spots(high, EXACT)
