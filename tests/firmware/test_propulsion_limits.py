"""Engines tick by tick: commands, thrust delivered, and the limits at which a fault is found."""

from math import log

import pytest

from perilune.flight import events
from perilune.flight.algebra import delta_v
from perilune.flight.propulsion import allocation
from perilune.flight.propulsion.thrust import Propulsion
from tests.firmware.engines import FOUR, G0, TICK_S, engines, run, steady
from tests.firmware.kit import loaded
from tests.firmware.records import limits


def test_a_first_command_gives_the_acceleration_wanted_at_once_and_changes_follow_the_throttle_rate():
    craft = run(engines(), 2.0, 1)
    assert craft.level == pytest.approx(2.0 * 1000.0 / 4000.0)
    assert (craft.throttle, craft.enable, craft.running_ticks) == ([5000, 0, 0, 0, 0, 0], 1, 1)
    run(craft, 3.9, 1)
    assert craft.level == pytest.approx(0.5 + 0.5 * TICK_S)
    run(craft, 0.0, 5)
    assert craft.level == pytest.approx(0.5 + 0.5 * TICK_S - 5 * 0.5 * TICK_S)
    craft.update(3.0, False, 0.0)
    assert (craft.level, craft.enable, craft.running_ticks, craft.throttle[0]) == (0.0, 0, 0, 0)


@pytest.mark.parametrize(("accel", "level"), [(0.1, 0.2), (9.0, 1.0), (0.8, 0.2), (0.81, 0.2025)])
def test_the_throttle_is_within_its_range(accel, level):
    assert run(engines(), accel, 1).level == pytest.approx(level)


def test_no_more_is_asked_for_than_the_vehicle_bears():
    craft = run(engines(cap=1.2), 3.0, 1)
    assert craft.level == pytest.approx(0.3)
    assert craft.limits.accel_max == 1.2


def test_thrust_found_weak_is_asked_for_more_of():
    craft = engines()
    craft.ratio = 0.8
    assert run(craft, 2.0, 1).level == pytest.approx(0.5 / 0.8)
    craft.assess()
    assert craft.limits.accel_max == pytest.approx(4.0 * 0.8)
    craft.ratio = 1.5
    craft.assess()
    assert craft.limits.accel_max == pytest.approx(
        4.0 * 1.2
    )  # no more than a fifth above its rating is counted on


def test_counts_are_rounded_to_the_nearest():
    craft = engines()
    run(craft, 4.0 * 0.50006, 1)
    assert craft.throttle[0] == 5001
    craft = engines()
    run(craft, 4.0 * 0.50004, 1)
    assert craft.throttle[0] == 5000


def test_delivery_begins_after_the_start_delay_and_closes_in_by_its_lag():
    craft = engines()
    run(craft, 2.0, 6)  # burns are taken before the command: at the sixth, 5 ticks = 0.1 s have run, not more
    assert craft.delivered == 0.0
    run(craft, 2.0, 1)
    assert craft.delivered == pytest.approx(0.5 * 0.02 / (0.08 + 0.02))
    run(craft, 2.0, 1)
    assert craft.delivered == pytest.approx(0.5 * (1.0 - 0.8**2), rel=1e-3)


def test_mass_is_burnt_at_the_flow_of_what_is_delivered_and_of_the_thrusters():
    craft = engines()
    craft.level = craft.delivered = 0.5
    craft.running_ticks, craft.enable, craft.ratio = 100, 1, 0.9
    craft.update(2.0, True, 0.01)
    flow = 0.5 * 4000.0 * 0.9 / (300.0 * G0)
    assert craft.limits.mass == pytest.approx(1000.0 - flow * TICK_S - 0.01 * 0.3, rel=1e-9)
    assert craft.limits.expected_accel == pytest.approx(0.5 * 4000.0 * 0.9 / craft.limits.mass)


