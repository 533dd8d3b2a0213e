"""Terminal descent number by number: the height it follows, what uncertainty and little propellant make of it."""

from math import sqrt

import pytest

from perilune.flight.guidance import terminal
from tests.firmware.guiding import GAINS, GRAVITY
from tests.firmware.guiding import engine as craft
from tests.firmware.guiding import still as nav

TOUCHDOWN = GAINS.touchdown_m_s


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


@pytest.mark.parametrize(
    ("agl", "sigma_v_up", "sink"),
    [(-24.9, 0.04, TOUCHDOWN), (-25.1, 0.04, 2.7), (-25.1, 0.06, 2.5), (-300.0, 0.04, 2.7)],
)
def test_where_the_ground_has_not_come_it_is_felt_for(agl, sigma_v_up, sink):
    """A laser 400 m low, the radar dead: it crept down at 1.2 m/s from 400 m up until its tanks were dry.

    Below where the ground should have been, by 10 m and 3 sigma, the height is wrong, however sure of it the filter is.
    """
    state = nav(agl=agl, sigma_agl=5.0, sigma_v_up=sigma_v_up, v_up=-sink)
    vehicle = craft(delta_v=1e6)  # propellant does not ask for haste
    assert up_of(state, vehicle) == pytest.approx(-GRAVITY)


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
    drifting = nav(agl=agl, v_up=-40.0, v_downrange=100.0)
    up, ahead, _left = terminal.command(drifting, craft(), GAINS, 0.3, 0.0, 0.0)
    assert ahead == pytest.approx(-ratio * up)


@pytest.mark.parametrize(
    ("blind", "v_crossrange", "ratio"), [(True, 3.1, 0.25), (True, 2.9, 0.10), (False, 3.1, 0.10)]
)
def test_speed_that_a_turn_without_gyros_has_left_is_taken_away_near_the_ground(blind, v_crossrange, ratio):
    """Both units frozen at the pitch-up: 10 m/s across at 10 m, tilted by 4 deg only."""
    swift = nav(agl=10.0, v_up=-1.0, v_crossrange=v_crossrange, rate_modelled=blind)
    up, _ahead, left = terminal.command(swift, craft(), GAINS, 0.3, 0.0, 0.0)
    assert left == pytest.approx(-ratio * up)


def test_horizontal_velocity_is_nulled_within_three_seconds():
    moving = nav(agl=10.0, v_up=-40.0, v_downrange=0.9, v_crossrange=-0.6)
    assert terminal.command(moving, craft(), GAINS, 0.3, 0.0, 0.0)[1:] == pytest.approx((-0.3, 0.2))


def test_terminal_descent_never_lets_go_of_thrust():
    assert up_of(nav(agl=100.0, v_up=20.0)) == 0.3


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
