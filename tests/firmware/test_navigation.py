"""Navigation without a flight around it: what it starts from, a tick, what guidance reads."""

from math import sqrt

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.navigation import covariance as cov
from perilune.flight.navigation.estimator import Navigation
from perilune.flight.signals import Estimate
from perilune.wire.schema import FRESH, VALID
from tests.firmware.kit import loaded
from tests.firmware.navigating import (
    GOOD,
    SENSORS,
    SITE,
    attitude_known,
    fill,
    flown,
    frame,
    matrix,
    navigation,
    new,
    spread,
)

# What it starts from


def test_it_starts_from_the_uploaded_uncertainty():
    nav = new()
    p = matrix(nav)
    ground = (7.5 * SITE.terrain_sigma_max_m) ** 2
    up, ahead, left = (x * x for x in SITE.sigma_position_m)
    assert np.diagonal(p) == pytest.approx(
        [up + ground, ground, ahead, left, *(x * x for x in SITE.sigma_velocity_m_s), *(4e-6,) * 3]
    )
    assert p[cov.AGL, cov.TERRAIN] == pytest.approx(-ground)
    altitude = np.zeros(10)
    altitude[[cov.AGL, cov.TERRAIN]] = 1.0
    assert altitude @ p @ altitude == pytest.approx(up)
    assert nav.estimate.sigma_agl == pytest.approx(sqrt(up + ground))
    assert (nav.estimate.tick, nav.propagated_tick) == (SITE.epoch_tick,) * 2
    assert (
        nav.filter.terrain,
        nav.filter.reopened,
        nav.filter.bias,
        nav.filter.position_correction,
        nav.filter.velocity_correction,
    ) == (
        0.0,
        0.0,
        (0.0,) * 3,
        (0.0,) * 2,
        (0.0,) * 3,
    )


def test_its_altimeters_are_those_of_the_vehicle():
    nav = new()
    for unit, source, name in ((nav.lrf, events.LRF, "lrf"), (nav.radar, events.RADAR, "radar")):
        assert unit.source == source
        assert [*unit.heads[0], *unit.heads[1]] == list(getattr(SENSORS, f"{name}_head"))
        assert unit.maximum_m == getattr(SENSORS, f"{name}_max_m")
        assert unit.noise_m == getattr(SENSORS, f"{name}_noise_m")
        assert unit.noise_ratio == getattr(SENSORS, f"{name}_noise_ratio")
        assert unit.height_m == SENSORS.altimeter_height_m
    assert (nav.altimetry.lrf, nav.altimetry.radar) == (nav.lrf, nav.radar)
    assert nav.inertial_height.altitude == pytest.approx(nav.strapdown.altitude)


# What guidance reads


def test_heights_are_above_the_site_and_above_the_ground():
    nav = navigation()
    nav.filter.terrain = 25.0
    nav._publish_motion()
    s = nav.strapdown
    assert nav.estimate.altitude == pytest.approx(s.altitude - SITE.site_elevation_m)
    ground = nav.profile.elevation(s.downrange) + 25.0
    assert nav.estimate.agl == pytest.approx(s.altitude - SENSORS.imu_height_m - ground)


def test_the_map_tells_how_far_below_the_site_the_ground_is():
    nav = navigation()
    nav._publish_guidance(nav.estimate.tick)
    here = nav.profile.elevation(nav.strapdown.downrange)
    assert here != SITE.site_elevation_m
    assert nav.estimate.map_depth == pytest.approx(SITE.site_elevation_m - here)


def test_gravity_is_less_by_the_centrifugal_term():
    nav = navigation(velocity=(900.0, 200.0, -60.0))
    s = nav.strapdown
    rho = s.altitude + s.radius
    level2 = s.v_downrange**2 + s.v_crossrange**2
    assert nav.estimate.g_eff == pytest.approx(level2 / rho - s.mu / rho**2)
    assert nav.estimate.speed == pytest.approx(np.linalg.norm(s.v))
    assert (nav.estimate.v_up, nav.estimate.v_downrange, nav.estimate.v_crossrange) == (
        s.v_up,
        s.v_downrange,
        s.v_crossrange,
    )
    assert (nav.estimate.downrange, nav.estimate.crossrange) == (s.downrange, s.crossrange)


