"""One altimeter: geometry of its beams, what it may be off by, and what becomes of its samples."""

from math import cos, sin, sqrt

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.navigation.altimeter import Altimeter
from perilune.wire.schema import FRESH, HEAD, SATURATED, STALE, VALID
from tests.firmware.kit import axes, turn

GOOD = VALID | FRESH
HOVER, DESCENT = (0.0, 0.0, -1.0), (0.8, 0.0, -0.6)
UP = (0.0, 0.0, 1.0)
LEVEL = axes(np.eye(3))


def unit(**changes) -> Altimeter:
    made = Altimeter(events.LRF, (*HOVER, *DESCENT), 8000.0, 0.5, 0.01, 2.0)
    made.range_m = 0.0
    vars(made).update(changes)
    return made


# Slant range to height


@pytest.mark.parametrize("tilt", [0.0, 0.3, -0.4])
@pytest.mark.parametrize(("head", "beam"), [(0, HOVER), (HEAD, DESCENT)])
def test_height_is_the_slant_range_on_the_vertical_less_the_mount(tilt, head, beam):
    body = turn([0.1, tilt, -0.2])
    down = body @ np.array(beam)
    one = unit()
    got = one.height((GOOD | head, 0, 1000.0), axes(body), UP, 7)
    if -down[2] < 0.5:
        assert got is None
        assert one.cosine == 1.0  # nothing divides by that of a false return out of the sky
        return
    assert got == pytest.approx(-1000.0 * down[2] - 2.0 * body[2, 2])
    assert one.cosine == pytest.approx(-down[2])
    assert one.offset_m == pytest.approx(1000.0 * down[0])
    assert (one.range_m, one.alive_tick) == (1000.0, 7)


@pytest.mark.parametrize("head", [0, 1])
def test_a_leaning_body_under_a_leaning_vertical(head):
    body, up = turn((0.1, 0.3, 0.2)), np.array([0.1, -0.2, 0.97])
    down = body @ np.array((HOVER, DESCENT)[head])
    got = unit().height((GOOD | (HEAD if head else 0), 0, 1000.0), axes(body), tuple(up), 0)
    assert got == pytest.approx(-1000.0 * down @ up - 2.0 * body[:, 2] @ up)


def test_the_vertical_is_the_local_one():
    up = (sin(0.2), 0.0, cos(0.2))
    assert unit().height((GOOD, 0, 1000.0), LEVEL, up, 0) == pytest.approx((1000.0 - 2.0) * cos(0.2))


@pytest.mark.parametrize(
    ("status", "slant", "used"),
    [
        (GOOD, 8000.0, True),
        (GOOD, 8000.1, False),
        (GOOD, 0.0, False),
        (GOOD, -1.0, False),
        (GOOD, 0.1, True),
        (GOOD | STALE, 100.0, False),
        (GOOD | SATURATED, 100.0, False),
        (VALID, 100.0, False),
        (FRESH, 100.0, False),
    ],
)
def test_which_samples_are_used(status, slant, used):
    assert (unit().height((status, 0, slant), LEVEL, UP, 3) is not None) is used


@pytest.mark.parametrize(("status", "alive"), [(FRESH, 9), (GOOD | STALE, 9), (VALID, 0)])
def test_a_fresh_sample_shows_that_the_unit_lives(status, alive):
    one = unit()
    one.height((status, 0, 100.0), LEVEL, UP, 9)
    assert one.alive_tick == alive


def test_a_reading_repeated_three_times_is_frozen():
    one = unit()
    used = [one.height((GOOD, 0, 100.0), LEVEL, UP, n) is not None for n in range(5)]
    assert used == [True, True, True, False, False]
    assert one.height((GOOD, 0, 100.1), LEVEL, UP, 9) is not None
    assert one.same == 0


@pytest.mark.parametrize(("angle", "used"), [(1.04, True), (1.055, False)])
def test_a_beam_more_than_sixty_degrees_off_the_vertical_is_not_used(angle, used):
    assert (unit().height((GOOD, 0, 100.0), axes(turn([0.0, angle, 0.0])), UP, 0) is not None) is used


