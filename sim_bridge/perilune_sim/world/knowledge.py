"""What the flight computer is told before the descent: nominal values and uploads with their errors, never truth."""

from math import sqrt
from typing import Any

from perilune_sim import config
from perilune_sim.world.native import Stream, lib
from perilune_sim.world.start import MU_M3_S2, RADIUS_M, Frame, Start, local_axes
from perilune_sim.world.vectors import Vector, add

SAMPLES, PARTS = 40, 2
FIRST_M, SPACING_M = -70e3, 1000.0  # the profile reaches from 70 km before the site to 9 km beyond


def _offset(start: list[float], sigma: Vector, axes: tuple[list[float], ...], draw: Stream) -> list[float]:
    for axis, one_sigma in zip(axes, sigma, strict=True):
        start = add(start, axis, draw.normal(one_sigma))
    return start


def site(
    environment: config.Environment, frame: Frame, start: Start, elevation_m: float, seed: int
) -> dict[str, Any]:
    """Fields of PARAM_SITE: orbit determination (truth plus error) at tick 0, site and map accuracy."""
    od = environment.orbit_determination
    draw, axes = Stream(seed, "orbit_determination"), local_axes(start.position)
    return {
        "mu_m3_s2": MU_M3_S2,
        "radius_m": RADIUS_M,
        "moon_rate_rad_s": frame.moon_rate,
        "site_from_inertial": frame.from_inertial,
        "epoch_tick": 0,
        "position_m": _offset(start.position, od.position_m, axes, draw),
        "velocity_m_s": _offset(start.velocity, od.velocity_m_s, axes, draw),
        "site_elevation_m": elevation_m,
        **claims(environment),
    }


def claims(environment: config.Environment) -> dict[str, Any]:
    """Fields of PARAM_SITE that say how good the others are."""
    od, prior = environment.orbit_determination, environment.map_prior
    ratio, most = map_sigma(environment)
    return {
        "sigma_position_m": list(od.position_m),
        "sigma_velocity_m_s": list(od.velocity_m_s),
        "sigma_elevation_m": prior.site_sigma_m,
        "terrain_sigma_ratio": ratio,
        "terrain_sigma_max_m": most,
    }


def _relief_below(terrain: config.Terrain, wavelength_m: float) -> float:
    """1 sigma (m) of the relief shorter than this: relief_m (wavelength / longest_m)^hurst."""
    ratio = min(1.0, wavelength_m / terrain.longest_m)
    return (
        terrain.relief_m * lib.pl_exponential(terrain.hurst * lib.pl_logarithm(ratio)) if ratio > 0 else 0.0
    )


def map_sigma(environment: config.Environment) -> tuple[float, float]:
    """Growth of the map's error with distance and its ceiling (m): amplitude error, noise, shift, and what the map is
    too coarse to show or, without a map, the whole relief."""
    terrain, prior = environment.terrain, environment.map_prior
    if not prior.available:
        return 0.05, max(1.0, 1.2 * terrain.relief_m)
    unresolved, shifted = _relief_below(terrain, prior.smooth_m), _relief_below(terrain, prior.shift_m)
    parts = (prior.scale * terrain.relief_m, prior.noise_m, unresolved, shifted)
    return 0.02, max(1.0, sqrt(sum(part * part for part in parts)))


def profile(
    world: Any, environment: config.Environment, elevation_m: float, seed: int
) -> list[dict[str, Any]]:
    """The two PARAM_TERRAIN frames: heights (m) under the ground track, low-passed, scaled, shifted, with noise.
    Without a map the ground is as high as the site everywhere. Explicit craters and steps are not in it."""
    prior, draw = environment.map_prior, Stream(seed, "map")
    scale, shift = 1 + draw.normal(prior.scale), draw.normal(prior.shift_m) + prior.offset_m
    datum = lib.pl_terrain_mapped(world, 0.0, 0.0, prior.smooth_m)

    def sample(k: int) -> float:
        noise = draw.normal(prior.noise_m)
        if not prior.available:
            return elevation_m
        height = lib.pl_terrain_mapped(world, FIRST_M + SPACING_M * k + shift, 0.0, prior.smooth_m)
        return elevation_m + scale * (height - datum) + noise

    heights = [sample(k) for k in range(PARTS * SAMPLES)]
    return [
        {
            "part": part,
            "start_m": FIRST_M + SPACING_M * SAMPLES * part,
            "spacing_m": SPACING_M,
            "elevation_m": heights[SAMPLES * part : SAMPLES * (part + 1)],
        }
        for part in range(PARTS)
    ]
