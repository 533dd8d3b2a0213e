"""Ground by published statistics: what a preset of `environment.terrain` stands for."""

from typing import Any

from msgspec.structs import replace

from perilune_sim import config

# Fractal relief is set so that, craters included, the median slope along a line over 17 m is that of Rosenburg et al.
# (2011, JGR 116, E02001), with their Hurst exponent: maria 2.0 deg and 0.76, highlands 7.5 deg and 0.95. Polar ground
# is highland ground. Craters are in equilibrium up to crater_break_m (Trask 1966; Xiao and Werner 2015), then as maria
# have them. Boulders: k of 1 % on a mare (Surveyor), more on steeper ground.
PRESETS: dict[str, dict[str, Any]] = {
    "mare": {
        "relief_m": 92.0,
        "longest_m": 60e3,
        "hurst": 0.76,
        "crater_density": 1.0,
        "crater_break_m": 100.0,
        "rock_ratio": 0.01,
        "albedo_mean": 0.08,
    },
    "highland": {
        "relief_m": 555.0,
        "longest_m": 30e3,
        "hurst": 0.95,
        "crater_density": 1.0,
        "crater_break_m": 400.0,
        "rock_ratio": 0.03,
        "albedo_mean": 0.16,
    },
    "pole": {
        "relief_m": 510.0,
        "longest_m": 30e3,
        "hurst": 0.93,
        "crater_density": 1.0,
        "crater_break_m": 400.0,
        "rock_ratio": 0.02,
        "albedo_mean": 0.16,
    },
}


def resolved(environment: config.Environment) -> config.Environment:
    """The environment with its terrain's preset written out."""
    terrain = environment.terrain
    preset = PRESETS.get(terrain.preset, {})
    if terrain.preset == "smooth":
        return environment
    if (
        terrain.elevation is None
    ):  # else the raster has the slopes, and site_slope_deg is roughness below its posts
        preset = preset | {"site_slope_deg": 0.0}
    return replace(environment, terrain=replace(terrain, **preset))
