"""Navigation over ticks that were lost, resets, and what it told of the ground before."""

from math import sqrt

import numpy as np
import pytest

from perilune.flight.navigation import covariance as cov
from tests.firmware.kit import fall
from tests.firmware.navigating import (
    GOOD,
    SENSORS,
    VELOCITY,
    attitude_known,
    flown,
    frame,
    judged,
    matrix,
    navigation,
    offset,
    spread,
)


@pytest.mark.parametrize("missed", [1, 9, 10, 11, 37])
def test_a_gap_is_bridged_as_if_frames_had_come(missed):
    steady = {"dtheta": (0.0, 2e-4, 0.0), "dvel": (0.0, 0.0, 0.06)}
    whole, gap = (flown(attitude_known(navigation()), 5, **steady) for _ in range(2))
    flown(whole, missed, **steady)
    gap.bridge_gap(frame(gap.estimate.tick + missed + 1, **steady), missed, True)
    whole._update_level_frame(whole.estimate.tick)
    assert gap.strapdown.r == pytest.approx(whole.strapdown.r, abs=0.02)
    assert gap.strapdown.v == pytest.approx(whole.strapdown.v, abs=2e-3)
    assert gap.attitude.q == pytest.approx(whole.attitude.q, abs=1e-9)
    assert gap.attitude.tick == whole.attitude.tick
    assert gap.inertial_height.age_s == pytest.approx(whole.inertial_height.age_s)
    assert gap.strapdown.downrange == pytest.approx(whole.strapdown.downrange, abs=0.1)


def test_thrust_and_rotation_within_a_gap_change_evenly():
    """From 3 to 1 m/s2 over the gap is 2 m/s2 on the mean."""
    missed = 40
    nav = flown(attitude_known(navigation()), 5, dvel=(0.0, 0.0, 0.06))
    start = nav.strapdown.v
    free = attitude_known(navigation())
    free.strapdown.r, free.strapdown.v = nav.strapdown.r, start
    nav.bridge_gap(
        frame(nav.estimate.tick + missed + 1, dtheta=(0.0, 0.0, 4e-4), dvel=(0.0, 0.0, 0.02)), missed, True
    )
    fall(free.strapdown, missed)
    gained = np.subtract(nav.strapdown.v, free.strapdown.v)
    assert gained == pytest.approx((0.0, 0.0, 0.04 * missed), abs=2e-3)
    assert 2.0 * nav.attitude.q[3] == pytest.approx(2e-4 * missed, rel=1e-3)


@pytest.mark.parametrize(
    ("engine_on", "missed", "leaps"),
    [(True, 25, [10, 10, 5]), (True, 400, [10] * 15), (False, 120, [50, 50, 20]), (False, 4000, [50] * 60)],
)
def test_how_far_a_gap_is_bridged_and_in_what_steps(engine_on, missed, leaps):
    nav = attitude_known(navigation())
    made = []
    nav._leap = lambda dtheta, dvel, ticks: made.append((dvel is not None, ticks))
    nav.bridge_gap(frame(nav.estimate.tick + missed + 1), missed, engine_on)
    assert made == [(engine_on, ticks) for ticks in leaps]


@pytest.mark.parametrize(("engine_on", "changed"), [(True, 0.04), (False, 0.0)])
def test_a_gap_makes_velocity_and_attitude_less_sure(engine_on, changed):
    """0.3 m/s2, and 0.3 of the change of thrust along the axis, over all of the time."""
    missed = 30
    nav = attitude_known(navigation())
    nav.inertial.dvel = (0.0, 0.0, 0.06)
    doubts, steps = [], []
    nav.attitude.inflate_for_gap = lambda *values: doubts.append(values)
    p = spread(nav)
    nav.filter.propagate = lambda on, _noise, _speed, dt: steps.append((on, pytest.approx(dt)))
    nav.bridge_gap(frame(nav.estimate.tick + missed + 1, dvel=(0.0, 0.0, 0.02)), missed, engine_on)
    sigma = (0.3 + 0.3 * 50.0 * changed) * 0.02 * missed
    p[VELOCITY, VELOCITY] += sigma**2
    assert matrix(nav) == pytest.approx(p, rel=1e-6)
    assert steps == [(engine_on, 0.5), (engine_on, 0.1)]
    assert [values[2:] for values in doubts] == [(missed, missed)]
    assert nav.estimate.sigma_v_up == pytest.approx(sqrt(p[4, 4] + nav.filter.covariance.considered))


