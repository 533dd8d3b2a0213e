"""Navigation without a flight around it: outputs, error dynamics, corrections, gaps, against their equations."""

from math import sqrt
from types import SimpleNamespace

import numpy as np
import pytest

from perilune.flight import covariance as cov
from perilune.flight import events
from perilune.flight.navigation import Navigation
from perilune.flight.witness import InertialHeight
from perilune.wire.schema import FRESH, VALID
from tests.firmware.kit import MOON_RADIUS_M, axes, loaded, turn

PARAMETERS = loaded()
SITE, SENSORS = PARAMETERS.site, PARAMETERS.sensors
VELOCITY = [cov.V_UP, cov.V_AHEAD, cov.V_LEFT]
BIAS = [cov.B_UP, cov.B_AHEAD, cov.B_LEFT]
GOOD = VALID | FRESH


def navigation(position=(-40e3, 500.0, 6e3), velocity=(500.0, 3.0, -60.0)) -> Navigation:
    """Somewhere over the approach."""
    nav = Navigation(PARAMETERS, lambda *_event: None)
    nav.strapdown.r, nav.strapdown.v = position, velocity
    nav.strapdown.steps = 0  # gravity is another here
    nav._locate(nav.tick)
    nav.witness = InertialHeight(SITE, nav.strapdown.altitude, nav.strapdown.v_up)
    nav.inertial_v_up = nav.strapdown.v_up
    nav._outputs()
    return nav


def frame(tick, dtheta=(0.0, 0.0, 0.0), dvel=(0.0, 0.0, 0.0), **groups):
    """A sensor frame of two inertial units that agree; the others say nothing unless given."""
    d = 1e-12 * tick
    imu = (VALID, *(x + d for x in dtheta), *(x + d for x in dvel))
    nothing = {"star": (0,) * 6, "lrf": (0,) * 4, "radar": (0,) * 4, "velocimeter": (0,) * 6}
    return SimpleNamespace(tick=tick, imu_a=imu, imu_b=imu, **(nothing | groups))


def matrix(nav) -> np.ndarray:
    return np.array(nav.covariance.rows)


def spread(nav, seed=3) -> np.ndarray:
    """Give it a covariance with everything correlated."""
    a = np.random.default_rng(seed).standard_normal((10, 10))
    scale = np.diag([30.0, 40.0, 100.0, 90.0, 1.0, 1.5, 1.2, 1e-3, 1e-3, 1e-3])
    p = scale @ (a @ a.T + 10.0 * np.eye(10)) @ scale
    fill(nav, p)
    return p


def fill(nav, p) -> None:
    for row, values in zip(nav.covariance.rows, p.tolist(), strict=True):
        row[:] = values


# What it starts from


def test_it_starts_from_the_uploaded_uncertainty():
    nav = Navigation(PARAMETERS, lambda *_: None)
    p = matrix(nav)
    ground = (6.0 * SITE.terrain_sigma_max_m) ** 2
    up, ahead, left = (x * x for x in SITE.sigma_position_m)
    assert np.diagonal(p) == pytest.approx(
        [up + ground, ground, ahead, left, *(x * x for x in SITE.sigma_velocity_m_s), *(4e-6,) * 3]
    )
    assert p[cov.AGL, cov.TERRAIN] == pytest.approx(-ground)
    altitude = np.zeros(10)
    altitude[[cov.AGL, cov.TERRAIN]] = 1.0
    assert altitude @ p @ altitude == pytest.approx(up)
    assert nav.sigma_agl == pytest.approx(sqrt(up + ground))
    assert (nav.tick, nav.propagated_tick) == (SITE.epoch_tick,) * 2
    assert (nav.terrain, nav.opened, nav.bias, nav.wander, nav.pull) == (
        0.0,
        0.0,
        (0.0,) * 3,
        (0.0,) * 2,
        (0.0,) * 3,
    )


