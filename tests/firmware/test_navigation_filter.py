"""Navigation's filter: error dynamics and corrections against their equations."""

from math import sqrt

import numpy as np
import pytest

from perilune.flight.navigation import covariance as cov
from perilune.flight.navigation.estimator import Navigation
from perilune.flight.navigation.process_model import height_floor
from perilune.wire.schema import FRESH
from tests.firmware.kit import MOON_RADIUS_M, axes, turn
from tests.firmware.navigating import (
    BIAS,
    GOOD,
    SENSORS,
    VELOCITY,
    fill,
    frame,
    judged,
    matrix,
    navigation,
    new,
    spread,
)

# Error dynamics


def dynamics(nav, dt, engine_on) -> np.ndarray:
    """The couplings in the order they act, as one transition matrix."""
    turned = nav.strapdown.v_downrange / nav.strapdown.rho
    pairs = [(v, b, -dt) for v, b in zip(VELOCITY, BIAS, strict=True)] if engine_on else []
    if turned > 1e-5:
        pairs += [
            (cov.V_UP, cov.V_DOWNRANGE, 2.0 * turned * dt),
            (cov.V_DOWNRANGE, cov.V_UP, -turned * dt),
            (cov.V_UP, cov.AGL, 1.87e-6 * dt),
            (cov.V_UP, cov.TERRAIN, 1.87e-6 * dt),
        ]
    pairs += [
        (cov.AGL, cov.V_UP, dt),
        (cov.DOWNRANGE, cov.V_DOWNRANGE, dt),
        (cov.CROSSRANGE, cov.V_CROSSRANGE, dt),
    ]
    whole = np.eye(10)
    for i, j, f in pairs:
        step = np.eye(10)
        step[i, j] += f
        whole = step @ whole
    return whole


def noise(nav, dt, engine_on) -> float:
    """Variance that velocity gains: gyro and accelerometer noise, scale and alignment with the thrust."""
    thrust = sum(abs(x) for x in nav.strapdown.force) if engine_on else 0.0
    walk = SENSORS.accel_noise_m_s**2
    return dt * (walk + 2e-7 + 1e-7 * thrust**2 + (1e-3 * thrust) ** 2 + nav.inertial.extra_noise)


@pytest.mark.parametrize("engine_on", [True, False])
@pytest.mark.parametrize("speed", [1500.0, 10.0])
def test_errors_grow_as_in_the_local_level_frame(engine_on, speed):
    dt = 0.5
    nav = navigation(velocity=(speed, 3.0, -60.0))
    p = spread(nav)
    nav.strapdown.force = (1.0, -0.5, 2.0)
    nav.inertial.extra_noise = 4e-4
    nav.filter.reopened = 1e6  # the ground is free
    whole = dynamics(nav, dt, engine_on)
    expected = whole @ p @ whole.T
    expected[VELOCITY, VELOCITY] += noise(nav, dt, engine_on)
    expected[BIAS, BIAS] += 2e-10 * dt
    fill(nav, expected)
    sigma = nav.filter.terrain_sigma()
    fill(nav, p)
    s = nav.strapdown
    over = sqrt(s.v_downrange**2 + s.v_crossrange**2) * dt / 3000.0
    walked = 2.0 * sigma**2 * min(1.0, over)
    expected[0, 0] += walked
    expected[1, 1] += walked
    expected[0, 1] -= walked
    expected[1, 0] -= walked
    nav.filter.propagate(engine_on, 4e-4, nav.estimate.speed, dt)
    sizes = np.sqrt(np.outer(np.diagonal(p), np.diagonal(p)))
    assert matrix(nav) / sizes == pytest.approx(expected / sizes, rel=1e-10, abs=1e-11)
    assert nav.filter.reopened == pytest.approx(1e6 * (1.0 - 0.02 * dt))


