"""Attitude filter step by step: its covariance, gates, reports and gaps, against their equations."""

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.algebra import q_axes, q_from_axes
from perilune.flight.navigation.attitude import Attitude
from perilune.flight.navigation.gyro_drift import GyroDrift
from perilune.wire.schema import FRESH, PARAM_SENSORS, PARAM_SITE, VALID
from tests.firmware.kit import axes, group, turn

GOOD = VALID | FRESH
STAR_RAD, GYRO_RAD = 5e-5, 4.4e-6
STAR_VAR = STAR_RAD**2 + 1e-8  # noise, and 20 arcsec of alignment
IDENTITY = (1.0, 0.0, 0.0, 0.0)


class Filter:
    """An attitude filter over a Moon that turns as given, with the site frame along the inertial one."""

    def __init__(self, moon_rate=(0.0, 0.0, 0.0)):
        self.told: list[tuple] = []
        site = group(PARAM_SITE, site_from_inertial=IDENTITY, moon_rate_rad_s=moon_rate, epoch_tick=0)
        sensors = group(PARAM_SENSORS, star_noise_rad=STAR_RAD, gyro_noise_rad=GYRO_RAD)
        self.attitude = Attitude(site, sensors, lambda *event: self.told.append(event))
        self.n = 0

    def star(self, rotation=(0.0, 0.0, 0.0), tick=0, age_ms=0, trusted=True, status=GOOD, scale=1.0):
        """A star sample of the body turned by a rotation vector from the inertial frame, rad."""
        self.n += 1
        x, y, z = rotation
        q = q_from_axes(axes(turn((x, y, z + 1e-12 * self.n))))
        return self.attitude.star((status, age_ms, *(scale * k for k in q)), tick, trusted)

    def started(self):
        assert self.star()
        return self

    def coast(self, ticks, rate=(0.0, 0.0, 0.0)):
        for _ in range(ticks):
            self.attitude.propagate(tuple(0.02 * x for x in rate), self.attitude.tick + 1)
        return self

    @property
    def body(self):
        return np.array(self.attitude.axes).reshape(3, 3).T


def test_the_first_sample_is_taken_whole():
    one = Filter()
    assert one.star((0.1, -0.2, 0.3), tick=0)
    assert one.body == pytest.approx(turn((0.1, -0.2, 0.3)))
    assert one.attitude.p_angle == pytest.approx(STAR_VAR)


def test_age_grows_the_angle_by_its_walk_and_by_the_bias():
    """P = F P F' + Q over dt, with the sign of the bias folded into the cross term."""
    one = Filter().started().coast(500)
    one.star(tick=500)
    dt, bias = 10.0, 3e-6**2
    grown = STAR_VAR + dt * (dt * bias + GYRO_RAD**2)
    k = grown / (grown + STAR_VAR)
    assert one.attitude.p_angle == pytest.approx(grown * (1.0 - k))
    cross = dt * bias
    assert one.attitude.p_cross == pytest.approx(cross * (1.0 - k))
    assert one.attitude.p_bias == pytest.approx(bias + 1e-16 * dt - cross**2 / (grown + STAR_VAR))
    again = one.attitude
    angle, cross, bias = again.p_angle, again.p_cross, again.p_bias
    one.coast(500).star(tick=1000)
    grown = angle + dt * (2.0 * cross + dt * bias + GYRO_RAD**2)
    assert again.p_angle == pytest.approx(grown * STAR_VAR / (grown + STAR_VAR))


def test_a_sample_corrects_angle_and_bias_by_their_gains():
    one = Filter().started().coast(500)
    one.star((2e-5, -1e-5, 3e-5), tick=500)
    dt, bias = 10.0, 3e-6**2
    s = STAR_VAR + dt * (dt * bias + GYRO_RAD**2) + STAR_VAR
    k, g = 1.0 - STAR_VAR / s, dt * bias / s
    assert one.attitude.error == pytest.approx((2e-5, -1e-5, 3e-5), abs=1e-9)
    assert one.body == pytest.approx(turn((2e-5 * k, -1e-5 * k, 3e-5 * k)), abs=1e-9)
    assert one.attitude.bias == pytest.approx((-2e-5 * g, 1e-5 * g, -3e-5 * g), abs=1e-12)
    assert one.attitude.axes == pytest.approx(q_axes(one.attitude.q))


