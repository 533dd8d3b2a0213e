"""HOLD number by number: its sink, its gate, and where it hands over."""

from math import sqrt

import pytest

from perilune.flight.guidance import hold, terminal
from tests.firmware.guiding import GAINS, GRAVITY
from tests.firmware.guiding import engine as craft
from tests.firmware.guiding import still as nav

TOUCHDOWN = GAINS.touchdown_m_s


def held(state, vehicle=None, ahead=0.0, left=0.0):
    return hold.command(state, vehicle or craft(), GAINS, ahead, left)


def test_the_gate_of_hold_is_slow_and_above_the_site():
    gate = hold.Gate(GAINS, 777.0)
    assert (gate.gate_downrange_m, gate.gate_forward_m_s, gate.gate_descent_m_s) == (-250.0, 15.0, -25.0)
    assert gate.gate_altitude_m == 777.0
    assert gate.braking_end_accel_m_s2 == GAINS.braking_end_accel_m_s2


def test_hold_nulls_the_horizontal_within_four_seconds_and_closes_in_slowly():
    moving = nav(agl=3000.0, sigma_agl=200.0, v_up=-60.0, v_downrange=2.0, v_crossrange=-1.0)
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
    sigma, agl = 60.0, 400.0
    state = nav(agl=agl, sigma_agl=sigma, v_up=-30.0, range_may_come=False)
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
    near = nav(agl=k * sigma + 31.0, sigma_agl=sigma, v_up=-8.0, range_may_come=False)
    assert held(near, craft(delta_v=300.0))[1] is (
        near.agl - 2.0 - 30.0 < sigma * terminal.margin(near.agl, sigma, decel, hover, hover)
    )


def test_with_little_thrust_the_blind_descent_brakes_less():
    state = nav(agl=100.0, sigma_agl=30.0, v_up=-8.0, range_may_come=False)
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
    assert hold.sure_decel(nav(v_up=v_up, agl=agl), craft(accel_max), GAINS) == pytest.approx(decel)


def test_where_nothing_is_waited_for_hold_sinks_as_fast_as_can_be_stopped():
    stoppable = sqrt(1.6 * (0.85 * 5.0 - 1.62) * 620.0)
    state = nav(agl=9000.0, sigma_agl=10.0, v_up=-stoppable, range_may_come=False)
    assert held(state, craft(delta_v=600.0))[0][0] == pytest.approx(-GRAVITY)