def test_delta_v_is_the_rocket_equation():
    craft = engines()
    assert craft.limits.delta_v_left == pytest.approx(300.0 * G0 * log(1000.0 / 750.0), rel=1e-5)
    dry, exhaust = craft.limits.dry_mass, craft.limits.exhaust
    assert delta_v(75.0, dry, exhaust) == pytest.approx(300.0 * G0 * log(1.1), rel=1e-5)
    assert delta_v(-5.0, dry, exhaust) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("ticks", "settled"), [(80, False), (81, True)])
def test_thrust_is_judged_a_second_and_a_half_after_the_start_delay(ticks, settled):
    """(ticks - 75) x 0.02 s > 0.1 s."""
    craft = engines()
    craft.running_ticks = ticks
    assert craft.settled() is settled


def test_felt_thrust_moves_the_ratio_by_its_gain():
    craft = steady()
    craft.estimate_thrust_ratio(0.9 * 2.0, True)
    assert craft.ratio == pytest.approx(1.0 + 0.15 * (0.9 - 1.0))
    assert craft.told_events == []
    for _ in range(60):
        craft.estimate_thrust_ratio(0.9 * 2.0, True)
    assert craft.ratio == pytest.approx(0.9, abs=1e-4)
    assert [event[:1] for event in craft.told_events] == [(events.THRUST_OFF,)]
    assert craft.told_events[0][1] == pytest.approx(0.92, abs=0.01)
    assert craft.told_events[0][2] == 1000.0


@pytest.mark.parametrize(("felt", "ratio"), [(0.0, 0.3), (20.0, 1.6)])
def test_the_ratio_has_bounds(felt, ratio):
    craft = steady()
    for _ in range(100):
        craft.estimate_thrust_ratio(felt, True)
    assert craft.ratio == ratio


@pytest.mark.parametrize(
    ("changes", "trusted", "learns"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"running_ticks": 80}, True, False),
        ({"level": 0.519}, True, True),
        ({"level": 0.521}, True, False),
        ({"level": 0.479}, True, False),
        ({"stuck": 0.4}, True, False),
        ({"delivered": 0.049, "level": 0.049}, True, False),
        ({"delivered": 0.051, "level": 0.051}, True, True),
    ],
)
def test_when_felt_thrust_teaches(changes, trusted, learns):
    craft = steady()
    vars(craft).update(changes)
    craft.estimate_thrust_ratio(1.0, trusted)
    assert (craft.ratio != 1.0) is learns


def test_what_the_engines_left_do_not_balance_is_a_lever():
    two = {"engine_count": 2, "thrust_max_n": (1000.0, 900.0, 0.0, 0.0, 0.0, 0.0)}
    places = {"engine_x_m": (0.5, -0.5, 0.0, 0.0, 0.0, 0.0), "engine_y_m": (0.2, 0.3, 0.0, 0.0, 0.0, 0.0)}
    craft = engines(**two, **places)
    assert craft.lever == (0.0, 0.0)
    craft.healthy = 0b10
    craft.resume()
    assert craft.full_thrust == 900.0
    assert craft.lever == pytest.approx((900.0 * 0.3, 900.0 * 0.5))  # r x F for thrust along z: (y F, -x F)


@pytest.mark.parametrize(("chamber", "died"), [(0.24, True), (0.26, False)])
def test_engines_found_without_pressure_after_a_gap_are_started_anew(chamber, died):
    craft = steady()
    craft.chambers.full_kpa = 700.0
    craft.bridge_gap(50, [chamber * 350.0])
    assert (craft.delivered, craft.running_ticks) == ((0.0, 50) if died else (0.5, 1050))
    flow = 0.5 * 4000.0 / (300.0 * G0)
    assert craft.limits.mass == pytest.approx(1000.0 - (0.0 if died else 50 * TICK_S * flow))


def test_a_gap_with_the_engine_off_changes_nothing():
    craft = engines()
    craft.chambers.full_kpa = 700.0
    craft.bridge_gap(50, [0.0])
    assert (craft.running_ticks, craft.limits.mass, craft.delivered) == (0, 1000.0, 0.0)


def test_a_long_gap_does_not_burn_below_empty():
    craft = steady()
    craft.chambers.full_kpa = 700.0
    craft.bridge_gap(10**6, [350.0])
    assert craft.limits.mass == 750.0
    assert craft.limits.delta_v_left == pytest.approx(0.0, abs=1e-6)


