"""The approach law number by number: its equation, its time, what is in reach."""

from math import sqrt

import pytest

from perilune.flight.guidance import approach, braking
from tests.firmware.guiding import GAINS, GRAVITY
from tests.firmware.guiding import still as nav


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
    state = nav(v_up=-30.0, v_downrange=20.0, v_crossrange=-1.0)
    up, ahead, left = approach.command(state, GAINS, 900.0, 400.0, -20.0, t)
    end, vf = GAINS.approach_end_m, GAINS.approach_end_m_s
    assert up == pytest.approx(12 * (end - 900.0) / t**2 - 6 * (-30.0 + vf) / t - GRAVITY)
    assert ahead == pytest.approx(12 * 400.0 / t**2 - 6 * 20.0 / t)
    assert left == pytest.approx(12 * -20.0 / t**2 - 6 * -1.0 / t)


def test_the_horizontal_gains_are_frozen_in_the_last_ten_seconds():
    end, vf = GAINS.approach_end_m, GAINS.approach_end_m_s
    state = nav(v_up=-4.0, v_downrange=1.0, v_crossrange=0.5)
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
    fastest = -sqrt(GAINS.touchdown_m_s**2 + 2 * 0.8 * low)
    fast, fine = (nav(agl=600.0, sigma_agl=sigma, v_up=fastest + d) for d in (-3.0, 0.01))
    assert approach._sink_limit(fast, GAINS) == pytest.approx(3.0 / 2.0)
    assert approach._sink_limit(fine, GAINS) < -100.0
    # it takes the place of a law that would have it fall on
    up = approach.command(fast, GAINS, 5000.0, 0.0, 0.0, 60.0)[0]
    assert up == pytest.approx(1.5 - GRAVITY)


@pytest.mark.parametrize("sigma", [2.0, 22.0, 130.0, 140.0])
def test_an_approach_without_ranges_stops_above_a_lower_bound_farther_down(sigma):
    """Both altimeters dead in it: ground 92 m above what a map gave, 4.2 sigma of 22 m, was struck at 9.2 m/s."""
    low = max(0.0, 600.0 - 4.5 * sigma - 5.0)
    fastest = -sqrt(GAINS.touchdown_m_s**2 + 2 * 0.8 * low)

    def limit(above, used_tick):
        state = nav(agl=600.0, sigma_agl=sigma, v_up=fastest + above, tick=1000, altimeter_tick=used_tick)
        return approach._sink_limit(state, GAINS)

    ahead = 0.8 if low > 0.0 else 0.0  # of the deceleration that keeps to it
    assert limit(-3.0, 749) == pytest.approx(1.5 + ahead)
    assert limit(0.99, 749) == pytest.approx(-0.495 + ahead)
    assert limit(1.01, 749) < -100.0
    assert limit(0.99, 750) < -100.0


def test_limiting_scales_to_the_ratio_and_leaves_what_is_within():
    assert approach.limited(2.0, 0.3, -0.4, 0.25) == (2.0, 0.3, -0.4)
    assert approach.limited(2.0, 3.0, -4.0, 0.25) == pytest.approx((2.0, 0.3, -0.4))