@pytest.mark.parametrize("rotation", [(0.0, 0.0, 3.2), (0.0, 3.0, 0.0)])
def test_either_sign_of_a_quaternion_is_the_same_rotation(rotation):
    one = Filter()
    one.star(rotation)
    assert one.star(rotation, scale=-1.0)
    assert one.attitude.error == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


def gate_rad() -> float:
    """Five sigma on three axes, for a sample at once after the first."""
    return (3.0 * 25.0 * 2.0 * STAR_VAR) ** 0.5


@pytest.mark.parametrize(("share", "used"), [(0.99, True), (1.01, False)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_gate(axis, share, used):
    rotation = [0.0, 0.0, 0.0]
    rotation[axis] = share * gate_rad()
    one = Filter().started()
    assert one.star(tuple(rotation)) is used
    assert one.attitude.rejected == (0 if used else 1)


@pytest.mark.parametrize(("trusted", "share"), [(True, 1e-6), (False, 0.02)])
def test_a_rejected_sample_opens_the_gate_a_little_or_more_with_gyros_in_doubt(trusted, share):
    one = Filter().started()
    assert not one.star((0.01, 0.02, 0.0), trusted=trusted)
    assert one.attitude.p_angle == pytest.approx(STAR_VAR + share * 5e-4, rel=1e-4)


def test_rejection_is_told_after_a_second_and_again_only_after_ten():
    one = Filter().started().coast(1000)
    for n in range(4):
        one.star((0.05, 0.0, 0.0), tick=1000 + n)
    assert one.told == []
    one.star((0.05, 0.0, 0.0), tick=1004)
    ((code, error, sigma, *_),) = one.told
    assert (code, error) == (events.STAR_REJECTED, pytest.approx(0.05, rel=1e-3))
    assert sigma == pytest.approx(one.attitude.p_angle**0.5, rel=0.1)
    one.star(tick=1005)
    assert one.attitude.rejected == 0
    one.coast(499)
    for n in range(5):
        one.star((0.05, 0.0, 0.0), tick=1500 + n)
    assert len(one.told) == 1
    one.star(tick=1505)
    one.coast(2)
    for n in range(5):
        one.star((0.05, 0.0, 0.0), tick=1510 + n)
    assert len(one.told) == 2


@pytest.mark.parametrize(("scale", "used"), [(0.991, True), (0.989, False), (1.009, True), (1.0101, False)])
def test_what_is_nearly_a_rotation_is_one(scale, used):
    one = Filter().started()
    assert one.star(scale=scale) is used
    assert one.attitude.rejected == (0 if used else 1)


def test_a_frozen_tracker_is_rejected():
    one = Filter().started()
    sample = (GOOD, 0, *q_from_axes(axes(turn((0.0, 1e-6, 0.0)))))
    assert one.attitude.star(sample, 0, True)
    assert not one.attitude.star(sample, 0, True)
    assert one.attitude.rejected == 1


@pytest.mark.parametrize(("age_ms", "used"), [(639, True), (640, False)])
def test_how_old_a_sample_may_be(age_ms, used):
    one = Filter().started().coast(100)
    assert one.star(tick=100, age_ms=age_ms) is used


def test_a_late_sample_is_brought_up_by_the_rotation_since():
    one = Filter().started().coast(100, rate=(0.0, 0.1, 0.0))
    assert one.star((0.0, 0.1 * (2.0 - 0.4), 0.0), tick=100, age_ms=400)
    assert one.attitude.error == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)


def test_the_site_turns_with_the_moon():
    rate = (1e-6, -2e-6, 3e-6)
    one = Filter(rate)
    one.coast(100)
    one.star(tick=100)
    assert one.body == pytest.approx(turn([-2.0 * x for x in rate]), abs=1e-10)
    one.coast(400)
    assert one.body == pytest.approx(turn([-10.0 * x for x in rate]), abs=1e-10)


def test_rotation_is_the_gyros_less_their_bias():
    one = Filter().started()
    one.attitude.bias = (1e-3, 2e-3, -3e-3)
    one.coast(50, rate=(0.1, 0.2, 0.3))
    assert one.attitude.rate == pytest.approx((0.099, 0.198, 0.303))
    assert one.body == pytest.approx(turn((0.099, 0.198, 0.303)), abs=1e-6)


def test_a_gap_is_crossed_with_its_rotation():
    rate = (1e-5, 0.0, -2e-5)
    stepped, leapt = Filter(rate).started(), Filter(rate).started()
    for one in (stepped, leapt):
        one.attitude.bias = (1e-3, 2e-3, -3e-3)
        one.coast(30, rate=(0.1, 0.2, 0.3))
    stepped.coast(30, rate=(0.1, 0.2, 0.3))
    leapt.attitude.leap((0.002, 0.004, 0.006), 12)
    leapt.attitude.leap((0.002, 0.004, 0.006), 18)
    assert leapt.attitude.tick == 60
    assert leapt.body == pytest.approx(stepped.body, abs=1e-6)


@pytest.mark.parametrize("age_ms", [20, 180, 200, 600])
def test_a_late_sample_from_within_a_bridged_gap(age_ms):
    rate = 0.1
    one = Filter().started().coast(30, rate=(0.0, rate, 0.0))
    one.attitude.leap((0.0, 0.02 * rate, 0.0), 12)
    one.attitude.leap((0.0, 0.02 * rate, 0.0), 13)
    assert one.star((0.0, rate * (1.1 - 0.001 * age_ms), 0.0), tick=55, age_ms=age_ms)
    assert one.attitude.error == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)