@pytest.mark.parametrize(("downrange", "length"), [(-6100.0, 3000.0), (-5900.0, 1200.0)])
def test_relief_is_shorter_near_the_site(downrange, length):
    nav = navigation()
    spread(nav)
    nav.strapdown.downrange = downrange
    nav.filter.reopened = 1e6
    moved = []
    nav.filter.covariance.move_terrain = lambda variance, limit: moved.append((variance, limit))
    nav.filter.propagate(False, 0.0, nav.estimate.speed, 0.1)
    s = nav.strapdown
    sigma = nav.filter.terrain_sigma()
    assert moved[0][0] == pytest.approx(
        2.0 * sigma**2 * sqrt(s.v_downrange**2 + s.v_crossrange**2) * 0.1 / length, rel=1e-3
    )


@pytest.mark.parametrize("opened", [0.0, 5000.0])
def test_the_ground_is_held_within_one_and_a_half_sigma_or_what_was_opened(opened):
    nav = navigation()
    nav.filter.reopened = opened
    limits = []
    nav.filter.covariance.move_terrain = lambda _variance, limit: limits.append(limit)
    nav.filter.propagate(False, 0.0, nav.estimate.speed, 0.1)
    assert limits[0] == pytest.approx(max(1.5 * nav.filter.terrain_sigma(), opened * 0.998), rel=1e-6)


@pytest.mark.parametrize(("agl", "floor"), [(50.0, 0.25), (5000.0, 5e-5 * 5000.0**2)])
def test_ground_between_vehicle_and_footprint_does_not_average_out(agl, floor):
    nav = navigation()
    nav.estimate.agl = agl
    nav._propagate(1001, True)
    nav.filter.correct_height(0.0, 1e-9)
    assert matrix(nav)[cov.AGL, cov.AGL] == pytest.approx(floor)


@pytest.mark.parametrize(
    ("downrange", "slope"), [(0.0, 0.03), (-5000.0, 0.05), (-10000.0, 0.07), (-50000.0, 0.07)]
)
def test_ground_under_a_leaning_beam_is_other_ground(downrange, slope):
    """Braking over a crater rim 0.5 km ahead of the footprint: 5.3 sigma too low."""
    nav = navigation()
    nav.estimate.agl, nav.strapdown.downrange, nav.estimate.downrange = 800.0, downrange, downrange
    nav.radar.cosine = 0.8
    nav.lrf.cosine = 0.6
    aside2 = {0.8: 0.5625, 0.6: 16.0 / 9.0}
    for cosine, used in ((0.8, -100), (0.6, 0)):
        nav.lrf.used_tick, nav.altimetry.used_tick = used, 0
        nav._propagate(1, True)
        floor = 800.0**2 * (3e-5 + slope * slope * aside2[cosine])
        most = 800.0**2 * 3e-5 + 40.0**2
        assert nav.filter.covariance.lowest[cov.AGL] == pytest.approx(min(floor, most), rel=1e-6)
        assert height_floor(800.0, downrange, cosine) == pytest.approx(min(floor, most), rel=1e-6)


@pytest.mark.parametrize(("speed", "considered"), [(100.0, 0.01), (299.0, 0.0894), (1600.0, 0.09)])
def test_beam_alignment_does_not_average_out_either(speed, considered):
    nav = navigation()
    nav.filter.propagate(True, 0.0, speed, 0.1)
    assert nav.filter.covariance.considered == pytest.approx(considered, rel=1e-2)


@pytest.mark.parametrize(
    ("ago", "steps"), [(450, [(True, 0.1)] * 5), (499 - 25, [(True, 0.1)] * 5), (530, [(True, 0.5)])]
)
@pytest.mark.parametrize("source", ["altimetry", "doppler"])
def test_the_covariance_is_propagated_ten_times_a_second_while_measurements_come_else_twice(
    source, ago, steps
):
    """Ten seconds after the last of them nothing is lost on waiting."""
    nav = navigation()
    done = []
    getattr(nav, source).used_tick = nav.estimate.tick + 25 - ago
    for n in range(50):
        nav.filter.propagate = lambda on, _noise, _speed, dt, n=n: done.append((n, on, round(dt, 9)))
        nav.update(frame(nav.estimate.tick + 1), True, 3.0)
    assert [step[1:] for step in done if step[0] >= 25] == steps


