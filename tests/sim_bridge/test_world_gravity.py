"""Gravity beyond the central term: series against potential, strip against series, files read or refused."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from perilune_host.errors import InputError
from perilune_sim import config
from perilune_sim.world import gravity
from perilune_sim.world.native import ffi, lib
from perilune_sim.world.start import MU_M3_S2, RADIUS_M, site_frame
from perilune_sim.world.vectors import rotate
from perilune_sim.world.world import World
from tests.sim_bridge.kit import CALM, VEHICLE

FIELD = gravity.drawn(12, 3.6e-4, seed=5)


def legendre(degree: int, sine: float) -> np.ndarray:
    """Fully normalised associated Legendre functions by the standard forward columns (Holmes and Featherstone 2002)."""
    cosine, p = math.sqrt(1 - sine * sine), np.zeros((degree + 1, degree + 1))
    p[0, 0] = 1
    for m in range(degree + 1):
        if m:
            p[m, m] = cosine * math.sqrt(3 if m == 1 else (2 * m + 1) / (2 * m)) * p[m - 1, m - 1]
        for n in range(m + 1, degree + 1):
            a = math.sqrt((2 * n - 1) * (2 * n + 1) / ((n - m) * (n + m)))
            b = math.sqrt((2 * n + 1) * (n + m - 1) * (n - m - 1) / ((n - m) * (n + m) * (2 * n - 3)))
            p[n, m] = a * sine * p[n - 1, m] - (b * p[n - 2, m] if n > m + 1 else 0)
    return p


def potential(field: gravity.Field, place: np.ndarray) -> float:
    """The series' potential, m2/s2, from its definition in latitude and longitude."""
    r = float(np.linalg.norm(place))
    lon, p = math.atan2(place[1], place[0]), legendre(field.degree, place[2] / r)
    orders = np.arange(field.degree + 1)
    waves = field.cosine * np.cos(orders * lon) + field.sine * np.sin(orders * lon)
    return field.mu_m3_s2 / r * float(((field.radius_m / r) ** orders) @ (waves * p).sum(axis=1))


def slope_of(field: gravity.Field, place: np.ndarray, step_m: float = 20.0) -> np.ndarray:
    steps = step_m * np.eye(3)
    return np.array([potential(field, place + d) - potential(field, place - d) for d in steps]) / (2 * step_m)


@settings(max_examples=40, deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(-math.pi, math.pi), st.floats(0, 100e3))
def test_the_series_is_the_slope_of_its_potential(lat: float, lon: float, height_m: float):
    r = RADIUS_M + height_m
    place = r * np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    found = gravity.acceleration(FIELD, (place[0], place[1], place[2]))
    assert found == pytest.approx(slope_of(FIELD, place), abs=2e-10)


def test_the_poles_are_places_like_others():
    at = gravity.acceleration(FIELD, (0.0, 0.0, -RADIUS_M))
    beside = gravity.acceleration(FIELD, (1.0, -1.0, -RADIUS_M))
    assert np.isfinite(at).all() and at == pytest.approx(beside, abs=1e-8)


def test_degree_two_alone_by_hand():
    """On the polar axis J2 adds -3 sqrt(5) C20 mu R^2 / r^4 outward."""
    cosine, sine = np.zeros((2, 3, 3))
    cosine[2, 0] = gravity.C20
    field = gravity.Field(MU_M3_S2, gravity.REFERENCE_RADIUS_M, cosine, sine)
    r = 1.8e6
    expected = -3 * MU_M3_S2 * gravity.REFERENCE_RADIUS_M**2 * gravity.C20 * math.sqrt(5) / r**4
    assert gravity.acceleration(field, (0.0, 0.0, r)) == pytest.approx((0, 0, expected), abs=1e-12)


def test_the_drawn_field_has_the_moons_degree_variance():
    """Per coefficient 3.6e-4 / l^2 from degree 3 up; degree 2 is the Moon's own."""
    field = gravity.drawn(60, 3.6e-4, seed=1)
    for n in (10, 30, 60):
        both = np.concatenate([field.cosine[n, : n + 1], field.sine[n, 1 : n + 1]])
        assert np.sqrt(np.mean(both**2)) == pytest.approx(3.6e-4 / n**2, rel=0.5)
    assert field.cosine[2, :3].tolist() == [gravity.C20, 0, gravity.C22]
    assert np.array_equal(field.cosine[:20, :20], gravity.drawn(19, 3.6e-4, seed=1).cosine)


def in_the_strip(world: World, place: list[float]) -> np.ndarray:
    out = ffi.new("double[3]")
    lib.pl_gravity_at(world.pointer, place, out)
    return np.array(list(out))


def by_the_series(environment: config.Environment, field: gravity.Field, place: list[float]) -> np.ndarray:
    site = np.array(matrix(site_frame(environment.orbit).from_inertial))
    centre = np.array(place) + [0, 0, RADIUS_M]
    x, y, z = site.T @ centre
    return site @ np.array(gravity.acceleration(field, (x, y, z)))


def matrix(q: list[float]) -> list[list[float]]:
    return np.array([rotate(q, axis) for axis in np.eye(3).tolist()]).T.tolist()


