"""Strapdown navigation across a gap and its vectors, against Newton's law in numpy."""

from fractions import Fraction

import numpy as np
import pytest

from perilune.flight.navigation.strapdown import Strapdown
from perilune.flight.schedule import GRAVITY, SLOTS
from tests.firmware.kit import MOON_RADIUS_M, MU_M3_S2, axes, fall, site, turn

RATE = np.array([2e-4, -3e-4, 5e-4])  # a faster Moon, so that each term of the rotation counts
CENTRE = np.array([0.0, 0.0, MOON_RADIUS_M])
POSITION, VELOCITY = np.array([-60e3, 8e3, 9e3]), np.array([900.0, -40.0, -120.0])
BODY = turn([0.4, -1.0, 0.3])


def standing(position=POSITION, velocity=VELOCITY) -> Strapdown:
    place = site(position, velocity)
    place.moon_rate_rad_s = tuple(RATE)
    return Strapdown(place)


def gravity(position) -> np.ndarray:
    r = np.asarray(position) + CENTRE
    return -MU_M3_S2 * r / np.linalg.norm(r) ** 3


def acceleration(position, velocity) -> np.ndarray:
    """Gravity, Coriolis and the centrifugal term, this as at the site."""
    return gravity(position) - 2.0 * np.cross(RATE, velocity) - np.cross(RATE, np.cross(RATE, CENTRE))


def test_gravity_is_central():
    assert standing().gravity(*POSITION) == pytest.approx(gravity(POSITION))


@pytest.mark.parametrize("ticks", [1, 10, 50])
def test_a_leap_is_a_step_with_gravity_of_halfway(ticks):
    s, t = standing(), 0.02 * ticks
    s.leap(axes(BODY), None, ticks)
    a = acceleration(POSITION + 0.5 * t * VELOCITY, VELOCITY)
    assert s.v == pytest.approx(VELOCITY + t * a, rel=1e-12)
    assert s.r == pytest.approx(POSITION + t * VELOCITY + 0.5 * t * t * a, rel=1e-12)
    assert s.force == (0.0, 0.0, 0.0)


def test_a_leap_under_thrust_adds_the_specific_force_less_its_bias():
    s, free = standing(), standing()
    s.bias = (0.01, -0.02, 0.03)
    s.leap(axes(BODY), (0.004, -0.006, 0.06), 10)
    free.leap(axes(BODY), None, 10)
    force = BODY @ (50.0 * np.array([0.004, -0.006, 0.06])) - s.bias
    assert s.force == pytest.approx(force)
    assert np.subtract(s.v, free.v) == pytest.approx(0.2 * force)
    assert np.subtract(s.r, free.r) == pytest.approx(0.5 * 0.2**2 * force, rel=1e-6)


@pytest.mark.parametrize("ticks", [1, 5])
def test_ticks_are_newtons_law_too(ticks):
    """Gravity may be that of the middle of a tenth of a second."""
    s, t = standing(), 0.02 * ticks
    for _ in range(ticks):
        s.advance(0.001, 0.002, -0.003)
    a = acceleration(POSITION + 0.05 * VELOCITY, VELOCITY) + [0.05, 0.1, -0.15]
    assert s.v == pytest.approx(VELOCITY + t * a, rel=1e-7)
    assert s.r == pytest.approx(POSITION + t * VELOCITY + 0.5 * t * t * a, rel=1e-9)


def test_gravity_is_looked_up_on_the_way():
    """A second of free fall over 900 m."""
    s = standing()
    fall(s, 50)
    r, v = POSITION.astype(float), VELOCITY.astype(float)
    for _ in range(1000):
        v = v + 0.001 * acceleration(r + 0.0005 * v, v)
        r = r + 0.001 * v
    assert s.v == pytest.approx(v, abs=2e-4)


def test_a_tick_under_thrust_turns_the_delta_velocity_to_its_end():
    """Half the rotation of the tick lies between the middle of the push and its end."""
    s, free = standing(), standing()
    s.bias = (0.01, -0.02, 0.03)
    spin, push = np.array([0.002, -0.001, 0.003]), np.array([0.004, -0.006, 0.06])
    s.propagate(axes(BODY), tuple(spin), tuple(push))
    free.advance(0.0, 0.0, 0.0)
    gained = BODY @ (push - 0.5 * np.cross(spin, push)) - 0.02 * np.array(s.bias)
    assert np.subtract(s.v, free.v) == pytest.approx(gained, abs=1e-10)
    assert s.force == pytest.approx(50.0 * gained)


def test_what_rounding_loses_is_carried():
    """Kahan: the sum of many steps too small for the sum's last bit."""
    s = standing()
    fall(s, 1000)
    lost = np.array([*s.lost_r, *s.lost_v])
    assert np.any(lost != 0.0)
    sizes = np.abs([*s.r, *s.v])
    assert np.all(np.abs(lost) <= sizes * 2.0**-52)


@pytest.mark.parametrize("vector", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (2.0, -3.0, 5.0)])
def test_level_and_site_components(vector):
    s = standing()
    r = POSITION + CENTRE
    up = r / np.linalg.norm(r)
    ahead = np.array([r[2], 0.0, -r[0]]) / np.hypot(r[0], r[2])
    left = np.cross(up, ahead)
    assert s.axis_crossrange == pytest.approx(left)
    assert s.to_site(*vector) == pytest.approx(vector[0] * up + vector[1] * ahead + vector[2] * left)
    assert s.to_level(*vector) == pytest.approx((up @ vector, ahead @ vector, left @ vector))
    assert (s.v_up, s.v_downrange, s.v_crossrange) == pytest.approx(
        (up @ VELOCITY, ahead @ VELOCITY, left @ VELOCITY)
    )


def test_a_correction_moves_along_each_level_axis():
    s = standing()
    s.correct((10.0, 20.0, 30.0), (1.0, 2.0, 3.0))
    other = standing()
    assert np.subtract(s.r, POSITION) == pytest.approx(other.to_site(10.0, 20.0, 30.0), abs=1e-6)
    assert np.subtract(s.v, VELOCITY) == pytest.approx(other.to_site(1.0, 2.0, 3.0), abs=1e-9)


def test_ten_thousand_small_steps_add_up_to_the_last_bit():
    """With the carried rounding the velocity is the exact sum of its steps to a few units in its last place."""
    s = standing()
    exact = [Fraction(x) for x in s.v]
    for n in range(10_000):
        push = 1e-3 + 1e-7 * n
        if n % SLOTS == GRAVITY:
            s.update_gravity()
        s.advance(push, push, push)
        exact = [x + Fraction(push) + Fraction(f) for x, f in zip(exact, s.gravity_dv, strict=True)]
    for x, true in zip(s.v, exact, strict=True):
        assert abs(float(Fraction(x) - true)) < 20.0 * np.spacing(abs(x))