@pytest.mark.parametrize(("missing", "dt"), [(3, 0.1), (7, 0.1), (8, 0.2), (13, 0.3), (200, 0.5)])
def test_what_was_missed_is_made_up_for_within_half_a_second(missing, dt):
    nav = navigation()
    nav.altimetry.used_tick = done_tick = 10_000
    done = []
    nav.filter.propagate = lambda _on, _noise, _speed, step: done.append(step)
    nav.propagated_tick = done_tick - missing
    nav._propagate(done_tick, True)
    nav._propagate(done_tick, True)
    assert done == pytest.approx([dt, 0.1])


# Corrections


@pytest.mark.parametrize("twice", [False, True])
def test_a_correction_goes_to_position_ground_velocity_and_bias(twice):
    nav = navigation()
    s = nav.strapdown
    d = [3.0, 2.0, 10.0, -20.0, 0.5, -0.25, 0.125, 1e-3, -2e-3, 3e-3]
    times = 2 if twice else 1
    before = s.altitude, s.v_up, s.v_crossrange
    for _ in range(times):
        nav.filter._apply(d)
    assert s.altitude - before[0] == pytest.approx(
        5.0 * times, abs=0.01
    )  # height above ground, and the ground
    assert s.v_up - before[1] == pytest.approx(0.5 * times, abs=0.01)
    assert s.v_crossrange - before[2] == pytest.approx(0.125 * times, abs=0.01)
    assert nav.filter.terrain == 2.0 * times
    assert nav.filter.position_correction == (10.0 * times, -20.0 * times)
    assert nav.filter.velocity_correction == pytest.approx((0.5 * times, -0.25 * times, 0.125 * times))
    assert nav.filter.bias == pytest.approx((1e-3 * times, -2e-3 * times, 3e-3 * times))
    assert s.bias == pytest.approx(s.to_site(*nav.filter.bias), abs=1e-7)


def test_a_height_is_taken_in_as_height_above_ground():
    nav = navigation()
    spread(nav)
    agl = nav.estimate.agl
    nav.filter.correct_height(5.0, 1e-6)
    nav.strapdown.surface_arcs()
    nav._publish_motion()
    assert nav.estimate.agl - agl == pytest.approx(5.0, abs=0.2)  # what remains is the map's slope


def tied(ahead_m: float) -> Navigation:
    """Its height and its position ahead are wrong together: 100 m of one are `ahead_m` of the other."""
    nav = navigation()
    p = spread(nav)
    p[:] = np.diag(np.diagonal(p))
    p[cov.AGL, cov.AGL], p[cov.DOWNRANGE, cov.DOWNRANGE] = 200.0**2, 1500.0**2
    p[cov.AGL, cov.DOWNRANGE] = p[cov.DOWNRANGE, cov.AGL] = 200.0**2 * ahead_m / 100.0
    fill(nav, p)
    return nav


@pytest.mark.parametrize("ahead_m", [600.0, -600.0])
def test_a_height_that_moves_the_position_is_the_height_where_that_turns_out_to_be(ahead_m):
    """Resilience, seed 201248283217394: a first range moved the position by 630 m, where the map is 40 m lower.

    The height just measured was off by that, the laser isolated for a leap, and the ground met at 4.5 m/s.
    """
    nav = tied(ahead_m)
    nav.lrf.above, nav.lrf.mean_1s, nav.lrf.mean_10s = 10.0, 11.0, 12.0
    nav.radar.above = nav.altimetry.reference.ground = 0.0
    agl, here = nav.estimate.agl, nav.profile.elevation(nav.strapdown.downrange)
    nav.altimetry.rebase(nav.filter.correct_height(100.0, 1e-6))
    nav._update_level_frame(nav.estimate.tick)
    nav._publish_motion()
    step = nav.profile.elevation(nav.strapdown.downrange) - here
    assert abs(step) > 3.0  # the map is another there
    assert nav.estimate.agl - agl == pytest.approx(100.0, abs=0.3)
    assert nav.filter.terrain == pytest.approx(-step, abs=0.3)
    assert nav.altimetry.reference.ground == pytest.approx(-step, abs=0.3)
    was = np.array([nav.lrf.above, nav.lrf.mean_1s, nav.lrf.mean_10s, nav.radar.above])
    assert was == pytest.approx(np.array([10.0, 11.0, 12.0, 0.0]) + step, abs=0.3)