@pytest.mark.parametrize("body", [turn([0.3, 0.7, -0.2]), turn([-1.0, 0.2, 2.0]), np.eye(3)])
def test_beams_turn_with_the_body_and_the_lower_one_is_the_best(body):
    one = unit()
    for head, beam in enumerate((HOVER, DESCENT)):
        assert one.beam(head, axes(body)) == pytest.approx(tuple(body @ np.array(beam)))
    heights = [np.dot(body @ np.array(beam), UP) for beam in (HOVER, DESCENT)]
    assert one.best_head(axes(body), UP) == int(heights[1] < heights[0])


def test_the_best_head_depends_on_the_local_vertical():
    leaning = (-sin(0.9), 0.3, cos(0.9))
    assert unit().best_head(LEVEL, leaning) == 1
    assert unit().best_head(LEVEL, UP) == 0


# What a height may be off by


def test_variance_is_noise_pointing_and_ground_under_the_beam():
    one = unit(range_m=1000.0, cosine=0.8)
    noise = (0.5 + 0.01 * 1000.0) * 0.8
    across2 = (1000.0 * 0.6) ** 2
    expected = noise**2 + across2 * (1e-4**2 + 1e-6 + 0.02**2) + 0.09
    assert one.variance(1e-4, 0.02) == pytest.approx(expected)
    assert one.variance(3e-3, 0.0) == pytest.approx(noise**2 + across2 * (9e-6 + 1e-6) + 0.09)


def test_scatter_beyond_the_specification_counts_instead():
    one = unit(range_m=100.0, cosine=1.0, noise=400.0)
    assert one.variance(0.0, 0.0) == 400.0
    assert one.own_variance() == pytest.approx(400.0 + 5e-5 * 100.0**2)


def test_own_variance_leaves_the_ground_out():
    one = unit(range_m=1000.0, cosine=0.8)
    assert one.own_variance() == pytest.approx((10.5 * 0.8) ** 2 + 50.0)


# Statistics of its samples


def observe(one, innovation=0.0, above=0.0, ticks=5, drift=0.0, calm=True, height=500.0):
    """One sample `ticks` after the last one, `above` the inertial height."""
    tick = max(one.judged_tick, 1000 - ticks) + ticks
    one.observe(innovation, height, height - above, drift, tick, calm)


def test_the_first_sample_is_what_the_means_start_from():
    one = unit(range_m=100.0)
    observe(one, above=80.0)
    assert (one.mean_1s, one.mean_10s, one.heard, one.total) == (80.0, 80.0, 1, 1)
    assert one.history == [(1000, 500.0)]


def test_means_follow_with_a_tenth_and_a_hundredth():
    one = unit(range_m=100.0)
    observe(one, above=80.0)
    observe(one, above=90.0)
    assert (one.mean_1s, one.mean_10s) == pytest.approx((81.0, 80.1))
    assert one.jump == pytest.approx(10.0)
    observe(one, above=91.0, calm=False)
    assert (one.mean_1s, one.mean_10s) == pytest.approx((82.0, 80.1))
    assert one.jump == pytest.approx(91.0 - 80.1)


@pytest.mark.parametrize(("ticks", "counted"), [(5, 5), (100, 100)])
def test_the_known_drift_of_the_inertial_height_moves_the_means(ticks, counted):
    one = unit(range_m=100.0)
    observe(one, above=80.0)
    moved = 0.5 * 0.02 * counted
    observe(one, above=80.0 + moved, drift=0.5, ticks=ticks)
    assert (one.mean_1s, one.mean_10s) == pytest.approx((80.0 + moved, 80.0 + moved))


def test_a_lone_false_return_moves_the_means_by_a_bounded_step():
    one = unit(range_m=100.0)
    for _ in range(12):
        observe(one)
    most = 3.0 * sqrt(one.own_variance()) + 20.0
    observe(one, above=5000.0)
    assert (one.mean_1s, one.mean_10s) == pytest.approx((0.1 * most, 0.01 * most))
    observe(one, above=-5000.0)
    assert one.mean_1s == pytest.approx(0.0, abs=1e-9)


def test_what_its_heights_are_compared_with_may_come_to_lie_lower():
    one = unit(range_m=100.0)
    for _ in range(5):
        observe(one, above=20.0)
    one.rebase(40.0)
    assert (one.above, one.mean_1s, one.mean_10s) == pytest.approx((60.0, 60.0, 60.0))
    observe(one, above=60.0)  # it has not leapt
    assert (one.leapt, one.jump) == (False, pytest.approx(0.0))