def test_its_altimeters_are_those_of_the_vehicle():
    nav = Navigation(PARAMETERS, lambda *_: None)
    for unit, source, name in ((nav.lrf, events.LRF, "lrf"), (nav.radar, events.RADAR, "radar")):
        assert unit.source == source
        assert [*unit.heads[0], *unit.heads[1]] == list(getattr(SENSORS, f"{name}_head"))
        assert unit.maximum_m == getattr(SENSORS, f"{name}_max_m")
        assert unit.noise_m == getattr(SENSORS, f"{name}_noise_m")
        assert unit.noise_ratio == getattr(SENSORS, f"{name}_noise_ratio")
        assert unit.height_m == SENSORS.altimeter_height_m
    assert (nav.altimetry.lrf, nav.altimetry.radar) == (nav.lrf, nav.radar)
    assert nav.witness.altitude == pytest.approx(nav.strapdown.altitude)


# Gyros that stop


STOPPED = (VALID,) + 6 * (0.0,)


def turn_on(nav, ticks, **imu):
    """Ticks of a turn at 0.1 rad/s about x; what the units say instead of it."""
    for tick in range(nav.tick + 1, nav.tick + 1 + ticks):
        sample = frame(tick, dtheta=(0.002, 0.0, 0.0))
        vars(sample).update(imu)
        nav.update(sample, False, 0.0)
    return nav


def test_a_turn_goes_on_through_zeros_of_both_gyros():
    """In the pitch-up they were integrated as rest for four ticks, and the model of the turn began there."""
    nav = turn_on(navigation(), 60)
    turn_on(nav, 5, imu_a=STOPPED, imu_b=STOPPED)
    assert nav.inertial.blind
    assert nav.attitude.sum[0] == pytest.approx(65 * 0.002, rel=1e-5)
    assert nav.attitude.rate[0] == pytest.approx(0.1, rel=1e-5)


def test_a_unit_that_comes_back_with_zeros_is_found_out_without_a_second_leap():
    nav = turn_on(navigation(), 60, imu_b=(0,) * 7)
    turn_on(nav, 8, imu_a=STOPPED, imu_b=(0,) * 7)
    turn_on(nav, 8, imu_a=STOPPED, imu_b=STOPPED)
    assert nav.inertial.blind
    assert nav.attitude.sum[0] == pytest.approx(76 * 0.002, rel=1e-5)


# What guidance reads


def test_heights_are_above_the_site_and_above_the_ground():
    nav = navigation()
    nav.terrain = 25.0
    nav._outputs()
    s = nav.strapdown
    assert nav.altitude == pytest.approx(s.altitude - SITE.site_elevation_m)
    ground = nav.profile.elevation(s.downrange) + 25.0
    assert nav.agl == pytest.approx(s.altitude - SENSORS.imu_height_m - ground)


def test_gravity_is_less_by_the_centrifugal_term():
    nav = navigation(velocity=(900.0, 200.0, -60.0))
    s = nav.strapdown
    rho = s.altitude + s.radius
    level2 = s.v_ahead**2 + s.v_left**2
    assert nav.gravity == pytest.approx(level2 / rho - s.mu / rho**2)
    assert nav.speed == pytest.approx(np.linalg.norm(s.v))
    assert (nav.v_up, nav.v_ahead, nav.v_left) == (s.v_up, s.v_ahead, s.v_left)
    assert (nav.downrange, nav.crossrange) == (s.downrange, s.crossrange)


def test_sigmas_are_roots_of_the_variances_all_things_considered():
    nav = navigation()
    p = spread(nav)
    nav.covariance.considered = 0.04
    nav._sigmas()
    assert nav.sigma_agl == pytest.approx(sqrt(p[0, 0]))
    assert nav.sigma_v_up == pytest.approx(sqrt(p[4, 4] + 0.04))
    assert nav.sigma_v_level == pytest.approx(sqrt(p[5, 5] + p[6, 6] + 2 * 0.04))
    assert nav.sigma_position == pytest.approx(sqrt(p[2, 2] + p[3, 3]))


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3])
def test_velocity_of_a_moment_ago(seconds):
    """Back along gravity, the frame's rotation and the force felt."""
    nav = flown(attitude_known(navigation()), 1, dvel=(0.02, -0.04, 0.06))
    now = np.array(nav.strapdown.v)
    before = navigation().strapdown.v
    assert nav.velocity_at(seconds) == pytest.approx(now - seconds * (now - before) / 0.02, abs=1e-6)


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
    assert nav.terrain_sigma() == pytest.approx(ground_sigma(d, SITE.terrain_sigma_max_m))


