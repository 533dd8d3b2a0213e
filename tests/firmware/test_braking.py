"""The braking law number by number: its equation, what it may ask for, the height it steers by."""

from math import sqrt

import pytest

from perilune.flight.guidance import braking
from perilune.wire.schema import PARAM_GUIDANCE
from tests.firmware.guiding import GAINS, GRAVITY
from tests.firmware.guiding import engine as craft
from tests.firmware.guiding import still as nav
from tests.firmware.kit import group
from tests.firmware.records import limits


def test_time_to_go_solves_its_equation():
    """af T^2 - (2 v + 4 vf) T + 6 D = 0, the root that shrinks with the distance."""
    af, vf = GAINS.braking_end_accel_m_s2, GAINS.gate_forward_m_s
    t = braking.time_to_go(300e3, 1500.0, GAINS, af)
    assert af * t * t - (2 * 1500.0 + 4 * vf) * t + 6 * 300e3 == pytest.approx(0.0, abs=1e-3)
    assert 0 < braking.time_to_go(299e3, 1500.0, GAINS, af) < t


def test_there_is_no_time_to_go_where_the_equation_has_no_root():
    gate = group(PARAM_GUIDANCE, gate_forward_m_s=0.0)
    assert braking.time_to_go(1000.0, 10.0, gate, 2.0) == 0.0  # (2 v)^2 < 24 af D
    # just soluble: (2 v)^2 = 24 af D at v = 60, D = 300: T = 2 v / (2 af)
    assert braking.time_to_go(300.0, 60.0, gate, 2.0) == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("accel_max", "cap", "tgo", "most"),
    [
        (3.0, 20.0, 100.0, 0.85 * 3.0 / 0.9),  # a tenth of the mass burnt by then
        (3.0, 20.0, 9000.0, 0.85 * 3.0 / 0.4),  # no more than six tenths
        (3.0, 3.2, 100.0, 0.85 * 3.2),
    ],
)
def test_the_end_acceleration_is_what_the_engine_then_has_beside_weight(accel_max, cap, tgo, most):
    engine = limits(accel_max=accel_max, accel_cap=cap, exhaust=3000.0)
    assert braking.end_accel(engine, tgo) == pytest.approx(-sqrt(most**2 - 1.85**2))


def test_an_engine_that_hardly_bears_the_weight_still_brakes_a_little():
    engine = limits(accel_max=1.0, accel_cap=20.0, exhaust=3000.0)
    assert braking.end_accel(engine, 10.0) == pytest.approx(-sqrt(0.1))


@pytest.mark.parametrize(("up", "level"), [(2.0, sqrt(9.0 - 4.0)), (2.99, 0.2 * 3.0)])
def test_the_distance_needed_is_that_of_the_linear_profile(up, level):
    """From what thrust leaves for the horizontal to af: v0 - vf = (level - af) T / 2, and the distance of that."""
    af, vf = -2.5, GAINS.gate_forward_m_s
    state = nav(agl=GAINS.gate_altitude_m, v_downrange=1500.0)
    t = 2.0 * (1500.0 - vf) / (level - af)
    d = braking.needed_distance(state, craft(3.0), GAINS, up, af)
    assert 6.0 * d / t**2 - (4.0 * 1500.0 + 2.0 * vf) / t == pytest.approx(-level, rel=1e-5)


def test_no_distance_is_so_short_that_the_fall_takes_longer():
    state = nav(agl=GAINS.gate_altitude_m + 45.0 * 200.0, v_downrange=300.0)
    d = braking.needed_distance(state, craft(9.0), GAINS, 2.0, -2.5)
    t = 200.0
    assert d == pytest.approx(t * (2.0 * 300.0 + 4.0 * GAINS.gate_forward_m_s + 2.5 * t) / 6.0, rel=1e-5)


@pytest.mark.parametrize(
    ("accel", "held"),
    [
        ((1.0, 2.0, -1.0), (1.0, 2.0, -1.0)),
        ((3.0, 4.0, 0.0), (3.0, sqrt(16.0 - 9.0), 0.0)),
        ((3.0, -3.0, 4.0), (3.0, -0.6 * sqrt(7.0), 0.8 * sqrt(7.0))),
        ((5.0, 1.0, 1.0), (4.0, 0.0, 0.0)),
    ],
)
def test_height_first_speed_can_wait(accel, held):
    assert braking.upward_first(accel, 4.0) == pytest.approx(held)


def test_braking_is_e_guidance_on_each_axis():
    """a = 6 D / T^2 - (4 v + 2 vf) / T, up less gravity."""
    t, d, left = 100.0, 60e3, 500.0
    state = nav(v_up=-60.0, v_downrange=900.0, v_crossrange=-3.0)
    got = braking.command(state, craft(), GAINS, 6000.0, d, left, t, GAINS.gate_descent_m_s)
    sink, vf = GAINS.gate_descent_m_s, GAINS.gate_forward_m_s
    up = 6 * (GAINS.gate_altitude_m - 6000.0) / t**2 - (4 * -60.0 + 2 * sink) / t
    ahead = 6 * d / t**2 - (4 * 900.0 + 2 * vf) / t
    across = -6 * left / t**2 - 4 * -3.0 / t
    assert got == pytest.approx((up - GRAVITY, ahead, across))