def test_sigmas_are_roots_of_the_variances_all_things_considered():
    nav = navigation()
    p = spread(nav)
    nav.filter.covariance.considered = 0.04
    nav._publish_sigmas()
    assert nav.estimate.sigma_agl == pytest.approx(sqrt(p[0, 0]))
    assert nav.estimate.sigma_v_up == pytest.approx(sqrt(p[4, 4] + 0.04))
    assert nav.estimate.sigma_v_level == pytest.approx(sqrt(p[5, 5] + p[6, 6] + 2 * 0.04))
    assert nav.estimate.sigma_position == pytest.approx(sqrt(p[2, 2] + p[3, 3]))


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3])
def test_velocity_of_a_moment_ago(seconds):
    """Back along gravity, the frame's rotation and the force felt."""
    nav = flown(attitude_known(navigation()), 1, dvel=(0.02, -0.04, 0.06))
    now = np.array(nav.strapdown.v)
    before = navigation().strapdown.v
    assert nav._velocity_at(seconds) == pytest.approx(now - seconds * (now - before) / 0.02, abs=1e-6)


def ground_sigma(d: float, most: float) -> float:
    """Grows with the distance; 12 m of relief that the last 1500 m take away."""
    return min(most, sqrt((SITE.terrain_sigma_ratio * d) ** 2 + (12.0 * min(1.0, d / 1500.0)) ** 2))


@pytest.mark.parametrize("downrange", [-30e3, -3e3, -900.0, 0.0])
def test_the_ground_is_less_sure_the_farther_the_site(downrange):
    nav = navigation()
    spread(nav)
    nav.strapdown.downrange, nav.strapdown.crossrange = downrange, 400.0
    p = matrix(nav)
    p[2, 2], p[3, 3] = 200.0**2, 100.0**2
    fill(nav, p)
    d = sqrt(downrange**2 + 400.0**2 + 200.0**2 + 100.0**2)
    assert nav.filter.terrain_sigma() == pytest.approx(ground_sigma(d, SITE.terrain_sigma_max_m))


def test_uprange_of_the_map_the_ground_is_less_and_less_known():
    nav = Navigation(loaded(), Estimate(), lambda *_: None)
    most = SITE.terrain_sigma_max_m
    for uprange, factor in ((-1.0, 1.0), (0.0, 1.0), (9e3, 1.0 + 3.25), (81e3, 1.0 + 0.9 * 6.5)):
        nav.strapdown.downrange = nav.profile.start - uprange
        nav.filter.site.terrain_sigma_ratio = 1.0
        assert nav.filter.terrain_sigma() == pytest.approx(factor * most)


@pytest.mark.parametrize(("more", "due"), [(-0.1, True), (0.1, False)])
def test_ranges_are_due_well_within_reach(more, due):
    nav = navigation()
    nav.estimate.sigma_agl = 10.0
    nav.estimate.agl = 0.6 * SENSORS.lrf_max_m - 30.0 + more
    asked = []
    nav.altimetry.power_cycle_failed = lambda _tick, expected: asked.append(expected)
    nav.manage_sensors(False)
    assert asked == [due]


# A tick


def test_with_the_engine_off_it_falls_freely_whatever_the_accelerometers_read():
    nav, free = navigation(), navigation()
    nav.update(frame(SITE.epoch_tick + 1, dvel=(0.001, 0.002, 0.003)), False, 0.0)
    free.strapdown.advance(0.0, 0.0, 0.0)
    assert nav.strapdown.v == pytest.approx(free.strapdown.v, abs=1e-12)


def test_with_the_engine_on_it_feels_the_thrust():
    nav, free = navigation(), navigation()
    tick = SITE.epoch_tick + 1
    nav.update(frame(tick, dvel=(0.0, 0.0, 0.06)), True, 3.0)
    free.strapdown.advance(0.0, 0.0, 0.0)
    assert np.subtract(nav.strapdown.v, free.strapdown.v) == pytest.approx((0.0, 0.0, 0.06), abs=1e-9)
    assert nav.strapdown.force == pytest.approx((0.0, 0.0, 3.0), abs=1e-6)
    assert nav.estimate.tick == tick