def test_beyond_the_map_the_ground_may_be_anywhere():
    nav = navigation()
    most = SITE.terrain_sigma_max_m
    for downrange, factor in ((nav.profile.start + 1.0, 1.0), (nav.profile.start - 1.0, 6.0)):
        nav.strapdown.downrange = downrange
        nav.site = SimpleNamespace(terrain_sigma_max_m=most, terrain_sigma_ratio=1.0)
        assert nav.terrain_sigma() == pytest.approx(factor * most)


@pytest.mark.parametrize(("more", "due"), [(-0.1, True), (0.0, False), (0.1, False)])
def test_ranges_are_due_well_within_reach(more, due):
    nav = navigation()
    nav.sigma_agl = 10.0
    nav.agl = 0.6 * SENSORS.lrf_max_m - 30.0 + more
    assert nav.ranges_due() is due


# Error dynamics


def dynamics(nav, dt, engine_on) -> np.ndarray:
    """The couplings in the order they act, as one transition matrix."""
    turned = nav.strapdown.v_ahead / nav.strapdown.rho
    pairs = [(v, b, -dt) for v, b in zip(VELOCITY, BIAS, strict=True)] if engine_on else []
    if turned > 1e-5:
        pairs += [
            (cov.V_UP, cov.V_AHEAD, 2.0 * turned * dt),
            (cov.V_AHEAD, cov.V_UP, -turned * dt),
            (cov.V_UP, cov.AGL, 1.87e-6 * dt),
            (cov.V_UP, cov.TERRAIN, 1.87e-6 * dt),
        ]
    pairs += [(cov.AGL, cov.V_UP, dt), (cov.AHEAD, cov.V_AHEAD, dt), (cov.LEFT, cov.V_LEFT, dt)]
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
    return dt * (walk + 2e-7 + 1e-7 * thrust**2 + (1e-3 * thrust) ** 2 + nav.inertial.doubt)


@pytest.mark.parametrize("engine_on", [True, False])
@pytest.mark.parametrize("speed", [1500.0, 10.0])
def test_errors_grow_as_in_the_local_level_frame(engine_on, speed):
    dt = 0.5
    nav = navigation(velocity=(speed, 3.0, -60.0))
    p = spread(nav)
    nav.strapdown.force = (1.0, -0.5, 2.0)
    nav.inertial.doubt = 4e-4
    nav.opened = 1e6  # the ground is free
    whole = dynamics(nav, dt, engine_on)
    expected = whole @ p @ whole.T
    expected[VELOCITY, VELOCITY] += noise(nav, dt, engine_on)
    expected[BIAS, BIAS] += 2e-10 * dt
    fill(nav, expected)
    sigma = nav.terrain_sigma()
    fill(nav, p)
    s = nav.strapdown
    over = sqrt(s.v_ahead**2 + s.v_left**2) * dt / 3000.0
    walked = 2.0 * sigma**2 * min(1.0, over)
    expected[0, 0] += walked
    expected[1, 1] += walked
    expected[0, 1] -= walked
    expected[1, 0] -= walked
    nav._propagate_covariance(engine_on, dt)
    sizes = np.sqrt(np.outer(np.diagonal(p), np.diagonal(p)))
    assert matrix(nav) / sizes == pytest.approx(expected / sizes, rel=1e-10, abs=1e-11)
    assert nav.opened == pytest.approx(1e6 * (1.0 - 0.02 * dt))


@pytest.mark.parametrize(("downrange", "length"), [(-6100.0, 3000.0), (-5900.0, 1200.0)])
def test_relief_is_shorter_near_the_site(downrange, length):
    nav = navigation()
    spread(nav)
    nav.strapdown.downrange = downrange
    nav.opened = 1e6
    moved = []
    nav.covariance.move_terrain = lambda variance, limit: moved.append((variance, limit))
    nav._propagate_covariance(False, 0.1)
    s = nav.strapdown
    sigma = nav.terrain_sigma()
    assert moved[0][0] == pytest.approx(
        2.0 * sigma**2 * sqrt(s.v_ahead**2 + s.v_left**2) * 0.1 / length, rel=1e-3
    )