def test_the_reference_lander_has_its_cap():
    parameters = loaded()
    craft = Propulsion(parameters.vehicle, parameters.guidance, limits(), lambda *_: None)
    assert craft.cap == parameters.guidance.thrust_accel_max_m_s2
    assert craft.healthy == (1 << parameters.vehicle.engine_count) - 1


def test_what_is_burnt_in_a_gap_follows_the_thrust_as_felt():
    craft = steady()
    craft.chambers.full_kpa, craft.ratio = 700.0, 0.8
    craft.bridge_gap(50, [350.0])
    assert craft.limits.mass == pytest.approx(1000.0 - 0.5 * 4000.0 * 0.8 / (300.0 * G0))


def test_the_shares_of_a_line_through_the_axis_follow_the_levers():
    for scale in (1.0, 0.01):
        w = allocation.weights((0.3 * scale, -0.9 * scale, 0.0), (0.4 * scale, -1.2 * scale, 5.0), 0b011)
        assert w == pytest.approx([1.0, 1.0 / 3.0, 0.0])


def test_the_limits_tell_masses_and_what_engines_may_be_asked_for():
    told = engines(cap=7.0).limits
    assert (told.mass, told.dry_mass, told.load) == (1000.0, 750.0, 250.0)
    assert (told.accel_cap, told.start_delay) == (7.0, 0.1)
    assert told.exhaust == pytest.approx(300.0 * G0)
    assert told.delta_v_kept == pytest.approx(300.0 * G0 * log(1.0 + 0.05 * 250.0 / 750.0), rel=1e-5)


def test_after_a_loss_the_thrust_is_measured_anew():
    craft = steady(**FOUR)
    craft.ratio = 0.9
    for _ in range(4):
        craft.check_engines([350.0, 350.0, 0.0, 350.0])
    assert craft.healthy == 0b1011
    assert craft.ratio == 1.0


def uneven(**changes) -> Propulsion:
    """Four engines of which the first is lost; those left have three different shares."""
    craft = engines(
        engine_count=4,
        thrust_max_n=(1000.0, 1000.0, 1000.0, 1000.0, 0.0, 0.0),
        engine_x_m=(0.5, -0.5, -0.3, 0.6, 0.0, 0.0),
        engine_y_m=(0.5, 0.4, -0.6, 0.1, 0.0, 0.0),
        **changes,
    )
    craft.healthy = 0b1110
    craft.resume()
    return craft


def test_each_engine_gets_its_own_share():
    craft = uneven()
    assert len(set(craft.weights)) == 4 and craft.weights[0] == 0.0
    run(craft, 1.5, 200)
    assert craft.throttle[:4] == [int((craft.level * 10000 + 0.5) * w) for w in craft.weights]
    assert craft.throttle[4:] == [0, 0]


def test_after_a_loss_each_command_goes_to_its_new_share_no_faster_than_it_may():
    craft = steady(**FOUR)
    craft.chambers.full_kpa = 700.0
    run(craft, 2.0, 200)
    before = list(craft.throttle)
    for _ in range(4):
        craft.check_engines([700.0 * craft.delivered * k for k in (1.0, 1.0, 0.0, 1.0)])
    step = 0.5 * TICK_S * 10000
    for _ in range(200):
        run(craft, 2.0, 1)
        for i in (1, 3):
            assert abs(craft.throttle[i] - before[i]) <= step + 1
        before = list(craft.throttle)
    assert craft.throttle[:4] == [int((craft.level * 10000 + 0.5) * w) for w in craft.weights]


def test_a_stuck_throttle_makes_the_thrust_what_its_opening_gives():
    craft = steady()
    craft.chambers.full_kpa, craft.ratio = 700.0, 0.9
    for level in [0.8] + [0.6] * 12:
        craft.level = craft.delivered = level
        craft.check_engines([560.0])
    assert (craft.stuck, craft.ratio) == (pytest.approx(0.8), 1.0)
