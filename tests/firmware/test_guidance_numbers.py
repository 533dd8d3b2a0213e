"""The guidance laws number by number: each law's equation at one point, and each of its limits on both sides."""

from math import sqrt
from types import SimpleNamespace

import pytest

from perilune.flight import approach, braking, hold, terminal
from tests.firmware.kit import loaded

GAINS = loaded().guidance
GRAVITY = -1.6
TOUCHDOWN = GAINS.touchdown_m_s


def nav(**values) -> SimpleNamespace:
    """A state of navigation at rest 1000 m up, with changes."""
    still = {
        "mapped_depth": lambda: 0.0,
        "agl": 1000.0,
        "altitude": 1000.0,
        "sigma_agl": 0.0,
        "sigma_v_up": 0.1,
        "v_up": 0.0,
        "v_ahead": 0.0,
        "v_left": 0.0,
        "gravity": GRAVITY,
        "tick": 1000,
        "altimetry": SimpleNamespace(may_still_speak=lambda tick: tick == 1000),
        "inertial": SimpleNamespace(blind=False),
    }
    return SimpleNamespace(**(still | values))


def craft(accel_max: float = 5.0, delta_v: float = 400.0) -> SimpleNamespace:
    return SimpleNamespace(accel_max=accel_max, delta_v_left=delta_v, delta_v_kept=0.0)


# Braking


def test_time_to_go_solves_its_equation():
    """af T^2 - (2 v + 4 vf) T + 6 D = 0, the root that shrinks with the distance."""
    af, vf = GAINS.braking_end_accel_m_s2, GAINS.gate_forward_m_s
    t = braking.time_to_go(300e3, 1500.0, GAINS, af)
    assert af * t * t - (2 * 1500.0 + 4 * vf) * t + 6 * 300e3 == pytest.approx(0.0, abs=1e-3)
    assert 0 < braking.time_to_go(299e3, 1500.0, GAINS, af) < t


def test_there_is_no_time_to_go_where_the_equation_has_no_root():
    gate = SimpleNamespace(gate_forward_m_s=0.0)
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
    engine = SimpleNamespace(accel_max=accel_max, cap=cap, exhaust=3000.0)
    assert braking.end_accel(engine, tgo) == pytest.approx(-sqrt(most**2 - 1.85**2))


def test_an_engine_that_hardly_bears_the_weight_still_brakes_a_little():
    engine = SimpleNamespace(accel_max=1.0, cap=20.0, exhaust=3000.0)
    assert braking.end_accel(engine, 10.0) == pytest.approx(-sqrt(0.1))


@pytest.mark.parametrize(("up", "level"), [(2.0, sqrt(9.0 - 4.0)), (2.99, 0.2 * 3.0)])
def test_the_distance_needed_is_that_of_the_linear_profile(up, level):
    """From what thrust leaves for the horizontal to af: v0 - vf = (level - af) T / 2, and the distance of that."""
    af, vf = -2.5, GAINS.gate_forward_m_s
    state = nav(agl=GAINS.gate_altitude_m, v_ahead=1500.0)
    t = 2.0 * (1500.0 - vf) / (level - af)
    d = braking.needed_distance(state, craft(3.0), GAINS, up, af)
    assert 6.0 * d / t**2 - (4.0 * 1500.0 + 2.0 * vf) / t == pytest.approx(-level, rel=1e-5)


def test_no_distance_is_so_short_that_the_fall_takes_longer():
    state = nav(agl=GAINS.gate_altitude_m + 45.0 * 200.0, v_ahead=300.0)
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
    state = nav(v_up=-60.0, v_ahead=900.0, v_left=-3.0)
    got = braking.command(state, craft(), GAINS, 6000.0, d, left, t, GAINS.gate_descent_m_s)
    sink, vf = GAINS.gate_descent_m_s, GAINS.gate_forward_m_s
    up = 6 * (GAINS.gate_altitude_m - 6000.0) / t**2 - (4 * -60.0 + 2 * sink) / t
    ahead = 6 * d / t**2 - (4 * 900.0 + 2 * vf) / t
    across = -6 * left / t**2 - 4 * -3.0 / t
    assert got == pytest.approx((up - GRAVITY, ahead, across))


def test_the_vertical_gain_is_frozen_in_the_last_fifteen_seconds():
    """It steers to where the gate's descent passes fifteen seconds before it."""
    sink = GAINS.gate_descent_m_s
    state = nav(v_up=sink, v_ahead=GAINS.gate_forward_m_s)
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
    state = nav(altitude=5000.0 - felt, agl=5000.0, mapped_depth=lambda: mapped)
    assert braking.reference_height(state, 9e3) == pytest.approx(height)