@pytest.mark.parametrize(("ahead_m", "moved"), [(49.0, False), (-49.0, False), (51.0, True), (-51.0, True)])
def test_within_fifty_metres_the_map_has_the_same_ground(ahead_m, moved):
    nav = tied(ahead_m)
    assert (nav.filter.correct_height(100.0, 1e-6) != 0.0) is moved


def test_a_velocity_is_taken_in_along_its_direction():
    nav = navigation()
    spread(nav)
    direction = (0.6, 0.0, -0.8)
    s = nav.strapdown
    before = np.array([s.v_up, s.v_downrange, s.v_crossrange])
    nav.filter.correct_velocity(direction, 2.0, 1e-9)
    after = np.array([s.v_up, s.v_downrange, s.v_crossrange])
    assert (after - before) @ direction == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("downrange", [15001.0, -15001.0])
def test_far_from_the_site_a_wrong_height_is_the_grounds(downrange):
    nav = navigation()
    moved = []
    nav.filter.covariance.move_terrain = lambda *values: moved.append(values)
    nav.filter.inflate_height(-300.0, downrange)
    assert moved == [(90000.0, 450.0)]
    assert nav.filter.reopened == 450.0


def test_near_the_site_a_wrong_height_is_the_vehicles():
    nav = navigation()
    p = spread(nav)
    nav.filter.inflate_height(-300.0, -14999.0)
    p[0, 0] += 90000.0
    assert matrix(nav) == pytest.approx(p)
    assert nav.filter.reopened == 0.0


@pytest.mark.parametrize("name", ["lrf", "radar"])
def test_a_range_is_judged_against_the_ground_under_the_beam(name):
    """Aside of the vehicle the ground is another, the Moon curves away, and the sample is some milliseconds old."""
    nav = navigation()
    nav.attitude.axes = axes(turn((0.0, -0.1, 0.05)))
    unit = getattr(nav, name)
    ((one, height, predicted, r, variance, (datum, sigma, drift), told),) = judged(
        nav, unit, (GOOD, 60, 6000.0, 0.0)
    )
    s = nav.strapdown
    here, there = nav.profile.elevation(s.downrange), nav.profile.elevation(s.downrange + unit.offset_m)
    fallen = unit.offset_m**2 / (2.0 * MOON_RADIUS_M)
    assert abs(unit.offset_m) > 100.0
    assert (one, told, variance) == (unit, nav.estimate, matrix(nav)[cov.AGL, cov.AGL])
    assert predicted == pytest.approx(
        nav.estimate.agl - (there - here) + fallen - nav.estimate.v_up * 0.06, abs=1e-3
    )
    same = new()
    again = getattr(same, name)
    assert height == pytest.approx(again.height((GOOD, 60, 6000.0, 0.0), nav.attitude.axes, s.axis_up, 0))
    assert r == pytest.approx(unit.variance(nav.attitude.star_var, 0.1))  # 40 km out: the roughest slopes
    assert datum == pytest.approx(nav.inertial_height.altitude - SENSORS.imu_height_m - here)
    assert sigma == pytest.approx(nav.inertial_height.sigma() + 3.0 * nav.filter.terrain_sigma())
    assert drift == pytest.approx(s.v_up - nav.inertial_height.v_up)


@pytest.mark.parametrize(
    ("downrange", "slope"), [(-500.0, 0.05), (-5.0, 0.002), (800.0, 0.08), (-5000.0, 0.1)]
)
def test_slopes_calm_down_towards_the_site(downrange, slope):
    nav = navigation()
    nav.strapdown.downrange = downrange
    nav.attitude.axes = axes(turn((0.0, -0.2, 0.0)))
    asked = judged(nav, nav.lrf, (GOOD, 0, 900.0, 0.0))
    assert asked[0][3] == pytest.approx(nav.lrf.variance(nav.attitude.star_var, slope))


def test_a_range_of_no_use_is_not_judged():
    nav = navigation()
    assert judged(nav, nav.lrf, (FRESH, 0, 900.0, 0.0)) == []
