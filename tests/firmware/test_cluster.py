"""A cluster of engines that do not give what they are asked for: who is done without, and what the others are asked."""

import pytest

from perilune.flight import events
from perilune.flight.propulsion import allocation
from tests.firmware.engines import FOUR, THREE, engines, steady, vehicle


def test_thrust_is_what_is_asked_for_and_torque_what_is_given():
    """r x F for thrust along z: (y F, -x F)."""
    thrust, x, y = allocation.resultant(vehicle(**THREE), [1.0, 0.5, 1.0], [0.5, 0.8, 1.0])
    assert thrust == 2500.0
    assert x == pytest.approx(0.7 * 500.0 * 0.8 - 0.7 * 1000.0)
    assert y == pytest.approx(-(0.8 * 1000.0 * 0.5 - 0.4 * 500.0 * 0.8 - 0.4 * 1000.0))


LONE, PAIR = (0.8, 0.0), ((-0.4, 0.7), (-0.4, -0.7))


def triangle(axis: int, side: float, at: int, torque_n_m: float) -> dict:
    """Engine `at` to one side of the axis, the other two to the other; thrusters for the torque that these make."""
    places = [tuple(side * v for v in place) for place in PAIR]
    places.insert(at, tuple(side * v for v in LONE))
    x, y = zip(*places, strict=True)
    torques = (torque_n_m, 9e9, 1e-3, 1e-3) if axis == 0 else (1e-3, 1e-3, torque_n_m, 9e9)
    return {
        "engine_count": 3,
        "thrust_max_n": (1000.0,) * 3,
        "engine_x_m": y if axis == 0 else x,
        "engine_y_m": x if axis == 0 else y,
        "rcs_torque_n_m": (*torques, 50.0, 50.0),
    }


@pytest.mark.parametrize(("spare", "lost"), [(1.01, True), (0.99, False)])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("axis", [0, 1])
def test_one_stuck_open_is_done_without_where_thrusters_hold_the_others_at_thirteen_tenths_of_the_weight(
    axis, side, at, spare, lost
):
    torque = 1.3 * 1.62 * vehicle().wet_mass_kg * 0.4
    craft = steady(**triangle(axis, side, at, spare * torque))
    craft.overrun(at, 560.0, 140.0, 0.8)
    assert craft.healthy == (0b111 & ~(1 << at) if lost else 0b111)
    assert craft.stuck == (0.0 if lost else 0.8)
    code = events.ENGINE_LOST if lost else events.THROTTLE_STUCK
    assert craft.told_events[-1] == (
        (code, at, 560.0, 140.0, 0.0) if lost else (code, 0.8, craft.delivered, 0, 0.0)
    )


def test_once_one_throttle_is_matched_what_pressures_say_of_balance_is_forgotten():
    craft = steady(**THREE)
    craft.balanced, craft.uneven = [0.5, 1.0, 1.0], True
    craft.resume()
    assert craft.weights != [1.0] * 3
    craft.overrun(0, 560.0, 70.0, 0.8)
    assert craft.weights == craft.balanced == [1.0] * 3
    assert not craft.uneven
    assert craft.lever == (0.0, 0.0)


@pytest.mark.parametrize("last", range(4))
def test_the_last_one_is_kept(last):
    craft = engines(**FOUR)
    craft.healthy = 1 << last
    craft.lose(last, 0.0, 300.0)
    assert craft.healthy == 1 << last


def test_without_any_engine_there_is_next_to_no_thrust():
    craft = engines(**FOUR)
    craft.healthy = 0
    craft.resume()
    assert (craft.full_thrust, craft.used) == (1.0, 0)


@pytest.mark.parametrize(("least", "bounded"), [(0.2, False), (0.9, True)])
def test_the_least_that_is_asked_for_lets_the_smallest_share_burn_and_is_no_more_than_all(least, bounded):
    craft = engines(**FOUR, throttle_min=least)
    craft.uneven, craft.balanced, craft.held = True, [0.5, 1.0, 1.0, 1.0], (0.0, 0.0)
    craft.resume()
    smallest = min(craft.weights)
    assert 0.2 < smallest < 0.9
    assert craft.least == pytest.approx(1.0 if bounded else least / smallest)


@pytest.mark.parametrize(
    ("gains", "uneven"),
    [([1.0, 0.96, 1.0, 1.0], False), ([1.0, 0.94, 1.0, 1.0], True), ([0.94, 1.0, 1.0, 1.0], True)],
)
def test_gains_count_where_they_differ_from_those_balanced_by_a_twentieth(gains, uneven):
    craft = steady(**FOUR)
    craft.balance(gains)
    assert craft.uneven is uneven
    assert craft.balanced == (gains if uneven else [1.0] * 4)
    craft.uneven = False
    craft.balance(gains)  # balanced already
    assert craft.uneven is False


def test_engines_that_do_not_run_need_no_balance():
    craft = steady(**FOUR)
    craft.healthy = 0b1011
    craft.resume()
    assert craft.used == 0b1010
    craft.balance([0.5, 1.0, 0.5, 1.0])
    assert not craft.uneven