@pytest.mark.parametrize("opened", [0.0, 5000.0])
def test_the_ground_is_held_within_one_and_a_half_sigma_or_what_was_opened(opened):
    nav = navigation()
    nav.opened = opened
    limits = []
    nav.covariance.move_terrain = lambda _variance, limit: limits.append(limit)
    nav._propagate_covariance(False, 0.1)
    assert limits[0] == pytest.approx(max(1.5 * nav.terrain_sigma(), opened * 0.998), rel=1e-6)


@pytest.mark.parametrize(("agl", "floor"), [(50.0, 0.25), (5000.0, 5e-5 * 5000.0**2)])
def test_ground_between_vehicle_and_footprint_does_not_average_out(agl, floor):
    nav = navigation()
    nav.agl = agl
    nav._floor()
    nav.correct_height(0.0, 1e-9)
    assert matrix(nav)[cov.AGL, cov.AGL] == pytest.approx(floor)


@pytest.mark.parametrize(
    ("downrange", "slope"), [(0.0, 0.03), (-5000.0, 0.05), (-10000.0, 0.07), (-50000.0, 0.07)]
)
def test_ground_under_a_leaning_beam_is_other_ground(downrange, slope):
    """Braking over a crater rim 0.5 km ahead of the footprint: 5.3 sigma too low."""
    nav = navigation()
    nav.agl, nav.strapdown.downrange, nav.downrange = 800.0, downrange, downrange
    nav.radar.cosine = 0.8
    nav.lrf.cosine = 0.6
    aside2 = {0.8: 0.5625, 0.6: 16.0 / 9.0}
    for cosine, used in ((0.8, -100), (0.6, 0)):
        nav.lrf.used_tick, nav.altimetry.used_tick = used, 0
        nav._floor()
        floor = 800.0**2 * (3e-5 + slope * slope * aside2[cosine])
        most = 800.0**2 * 3e-5 + 40.0**2
        assert nav.covariance.lowest[cov.AGL] == pytest.approx(min(floor, most), rel=1e-6)


@pytest.mark.parametrize(("speed", "considered"), [(100.0, 0.01), (299.0, 0.0894), (1600.0, 0.09)])
def test_beam_alignment_does_not_average_out_either(speed, considered):
    nav = navigation()
    nav.speed = speed
    nav._propagate_covariance(True, 0.1)
    assert nav.covariance.considered == pytest.approx(considered, rel=1e-2)


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
    getattr(nav, source).used_tick = nav.tick + 25 - ago
    for n in range(50):
        nav._propagate_covariance = lambda engine_on, dt, n=n: done.append((n, engine_on, round(dt, 9)))
        nav.update(frame(nav.tick + 1), True, 3.0)
    assert [step[1:] for step in done if step[0] >= 25] == steps


@pytest.mark.parametrize(("missing", "dt"), [(3, 0.1), (7, 0.1), (8, 0.2), (13, 0.3), (200, 0.5)])
def test_what_was_missed_is_made_up_for_within_half_a_second(missing, dt):
    nav = navigation()
    nav.altimetry.used_tick = done_tick = 10_000
    done = []
    nav._propagate_covariance = lambda _on, step: done.append(step)
    nav.propagated_tick = done_tick - missing
    nav._propagate_slot(done_tick, True)
    nav._propagate_slot(done_tick, True)
    assert done == pytest.approx([dt, 0.1])


# Corrections


@pytest.mark.parametrize("twice", [False, True])
def test_a_correction_goes_to_position_ground_velocity_and_bias(twice):
    nav = navigation()
    s = nav.strapdown
    d = [3.0, 2.0, 10.0, -20.0, 0.5, -0.25, 0.125, 1e-3, -2e-3, 3e-3]
    times = 2 if twice else 1
    before = s.altitude, s.v_up, s.v_left
    for _ in range(times):
        nav._apply(d)
    assert s.altitude - before[0] == pytest.approx(
        5.0 * times, abs=0.01
    )  # height above ground, and the ground
    assert s.v_up - before[1] == pytest.approx(0.5 * times, abs=0.01)
    assert s.v_left - before[2] == pytest.approx(0.125 * times, abs=0.01)
    assert nav.terrain == 2.0 * times
    assert nav.wander == (10.0 * times, -20.0 * times)
    assert nav.pull == pytest.approx((0.5 * times, -0.25 * times, 0.125 * times))
    assert nav.bias == pytest.approx((1e-3 * times, -2e-3 * times, 3e-3 * times))
    assert s.bias == pytest.approx(s.to_site(*nav.bias), abs=1e-7)