@pytest.mark.parametrize(("share", "behind"), [(0.99, False), (1.01, True), (-1.01, True)])
def test_a_mean_is_behind_while_its_steps_are_bounded(share, behind):
    one = unit(range_m=100.0)
    for _ in range(12):
        observe(one)
    observe(one, above=share * (3.0 * sqrt(one.own_variance()) + 20.0))
    assert one.behind is behind
    observe(one, above=0.0)
    assert one.behind is False


def test_a_false_return_at_the_start_is_not_what_the_means_start_from():
    one = unit(range_m=100.0)
    most = 3.0 * sqrt(one.own_variance()) + 20.0
    observe(one, above=3.5 * most)
    observe(one, above=0.0)
    assert (one.heard, one.mean_1s, one.mean_10s) == (1, 0.0, 0.0)
    observe(one, above=2.5 * most)
    assert one.heard == 2  # near enough: it counts, its step bounded
    assert one.mean_1s == pytest.approx(0.1 * most, rel=1e-3)
    for _ in range(7):
        observe(one, above=0.0)
    assert one.heard == 9
    observe(one, above=9.0 * most)
    assert one.heard == 10  # from the tenth on it does not start anew


def test_noise_shows_in_half_the_squared_difference_of_successive_innovations():
    one = unit(range_m=100.0)
    observe(one, innovation=3.0)
    assert one.noise == 0.0
    observe(one, innovation=7.0)
    assert one.noise == pytest.approx(0.1 * 0.5 * 16.0)
    observe(one, innovation=7.0)
    assert one.noise == pytest.approx(0.9 * 0.8)
    own = one.own_variance()
    observe(
        one, innovation=1e4
    )  # nine times its own variance at most: a lone false return must not open the gate
    assert one.noise == pytest.approx(0.9 * 0.72 + 0.1 * 9.0 * own)


def test_a_false_return_from_far_off_counts_with_the_variance_of_the_one_before():
    one = unit(range_m=100.0)
    observe(one)
    observe(one)
    own = one.own_variance()
    one.range_m = 5000.0
    observe(one, innovation=1e4)
    assert one.noise == pytest.approx(0.1 * 9.0 * own)


@pytest.mark.parametrize(
    ("change", "sweep", "ticks", "leapt"),
    [
        (0.99, 0.0, 5, False),
        (1.01, 0.0, 5, True),
        (-1.01, 0.0, 5, True),
        (1.01, 1.0, 5, False),
        (1.01, 20.0, 5, False),
    ],
)
def test_a_leap_is_more_than_ten_times_the_way_of_the_footprint(change, sweep, ticks, leapt):
    one = unit(range_m=100.0, sweep_m_s=sweep)
    observe(one)
    one.used_tick = one.judged_tick
    limit = 4.0 * sqrt(one.own_variance()) + 10.0
    observe(one, above=change * limit, ticks=ticks)
    assert one.leapt is leapt
    moving = unit(range_m=100.0, sweep_m_s=30.0)
    observe(moving)
    moving.used_tick = moving.judged_tick
    observe(moving, above=limit + 10.0 * 30.0 * 0.02 * ticks + 0.1, ticks=ticks)
    assert moving.leapt


@pytest.mark.parametrize("changes", [{"switched": True}, {"used_tick": 5}])
def test_no_leap_is_seen_through_another_head_or_after_a_sample_that_was_not_used(changes):
    one = unit(range_m=100.0)
    observe(one)
    one.used_tick = one.judged_tick
    vars(one).update(changes)
    observe(one, above=1e4)
    assert not one.leapt


def test_a_leap_says_nothing_of_noise():
    one = unit(range_m=100.0)
    observe(one)
    one.used_tick = one.judged_tick
    observe(one, innovation=1e4, above=1e4)
    assert (one.leapt, one.noise) == (True, 0.0)


def test_a_head_that_has_been_switched_is_seen():
    one = unit()
    seen = []
    for n, head in enumerate((0, HEAD, HEAD, 0)):
        one.height((GOOD | head, 0, 1000.0 + n), axes(turn([0.0, 0.3, 0.0])), UP, n)
        seen.append((one.head, one.switched))
    assert seen == [(0, False), (1, True), (1, False), (0, True)]


