"""Inertial units that feel nothing, saturate or are lost, and the model that stands in for them."""

import pytest

from perilune.flight import events
from perilune.flight.navigation.imu import Inertial
from perilune.wire.schema import SATURATED, VALID
from tests.firmware.inertial_pair import DEAD, FINE, PUSH, STILL, Pair


@pytest.mark.parametrize(("felt", "dead"), [(0.49, True), (0.51, False)])
def test_thrust_that_is_not_felt_for_ten_ticks(felt, dead):
    """Luna-25 flew to the ground on accelerometers that were never switched on."""
    pair = Pair()
    quiet = (STILL, (0.0, 0.0, felt * 0.02))
    units = pair.tick(quiet, quiet, ticks=9, expected=1.5)
    assert units.suspect is dead
    assert not units.modelled
    assert units.extra_noise == 0.0
    units = pair.tick(quiet, quiet, expected=1.5)
    assert units.modelled is dead
    assert units.extra_noise == (4e-4 if dead else 0.0)
    assert units.dvel[2] == pytest.approx(0.02 * (1.5 if dead else felt), abs=1e-6)
    pair.tick(quiet, quiet, ticks=5, expected=1.5)
    assert pair.named(events.MODELLED) == [(1.5, 1, 0.0, 0.0)] * dead


@pytest.mark.parametrize(("expected", "on"), [(0.99, True), (3.0, False)])
def test_without_thrust_there_is_nothing_to_feel(expected, on):
    pair = Pair()
    units = pair.tick((STILL, STILL), (STILL, STILL), ticks=50, on=on, expected=expected)
    assert not units.modelled and not units.suspect


def test_thrust_felt_again_ends_the_model():
    pair = Pair()
    quiet = (STILL, STILL)
    pair.tick(quiet, quiet, ticks=20)
    assert pair.units.modelled
    units = pair.tick(FINE, FINE)
    assert not units.modelled and not units.suspect
    pair.tick(quiet, quiet, ticks=9)
    assert not pair.units.modelled


def test_without_accelerometers_the_model_stands_in_at_once():
    pair = Pair()
    units = pair.tick((STILL, PUSH), DEAD)
    assert units.suspect and not units.modelled  # one is left
    units = pair.tick(DEAD, DEAD, expected=2.0)
    assert units.modelled and units.dvel == (0.0, 0.0, 0.04)
    assert pair.named(events.MODELLED) == [(2.0, 0, 0.0, 0.0)]
    assert not Pair().tick(DEAD, DEAD, on=False, expected=0.0).modelled


@pytest.mark.parametrize(("felt", "used"), [(3.0 + 1.09, True), (3.0 + 1.11, False), (3.0 - 1.11, False)])
def test_a_unit_that_says_it_is_saturated_feels_right_or_not(felt, used):
    """Within 0.5 m/s2 and a fifth of what the engines give it is the gyro that is saturated."""
    saturated = (STILL, (0.0, 0.0, felt * 0.02), VALID | SATURATED)
    units = Pair().tick(saturated, DEAD)
    assert units.modelled is not used
    units = Pair().tick(DEAD, saturated)
    assert units.modelled is not used


@pytest.mark.parametrize(
    ("a", "b", "modelled", "taken"),
    [
        (8e-5, 8e-5, 5e-5, 8e-5),  # full scale at least
        (8e-5, 8e-5, 2e-4, 2e-4),
        (-8e-5, -8e-5, -5e-5, -8e-5),
        (-8e-5, -8e-5, -2e-4, -2e-4),
        (3e-5, 5e-5, 1e-3, 4e-5),  # not the saturated axis
    ],
)
def test_an_axis_of_two_saturated_units(a, b, modelled, taken):
    units = Inertial(lambda *_: None)
    units.dtheta = (0.0, modelled, 0.0)
    for n in range(1, 3):
        rest = (1e-9 * n, 0.0, 0.06 + 1e-9 * n)
        sample = lambda y, rest=rest: (VALID | SATURATED, rest[0], y, 0.0, *rest)  # noqa: E731
        units.update(sample(a), sample(b), n, True, 3.0)
        units.dtheta = (units.dtheta[0], units.dtheta[1], units.dtheta[2])
        assert units.dtheta[1] == pytest.approx(taken)
        units.dtheta = (0.0, modelled, 0.0)
    assert units.gyros_lost