def test_below_the_site_counts_as_the_greater_of_doubt_and_depth():
    state = nav(altitude=3000.0, agl=5000.0, mapped_depth=lambda: 2000.0, sigma_agl=130.0)
    assert braking.reference_height(state, 9e3) == pytest.approx(5000.0 - 1700.0)
    state = nav(altitude=3000.0, agl=5000.0, mapped_depth=lambda: 400.0, sigma_agl=130.0)
    assert braking.reference_height(state, 9e3) == pytest.approx(5000.0 - 300.0)


# Approach


def test_an_approach_lasts_as_long_as_its_fall():
    """1.9 h / (2 - v_up), for sink rates of 6 m/s and more."""
    top = GAINS.approach_end_m
    height = top + 30.0 * (GAINS.approach_min_s + GAINS.approach_max_s) / 2 / 1.9
    middle = (GAINS.approach_min_s + GAINS.approach_max_s) / 2
    assert approach.duration(height, -28.0, GAINS) == pytest.approx(middle)
    assert approach.duration(top + 8.0 * middle / 1.9, 5.0, GAINS) == pytest.approx(middle)
    assert approach.duration(top + 1.0, -28.0, GAINS) == GAINS.approach_min_s
    assert approach.duration(1e5, -28.0, GAINS) == GAINS.approach_max_s


def test_reach_is_where_the_law_begins_without_more_than_the_push():
    """12 D / T^2 - 6 v / T = 0.8 m/s2."""
    t, v = 40.0, 7.0
    d = approach.reach(v, t)
    assert 12 * d / t**2 - 6 * v / t == pytest.approx(0.8, rel=1e-6)


def test_nearest_is_where_the_law_begins_without_more_than_the_push_backwards():
    """12 D / T^2 - 6 v / T = -0.8 m/s2."""
    t, v = 40.0, 30.0
    d = approach.nearest(v, t)
    assert 12 * d / t**2 - 6 * v / t == pytest.approx(-0.8, rel=1e-6)


@pytest.mark.parametrize("v", [7.0, -7.0])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_braking_goes_back_over_its_line_with_three_tenths_of_the_thrust(v, side):
    """6 L / T^2 - 4 v / T = 0.3 of 5 m/s2 either way."""
    t = 40.0
    left = side * 5000.0
    within = left - braking.beyond(left, v, t, 5.0)
    assert 6 * within / t**2 - 4 * v / t == pytest.approx(side * 1.5, rel=1e-6)
    assert braking.beyond(0.99 * within, v, t, 5.0) == 0.0


def test_approach_is_the_quadratic_law_on_each_axis():
    """a = 12 D / T^2 - 6 (v + vf) / T, up less gravity."""
    t = 50.0
    state = nav(v_up=-30.0, v_ahead=20.0, v_left=-1.0)
    up, ahead, left = approach.command(state, GAINS, 900.0, 400.0, -20.0, t)
    end, vf = GAINS.approach_end_m, GAINS.approach_end_m_s
    assert up == pytest.approx(12 * (end - 900.0) / t**2 - 6 * (-30.0 + vf) / t - GRAVITY)
    assert ahead == pytest.approx(12 * 400.0 / t**2 - 6 * 20.0 / t)
    assert left == pytest.approx(12 * -20.0 / t**2 - 6 * -1.0 / t)


def test_the_horizontal_gains_are_frozen_in_the_last_ten_seconds():
    end, vf = GAINS.approach_end_m, GAINS.approach_end_m_s
    state = nav(v_up=-4.0, v_ahead=1.0, v_left=0.5)
    up, ahead, left = approach.command(state, GAINS, end + 10.0, 2.0, 1.0, 5.0)
    assert up == pytest.approx(12 * -10.0 / 25.0 - 6 * (-4.0 + vf) / 5.0 - GRAVITY)
    assert ahead == pytest.approx(12 * 2.0 / 100.0 - 6 * 1.0 / 10.0)
    assert left == pytest.approx(12 * 1.0 / 100.0 - 6 * 0.5 / 10.0)


def test_an_approach_never_thrusts_down_nor_tilts_beyond_its_ratio():
    rising = nav(v_up=20.0)
    assert approach.command(rising, GAINS, 900.0, 0.0, 0.0, 30.0) == (0.4, 0.0, 0.0)
    up, ahead, _left = approach.command(rising, GAINS, 900.0, 5000.0, 0.0, 30.0)
    assert (up, ahead) == pytest.approx((0.4, 1.2 * 0.4))