def test_the_vertical_gain_is_frozen_in_the_last_fifteen_seconds():
    """It steers to where the gate's descent passes fifteen seconds before it."""
    sink = GAINS.gate_descent_m_s
    state = nav(v_up=sink, v_downrange=GAINS.gate_forward_m_s)
    height = GAINS.gate_altitude_m - 5.0 * sink - 30.0  # 30 m low of the line at T = 5 s
    up, _ahead, _left = braking.command(state, craft(), GAINS, height, 16e3, 0.0, 5.0, GAINS.gate_descent_m_s)
    rise = GAINS.gate_altitude_m + sink * (15.0 - 5.0) - height
    assert up == pytest.approx((6 * rise / 15.0 - 6 * sink) / 15.0 - GRAVITY)


@pytest.mark.parametrize(("tgo", "least"), [(24.9, 0.5), (25.1, None)])
def test_thrust_keeps_an_upward_share_in_the_last_part(tgo, least):
    state = nav(v_up=60.0, agl=3000.0)  # it would have to thrust down
    up, _ahead, _left = braking.command(state, craft(), GAINS, 3000.0, 20e3, 0.0, tgo, GAINS.gate_descent_m_s)
    assert up == least if least else up < 0.0


def test_far_out_thrust_points_no_farther_down_than_a_fifth_of_its_forward_part():
    up, ahead, _left = braking.command(
        nav(v_up=300.0), craft(), GAINS, 9000.0, 100e3, 0.0, 100.0, GAINS.gate_descent_m_s
    )
    assert ahead > 0.0
    assert up == pytest.approx(-0.2 * ahead)


def slowest(accel_max: float, certain: float) -> float:
    """0.55 of the squared speed that can be stopped within `certain` metres, with 85 % of thrust, on the Moon."""
    return -sqrt(0.55 * 2.0 * max(0.3, 0.85 * accel_max - 1.62) * certain)


@pytest.mark.parametrize(
    ("accel_max", "agl", "sigma", "certain"),
    [
        (5.0, 1000.0, 0.0, 1000.0),
        (5.0, 1000.0, 100.0, 800.0),
        (5.0, 1000.0, 400.0, 500.0),  # at most half of the height is doubted
        (5.0, 150.0, 0.0, 200.0),
        (2.0, 1000.0, 0.0, 1000.0),  # next to no thrust left over: 0.3 m/s2 is taken
    ],
)
def test_sink_that_could_not_be_stopped_is_slowed_within_three_seconds(accel_max, agl, sigma, certain):
    limit = slowest(accel_max, certain) + 5.0
    fast = nav(agl=agl, sigma_agl=sigma, v_up=limit - 6.0)
    assert braking.sink_limit(fast, craft(accel_max), 10e3) == pytest.approx(6.0 / 3.0)
    fine = nav(agl=agl, sigma_agl=sigma, v_up=limit + 0.01)
    assert braking.sink_limit(fine, craft(accel_max), 10e3) < -100.0


@pytest.mark.parametrize(("distance", "limited"), [(-14.9e3, True), (14.9e3, True), (15.1e3, False)])
def test_sink_is_limited_only_near_the_site(distance, limited):
    falling = nav(v_up=-500.0)
    assert (braking.sink_limit(falling, craft(), distance) > 0.0) is limited


@pytest.mark.parametrize(
    ("distance", "sigma", "height"),
    [
        (41e3, 100.0, 5000.0),  # the datum alone
        (40e3, 100.0, 5000.0),
        (25e3, 0.0, 4800.0),  # half and half
        (-25e3, 100.0, 4800.0 - 0.5 * 3 * 70.0),
        (10e3, 100.0, 4600.0 - 3 * 70.0),
        (5e3, 29.0, 4600.0),
        (10e3, 2000.0, 2300.0),  # 3 sigma high it climbed out of its laser's reach until the tank was dry
    ],
)
def test_the_height_steered_by_goes_over_from_datum_to_ground(distance, sigma, height):
    state = nav(altitude=5000.0, agl=4600.0, sigma_agl=sigma)
    assert braking.reference_height(state, distance) == pytest.approx(height)


@pytest.mark.parametrize(
    ("mapped", "felt", "height"),
    [
        (2000.0, 1800.0, 5000.0 - 1500.0),  # what both tell, but for relief that needs no notice
        (1600.0, 1800.0, 5000.0 - 1300.0),
        (290.0, 1800.0, 5000.0),
        (0.0, 3000.0, 5000.0),  # HAKUTO-R M1: what the map does not show is followed
        (3000.0, 0.0, 5000.0),
        (-500.0, -500.0, 5000.0),  # a hill is kept clear of
        (4500.0, 4500.0, 2500.0),  # half the height at the most
    ],
)
def test_ground_far_below_the_site_is_not_followed_down(mapped, felt, height):
    """Blue Moon followed the ground into a basin 2 km deep and met the far wall short of thrust."""
    state = nav(altitude=5000.0 - felt, agl=5000.0, map_depth=mapped)
    assert braking.reference_height(state, 9e3) == pytest.approx(height)


def test_below_the_site_counts_as_the_greater_of_doubt_and_depth():
    state = nav(altitude=3000.0, agl=5000.0, map_depth=2000.0, sigma_agl=130.0)
    assert braking.reference_height(state, 9e3) == pytest.approx(5000.0 - 1700.0)
    state = nav(altitude=3000.0, agl=5000.0, map_depth=400.0, sigma_agl=130.0)
    assert braking.reference_height(state, 9e3) == pytest.approx(5000.0 - 300.0)