def test_a_turn_without_gyros_adds_what_the_thrusters_do():
    units = Inertial(lambda *_: None)
    units.dtheta = (1e-4, 2e-4, 3e-4)
    units.turn((0.5, -0.25, 1.0))  # rad/s2 over a tick of 0.02 s, as rad per tick
    assert units.dtheta == pytest.approx((1e-4 + 2e-4, 2e-4 - 1e-4, 3e-4 + 4e-4))


@pytest.mark.parametrize(
    ("a", "b", "unit", "mask"),
    [(DEAD, FINE, events.IMU_A, 1), (FINE, DEAD, events.IMU_B, 2), (DEAD, DEAD, events.IMU_A, 3)],
)
def test_a_lost_unit_is_told_once_in_ten_seconds(a, b, unit, mask):
    pair = Pair()
    pair.tick(FINE, FINE)
    pair.tick(a, b)
    assert pair.named(events.IMU_LOST) == [(unit, mask, 0.0, 0.0)]
    pair.tick(FINE, FINE, ticks=498)
    pair.tick(a, b)
    assert len(pair.named(events.IMU_LOST)) == 1
    pair.tick(FINE, FINE, ticks=499)
    pair.tick(a, b, ticks=2)
    assert len(pair.named(events.IMU_LOST)) == 2


def test_lost_gyros_are_told_with_who_is_saturated():
    pair = Pair()
    pair.tick(FINE, FINE)
    pair.tick((STILL, PUSH, VALID | SATURATED), DEAD)
    assert pair.named(events.GYROS_MODELLED) == [(1, 0, 0.0, 0.0)]
    pair = Pair()
    pair.tick(DEAD, (STILL, PUSH, VALID | SATURATED), ticks=600)
    assert pair.named(events.GYROS_MODELLED) == [(0, 1, 0.0, 0.0)]
    assert not pair.units.good()
    pair.tick(FINE, FINE, ticks=501)
    pair.tick(DEAD, DEAD)
    assert len(pair.named(events.GYROS_MODELLED)) == 2


def test_the_mean_of_two_units_is_free_of_both_biases():
    pair = Pair()
    pair.tick((STILL, (1e-3, -2e-3, 5e-4)), (STILL, (3e-3, 1e-3, -1e-3)), ticks=20, on=False, expected=0.0)
    felt = ((1e-3, -2e-3, 0.0605), (3e-3, 1e-3, 0.059))
    for _ in range(3):  # the first looks close, the next take the mean
        units = pair.tick((STILL, felt[0]), (STILL, felt[1]))
        assert units.dvel == pytest.approx((0.0, 0.0, 0.06), abs=1e-6)
    kept = [(unit.bias, unit.samples) for unit in (units.a, units.b)]
    after = Pair()
    for unit, (bias, samples) in zip((after.units.a, after.units.b), kept, strict=True):
        unit.bias, unit.samples = bias, samples
    after.units.resume()
    for _ in range(3):
        units = after.tick((STILL, felt[0]), (STILL, felt[1]))
        assert units.dvel == pytest.approx((0.0, 0.0, 0.06), abs=1e-6)


def test_sound_units_are_averaged_on_every_axis_tick_after_tick():
    pair = Pair()
    for n in range(5):
        a = ((1e-5 + 1e-6 * n, 2e-5, -3e-5), (0.01, -0.02, 0.06))
        b = ((1.4e-5 + 1e-6 * n, 1e-5, -2e-5), (0.0104, -0.0198, 0.0602))
        units = pair.tick(a, b)
        assert units.dtheta == pytest.approx(
            [0.5 * (x + y) for x, y in zip(a[0], b[0], strict=True)], abs=1e-8
        )
        assert units.dvel == pytest.approx([0.5 * (x + y) for x, y in zip(a[1], b[1], strict=True)], abs=1e-8)