def test_the_witness_follows_all_but_the_measurements():
    nav = navigation()
    altitude, v_up = nav.inertial_height.altitude, nav.inertial_height.v_up
    flown(nav, 50, dvel=(0.0, 0.0, 0.06))
    nav.filter._apply([40.0, 0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    flown(nav, 50, dvel=(0.0, 0.0, 0.06))
    nav._update_level_frame(nav.estimate.tick)
    s = nav.strapdown
    assert nav.inertial_height.age_s == pytest.approx(2.0)
    assert nav.inertial_height.v_up == pytest.approx(s.v_up - 7.0, abs=0.01)
    assert nav.inertial_height.altitude == pytest.approx(s.altitude - 40.0 - 7.0 * 1.0, abs=0.8)
    rise = 3.0 * s.axis_up[2] + nav.estimate.g_eff
    assert nav.inertial_height.v_up - v_up == pytest.approx(2.0 * rise, rel=0.02)
    assert nav.inertial_height.altitude - altitude == pytest.approx(2.0 * v_up + 2.0 * rise, abs=0.5)


def test_what_is_not_fresh_is_not_looked_at():
    nav = navigation()
    looked = []
    nav._take_height = lambda unit, _sample: looked.append(unit)
    nav._take_radar_rate = lambda _sample: looked.append("rate")
    nav._take_beams = lambda _sample: looked.append("beams")
    sample = {"lrf": (VALID,), "radar": (VALID,), "velocimeter": (VALID,)}
    nav.update(frame(5001, **sample), True, 3.0)
    assert looked == []
    nav.update(frame(5002, lrf=(FRESH,)), True, 3.0)
    assert looked == [nav.lrf]
    nav.update(frame(5004, radar=(FRESH,)), True, 3.0)
    assert looked == [nav.lrf, nav.radar, "rate"]
    nav.update(frame(5006, velocimeter=(FRESH,)), True, 3.0)
    assert looked == [nav.lrf, nav.radar, "rate", "beams"]


def test_heavy_work_is_done_once_in_five_ticks_and_not_all_at_once():
    nav = navigation()
    done = []
    nav._propagate = lambda tick, engine_on: done.append(("covariance", tick))
    nav._publish_sigmas = lambda: done.append(("sigmas", nav.estimate.tick))
    nav._update_level_frame = lambda tick: done.append(("level", tick))
    flown(nav, 10)
    for name in ("covariance", "sigmas", "level"):
        first, second = (tick for what, tick in done if what == name)
        assert second == first + 5
    assert len({tick for _what, tick in done}) == 6


def test_without_gyros_the_rotation_is_a_model_until_they_are_back():
    nav = attitude_known(navigation())
    flown(nav, 2)
    assert nav.attitude.unsteady == 0.0
    lost = frame(nav.estimate.tick + 1)
    lost.imu_a = lost.imu_b = (0,) * 7
    nav.update(lost, True, 3.0)
    assert nav.attitude.unsteady > 0.0
    flown(nav, 1)
    assert nav.attitude.unsteady == 0.0


def test_a_star_sample_that_was_used_judges_the_gyros():
    nav = navigation()
    judged_by = []
    nav.attitude.error = (1.0, 2.0, 3.0)
    nav.inertial.judge_gyros = judged_by.append
    nav.attitude.star = lambda *_: False
    star = (GOOD, 0, 1.0, 0.0, 0.0, 0.0)
    nav.update(frame(5001, star=star), True, 3.0)
    assert judged_by == []
    nav.attitude.star = lambda *_: True
    nav.update(frame(5002, star=(VALID, *star[1:])), True, 3.0)
    assert judged_by == []
    nav.update(frame(5003, star=star), True, 3.0)
    assert judged_by == [(1.0, 2.0, 3.0)]


# Gyros that stop


STOPPED = (VALID,) + 6 * (0.0,)


def turn_on(nav, ticks, **imu):
    """Ticks of a turn at 0.1 rad/s about x; what the units say instead of it."""
    for tick in range(nav.estimate.tick + 1, nav.estimate.tick + 1 + ticks):
        sample = frame(tick, dtheta=(0.002, 0.0, 0.0))
        vars(sample).update(imu)
        nav.update(sample, False, 0.0)
    return nav


def test_a_turn_goes_on_through_zeros_of_both_gyros():
    """In the pitch-up they were integrated as rest for four ticks, and the model of the turn began there."""
    nav = turn_on(navigation(), 60)
    turn_on(nav, 5, imu_a=STOPPED, imu_b=STOPPED)
    assert nav.inertial.gyros_lost
    assert nav.attitude.sum[0] == pytest.approx(65 * 0.002, rel=1e-5)
    assert nav.attitude.rate[0] == pytest.approx(0.1, rel=1e-5)


def test_a_unit_that_comes_back_with_zeros_is_found_out_without_a_second_leap():
    nav = turn_on(navigation(), 60, imu_b=(0,) * 7)
    turn_on(nav, 8, imu_a=STOPPED, imu_b=(0,) * 7)
    turn_on(nav, 8, imu_a=STOPPED, imu_b=STOPPED)
    assert nav.inertial.gyros_lost
    assert nav.attitude.sum[0] == pytest.approx(76 * 0.002, rel=1e-5)