def test_after_a_reset_everything_follows_from_what_was_kept():
    nav = navigation()
    nav.filter.bias, nav.filter.velocity_correction = (1e-3, 2e-3, 3e-3), (0.1, 0.2, 0.3)
    nav.strapdown.v = (400.0, 0.0, -50.0)
    spread(nav)
    heard = []
    nav.attitude.resume = lambda tick: heard.append(tick)
    nav.inertial.resume = lambda: heard.append("inertial")
    nav.resume(7777)
    assert (nav.estimate.tick, nav.propagated_tick) == (7777, 7777)
    assert heard == ["inertial", 7777]
    assert nav.doppler.anchors == (nav.filter.velocity_correction, nav.filter.velocity_correction)
    assert nav.doppler.forces == (nav.filter.bias, nav.filter.bias)
    assert nav.strapdown.bias == pytest.approx(nav.strapdown.to_site(1e-3, 2e-3, 3e-3))
    assert nav.estimate.speed == pytest.approx(np.linalg.norm((400.0, 0.0, -50.0)))
    assert nav.estimate.sigma_agl == pytest.approx(sqrt(matrix(nav)[0, 0]))
    assert nav.estimate.downrange == nav.strapdown.downrange


def test_what_a_velocimeter_has_said_of_velocity_and_force_is_reverted():
    """The force that one told which lied stayed when it was isolated: 0.013 m/s2 sideways for the last minute."""
    nav = navigation()
    spread(nav)
    nav.strapdown.v = (400.0, 0.0, -50.0)
    nav.filter.velocity_correction, nav.filter.bias = (0.5, -2.0, 3.0), (0.0, 0.0, 0.013)
    before, v_crossrange = matrix(nav), nav.strapdown.v_crossrange
    nav.filter.revert_velocity((0.5, -1.0, 0.5), (0.001, 0.002, 0.003))
    assert nav.strapdown.v_crossrange == pytest.approx(v_crossrange - 2.5)
    assert (nav.filter.velocity_correction, nav.filter.bias) == ((0.5, -1.0, 0.5), (0.001, 0.002, 0.003))
    assert nav.strapdown.bias == pytest.approx(nav.strapdown.to_site(0.001, 0.002, 0.003))
    after = matrix(nav)
    assert after[:7, :7] == pytest.approx(before[:7, :7])
    assert after[7:, 7:] == pytest.approx(4e-6 * np.eye(3))
    assert not after[7:, :7].any() and not after[:7, 7:].any()


def test_on_the_ground_nothing_moves():
    nav = navigation()
    nav.stand()
    assert nav.strapdown.v == (0.0, 0.0, 0.0)
    assert (nav.estimate.v_up, nav.estimate.v_downrange, nav.estimate.v_crossrange, nav.estimate.speed) == (
        0.0,
        0.0,
        0.0,
        0.0,
    )


def test_beams_of_one_sample_correct_the_state_once():
    nav = navigation()
    spread(nav)
    s = nav.strapdown
    before = np.array([s.v_up, s.v_downrange, s.v_crossrange])
    nav.filter.take_velocity((1.0, 0.0, 0.0), 0.5, 1e-9)
    nav.filter.take_velocity((0.0, 1.0, 0.0), -0.25, 1e-9)
    assert np.array([s.v_up, s.v_downrange, s.v_crossrange]) == pytest.approx(before)
    assert nav.filter.pending_along((1.0, 0.0, 0.0)) == pytest.approx(nav.filter.pending[cov.V_UP])
    said = np.array([nav.filter.pending_along(tuple(axis)) for axis in np.eye(3)])
    assert said[1] != 0.0
    assert nav.filter.pending_along((0.6, -0.8, 0.5)) == pytest.approx(said @ (0.6, -0.8, 0.5))
    nav.filter.apply_pending()
    s.to_level_frame()
    assert np.array([s.v_up, s.v_downrange, s.v_crossrange]) - before == pytest.approx(said, abs=0.02)
    assert nav.filter.pending_along((1.0, 0.0, 0.0)) == 0.0
    nav.filter.apply_pending()
    assert nav.filter.velocity_correction == pytest.approx(tuple(said))


def test_the_inertial_height_goes_on_between_two_looks():
    nav = navigation()
    nav.inertial_height.v_up = -60.0
    nav.estimate.tick = nav.inertial_height.tick + 3
    ((*_rest, (datum, _sigma, _drift), _estimate),) = judged(nav, nav.lrf, (GOOD, 0, 6000.0, 0.0))
    here = nav.profile.elevation(nav.strapdown.downrange)
    assert datum == pytest.approx(nav.inertial_height.altitude - 60.0 * 0.06 - SENSORS.imu_height_m - here)


def test_a_footprint_moves_with_the_vehicle_and_with_its_turn():
    nav = navigation()
    nav.attitude.rate = (0.01, -0.02, 0.03)
    judged(nav, nav.lrf, (GOOD, 0, 6000.0, 0.0))
    s = nav.strapdown
    assert nav.lrf.sweep_m_s == pytest.approx(abs(s.v_downrange) + abs(s.v_crossrange) + 0.2 * 6000.0 * 0.06)


def test_within_a_leap_the_thrust_acts_along_the_attitude_halfway():
    nav = attitude_known(navigation())
    halves = []
    leap = nav.strapdown.leap
    nav.strapdown.leap = lambda *of: (halves.append(nav.attitude.tick), leap(*of))
    start = nav.attitude.tick
    nav._leap((0.0, 1e-3, 0.0), (0.0, 0.0, 0.06), 10)
    assert (halves, nav.attitude.tick) == ([start + 5], start + 10)