@pytest.mark.parametrize(("age_ms", "turned_s"), [(0, 2.0), (200, 2.0), (220, 2.0), (240, 1.98), (600, 1.62)])
def test_lost_ticks_are_taken_as_without_rotation(age_ms, turned_s):
    """Of 111 ticks 10 were lost before the last, in which nothing turned either."""
    one = Filter().started().coast(100, rate=(0.0, 0.1, 0.0))
    one.attitude.propagate((0.0, 0.0, 0.0), 111)
    assert one.star((0.0, 0.1 * turned_s, 0.0), tick=111, age_ms=age_ms)
    assert one.attitude.error == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)


def test_a_gap_leaves_doubt_about_the_rotation():
    """0.15 of the change of rate, 0.005 rad/s2 that came and went, 0.05 rad/s where nothing was bridged."""
    one = Filter().started()
    one.attitude.inflate_for_gap((0.0, 0.0, 0.0), (4e-4, -2e-4, 4e-4), 100, 150)
    change = 50.0 * 6e-4
    sigma = 2.0 * (0.15 * change + 0.005 * 2.0) + 0.05 * 0.02 * 50
    assert one.attitude.p_angle == pytest.approx(STAR_VAR + sigma**2)
    one.attitude.inflate(0.1)
    assert one.attitude.p_angle == pytest.approx(STAR_VAR + sigma**2 + 0.01)


def test_a_modelled_rotation_is_doubted_and_the_gyros_bias_kept():
    one = Filter().started()
    one.attitude.bias = (1e-6, 2e-6, 3e-6)
    one.attitude.p_cross = 1e-9
    one.attitude.trust_gyros(True)
    assert one.attitude.p_cross == 1e-9  # nothing new
    one.attitude.trust_gyros(False)
    assert (one.attitude.p_bias, one.attitude.p_cross) == (pytest.approx(1e-4), 0.0)
    assert one.attitude.unsteady == 2e-5
    one.coast(50).star(tick=50)
    one.attitude.bias = (0.1, 0.2, 0.3)
    one.attitude.trust_gyros(False)
    assert one.attitude.bias == (0.1, 0.2, 0.3)
    one.attitude.trust_gyros(True)
    assert one.attitude.bias == (1e-6, 2e-6, 3e-6)
    assert one.attitude.p_bias == pytest.approx(9e-12)
    assert (one.attitude.p_cross, one.attitude.unsteady) == (0.0, 0.0)


def test_the_rate_of_a_modelled_rotation_grows_less_sure():
    one = Filter().started()
    one.attitude.trust_gyros(False)
    one.coast(50).star((0.0, 0.0, 0.0), tick=50)
    grown = STAR_VAR + 1.0 * (1e-4 + GYRO_RAD**2)
    s = grown + STAR_VAR
    assert one.attitude.p_bias == pytest.approx(1e-4 + 2e-5 + 1e-16 - 1e-4**2 / s)


def test_after_a_reset_it_goes_on_from_its_attitude():
    one = Filter()
    one.attitude.resume(500)
    assert (one.attitude.tick, one.attitude.aged, one.attitude.known) == (500, 500, False)
    one.attitude.q = q_from_axes(axes(turn((0.1, 0.2, 0.3))))
    one.attitude.resume(600)
    assert one.body == pytest.approx(turn((0.1, 0.2, 0.3)))
    assert (one.attitude.tick, one.attitude.aged) == (600, 600)


