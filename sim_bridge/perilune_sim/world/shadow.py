"""Where the Sun does not reach the ground."""

from math import radians

import numpy as np

from perilune_sim.world.native import lib
from perilune_sim.world.start import RADIUS_M
from perilune_sim.world.world import World

SHADOW_REACH_M = 60e3  # a hill of 5 km at a Sun of 5 degrees


def shadow(world: World, sun_elevation_deg: float, sun_azimuth_deg: float, places: np.ndarray) -> np.ndarray:
    """Which of `places` ((n, 2): m downrange and left of the site) the ground itself keeps in shadow; (n,) of bool.

    The Sun is a point, its azimuth counts from downrange towards left. A ray 0.1 m above the ground has to get away as
    far as the tallest hill could reach. For hazard maps and pictures: no sensor of the flight computer sees it.
    """
    height, azimuth = radians(sun_elevation_deg), radians(sun_azimuth_deg)
    level = lib.pl_cosine(height)
    to_sun = [level * lib.pl_cosine(azimuth), level * lib.pl_sine(azimuth), lib.pl_sine(height)]
    return np.array([_blocked(world, float(s), float(c), to_sun) for s, c in places], dtype=bool)


def _blocked(world: World, s: float, c: float, to_sun: list[float]) -> bool:
    radius = RADIUS_M + world.ground_m(s, c) + 0.1
    a, b = s / RADIUS_M, c / RADIUS_M
    level = radius * lib.pl_cosine(b)
    place = [level * lib.pl_sine(a), radius * lib.pl_sine(b), level * lib.pl_cosine(a) - RADIUS_M]
    return bool(lib.pl_cast_ray(world.pointer, place, to_sun, SHADOW_REACH_M, 0.0).hit)
