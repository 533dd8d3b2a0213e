"""Gravity beyond the central term: a model's coefficients from a file, or drawn; summed once over a strip of nodes.

Coefficients are fully normalised and belong to Moon-fixed axes. The flight computer is told the central term only, as
`knowledge.site` says it. docs/ground.md has the equations, the sources and the measured errors.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from perilune_host.errors import InputError
from perilune_sim import config
from perilune_sim.world.native import Stream, ffi, lib
from perilune_sim.world.start import MOON_RATE_RAD_S, MU_M3_S2, RADIUS_M, Frame, Start

REFERENCE_RADIUS_M = 1738000.0  # of the Moon's gravity models; topography uses 1737.4 km
C20, C22 = (
    -9.088e-5,
    3.467e-5,
)  # Lemoine et al. 2014, GRL 41, 3382, in principal axes, where C21, S21 and S22 vanish
SHORT = 20.0  # nodes per wavelength of the highest degree
COARSEST_M = 10e3
LEVELS = 40
PAST_SITE_M, BESIDE_M, BELOW_M, ABOVE_M = 60e3, 15e3, 10e3, 10e3


@dataclass(frozen=True)
class Field:
    """A spherical harmonic series: cosine[l, m] and sine[l, m], fully normalised, of degree + 1 rows."""

    mu_m3_s2: float
    radius_m: float
    cosine: np.ndarray
    sine: np.ndarray

    @property
    def degree(self) -> int:
        return len(self.cosine) - 1


def field_of(gravity: config.Gravity, seed: int) -> Field:
    """The series that a run flies in."""
    if gravity.file is None:
        return drawn(gravity.degree, gravity.kaula, seed)
    return read(Path(gravity.file), gravity.degree)


def drawn(degree: int, kaula: float, seed: int) -> Field:
    """The Moon's degree variance: degree 2 as it is, each coefficient of degree l from N(0, kaula / l^2) from 3 up."""
    cosine, sine = np.zeros((2, degree + 1, degree + 1))
    cosine[2, 0], cosine[2, 2] = C20, C22
    for n in range(3, degree + 1):
        draw, sigma = Stream(seed, f"gravity/{n}"), kaula / n**2
        for m in range(n + 1):
            cosine[n, m] = draw.normal(sigma)
            sine[n, m] = draw.normal(sigma) if m else 0.0
    return Field(MU_M3_S2, REFERENCE_RADIUS_M, cosine, sine)