@pytest.mark.parametrize(("ticks", "told"), [(1500, False), (1550, True)])
def test_half_a_minute_without_stars_is_told(ticks, told):
    one = Filter().started().coast(ticks)
    assert one.attitude.silent is told
    assert [event[:2] for event in one.told] == [(events.STAR_SILENT, pytest.approx(31.0))] * told
    one.star(tick=ticks)
    one.coast(50)
    assert not one.attitude.silent


# Gyros that drift alike


def drifting(rad_s, samples=40, dt_ticks=10, offset=0.0, rate=(0.0, 0.0, 0.0)) -> int | None:
    """After how many samples a steady drift about x is found."""
    drift = GyroDrift()
    for n in range(samples):
        if drift.leaving(offset + rad_s * 0.02 * dt_ticks * n, 0.0, 0.0, rate, 1000 + dt_ticks * n):
            return n
    return None


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_drift_is_found_on_each_axis_with_its_size(axis):
    drift = GyroDrift()
    found = []
    for n in range(80):
        error = [0.0, 0.0, 0.0]
        error[axis] = 0.002 * 0.2 * n
        found.append(drift.leaving(*error, (0.0, 0.0, 0.0), 1000 + 10 * n))
        if found[-1]:
            break
    # the running mean squared passes half of the mean square with the third sample; twelve in a row from there
    assert found.index(True) == next(n for n in range(99) if (1 - 0.8**n) ** 2 > 0.5 * (1 - 0.8**n)) + 10
    n = found.index(True)
    assert drift.slope2 == pytest.approx(0.002**2 * (1.0 - 0.8**n))
    assert drift.slope[axis] == pytest.approx(0.002 * (1.0 - 0.8**n))
    assert drift.samples == 0


@pytest.mark.parametrize(("rad_s", "found"), [(2.9e-4, False), (3.3e-4, True)])
def test_the_slowest_drift_that_is_found(rad_s, found):
    assert (drifting(rad_s, samples=60) is not None) is found


@pytest.mark.parametrize(("ticks", "found"), [(50, True), (51, False)])
def test_samples_more_than_a_second_apart_show_no_slope(ticks, found):
    assert (drifting(0.002, dt_ticks=ticks) is not None) is found


@pytest.mark.parametrize(("rate", "found"), [((0.0, 0.0, 0.009), True), ((0.0, -0.2, 0.0), False)])
def test_an_error_that_lateness_explains_is_no_drift(rate, found):
    """Two seconds at the fastest turn of the last blocks."""
    assert (drifting(0.002, samples=60, rate=rate, offset=0.01) is not None) is found


def test_the_fastest_turn_is_remembered_for_two_blocks():
    drift = GyroDrift()
    drift._turning((0.03, 0.04, 0.0), 1000)
    drift._turning((0.0, 0.0, 0.01), 1001)
    assert drift.turned_now == pytest.approx(0.0025)
    drift._turning((0.0, 0.0, 0.01), 1126)
    assert (drift.turned_now, drift.turned_before) == (pytest.approx(1e-4), pytest.approx(0.0025))
    drift._turning((0.0, 0.0, 0.0), 1252)
    assert (drift.turned_now, drift.turned_before) == (0.0, pytest.approx(1e-4))


def test_before_the_first_star_sample_the_angle_is_open():
    one = Filter()
    assert one.attitude.p_angle == pytest.approx(0.02**2)
    assert one.attitude.p_bias == pytest.approx(3e-6**2)
    assert one.attitude.star_var == pytest.approx(STAR_VAR)
    assert one.attitude.walk == pytest.approx(GYRO_RAD**2)
    assert (one.attitude.rejected, one.attitude.silent, one.attitude.known) == (0, False, False)
    assert one.attitude.rate == one.attitude.bias == one.attitude.sum == one.attitude.error == (0.0, 0.0, 0.0)


def test_the_first_sample_counts_as_heard_and_as_of_its_time():
    one = Filter().coast(400)
    one.star(tick=400)
    assert (one.attitude.corrected, one.attitude.aged) == (400, 400)
    one.coast(100).star(tick=500)
    assert one.attitude.corrected == 500


def test_an_error_is_the_same_for_either_sign_of_the_quaternion():
    for scale in (1.0, -1.0):
        one = Filter().started()
        one.star((2e-4, -1e-4, 3e-4), scale=scale)
        assert one.attitude.error == pytest.approx((2e-4, -1e-4, 3e-4), abs=1e-8)