@pytest.mark.parametrize(
    ("sigma", "low"),
    [(19.9, None), (20.1, 600.0 - 3 * 20.1 - 5.0), (180.0, 600.0 - 540.0 - 5.0), (300.0, 0.0)],
)
def test_an_uncertain_approach_sinks_no_faster_than_stops_above_the_lower_bound(sigma, low):
    """At 0.8 m/s2, down to the touchdown speed; what is too fast is taken off within two seconds."""
    if low is None:
        assert approach._sink_limit(nav(agl=600.0, sigma_agl=sigma, v_up=-80.0), GAINS) < -100.0
        return
    fastest = -sqrt(TOUCHDOWN**2 + 2 * 0.8 * low)
    fast, fine = (nav(agl=600.0, sigma_agl=sigma, v_up=fastest + d) for d in (-3.0, 0.01))
    assert approach._sink_limit(fast, GAINS) == pytest.approx(3.0 / 2.0)
    assert approach._sink_limit(fine, GAINS) < -100.0
    # it takes the place of a law that would have it fall on
    up = approach.command(fast, GAINS, 5000.0, 0.0, 0.0, 60.0)[0]
    assert up == pytest.approx(1.5 - GRAVITY)


def test_limiting_scales_to_the_ratio_and_leaves_what_is_within():
    assert approach.limited(2.0, 0.3, -0.4, 0.25) == (2.0, 0.3, -0.4)
    assert approach.limited(2.0, 3.0, -4.0, 0.25) == pytest.approx((2.0, 0.3, -0.4))


# Terminal descent


def fall_s(agl: float, sigma: float, decel: float, k: float) -> float:
    """Propellant time of a descent k sigma blind: the fall to the lower bound, then feeling for it at 2.5 m/s."""
    return sqrt(2.0 * max(0.0, agl - k * sigma) / decel) + (k + min(k, 1.75)) * sigma / 2.5


@pytest.mark.parametrize("k", [3.0, 2.5, 1.5, 0.5])
def test_confidence_is_the_largest_that_fits(k):
    agl, sigma, decel = 100.0, 20.0, 0.3
    just = fall_s(agl, sigma, decel, k) + 1e-9
    assert terminal.confidence(agl, sigma, decel, just) == k
    if k < 3.0:
        assert fall_s(agl, sigma, decel, k + 0.125) > just
    assert terminal.confidence(agl, sigma, decel, just - 2e-9) < k


def up_of(state, vehicle=None, decel=0.3) -> float:
    return terminal.command(state, vehicle or craft(), GAINS, decel, 0.0, 0.0)[0]


def test_terminal_sink_follows_the_height():
    """v^2 = vtd^2 + 2 a (h - 2), reached within 1.5 s, with nine tenths of the profile's own deceleration ahead."""
    wanted = -sqrt(TOUCHDOWN**2 + 2 * 0.3 * (50.0 - 2.0))
    slow, fast = nav(agl=50.0, v_up=-1.0), nav(agl=50.0, v_up=-6.0)
    assert up_of(fast) == pytest.approx((wanted + 6.0) / 1.5 + 0.9 * 0.3 - GRAVITY)
    assert up_of(slow) == pytest.approx(max(0.3, (wanted + 1.0) / 1.5 - GRAVITY))
    near = nav(agl=30.0, v_up=-TOUCHDOWN + 0.01)
    wanted = -sqrt(TOUCHDOWN**2 + 2 * 0.3 * 28.0)
    assert up_of(near) == pytest.approx(max(0.3, (wanted - near.v_up) / 1.5 - GRAVITY))


def test_in_the_last_two_metres_the_touchdown_speed_is_held():
    assert up_of(nav(agl=1.9, v_up=-TOUCHDOWN)) == pytest.approx(-GRAVITY)
    assert up_of(nav(agl=1.9, v_up=-TOUCHDOWN - 0.6)) == pytest.approx(0.6 / 1.5 - GRAVITY)


def test_terminal_sink_has_an_upper_bound():
    assert up_of(nav(agl=50e3, v_up=-45.0), craft(delta_v=1e5)) == pytest.approx(0.9 * 0.3 - GRAVITY)