def told(nav, terrain=0.0, above=0.0):
    """Two altimeters tell: ground above the map, and altitude above the inertial one."""
    nav.filter.terrain = terrain
    nav.inertial_height.altitude = nav.strapdown.altitude - above
    nav.altimetry.reference.renew(nav.estimate.tick, offset(nav), nav.filter.terrain_sigma())


def test_what_two_altimeters_tell_is_remembered_as_a_mean_of_five_seconds():
    nav = navigation()
    nav.estimate.tick = nav.inertial_height.tick = 5000
    told(nav, terrain=30.0, above=100.0)
    assert (nav.altimetry.reference.above, nav.altimetry.reference.ground) == pytest.approx((100.0, 30.0))
    told(nav, terrain=80.0, above=0.0)
    assert (nav.altimetry.reference.above, nav.altimetry.reference.ground) == pytest.approx((98.0, 31.0))
    assert nav.altimetry.reference.tick == 5000
    assert nav.altimetry.reference.variance == pytest.approx(nav.filter.terrain_sigma() ** 2)


def test_what_one_does_later_to_the_altitude_is_its_lift():
    """Altitude against the inertial one, less the drift that the velocimeter shows."""
    nav = navigation()
    nav.estimate.tick = nav.inertial_height.tick = 5000
    told(nav, terrain=30.0, above=100.0)
    nav.estimate.tick = nav.inertial_height.tick = 5100
    nav.inertial_height.altitude -= 40.0
    nav.inertial_height.v_up = nav.strapdown.v_up - 3.0
    assert nav.altimetry.reference.lift(nav.estimate.tick, offset(nav)) == pytest.approx(40.0 - 3.0 * 2.0)
    nav.inertial_height.tick = 5050  # the inertial height goes on between two looks
    assert nav.altimetry.reference.lift(nav.estimate.tick, offset(nav)) == pytest.approx(
        34.0 - nav.inertial_height.v_up * 1.0
    )
    nav.inertial_height.tick = 5100
    nav.filter.terrain = 25.0
    gap, variance = nav.altimetry.reference.gap(nav.estimate.tick, offset(nav), nav.filter.terrain_sigma())
    assert gap == pytest.approx(34.0 + 5.0)
    assert variance == pytest.approx(
        nav.altimetry.reference.variance + nav.filter.terrain_sigma() ** 2 + (0.3 * 2.0) ** 2
    )


def test_what_one_has_said_is_taken_back():
    nav = navigation()
    nav.estimate.tick = nav.inertial_height.tick = 5000
    told(nav, terrain=30.0)
    altitude = nav.strapdown.altitude
    nav.estimate.tick = nav.inertial_height.tick = 5001
    nav.inertial_height.v_up = nav.strapdown.v_up
    nav.filter._apply([50.0, -20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    nav.strapdown.to_level_frame()
    assert nav.strapdown.altitude - altitude == pytest.approx(30.0, abs=0.01)
    _gap, variance = nav.altimetry.reference.gap(nav.estimate.tick, offset(nav), nav.filter.terrain_sigma())
    nav.altimetry.check_against_map = lambda *_: True
    nav.manage_sensors(False)
    assert nav.strapdown.altitude == pytest.approx(altitude, abs=0.01)
    assert nav.filter.terrain == 30.0
    assert matrix(nav)[0, 0] == pytest.approx(variance + nav.altimetry.reference.variance)
    assert matrix(nav)[1, 1] == pytest.approx(nav.altimetry.reference.variance)


def test_on_every_axis_a_gap_is_half_of_before_and_half_of_after():
    missed = 40
    before, after = ((2e-4, -1e-4, 3e-4), (0.02, -0.01, 0.06)), ((-1e-4, 4e-4, 1e-4), (-0.01, 0.03, 0.02))
    nav = attitude_known(navigation())
    nav.inertial.dtheta, nav.inertial.dvel = before
    made = []
    nav._leap = lambda dtheta, dvel, ticks: made.append((ticks, dtheta, dvel))
    nav.bridge_gap(frame(nav.estimate.tick + missed + 1, *after), missed, True)
    for part in (0, 1):
        total = sum(ticks * np.array(of[part]) for ticks, *of in made)
        assert total == pytest.approx(missed * 0.5 * np.add(before[part], after[part]), abs=1e-8)
        assert made[0][1 + part] == pytest.approx(
            np.array(before[part]) + 5.5 / 41.0 * np.subtract(after[part], before[part]), abs=1e-8
        )


@pytest.mark.parametrize("across", [40.0, -40.0])
def test_a_footprint_sweeps_across_too(across):
    nav = navigation(velocity=(500.0, across, -60.0))
    nav.attitude.rate = (0.0, 0.0, 0.0)
    judged(nav, nav.lrf, (GOOD, 0, 6000.0, 0.0))
    s = nav.strapdown
    assert abs(s.v_crossrange) > 30.0
    assert nav.lrf.sweep_m_s == pytest.approx(abs(s.v_downrange) + abs(s.v_crossrange))