def test_a_height_is_taken_in_as_height_above_ground():
    nav = navigation()
    spread(nav)
    agl = nav.agl
    nav.correct_height(5.0, 1e-6)
    nav.strapdown.arcs()
    nav._outputs()
    assert nav.agl - agl == pytest.approx(5.0, abs=0.2)  # what remains is the map's slope


def test_a_velocity_is_taken_in_along_its_direction():
    nav = navigation()
    spread(nav)
    direction = (0.6, 0.0, -0.8)
    s = nav.strapdown
    before = np.array([s.v_up, s.v_ahead, s.v_left])
    nav.correct_velocity(direction, 2.0, 1e-9)
    after = np.array([s.v_up, s.v_ahead, s.v_left])
    assert (after - before) @ direction == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("downrange", [15001.0, -15001.0])
def test_far_from_the_site_a_wrong_height_is_the_grounds(downrange):
    nav = navigation()
    moved = []
    nav.covariance.move_terrain = lambda *values: moved.append(values)
    nav.downrange = downrange
    nav.open_height(-300.0)
    assert moved == [(90000.0, 450.0)]
    assert nav.opened == 450.0


def test_near_the_site_a_wrong_height_is_the_vehicles():
    nav = navigation()
    p = spread(nav)
    nav.downrange = -14999.0
    nav.open_height(-300.0)
    p[0, 0] += 90000.0
    assert matrix(nav) == pytest.approx(p)
    assert nav.opened == 0.0


def judged(nav, unit, sample):
    """What altimetry is asked about a sample."""
    asked = []
    nav.altimetry.judge = lambda *question: asked.append(question)
    nav._altimeter(unit, sample)
    return asked


@pytest.mark.parametrize("name", ["lrf", "radar"])
def test_a_range_is_judged_against_the_ground_under_the_beam(name):
    """Aside of the vehicle the ground is another, the Moon curves away, and the sample is some milliseconds old."""
    nav = navigation()
    nav.attitude.axes = axes(turn((0.0, -0.1, 0.05)))
    unit = getattr(nav, name)
    ((one, height, predicted, r, (datum, sigma, drift), who),) = judged(nav, unit, (GOOD, 60, 6000.0, 0.0))
    s = nav.strapdown
    here, there = nav.profile.elevation(s.downrange), nav.profile.elevation(s.downrange + unit.offset_m)
    fallen = unit.offset_m**2 / (2.0 * MOON_RADIUS_M)
    assert abs(unit.offset_m) > 100.0
    assert (one, who) == (unit, nav)
    assert predicted == pytest.approx(nav.agl - (there - here) + fallen - nav.v_up * 0.06, abs=1e-3)
    same = Navigation(PARAMETERS, lambda *_: None)
    again = getattr(same, name)
    assert height == pytest.approx(again.height((GOOD, 60, 6000.0, 0.0), nav.attitude.axes, s.up, 0))
    assert r == pytest.approx(unit.variance(nav.attitude.star_var, 0.1))  # 40 km out: the roughest slopes
    assert datum == pytest.approx(nav.witness.altitude - SENSORS.imu_height_m - here)
    assert sigma == pytest.approx(nav.witness.sigma() + 3.0 * nav.terrain_sigma())
    assert drift == pytest.approx(s.v_up - nav.witness.v_up)


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
    assert nav.tick == tick