def test_an_uncertain_height_is_descended_on_its_lower_bound():
    """Half a metre of sigma is none; beyond 1.5 m of it the last part is as fast as propellant asks."""
    hover = 0.8 * 400.0 / 1.62
    sigma = 4.5 - 0.5
    k = 3.0
    assert terminal.confidence(60.0, sigma, 0.3, hover) == k
    slow = max(TOUCHDOWN, ((k + 2.0) * sigma + 3.0) / hover)
    wanted = -sqrt(slow**2 + 2 * 0.3 * (60.0 - k * sigma - 2.0))
    assert up_of(nav(agl=60.0, sigma_agl=4.5, v_up=-6.0)) == pytest.approx(
        (wanted + 6.0) / 1.5 + 0.27 - GRAVITY
    )


@pytest.mark.parametrize("sigma_agl", [1.9, 2.1, 10.5])
def test_with_little_propellant_feeling_for_the_ground_is_faster(sigma_agl):
    vehicle = craft(delta_v=30.0)
    hover, sigma = 0.8 * 30.0 / 1.62, sigma_agl - 0.5
    k = terminal.confidence(2.0, sigma, 0.3, hover)
    slow = min(2.5, max(TOUCHDOWN, ((k + 2.0) * sigma + 3.0) / hover)) if sigma > 1.5 else TOUCHDOWN
    assert up_of(nav(agl=2.0, sigma_agl=sigma_agl, v_up=-slow), vehicle) == pytest.approx(-GRAVITY)


def test_hovering_time_is_never_taken_for_less_than_five_seconds():
    empty, little = craft(delta_v=0.0), craft(delta_v=5.0 * 1.62 / 0.8)
    state = nav(agl=30.0, sigma_agl=6.0, v_up=-3.0)
    assert up_of(state, empty) == pytest.approx(up_of(state, little))


@pytest.mark.parametrize(
    ("agl", "speed", "ratio"), [(13.0, 0.04, 0.10), (32.0, 0.8, 0.25), (100.0, 1.2, 0.25), (11.0, 0.0, 0.10)]
)
def test_the_target_is_closed_in_on_slower_the_lower_and_not_at_all_in_the_last_metres(agl, speed, ratio):
    still = nav(agl=agl, v_up=-40.0)  # much thrust: the tilt is not what bounds
    up, ahead, left = terminal.command(still, craft(), GAINS, 0.3, 500.0, -500.0)
    assert (ahead, left) == pytest.approx((speed / 3.0, -speed / 3.0), abs=1e-12)
    close = terminal.command(still, craft(), GAINS, 0.3, 0.1, -0.1)
    assert close[1:] == pytest.approx((min(0.006, speed) / 3.0, -min(0.006, speed) / 3.0), abs=1e-12)
    drifting = nav(agl=agl, v_up=-40.0, v_ahead=100.0)
    up, ahead, _left = terminal.command(drifting, craft(), GAINS, 0.3, 0.0, 0.0)
    assert ahead == pytest.approx(-ratio * up)


@pytest.mark.parametrize(
    ("blind", "v_left", "ratio"), [(True, 3.1, 0.25), (True, 2.9, 0.10), (False, 3.1, 0.10)]
)
def test_speed_that_a_turn_without_gyros_has_left_is_taken_away_near_the_ground(blind, v_left, ratio):
    """Both units frozen at the pitch-up: 10 m/s across at 10 m, tilted by 4 deg only."""
    swift = nav(agl=10.0, v_up=-1.0, v_left=v_left, inertial=SimpleNamespace(blind=blind))
    up, _ahead, left = terminal.command(swift, craft(), GAINS, 0.3, 0.0, 0.0)
    assert left == pytest.approx(-ratio * up)


def test_horizontal_velocity_is_nulled_within_three_seconds():
    moving = nav(agl=10.0, v_up=-40.0, v_ahead=0.9, v_left=-0.6)
    assert terminal.command(moving, craft(), GAINS, 0.3, 0.0, 0.0)[1:] == pytest.approx((-0.3, 0.2))


def test_terminal_descent_never_lets_go_of_thrust():
    assert up_of(nav(agl=100.0, v_up=20.0)) == 0.3


# Hold


def held(state, vehicle=None, ahead=0.0, left=0.0):
    return hold.command(state, vehicle or craft(), GAINS, ahead, left)


def test_the_gate_of_hold_is_slow_and_above_the_site():
    gate = hold.Gate(GAINS, 777.0)
    assert (gate.gate_downrange_m, gate.gate_forward_m_s, gate.gate_descent_m_s) == (-250.0, 15.0, -25.0)
    assert gate.gate_altitude_m == 777.0
    assert gate.braking_end_accel_m_s2 == GAINS.braking_end_accel_m_s2