@pytest.mark.parametrize(("degree", "most_mgal"), [(20, 1.0), (50, 4.0), (100, 4.0)])
def test_the_strip_says_what_the_series_says(degree: int, most_mgal: float):
    environment = replace(CALM, gravity=config.Gravity(degree=degree))
    world, field = World(VEHICLE, environment, 3), gravity.drawn(degree, 3.6e-4, 3)
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(60):
        angle, r = rng.uniform(-630e3, 0) / RADIUS_M, RADIUS_M + rng.uniform(0, 15e3)
        place = [r * math.sin(angle), rng.uniform(-5e3, 5e3), r * math.cos(angle) - RADIUS_M]
        errors.append(in_the_strip(world, place) - by_the_series(environment, field, place))
    assert 1e5 * np.abs(errors).max() < most_mgal
    assert 1e5 * np.sqrt(np.mean(np.square(errors))) < most_mgal / 4


def test_without_the_table_there_is_the_central_term_only():
    assert in_the_strip(World(VEHICLE, CALM, 1), [0.0, 0.0, 0.0]).tolist() == [0, 0, 0]


def test_the_field_moves_the_vehicle_and_the_flight_computer_is_not_told():
    bent = replace(CALM, gravity=config.Gravity())
    worlds = [World(VEHICLE, environment, 2) for environment in (CALM, bent, bent)]
    for world in worlds:
        for _ in range(5000):
            world.step(None)
    plain, first, again = (np.array(world.truth().position_m) for world in worlds)
    assert 0.5 < np.linalg.norm(first - plain) < 50  # 200 mGal for 100 s are 10 m
    assert first.tolist() == again.tolist()
    assert worlds[0].knowledge() == worlds[1].knowledge()


def table(field: gravity.Field, path: Path, normalised: int = 1) -> Path:
    """A SHADR table as the archives have them, an exponent of Fortran's and padding included."""
    rows = [
        f"  {field.radius_m / 1e3:.10f} , {field.mu_m3_s2 / 1e9:.12f},0.0,{field.degree},"
        f"{field.degree},{normalised},0.0,0.0"
    ]
    for n in range(1, field.degree + 1):
        for m in range(n + 1):
            c, s = f"{field.cosine[n, m]:.17e}".replace("e", "D"), f"{field.sine[n, m]:.17e}"
            rows.append(f"{n:5d},{m:5d}, {c},  {s}, 0.0, 0.0")
    path.write_text("\r\n".join(rows) + "\r\n")
    return path


def test_a_table_is_the_field_it_holds(tmp_path: Path):
    path = table(FIELD, tmp_path / "model_sha.tab")
    assert gravity.read(path, 12).cosine.tolist() == FIELD.cosine.tolist()
    assert gravity.read(path, 12).sine.tolist() == FIELD.sine.tolist()
    assert gravity.read(path, 5).degree == 5
    flown = World(VEHICLE, replace(CALM, gravity=config.Gravity(file=str(path), degree=12)), 5)
    drawn = World(VEHICLE, replace(CALM, gravity=config.Gravity(degree=12)), 5)
    assert in_the_strip(flown, [0, 0, 0]).tolist() == in_the_strip(drawn, [0, 0, 0]).tolist()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[:20], "degree 5, order 5 is missing"),
        (lambda rows: [rows[0], *rows[1:5], "3, nonsense", *rows[5:]], "line 6: expected 4 or more numbers"),
        (lambda rows: [*rows, rows[7]], "for the second time"),
        (lambda rows: [*rows, "4,5,0.0,0.0"], "degree 4 and order 5 do not belong together"),
        (lambda rows: ["6378.137,398600.4,0,12,12,1,0,0", *rows[1:]], "not the Moon's"),
        (lambda rows: [rows[0].replace(",1,0.0,0.0", ",0,0.0,0.0"), *rows[1:]], "only fully normalised"),
        (lambda rows: [rows[0].replace(",12,12,", ",8,8,"), *rows[1:]], "goes to degree 8"),
        (lambda rows: [rows[0], *rows[1:5], "3,0,nan,0", *rows[5:]], "line 6"),
        (lambda rows: [], "empty"),
    ],
)
def test_a_bad_table_names_its_line(tmp_path: Path, change, said: str):
    path = table(FIELD, tmp_path / "model.tab")
    path.write_text("\n".join(change(path.read_text().splitlines())))
    with pytest.raises(InputError, match=said):
        gravity.read(path, 12)


def test_a_missing_or_binary_file_is_said_to_be_one(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.tab.*No such file"):
        gravity.read(tmp_path / "none.tab", 10)
    (tmp_path / "model.shb").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="SHBDR is the binary form"):
        gravity.read(tmp_path / "model.shb", 10)


def test_a_coast_ends_where_the_descent_begins():
    """After the coast the vehicle is where a flight without one starts, the Moon having turned meanwhile."""
    coasting = replace(CALM, orbit=replace(CALM.orbit, coast_s=1200.0))
    world, at_once = World(VEHICLE, coasting, 1), World(VEHICLE, CALM, 1).truth()
    for _ in range(60_000):
        world.step(None)
    now = world.truth()
    assert now.position_m == pytest.approx(at_once.position_m, abs=0.5)
    assert now.velocity_m_s == pytest.approx(at_once.velocity_m_s, abs=1e-3)