def test_the_witness_follows_all_but_the_measurements():
    nav = navigation()
    altitude, v_up = nav.witness.altitude, nav.witness.v_up
    flown(nav, 50, dvel=(0.0, 0.0, 0.06))
    nav._apply([40.0, 0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    flown(nav, 50, dvel=(0.0, 0.0, 0.06))
    nav._locate(nav.tick)
    s = nav.strapdown
    assert nav.witness.age_s == pytest.approx(2.0)
    assert nav.witness.v_up == pytest.approx(s.v_up - 7.0, abs=0.01)
    assert nav.witness.altitude == pytest.approx(s.altitude - 40.0 - 7.0 * 1.0, abs=0.8)
    rise = 3.0 * s.up[2] + nav.gravity
    assert nav.witness.v_up - v_up == pytest.approx(2.0 * rise, rel=0.02)
    assert nav.witness.altitude - altitude == pytest.approx(2.0 * v_up + 2.0 * rise, abs=0.5)


def test_what_is_not_fresh_is_not_looked_at():
    nav = navigation()
    looked = []
    nav._altimeter = lambda unit, _sample: looked.append(unit)
    nav.doppler = SimpleNamespace(
        radar=lambda *_: looked.append("rate"), velocimeter=lambda *_: looked.append("beams"), used_tick=0
    )
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
    nav._propagate_slot = lambda tick, engine_on: done.append(("covariance", tick))
    nav._sigmas = lambda: done.append(("sigmas", nav.tick))
    nav._locate = lambda tick: done.append(("level", tick))
    flown(nav, 10)
    for name in ("covariance", "sigmas", "level"):
        first, second = (tick for what, tick in done if what == name)
        assert second == first + 5
    assert len({tick for _what, tick in done}) == 6


def test_without_gyros_the_rotation_is_a_model_until_they_are_back():
    nav = attitude_known(navigation())
    flown(nav, 2)
    assert nav.attitude.unsteady == 0.0
    lost = frame(nav.tick + 1)
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


# Gaps and resets


def flown(nav, ticks, **imu):
    for _ in range(ticks):
        nav.update(frame(nav.tick + 1, **imu), True, 3.0)
    return nav


def attitude_known(nav):
    nav.attitude.q = (1.0, 0.0, 0.0, 0.0)
    return nav


@pytest.mark.parametrize("missed", [1, 9, 10, 11, 37])
def test_a_gap_is_bridged_as_if_frames_had_come(missed):
    steady = {"dtheta": (0.0, 2e-4, 0.0), "dvel": (0.0, 0.0, 0.06)}
    whole, gap = (flown(attitude_known(navigation()), 5, **steady) for _ in range(2))
    flown(whole, missed, **steady)
    gap.coast(frame(gap.tick + missed + 1, **steady), missed, True)
    whole._locate(whole.tick)
    assert gap.strapdown.r == pytest.approx(whole.strapdown.r, abs=0.02)
    assert gap.strapdown.v == pytest.approx(whole.strapdown.v, abs=2e-3)
    assert gap.attitude.q == pytest.approx(whole.attitude.q, abs=1e-9)
    assert gap.attitude.tick == whole.attitude.tick
    assert gap.witness.age_s == pytest.approx(whole.witness.age_s)
    assert gap.strapdown.downrange == pytest.approx(whole.strapdown.downrange, abs=0.1)


def test_thrust_and_rotation_within_a_gap_change_evenly():
    """From 3 to 1 m/s2 over the gap is 2 m/s2 on the mean."""
    missed = 40
    nav = flown(attitude_known(navigation()), 5, dvel=(0.0, 0.0, 0.06))
    start = nav.strapdown.v
    free = attitude_known(navigation())
    free.strapdown.r, free.strapdown.v = nav.strapdown.r, start
    nav.coast(frame(nav.tick + missed + 1, dtheta=(0.0, 0.0, 4e-4), dvel=(0.0, 0.0, 0.02)), missed, True)
    for _ in range(missed):
        free.strapdown.advance(0.0, 0.0, 0.0)
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
    nav.coast(frame(nav.tick + missed + 1), missed, engine_on)
    assert made == [(engine_on, ticks) for ticks in leaps]


@pytest.mark.parametrize(("engine_on", "changed"), [(True, 0.04), (False, 0.0)])
def test_a_gap_makes_velocity_and_attitude_less_sure(engine_on, changed):
    """0.3 m/s2, and 0.3 of the change of thrust along the axis, over all of the time."""
    missed = 30
    nav = attitude_known(navigation())
    nav.inertial.dvel = (0.0, 0.0, 0.06)
    doubts, steps = [], []
    nav.attitude.doubt = lambda *values: doubts.append(values)
    p = spread(nav)
    nav._propagate_covariance = lambda on, dt: steps.append((on, pytest.approx(dt)))
    nav.coast(frame(nav.tick + missed + 1, dvel=(0.0, 0.0, 0.02)), missed, engine_on)
    sigma = (0.3 + 0.3 * 50.0 * changed) * 0.02 * missed
    p[VELOCITY, VELOCITY] += sigma**2
    assert matrix(nav) == pytest.approx(p, rel=1e-6)
    assert steps == [(engine_on, 0.5), (engine_on, 0.1)]
    assert [values[2:] for values in doubts] == [(missed, missed)]
    assert nav.sigma_v_up == pytest.approx(sqrt(p[4, 4] + nav.covariance.considered))


def test_after_a_reset_everything_follows_from_what_was_kept():
    nav = navigation()
    nav.bias, nav.pull = (1e-3, 2e-3, 3e-3), (0.1, 0.2, 0.3)
    nav.strapdown.v = (400.0, 0.0, -50.0)
    spread(nav)
    heard = []
    nav.attitude.resume = lambda tick: heard.append(tick)
    nav.inertial.resume = lambda: heard.append("inertial")
    nav.resume(7777)
    assert (nav.tick, nav.propagated_tick) == (7777, 7777)
    assert heard == ["inertial", 7777]
    assert nav.doppler.anchors == (nav.pull, nav.pull)
    assert nav.doppler.forces == (nav.bias, nav.bias)
    assert nav.strapdown.bias == pytest.approx(nav.strapdown.to_site(1e-3, 2e-3, 3e-3))
    assert nav.speed == pytest.approx(np.linalg.norm((400.0, 0.0, -50.0)))
    assert nav.sigma_agl == pytest.approx(sqrt(matrix(nav)[0, 0]))
    assert nav.downrange == nav.strapdown.downrange


def test_what_a_velocimeter_has_said_of_velocity_and_force_is_renounced():
    """The force that one told which lied stayed when it was isolated: 0.013 m/s2 sideways for the last minute."""
    nav = navigation()
    spread(nav)
    nav.strapdown.v = (400.0, 0.0, -50.0)
    nav.pull, nav.bias = (0.5, -2.0, 3.0), (0.0, 0.0, 0.013)
    before, v_left = matrix(nav), nav.strapdown.v_left
    nav.renounce((0.5, -1.0, 0.5), (0.001, 0.002, 0.003))
    assert nav.strapdown.v_left == pytest.approx(v_left - 2.5)
    assert (nav.pull, nav.bias) == ((0.5, -1.0, 0.5), (0.001, 0.002, 0.003))
    assert nav.strapdown.bias == pytest.approx(nav.strapdown.to_site(0.001, 0.002, 0.003))
    after = matrix(nav)
    assert after[:7, :7] == pytest.approx(before[:7, :7])
    assert after[7:, 7:] == pytest.approx(4e-6 * np.eye(3))
    assert not after[7:, :7].any() and not after[:7, 7:].any()


def test_on_the_ground_nothing_moves():
    nav = navigation()
    nav.stand()
    assert nav.strapdown.v == (0.0, 0.0, 0.0)
    assert (nav.v_up, nav.v_ahead, nav.v_left, nav.speed) == (0.0, 0.0, 0.0, 0.0)


def test_beams_of_one_sample_correct_the_state_once():
    nav = navigation()
    spread(nav)
    s = nav.strapdown
    before = np.array([s.v_up, s.v_ahead, s.v_left])
    nav.take_velocity((1.0, 0.0, 0.0), 0.5, 1e-9)
    nav.take_velocity((0.0, 1.0, 0.0), -0.25, 1e-9)
    assert np.array([s.v_up, s.v_ahead, s.v_left]) == pytest.approx(before)
    assert nav.taken((1.0, 0.0, 0.0)) == pytest.approx(nav.owed[cov.V_UP])
    said = np.array([nav.taken(tuple(axis)) for axis in np.eye(3)])
    assert said[1] != 0.0
    assert nav.taken((0.6, -0.8, 0.5)) == pytest.approx(said @ (0.6, -0.8, 0.5))
    nav.settle()
    s.locate()
    assert np.array([s.v_up, s.v_ahead, s.v_left]) - before == pytest.approx(said, abs=0.02)
    assert nav.taken((1.0, 0.0, 0.0)) == 0.0
    nav.settle()
    assert nav.pull == pytest.approx(tuple(said))


def test_the_inertial_height_goes_on_between_two_looks():
    nav = navigation()
    nav.witness.v_up = -60.0
    nav.tick = nav.witness_tick + 3
    ((*_rest, (datum, _sigma, _drift), _nav),) = judged(nav, nav.lrf, (GOOD, 0, 6000.0, 0.0))
    here = nav.profile.elevation(nav.strapdown.downrange)
    assert datum == pytest.approx(nav.witness.altitude - 60.0 * 0.06 - SENSORS.imu_height_m - here)


def test_a_footprint_moves_with_the_vehicle_and_with_its_turn():
    nav = navigation()
    nav.attitude.rate = (0.01, -0.02, 0.03)
    judged(nav, nav.lrf, (GOOD, 0, 6000.0, 0.0))
    s = nav.strapdown
    assert nav.lrf.sweep_m_s == pytest.approx(abs(s.v_ahead) + abs(s.v_left) + 0.2 * 6000.0 * 0.06)


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
    nav.terrain = terrain
    nav.witness.altitude = nav.strapdown.altitude - above
    nav.vouch()


def test_what_two_altimeters_tell_is_remembered_as_a_mean_of_five_seconds():
    nav = navigation()
    nav.tick = nav.witness_tick = 5000
    told(nav, terrain=30.0, above=100.0)
    assert nav.told == pytest.approx((100.0, 30.0))
    told(nav, terrain=80.0, above=0.0)
    assert nav.told == pytest.approx((98.0, 31.0))
    assert nav.told_tick == 5000
    assert nav.told_var == pytest.approx(nav.terrain_sigma() ** 2)


def test_what_one_does_later_to_the_altitude_is_its_lift():
    """Altitude against the inertial one, less the drift that the velocimeter shows."""
    nav = navigation()
    nav.tick = nav.witness_tick = 5000
    told(nav, terrain=30.0, above=100.0)
    nav.tick = nav.witness_tick = 5100
    nav.witness.altitude -= 40.0
    nav.witness.v_up = nav.strapdown.v_up - 3.0
    assert nav.lift() == pytest.approx(40.0 - 3.0 * 2.0)
    nav.witness_tick = 5050  # the inertial height goes on between two looks
    assert nav.lift() == pytest.approx(34.0 - nav.witness.v_up * 1.0)
    nav.witness_tick = 5100
    nav.terrain = 25.0
    gap, variance = nav.ground_gap()
    assert gap == pytest.approx(34.0 + 5.0)
    assert variance == pytest.approx(nav.told_var + nav.terrain_sigma() ** 2 + (0.3 * 2.0) ** 2)


def test_what_one_has_said_is_taken_back():
    nav = navigation()
    nav.tick = nav.witness_tick = 5000
    told(nav, terrain=30.0)
    altitude = nav.strapdown.altitude
    nav.tick = nav.witness_tick = 5001
    nav.witness.v_up = nav.strapdown.v_up
    nav._apply([50.0, -20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    nav.strapdown.locate()
    assert nav.strapdown.altitude - altitude == pytest.approx(30.0, abs=0.01)
    _gap, variance = nav.ground_gap()
    nav.retract()
    assert nav.strapdown.altitude == pytest.approx(altitude, abs=0.01)
    assert nav.terrain == 30.0
    assert matrix(nav)[0, 0] == pytest.approx(variance + nav.told_var)
    assert matrix(nav)[1, 1] == pytest.approx(nav.told_var)


def test_on_every_axis_a_gap_is_half_of_before_and_half_of_after():
    missed = 40
    before, after = ((2e-4, -1e-4, 3e-4), (0.02, -0.01, 0.06)), ((-1e-4, 4e-4, 1e-4), (-0.01, 0.03, 0.02))
    nav = attitude_known(navigation())
    nav.inertial.dtheta, nav.inertial.dvel = before
    made = []
    nav._leap = lambda dtheta, dvel, ticks: made.append((ticks, dtheta, dvel))
    nav.coast(frame(nav.tick + missed + 1, *after), missed, True)
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
    assert abs(s.v_left) > 30.0
    assert nav.lrf.sweep_m_s == pytest.approx(abs(s.v_ahead) + abs(s.v_left))