def test_hold_nulls_the_horizontal_within_four_seconds_and_closes_in_slowly():
    moving = nav(agl=3000.0, sigma_agl=200.0, v_up=-60.0, v_ahead=2.0, v_left=-1.0)
    assert held(moving)[0][1:] == pytest.approx((-0.5, 0.25))
    assert held(moving, ahead=100.0, left=-100.0)[0][1:] == pytest.approx(((3.0 - 2.0) / 4, (-3.0 + 1.0) / 4))
    far = held(moving, ahead=1e4, left=-1e4)[0]
    assert far[1] / far[2] == pytest.approx((12.0 - 2.0) / (-12.0 + 1.0))
    level = sqrt(far[1] ** 2 + far[2] ** 2)
    assert level == pytest.approx(min(0.5 * far[0], sqrt(100.0 + 121.0) / 4))


def test_hold_sinks_as_the_propellant_asks_where_that_can_be_stopped():
    """1.2 (h + 3 sigma - 0.7 R) / (t_hover - 75 s) with R = 700 m, reached within 3 s."""
    hover = 0.8 * 300.0 / 1.62
    state = nav(agl=1000.0, sigma_agl=500.0, v_up=-30.0)
    wanted = -1.2 * (1000.0 + 1500.0 - 490.0) / (hover - 75.0)
    assert -sqrt(1.6 * (0.85 * 5.0 - 1.62) * 620.0) < wanted < -20.0
    assert held(state, craft(delta_v=300.0)) == (
        pytest.approx(((wanted + 30.0) / 3 - GRAVITY, 0.0, 0.0)),
        False,
    )


@pytest.mark.parametrize(("accel_max", "net"), [(5.0, 0.85 * 5.0 - 1.62), (2.0, 0.2)])
def test_hold_sinks_no_faster_than_stops_within_the_range_counted_on(accel_max, net):
    stoppable = sqrt(2 * 0.8 * net * (700.0 - 80.0))
    state = nav(agl=9000.0, sigma_agl=500.0, v_up=-70.0)
    up = held(state, craft(accel_max, 200.0))[0][0]
    assert up == pytest.approx((-stoppable + 70.0) / 3 - GRAVITY)


def test_hold_sinks_by_twenty_where_nothing_presses():
    state = nav(agl=600.0, sigma_agl=200.0, v_up=-20.0)
    assert held(state, craft(delta_v=600.0))[0][0] == pytest.approx(-GRAVITY)


@pytest.mark.parametrize(("agl", "landing"), [(629.0 - 300.0, True), (631.0 - 300.0, False)])
def test_with_altimeters_still_hoped_for_hold_ends_where_they_must_have_spoken(agl, landing):
    """At nine tenths of the range counted on, upper bound; propellant is short."""
    state = nav(agl=agl, sigma_agl=100.0, v_up=-20.0)
    assert terminal.confidence(agl, 100.0, GAINS.terminal_decel_m_s2, 0.8 * 60.0 / 1.62) < 2.0
    assert held(state, craft(delta_v=60.0))[1] is landing


def test_without_altimeters_hold_descends_on_the_lower_bound():
    silent = SimpleNamespace(may_still_speak=lambda _tick: False)
    sigma, agl = 60.0, 400.0
    state = nav(agl=agl, sigma_agl=sigma, v_up=-30.0, altimetry=silent)
    hover = 0.8 * 300.0 / 1.62
    decel = min(1.2, 0.7 * (0.85 * 5.0 - 1.62))
    k = terminal.margin(agl, sigma, decel, hover, hover)
    assert k > 0.0
    slow = min(2.5, max(TOUCHDOWN, ((k + 2.0) * sigma + 3.0) / hover))
    low = agl - k * sigma - 2.0
    stoppable = sqrt(1.6 * (0.85 * 5.0 - 1.62) * 620.0)  # nothing is waited for
    wanted = max(-stoppable, -sqrt(slow**2 + 2 * decel * low))
    assert held(state, craft(delta_v=300.0)) == (
        pytest.approx(((wanted + 30.0) / 3 + 0.9 * decel - GRAVITY, 0.0, 0.0)),
        low < 30.0,
    )
    near = nav(agl=k * sigma + 31.0, sigma_agl=sigma, v_up=-8.0, altimetry=silent)
    assert held(near, craft(delta_v=300.0))[1] is (
        near.agl - 2.0 - 30.0 < sigma * terminal.margin(near.agl, sigma, decel, hover, hover)
    )