@pytest.mark.parametrize(("ticks", "heard"), [(100, 2), (101, 1)])
def test_after_two_seconds_of_silence_it_is_heard_anew(ticks, heard):
    one = unit(range_m=100.0)
    observe(one, above=80.0)
    observe(one, above=81.0, ticks=ticks)
    assert (one.heard, one.total, len(one.history)) == (heard, 2, heard)


def test_a_second_of_history_is_kept():
    one = unit(range_m=100.0)
    for n in range(12):
        observe(one, height=500.0 - n)
    assert [height for _tick, height in one.history] == [500.0 - n for n in range(2, 12)]


# Agreement with itself


def heights(one, *values, ticks=5):
    one.history = [(1000 + ticks * n, float(h)) for n, h in enumerate(values)]
    return one


def test_three_samples_that_follow_the_motion_are_settled():
    allowed = 6.0 * sqrt(unit(range_m=100.0).own_variance()) + 5.0
    for off, settled in ((allowed - 0.1, True), (allowed + 0.1, False), (-allowed - 0.1, False)):
        one = heights(unit(range_m=100.0), 500.0, 497.0, 494.0 + off)
        assert one.settled(-30.0, 0.0) is settled
    assert not heights(unit(range_m=100.0), 497.0, 494.0).settled(-30.0, 0.0)


def test_every_one_of_the_three_has_to_agree():
    near = unit(range_m=100.0)
    assert not heights(near, 900.0, 500.0, 500.0).settled(0.0, 0.0)
    assert not heights(near, 500.0, 900.0, 500.0).settled(0.0, 0.0)
    assert heights(near, 900.0, 500.0, 500.0, 500.0).settled(0.0, 0.0)  # longer ago it does not matter


def test_relief_explains_more_the_faster_the_vehicle_is():
    allowed = 6.0 * sqrt(unit(range_m=100.0).own_variance()) + 5.0 + 0.05 * 400.0
    for off, settled in ((allowed - 0.1, True), (allowed + 0.1, False)):
        assert heights(unit(range_m=100.0), 500.0, 500.0, 500.0 + off).settled(0.0, -400.0) is settled


@pytest.mark.parametrize(("ticks", "settled"), [(12, True), (13, False)])
def test_samples_half_a_second_apart_say_nothing_of_each_other(ticks, settled):
    assert heights(unit(range_m=100.0), 500.0, 500.0, 500.0, ticks=ticks).settled(0.0, 0.0) is settled


def test_the_slope_of_a_second():
    one = heights(unit(), *(500.0 - 2.0 * n for n in range(10)))
    assert one.slope() == pytest.approx(-2.0 / 0.1)
    assert heights(unit(), *(500.0 - n for n in range(9))).slope() is None
    assert heights(unit(), *range(10), ticks=0).slope() == pytest.approx(9.0 * 50.0)
    assert heights(unit(), *range(10), ticks=100).slope() == pytest.approx(9.0 * 50.0 / 500.0)


# Power


def test_the_one_power_cycle():
    one = unit(rejected=5, history=[(1, 2.0)])
    assert not one.power_off(1000)
    assert one.cycle(1000)
    assert (one.rejected, one.history) == (0, [])
    assert [one.power_off(tick) for tick in (1000, 1024, 1025)] == [True, True, False]
    assert not one.cycle(5000)
    assert not one.power_off(5000)


def test_silence_is_counted_from_the_last_sign_of_life_or_from_having_warmed_up():
    one = unit(alive_tick=1000)
    assert [one.silent(tick, 100) for tick in (1100, 1101)] == [False, True]
    one.cycle(1101)
    assert [one.silent(tick, 100) for tick in (1102, 1351, 1352)] == [False, False, True]


def test_a_new_unit_has_never_spoken():
    one = Altimeter(events.RADAR, (*HOVER, *DESCENT), 8000.0, 0.5, 0.01, 2.0)
    assert (one.source, one.total, one.heard, one.rejected, one.consistent, one.same) == (
        events.RADAR,
        0,
        0,
        0,
        0,
        0,
    )
    assert not one.isolated
    assert (one.noise, one.mean_1s, one.mean_10s, one.innovation, one.jump) == (0.0,) * 5
    assert max(one.used_tick, one.judged_tick, one.cycled_tick) < -1000
    assert one.silent(101, 100) and not one.silent(100, 100)
    assert one.heads == (HOVER, DESCENT)
