"""An engine whose throttle has stuck is switched on and off: what it owes and what it owns."""

import pytest

from perilune.flight.propulsion.thrust import Propulsion
from tests.firmware.engines import TICK_S, steady


def pulsed(**changes) -> Propulsion:
    """Stuck at 0.8 of 4000 N: 3.2 m/s2 when it is on."""
    craft = steady(level=0.8)
    craft.stuck = 0.8
    vars(craft).update(changes)
    craft.assess()
    return craft


def test_a_pulsed_engine_owes_what_was_wanted_and_owns_what_it_gave():
    craft = pulsed(velocity_deficit=0.1)
    craft.update(1.0, True, 0.0)
    gives = 0.8 * 4000.0 / craft.limits.mass
    assert craft.velocity_deficit == pytest.approx(0.1 + (1.0 - gives) * TICK_S, rel=1e-4)
    craft = pulsed(delivered=0.4, level=0.4, velocity_deficit=0.1)
    craft.running_ticks = 1000
    craft.update(1.0, True, 0.0)
    delivered = craft.delivered
    assert craft.velocity_deficit == pytest.approx(
        0.1 + (1.0 - delivered * 4000.0 / craft.limits.mass) * TICK_S, rel=1e-4
    )


@pytest.mark.parametrize(("deficit", "bounded"), [(5.0, 2.0), (-5.0, -2.0)])
def test_the_velocity_deficit_is_bounded(deficit, bounded):
    craft = pulsed(velocity_deficit=deficit)
    craft.update(1.0, True, 0.0)
    assert craft.velocity_deficit == bounded


def off(**changes) -> Propulsion:
    return pulsed(enable=0, running_ticks=0, level=0.0, delivered=0.0, **changes)


@pytest.mark.parametrize(
    ("deficit", "accel", "on"), [(0.14, 1.0, True), (0.11, 1.0, False), (0.001, 3.0, True)]
)
def test_a_pulse_begins_when_a_quarter_metre_a_second_is_owed_less_what_the_start_takes(deficit, accel, on):
    """0.25 m/s less 0.1 s of the acceleration wanted; the tick itself owes accel x 0.02 s."""
    craft = off(velocity_deficit=deficit)
    craft.update(accel, True, 0.0)
    assert bool(craft.enable) is on
    assert craft.level == (0.8 if on else 0.0)
    assert craft.running_ticks == (1 if on else 0)


@pytest.mark.parametrize(("deficit", "on"), [(-0.18, True), (-0.22, False)])
def test_a_pulse_ends_when_a_quarter_metre_a_second_is_owned(deficit, on):
    """A tick at 3.2 m/s2 instead of 1 adds 0.044 m/s."""
    craft = pulsed(velocity_deficit=deficit)
    craft.update(1.0, True, 0.0)
    assert bool(craft.enable) is on


def test_a_pulsed_engine_promises_what_its_opening_gives():
    assert pulsed().limits.accel_max == pytest.approx(0.8 * 4.0)
