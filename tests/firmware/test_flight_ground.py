"""A flight on the ground: contact, rocking, safing."""

import pytest

from perilune.flight import events, modes
from tests.firmware.standing import FLYING, Stand


def test_contact_ends_the_descent():
    stand = Stand(modes.TERMINAL)
    flight = stand.step(1001)
    assert stand.last("touchdown.update") == (flight.estimate, flight.limits, 5)
    assert flight.mode == modes.TERMINAL
    stand.flight.touchdown.confirmed = True
    flight = stand.step(1002)
    assert (flight.mode, flight.surface.contact_tick, flight.entered_tick) == (modes.TOUCHDOWN, 1002, 1002)
    assert stand.count("nav.stand") == 1
    assert stand.last("propulsion.update")[1] is False
    assert stand.count("control.rest") == 1
    assert flight.pending == [(events.MODE, modes.TERMINAL, 90.0, 80.0, 13.0)]


@pytest.mark.parametrize("mode", [m for m in FLYING if m != modes.TERMINAL])
def test_legs_count_in_terminal_descent_alone(mode):
    stand = Stand(mode)
    stand.flight.touchdown.confirmed = True
    flight = stand.five()
    assert stand.count("touchdown.update") == 0
    assert flight.mode == mode


def test_it_is_safe_five_seconds_after_contact():
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.surface.contact_tick = 800
    assert stand.step(*range(900, 1050)).mode == modes.TOUCHDOWN
    assert stand.step(1050).mode == modes.SAFED


def test_a_vehicle_that_rocks_is_not_left_alone_until_it_rests():
    """A tall one on a slope of 8 deg, safed after 5 s, turned on at 2 deg/s, over its legs and over."""
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.surface.contact_tick = 1000
    stand.estimate.rate = (0.0, 0.03, 0.0)
    assert stand.step(*range(1001, 1400)).mode == modes.TOUCHDOWN
    stand.estimate.rate = (0.0, 0.001, 0.0)
    assert stand.step(*range(1400, 1499)).mode == modes.TOUCHDOWN
    assert stand.step(1499).mode == modes.SAFED
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.surface.contact_tick = 1000
    stand.estimate.rate = (0.0, 0.03, 0.0)
    assert stand.step(2499).mode == modes.TOUCHDOWN  # nor for ever, if gyros make it up
    assert stand.step(2500).mode == modes.SAFED


def on_two_legs() -> Stand:
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.surface.contact_tick = 1000
    stand.answer("touchdown.stands", lambda legs: legs == 5 and stand.flight.tick >= 1700)
    return stand


def test_what_its_thrusters_balance_on_two_legs_is_not_safe():
    """`hls` (seed 7003, slope 5 deg) stood on two opposite legs, held by its thrusters: safed, it fell over."""
    stand = on_two_legs()
    assert stand.step(*range(1001, 1799)).mode == modes.TOUCHDOWN
    assert stand.step(1799).mode == modes.SAFED  # two seconds on three
    stand = on_two_legs()
    stand.answer("touchdown.stands", lambda legs: False)
    assert stand.step(2499).mode == modes.TOUCHDOWN
    assert stand.step(2500).mode == modes.SAFED  # nor for ever


def test_what_rests_on_two_legs_without_thrusters_is_safe_after_ten_seconds():
    """The load of a third may be too little for its switch."""
    stand = on_two_legs()
    stand.flight.control.on_s = 0.0
    assert stand.step(*range(1001, 1500)).mode == modes.TOUCHDOWN
    assert stand.step(1500).mode == modes.SAFED
    stand = on_two_legs()
    stand.flight.control.on_s = 0.0
    stand.step(*range(1001, 1200))
    stand.flight.control.on_s = 0.01  # a pulse: it is held after all
    stand.step(1200)
    stand.flight.control.on_s = 0.0
    assert stand.step(*range(1201, 1700)).mode == modes.TOUCHDOWN


LEANING = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.98)


@pytest.mark.parametrize(("axes", "back"), [(LEANING, True), ((*LEANING[:8], 0.99), False)])
def test_beyond_ten_degrees_the_thrusters_push_it_back(axes, back):
    """Rates damped alone, it crept over its legs and fell: with torque of 2 m times its weight to hold it."""
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.surface.contact_tick = 1000
    stand.estimate.axes = axes
    stand.five()
    assert stand.count("control.steer", "control.update") == ((1, 5) if back else (0, 0))
    assert stand.count("control.steady") == (0 if back else 5)


@pytest.mark.parametrize("leaning", [True, False])
def test_over_one_leg_throttle_is_least_and_only_the_rate_is_held(leaning):
    stand = Stand(modes.TERMINAL)
    stand.flight.demand.accel_size = 3.0
    stand.flight.touchdown.leaning = leaning
    stand.step(1001)
    assert stand.last("propulsion.update") == (0.0 if leaning else 3.0, True, 0.125)
    assert (stand.count("control.steady"), stand.count("control.update")) == (leaning, not leaning)
