"""A hazard sensor: a flash lidar with its own processor, which ranks safe spots from 500 to 100 m.

One flash is a square of ranges round the local vertical (Amzajerdian et al. 2013, SPIE 8731: 128 x 128 pixels, 8 cm
from 1 km). The processor makes a map of heights, fits a plane under every footprint of the vehicle and keeps what is
flat and smooth enough (Johnson et al. 2008, IEEE Aerospace: slope and roughness by least squares). Boulders below its
resolution it misses; noise and the sensor's own tilt make it see hazards that are none.

Host-side data: no item of the wire's frames carries it.
"""

from dataclasses import dataclass
from math import erf, hypot, radians, sqrt

import numpy as np

from perilune_host.errors import InputError
from perilune_sim.config import Config, NonNegative, Positive
from perilune_sim.world.native import Stream, lib
from perilune_sim.world.start import local_axes
from perilune_sim.world.truth import Truth
from perilune_sim.world.world import World


class HazardSensor(Config, kw_only=True, frozen=True):
    """The lidar and what its processor calls safe; errors are 1 sigma."""

    pixels: int = 64  # a side
    half_field_deg: Positive = 5.0
    highest_m: Positive = 500.0  # above the ground
    lowest_m: Positive = 100.0
    noise_m: NonNegative = 0.08  # of a range
    tilt_rad: NonNegative = 2e-3  # of the whole flash, about either axis
    slope_deg: Positive = 10.0  # the vehicle's limits
    rock_m: Positive = 0.3
    footprint_m: Positive = 4.0  # the vehicle's width
    most: int = 5  # spots in the list


@dataclass(frozen=True)
class Spot:
    """A place to land, as the processor sees it: arcs from the site (m), slope and the largest step above its plane,
    each with its error (1 sigma), and the probability that both are within the limits."""

    downrange_m: float
    left_m: float
    slope_deg: float
    slope_sigma_deg: float
    rock_m: float
    rock_sigma_m: float
    safe: float


@dataclass(frozen=True)
class Flash:
    """A map of heights (m, NaN where nothing came back) over arcs: square cells, the middle one under the vehicle."""

    heights: np.ndarray
    cell_m: float
    downrange_m: float
    left_m: float


def flash(world: World, sensor: HazardSensor, seed: int) -> Flash:
    """One flash from where the vehicle is; InputError outside the sensor's heights."""
    now = world.truth()
    if not sensor.lowest_m <= now.agl_m <= sensor.highest_m:
        works = f"it works from {sensor.highest_m:g} to {sensor.lowest_m:g} m"
        raise InputError(f"hazard sensor: {now.agl_m:.0f} m above the ground: {works}")
    draw, half = Stream(seed, f"hazard/{now.tick}"), sensor.pixels // 2
    tilt = draw.normal(sensor.tilt_rad), draw.normal(sensor.tilt_rad)
    step = radians(sensor.half_field_deg) / half
    points = np.array(
        [
            _point(world, now, sensor, draw, (i - half + 0.5) * step, (j - half + 0.5) * step, tilt)
            for i in range(sensor.pixels)
            for j in range(sensor.pixels)
        ]
    )
    cell = now.agl_m * step
    return Flash(_gridded(points, cell, sensor.pixels), cell, now.downrange_m, now.left_m)


def _point(
    world: World,
    now: Truth,
    sensor: HazardSensor,
    draw: Stream,
    x: float,
    y: float,
    tilt: tuple[float, float],
) -> tuple[float, float, float]:
    """Where the processor takes a pixel's echo to be: downrange and left of the vehicle, and height under it, m."""
    up, along, left = local_axes(list(now.position_m))
    scale = 1 / sqrt(1 + x * x + y * y)
    beam = [scale * (x * a + y * b - u) for a, b, u in zip(along, left, up, strict=True)]
    width = 2 * radians(sensor.half_field_deg) / sensor.pixels
    ray = lib.pl_cast_ray(world.pointer, list(now.position_m), beam, 2 * sensor.highest_m, width)
    noise = draw.normal(sensor.noise_m)
    if not ray.hit:
        return (0.0, 0.0, np.nan)
    reach = scale * (ray.range_m + noise)
    return reach * x, reach * y, -reach + reach * (x * tilt[0] + y * tilt[1])


def _gridded(points: np.ndarray, cell: float, side: int) -> np.ndarray:
    """Mean height of the points in each cell."""
    points = points[np.isfinite(points[:, 2])]
    at = np.floor(points[:, :2] / cell).astype(int) + side // 2
    inside = np.all((at >= 0) & (at < side), axis=1)
    total, count = np.zeros((2, side, side))
    np.add.at(total, tuple(at[inside].T), points[inside, 2])
    np.add.at(count, tuple(at[inside].T), 1.0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def spots(found: Flash, sensor: HazardSensor) -> list[Spot]:
    """The safest spots, best first, no two under the same footprint; the nearer one of two equals."""
    window = max(3, round(sensor.footprint_m / found.cell_m) | 1)
    slope, rock, noise = _planes(found.heights, window, found.cell_m, sensor.noise_m)
    sigma = hypot(noise, sensor.tilt_rad)
    half, side = window // 2, len(found.heights)
    ranked = []
    for i, j in zip(*np.nonzero(np.isfinite(slope)), strict=True):
        safe = _below(float(slope[i, j]), np.tan(radians(sensor.slope_deg)), sigma) * _below(
            float(rock[i, j]), sensor.rock_m, sensor.noise_m
        )
        s, c = ((k + half + 0.5 - side // 2) * found.cell_m for k in (i, j))
        ranked.append((-round(safe, 3), hypot(s, c), s, c, slope[i, j], rock[i, j], safe))
    ranked.sort()
    kept: list[Spot] = []
    for _, _, s, c, gradient, step, safe in ranked:
        place = found.downrange_m + s, found.left_m + c
        apart = [hypot(place[0] - spot.downrange_m, place[1] - spot.left_m) for spot in kept]
        if safe < 0.5 or len(kept) == sensor.most:
            break
        if min(apart, default=np.inf) < sensor.footprint_m:
            continue
        angle, error = np.degrees(np.arctan(gradient)), np.degrees(sigma / (1 + gradient**2))
        kept.append(Spot(*map(float, (*place, angle, error, step, sensor.noise_m, safe))))
    return kept


def _planes(
    heights: np.ndarray, window: int, cell: float, noise: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Under every window: gradient of the plane of least squares, the highest point above it, the gradient's error."""
    offsets = (np.arange(window) - window // 2) * cell
    views = np.lib.stride_tricks.sliding_window_view(heights, (window, window))
    weight = float(window * np.sum(offsets**2))
    ahead = np.tensordot(views, np.repeat(offsets[:, None], window, 1), 2) / weight
    left = np.tensordot(views, np.repeat(offsets[None, :], window, 0), 2) / weight
    mean = views.mean(axis=(2, 3))
    plane = (
        mean[..., None, None] + ahead[..., None, None] * offsets[:, None] + left[..., None, None] * offsets
    )
    return np.hypot(ahead, left), (views - plane).max(axis=(2, 3)), noise / sqrt(weight)


def _below(value: float, limit: float, sigma: float) -> float:
    """Probability that a quantity measured with this error is below its limit."""
    return float(value < limit) if sigma == 0 else 0.5 * (1 + erf((limit - value) / (sigma * sqrt(2))))