def test_with_little_thrust_the_blind_descent_brakes_less():
    silent = SimpleNamespace(may_still_speak=lambda _tick: False)
    state = nav(agl=100.0, sigma_agl=30.0, v_up=-8.0, altimetry=silent)
    net, hover = 0.85 * 2.6 - 1.62, 0.8 * 300.0 / 1.62
    decel = max(GAINS.terminal_decel_m_s2, 0.7 * net)
    k = terminal.confidence(100.0, 30.0, decel, hover)
    slow = min(2.5, max(TOUCHDOWN, ((k + 2.0) * 30.0 + 3.0) / hover))
    wanted = -sqrt(slow**2 + 2 * decel * max(0.0, 100.0 - k * 30.0 - 2.0))
    assert held(state, craft(2.6, 300.0))[0][0] == pytest.approx((wanted + 8.0) / 3 + 0.9 * decel - GRAVITY)


def test_hold_never_lets_go_of_thrust():
    assert held(nav(agl=3000.0, sigma_agl=200.0, v_up=20.0))[0][0] == 0.4


@pytest.mark.parametrize(
    ("v_up", "agl", "accel_max", "decel"),
    [
        (-30.0, 508.0, 5.0, 1.15 * 900.0 / (2 * 500.0)),
        (-6.0, 20.0, 5.0, 1.15 * 36.0 / (2 * 20.0)),  # 20 m at the least
        (-7.0, 36.0, 5.0, 1.15 * 49.0 / (2 * 28.0)),
        (-60.0, 508.0, 5.0, 0.9 * (0.85 * 5.0 - 1.62)),  # as much as thrust gives
        (-60.0, 508.0, 2.0, max(GAINS.terminal_decel_m_s2, 0.9 * 0.15)),
        (-1.0, 508.0, 5.0, 0.8),  # brisk all the same
        (-1.0, 508.0, 2.8, max(GAINS.terminal_decel_m_s2, 0.6 * (0.85 * 2.8 - 1.62))),
    ],
)
def test_the_deceleration_that_a_descent_needs(v_up, agl, accel_max, decel):
    assert hold.stopping_decel(nav(v_up=v_up, agl=agl), craft(accel_max), GAINS) == pytest.approx(decel)


def test_where_nothing_is_waited_for_hold_sinks_as_fast_as_can_be_stopped():
    silent = SimpleNamespace(may_still_speak=lambda _tick: False)
    stoppable = sqrt(1.6 * (0.85 * 5.0 - 1.62) * 620.0)
    state = nav(agl=9000.0, sigma_agl=10.0, v_up=-stoppable, altimetry=silent)
    assert held(state, craft(delta_v=600.0))[0][0] == pytest.approx(-GRAVITY)


def test_with_next_to_no_propellant_terminal_descent_reckons_with_five_seconds():
    state = nav(agl=2.0, sigma_agl=2.5, v_up=-2.0)
    k = terminal.confidence(2.0, 2.0, 0.3, 5.0)
    slow = min(2.5, max(TOUCHDOWN, ((k + 2.0) * 2.0 + 3.0) / 5.0))
    low = 2.0 - k * 2.0
    wanted = -sqrt(slow**2 + 2 * 0.3 * max(0.0, low - 2.0))
    assert up_of(state, craft(delta_v=0.0)) == pytest.approx((wanted + 2.0) / 1.5 - GRAVITY)


@pytest.mark.parametrize(("sigma_agl", "hover"), [(4.0, 12.0), (6.0, 20.0), (9.0, 30.0)])
def test_what_is_left_of_the_propellant_is_spread_over_what_the_height_may_be_off(sigma_agl, hover):
    """(k + 2) sigma and three metres more, within the time for hovering."""
    sigma, agl = sigma_agl - 0.5, 6.0
    k = terminal.confidence(agl, sigma, 0.3, hover)
    slow = min(2.5, max(TOUCHDOWN, ((k + 2.0) * sigma + 3.0) / hover))
    assert slow > TOUCHDOWN
    above = max(0.0, agl - k * sigma - 2.0)
    wanted = -sqrt(slow**2 + 2 * 0.3 * above)
    state = nav(agl=agl, sigma_agl=sigma_agl, v_up=-slow + 0.01)
    got = up_of(state, craft(delta_v=hover * 1.62 / 0.8))
    assert got == pytest.approx(max(0.3, (wanted - state.v_up) / 1.5 - GRAVITY))
