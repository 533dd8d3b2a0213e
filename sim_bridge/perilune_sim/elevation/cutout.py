"""The ground round a site, cut out of rasters once: a strip under the approach, and the site by itself.

Posts lie on a square lattice in arcs downrange and left of the site. Each cut-out carries its coarser copies, which are
what a wide beam or a coarse map sees.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from perilune_sim import config
from perilune_sim.elevation import gdal, pds3
from perilune_sim.elevation.raster import SPHERE_M, Raster
from perilune_sim.world.native import ffi, lib
from perilune_sim.world.start import Frame, Start
from perilune_sim.world.vectors import conjugate, rotate

UPRANGE_M, PAST_M, BESIDE_M = 75e3, 12e3, 6e3  # of the strip, from the site
BEFORE_M = 5e3  # the strip begins so far before a start that is nearer
SITE_M = 3e3  # half the side of the site's own cut-out
MOST_POSTS = 4_000_000


@dataclass(frozen=True)
class Area:
    """Arcs from the site, m: downrange, then left."""

    first_s: float
    last_s: float
    first_c: float
    last_c: float

    def post_m(self, native_m: float) -> float:
        """The raster's own posts, or as close as they may be."""
        size = (self.last_s - self.first_s) * (self.last_c - self.first_c)
        return max(native_m, float(np.sqrt(size / MOST_POSTS)))


@dataclass(frozen=True)
class Cutout:
    """heights: (rows, columns) of each level, float32, m above the sphere; the first post and the spacing, m."""

    heights: list[np.ndarray]
    first_s_m: float
    first_c_m: float
    post_m: float


def open_raster(path: Path) -> Raster:
    """By the end of its name: .lbl is PDS3, anything else is for GDAL (GeoTIFF, PDS4's .xml)."""
    return pds3.open_raster(path) if path.suffix.lower() == ".lbl" else gdal.open_raster(path)


def geographic(frame: Frame, s_m: np.ndarray, c_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude (rad) at arcs from the site."""
    a, b = s_m / SPHERE_M, c_m / SPHERE_M
    place = np.stack([np.cos(b) * np.sin(a), np.sin(b), np.cos(b) * np.cos(a)])
    back = conjugate(frame.from_inertial)
    axes = np.array([rotate(back, axis) for axis in np.eye(3).tolist()]).T
    x, y, z = np.tensordot(axes, place, 1)
    return np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)


def cut(raster: Raster, frame: Frame, area: Area) -> Cutout:
    """The raster's heights over an area; InputError where the raster does not reach."""
    post = area.post_m(raster.post_m)
    s = np.arange(area.first_s, area.last_s + post, post)
    c = np.arange(area.first_c, area.last_c + post, post)
    lat, lon = geographic(frame, *np.meshgrid(s, c, indexing="ij"))
    return Cutout(coarser(raster.heights(lat, lon)), float(s[0]), float(c[0]), post)


def coarser(heights: np.ndarray) -> list[np.ndarray]:
    """The heights and copies of every second post, each smoothed by 1 2 1 both ways before."""
    levels = [heights.astype(np.float32)]
    while len(levels) < lib.PL_LEVELS and min(heights.shape) >= 8:
        for axis in (0, 1):
            wide = np.pad(np.moveaxis(heights, axis, 0), ((1, 1), (0, 0)), mode="edge")
            heights = np.moveaxis(0.25 * wide[:-2] + 0.5 * wide[1:-1] + 0.25 * wide[2:], 0, axis)
        heights = heights[::2, ::2]
        levels.append(heights.astype(np.float32))
    return levels


@lru_cache(maxsize=4)
def cutouts(wide: str, site: str | None, frame_q: tuple[float, ...], first_s_m: float) -> list[Cutout]:
    """The strip, and the site from its own file or, where the strip is coarser than its raster, from the same one."""
    frame = Frame(list(frame_q), [0.0, 0.0, 0.0])
    strip, near = Area(first_s_m, PAST_M, -BESIDE_M, BESIDE_M), Area(-SITE_M, SITE_M, -SITE_M, SITE_M)
    raster = open_raster(Path(wide))
    found = [cut(raster, frame, strip)]
    finer = open_raster(Path(site)) if site else raster
    if site or near.post_m(finer.post_m) < found[0].post_m:
        found.append(cut(finer, frame, near))
    return found


def relief_m(c: Any) -> float:
    """1 sigma of the heights in the strip of a pl_terrain, what a map of a kilometre shows: for the map's error."""
    r = c.raster[0]
    level = max(k for k in range(r.levels) if k == 0 or r.post_m * 2**k <= 1000.0)
    size = r.rows[level] * r.columns[level]
    heights = np.frombuffer(ffi.buffer(r.height + r.at[level], 4 * size), dtype=np.float32)
    return float(np.std(heights.astype(np.float64)))


def fill(c: Any, terrain: config.Terrain, frame: Frame, start: Start) -> list[Any]:
    """The cut-outs into a pl_terrain; the arrays, which have to outlive it."""
    if terrain.elevation is None:
        return []
    along = SPHERE_M * float(np.arctan2(start.position[0], start.position[2] + SPHERE_M))
    first = max(-UPRANGE_M, BEFORE_M * np.floor(min(along, 0.0) / BEFORE_M - 1))
    kept = []
    found = cutouts(terrain.elevation, terrain.site_elevation, tuple(frame.from_inertial), first)
    c.raster_count = len(found)
    for n, cutout in enumerate(found):
        flat = np.concatenate([level.ravel() for level in cutout.heights])
        sizes = [level.size for level in cutout.heights]
        r, levels = c.raster[n], len(sizes)
        r.levels, r.first_s_m, r.first_c_m, r.post_m = (
            levels,
            cutout.first_s_m,
            cutout.first_c_m,
            cutout.post_m,
        )
        r.rows, r.columns = ([level.shape[k] for level in cutout.heights] for k in (0, 1))
        r.at = [sum(sizes[:k]) for k in range(levels)]
        r.height = ffi.from_buffer("float[]", flat)
        kept.append(flat)
    last = found[-1]
    middle = last.heights[0][int(-last.first_s_m / last.post_m), int(-last.first_c_m / last.post_m)]
    c.elevation_m, c.crater_largest_m, c.rugged = float(middle), last.post_m, 1
    return kept