def read(path: Path, degree: int) -> Field:
    """A model from a SHADR file (`*_sha.tab`): InputError names file, line and offence.

    A header (reference radius km, GM km3/s2, its sigma, degree, order, normalisation, longitude, latitude), then
    degree, order, C, S and their sigmas a line; commas between, Fortran's D in exponents allowed.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give environment.gravity.file a SHADR table") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text: SHBDR is the binary form, give the SHADR table") from None
    if not lines:
        raise InputError(f"{path}: empty: a SHADR table begins with a header line")
    radius_m, mu = _header(path, lines[0], degree)
    return Field(mu, radius_m, *_coefficients(path, lines, degree))


def _numbers(path: Path, number: int, line: str, least: int) -> list[float]:
    try:
        found = [float(text.replace("D", "E").replace("d", "e")) for text in line.split(",") if text.strip()]
    except ValueError:
        found = []
    if len(found) < least or not all(map(math.isfinite, found)):
        raise InputError(
            f"{path}, line {number}: expected {least} or more numbers between commas: {line[:60]!r}"
        )
    return found


def _header(path: Path, line: str, degree: int) -> tuple[float, float]:
    radius_km, mu_km3_s2, _, highest, _, normalised = _numbers(path, 1, line, 6)[:6]
    if not (1700 < radius_km < 1800 and 4800 < mu_km3_s2 < 5000):
        raise InputError(
            f"{path}, line 1: radius {radius_km:g} km and GM {mu_km3_s2:g} km3/s2 are not the Moon's"
        )
    if normalised != 1:
        raise InputError(
            f"{path}, line 1: normalisation state {normalised:g}: only fully normalised (1) is read"
        )
    if highest < degree:
        raise InputError(
            f"{path}: goes to degree {highest:g}: environment.gravity.degree = {degree} is beyond it"
        )
    return 1e3 * radius_km, 1e9 * mu_km3_s2


def _coefficients(path: Path, lines: list[str], degree: int) -> tuple[np.ndarray, np.ndarray]:
    cosine, sine = np.zeros((2, degree + 1, degree + 1))
    seen = np.zeros((degree + 1, degree + 1), dtype=bool)
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        n, m, c, s = _numbers(path, number, line, 4)[:4]
        if n != int(n) or m != int(m) or not 0 <= m <= n:
            raise InputError(f"{path}, line {number}: degree {n:g} and order {m:g} do not belong together")
        if n > degree:
            continue
        at = int(n), int(m)
        if seen[at]:
            raise InputError(f"{path}, line {number}: degree {n:g}, order {m:g} for the second time")
        seen[at], cosine[at], sine[at] = True, c, s
    missing = [(n, m) for n in range(2, degree + 1) for m in range(n + 1) if not seen[n, m]]
    if missing:
        raise InputError(f"{path}: degree {missing[0][0]}, order {missing[0][1]} is missing")
    cosine[0, 0] = 0.0  # the central term, which the world has
    return cosine, sine


class _Series:
    """A field as C takes it, with room to sum it in; its arrays live as long as this."""

    def __init__(self, field: Field) -> None:
        self._arrays = [np.ascontiguousarray(field.cosine), np.ascontiguousarray(field.sine)]
        self.c: Any = ffi.new("pl_harmonics *")
        self.c.degree, self.c.mu, self.c.radius_m = field.degree, field.mu_m3_s2, field.radius_m
        self.c.cosine, self.c.sine = (ffi.from_buffer("double[]", a) for a in self._arrays)
        self.work: Any = ffi.new("double[]", lib.PL_HARMONIC_ARRAYS * (field.degree + 3) ** 2)


def acceleration(field: Field, position_m: tuple[float, float, float]) -> tuple[float, float, float]:
    """The series itself at a Moon-fixed position: m/s2 beyond the central term."""
    series, out = _Series(field), ffi.new("double[3]")
    lib.pl_harmonics_sum(series.c, series.work, list(position_m), out)
    return out[0], out[1], out[2]


@dataclass(frozen=True)
class Strip:
    """Where the nodes are: count, first and spacing (m) in arcs downrange and left and in height."""

    count: tuple[int, int, int]
    first_m: tuple[float, float, float]
    spacing_m: tuple[float, float, float]


def strip(degree: int, start: Start, coast_s: float = 0.0) -> Strip:
    """Nodes round the way from the start to the site, 20 to a wavelength of the highest degree, 10 km at most.

    A coast that begins beyond the far side gets a ring round the Moon. While it lasts the site moves out of the
    orbit's plane.
    """
    place = [*start.position[:2], start.position[2] + RADIUS_M]
    radius = math.sqrt(sum(x * x for x in place))
    along = RADIUS_M * lib.pl_arctan2(place[0], place[2])
    left = RADIUS_M * lib.pl_arctan2(place[1], math.sqrt(place[0] ** 2 + place[2] ** 2))
    space = min(COARSEST_M, 2 * math.pi * RADIUS_M / degree / SHORT)
    beside, half = BESIDE_M + MOON_RATE_RAD_S * coast_s * RADIUS_M, math.pi * RADIUS_M
    low = (-half if along > 0 else along - 2 * space, min(left, 0.0) - beside, -BELOW_M)
    high = (
        half if along > 0 else PAST_SITE_M,
        max(left, 0.0) + beside,
        max(radius - RADIUS_M, 0.0) + ABOVE_M,
    )
    spacing = (space, space, max(0.5 * space, (high[2] - low[2]) / LEVELS))
    count = tuple(2 + int((b - a) / d) for a, b, d in zip(low, high, spacing, strict=True))
    return Strip((count[0], count[1], count[2]), low, spacing)


def fill(c: Any, environment: config.Environment, frame: Frame, start: Start, seed: int) -> np.ndarray | None:
    """The strip into a pl_world, with the series' own GM; the nodes, which have to outlive it."""
    gravity = environment.gravity
    if gravity is None:
        return None
    field, where = field_of(gravity, seed), strip(gravity.degree, start, environment.orbit.coast_s)
    nodes = _summed(gravity, seed if gravity.file is None else None, where, tuple(frame.from_inertial))
    c.mu = field.mu_m3_s2
    c.gravity.count, c.gravity.first = where.count, where.first_m
    c.gravity.per = [1 / d for d in where.spacing_m]
    c.gravity.node = ffi.from_buffer("float[]", nodes)
    return nodes


@lru_cache(maxsize=4)
def _summed(gravity: config.Gravity, seed: int | None, where: Strip, site: tuple[float, ...]) -> np.ndarray:
    """The nodes, (downrange, left, height, 3), m/s2 along the site's axes. A run's twins ask for the same ones."""
    series, c = _Series(field_of(gravity, seed or 0)), ffi.new("pl_strip *")
    nodes = np.zeros((*where.count, 3), dtype=np.float32)
    c.count, c.first, c.per = where.count, where.first_m, [1 / d for d in where.spacing_m]
    lib.pl_strip_fill(c, series.c, RADIUS_M, list(site), series.work, ffi.from_buffer("float[]", nodes))
    nodes.setflags(write=False)
    return nodes
