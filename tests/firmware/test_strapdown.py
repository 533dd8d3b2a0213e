"""Inertial navigation in the turning site frame, against two-body motion in an inertial frame."""

import struct
from collections.abc import Callable

import numpy as np
import pytest

from perilune.flight.navigation.strapdown import Strapdown
from perilune.flight.schedule import GRAVITY, SLOTS
from tests.firmware.kit import MOON_RADIUS_M, MOON_RATE, MU_M3_S2, axes, fall, site, turn

POSITION = (-630e3, 2e3, -102e3)
VELOCITY = (1570.0, 3.0, 605.0)
RATE = np.array(MOON_RATE)
CENTRE = np.array([0.0, 0.0, MOON_RADIUS_M])


def inertial_motion(seconds: float, force: Callable[[float], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Position and velocity in the site frame after RK4 in the inertial frame that agrees with it at the start.

    force: specific force at a time, inertial frame, m/s2.
    """

    def rate(t: float, y: np.ndarray) -> np.ndarray:
        r = y[:3]
        return np.concatenate([y[3:], -MU_M3_S2 * r / np.linalg.norm(r) ** 3 + force(t)])

    r = np.array(POSITION) + CENTRE
    y = np.concatenate([r, np.array(VELOCITY) + np.cross(RATE, r)])
    dt = 0.2
    for n in range(round(seconds / dt)):
        t = n * dt
        k1 = rate(t, y)
        k2 = rate(t + dt / 2, y + dt / 2 * k1)
        k3 = rate(t + dt / 2, y + dt / 2 * k2)
        k4 = rate(t + dt, y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    to_site = turn(-RATE * seconds)
    return to_site @ y[:3] - CENTRE, to_site @ (y[3:] - np.cross(RATE, y[:3]))


def coasted(seconds: float) -> Strapdown:
    s = Strapdown(site(POSITION, VELOCITY))
    fall(s, round(seconds * 50))
    s.to_level_frame()
    return s


@pytest.fixture(scope="module")
def orbit() -> tuple[np.ndarray, np.ndarray]:
    return inertial_motion(600.0, lambda _t: np.zeros(3))


def test_ten_minutes_of_coast(orbit):
    s = coasted(600.0)
    position, velocity = orbit
    assert np.linalg.norm(position - POSITION) > 900e3  # it went somewhere
    assert s.r == pytest.approx(position, abs=2.0)
    assert s.v == pytest.approx(velocity, abs=0.01)


def test_a_braking_burn_on_a_turning_vehicle():
    """3 m/s2 for 400 s while the body pitches at 3 mrad/s: thrust direction, its rotation within ticks, gravity."""
    push, spin, start = np.array([0.0, 0.0, 3.0]), np.array([0.0, 0.003, 0.0]), turn([0.1, -1.5, 0.2])
    attitude = lambda t: start @ turn(spin * t)  # noqa: E731  # body to inertial
    s = Strapdown(site(POSITION, VELOCITY))
    for n in range(1, 400 * 50 + 1):
        body_to_site = turn(-RATE * n * 0.02) @ attitude(n * 0.02)
        if n % SLOTS == GRAVITY:
            s.update_gravity()
        s.propagate(axes(body_to_site), tuple(spin * 0.02), tuple(push * 0.02))
    position, velocity = inertial_motion(400.0, lambda t: attitude(t) @ push)
    assert s.r == pytest.approx(position, abs=2.0)
    assert s.v == pytest.approx(velocity, abs=0.01)
    assert s.force == pytest.approx(turn(-RATE * 400.0) @ attitude(400.0) @ push, abs=1e-3)


def test_a_known_bias_is_taken_out():
    biased, clean = (Strapdown(site((0.0, 0.0, 100.0), (0.0, 0.0, 0.0))) for _ in range(2))
    biased.bias = 0.01, -0.02, 0.03
    upright = axes(np.eye(3))
    for _ in range(500):
        biased.update_gravity()
        clean.update_gravity()
        biased.propagate(upright, (0.0, 0.0, 0.0), (0.0002, -0.0004, 0.0006))
        clean.propagate(upright, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert biased.r == pytest.approx(clean.r, abs=1e-9)


def test_the_local_level_frame_is_that_of_the_sphere():
    s = Strapdown(site((-50e3, 8e3, 3e3), (200.0, -10.0, -30.0)))
    r = np.array(s.r) + CENTRE
    up = r / np.linalg.norm(r)
    assert s.axis_up == pytest.approx(up)
    assert np.array([s.axis_up, s.axis_downrange, s.axis_crossrange]) @ np.array(
        [s.axis_up, s.axis_downrange, s.axis_crossrange]
    ).T == pytest.approx(np.eye(3))
    assert s.altitude == pytest.approx(np.linalg.norm(r) - MOON_RADIUS_M, abs=1e-6)
    assert s.downrange == pytest.approx(MOON_RADIUS_M * np.arctan2(r[0], r[2]), abs=0.05)
    assert s.crossrange == pytest.approx(MOON_RADIUS_M * r[1] / np.linalg.norm(r), abs=0.05)
    assert (s.v_up, s.v_downrange, s.v_crossrange) == pytest.approx(s.to_level(*s.v))
    assert s.to_site(*s.to_level(1.0, 2.0, 3.0)) == pytest.approx((1.0, 2.0, 3.0))


def test_corrections_are_given_in_the_local_level_frame():
    s = Strapdown(site((-50e3, 8e3, 3e3), (200.0, -10.0, -30.0)))
    altitude, downrange, v_crossrange = s.altitude, s.downrange, s.v_crossrange
    s.correct((12.0, 5.0, 0.0), (0.0, 0.0, 0.7))
    s.to_level_frame()
    s.surface_arcs()
    assert s.altitude - altitude == pytest.approx(12.0, abs=0.01)
    assert s.downrange - downrange == pytest.approx(5.0, rel=0.01)
    assert s.v_crossrange - v_crossrange == pytest.approx(0.7, abs=0.01)


COAST = """
from struct import pack_into, unpack_from
from perilune.flight.navigation.strapdown import Strapdown
from perilune.flight.schedule import GRAVITY, SLOTS

class Site:
    pass

def run(inbuf, n, outbuf):
    values = unpack_from("<11f", inbuf, 0)
    site = Site()
    site.mu_m3_s2, site.radius_m = values[0:2]
    site.moon_rate_rad_s, site.position_m, site.velocity_m_s = values[2:5], values[5:8], values[8:11]
    s = Strapdown(site)
    for n in range(30000):
        if n % SLOTS == GRAVITY:
            s.update_gravity()
        s.advance(0.0, 0.0, 0.0)
        if not inbuf[44]:
            s.lost_r = s.lost_v = (0.0, 0.0, 0.0)
    pack_into("<6f", outbuf, 0, *(s.r + s.v))
    return 24
"""


def test_carried_roundings_keep_float32_within_metres(machine, orbit):
    """What the compensated sums are for: 30 000 roundings of a coast in float32, with and without them."""
    machine.exec(COAST)
    machine.bind("run")
    start = struct.pack("<11f", MU_M3_S2, MOON_RADIUS_M, *MOON_RATE, *POSITION, *VELOCITY)
    off = {}
    for carried in (0, 1):
        end = struct.unpack("<6f", machine.step(start + bytes([carried]), 0))
        off[carried] = np.linalg.norm(end[:3] - orbit[0])
    assert off[1] < 10.0
    assert off[0] > 5.0 * off[1]
