"""Inertial units tick by tick: calibration, freezing, comparison, judgement and readmission, each at its limit."""

import pytest

from perilune.flight import events
from perilune.flight.schedule import SLOTS
from perilune.wire.schema import SATURATED, VALID
from tests.firmware.inertial_pair import DEAD, FINE, PUSH, STILL, Pair


def test_what_is_read_in_coast_is_the_bias():
    pair = Pair()
    pair.tick((STILL, (1e-3, -2e-3, 5e-4)), (STILL, (0.0, 0.0, -1e-3)), ticks=40, on=False, expected=0.0)
    assert pair.units.a.bias == pytest.approx((1e-3, -2e-3, 5e-4), abs=1e-6)
    assert pair.units.b.bias == pytest.approx((0.0, 0.0, -1e-3), abs=1e-6)
    assert (pair.units.a.samples, pair.units.b.samples) == (40, 40)
    units = pair.tick((STILL, (1e-3, -2e-3, 0.0605)), (STILL, (0.0, 0.0, 0.059)))
    assert units.dvel == pytest.approx((0.0, 0.0, 0.06), abs=1e-6)
    assert units.a.samples == 40  # nothing is learned under thrust


@pytest.mark.parametrize(
    "push", [(0.0041, 0.0, 0.0), (0.0, -0.0041, 0.0), (0.0, 0.0, 0.0041), (0.0024, 0.0024, 0.0024)]
)
def test_more_than_a_fifth_of_a_metre_per_second_squared_is_no_bias(push):
    units = Pair().tick((STILL, push), (STILL, (0.0039, 0.0, 0.0)), ticks=3, on=False, expected=0.0)
    assert (units.a.samples, units.b.samples) == (0, 3)


def test_a_bias_learned_before_a_reset_goes_on():
    units = Pair().tick(
        (STILL, (1e-3, 2e-3, 3e-3)), (STILL, (1e-4, 0.0, 0.0)), ticks=30, on=False, expected=0.0
    )
    kept = [(unit.bias, unit.samples) for unit in (units.a, units.b)]
    pair = Pair()
    for unit, (bias, samples) in zip((pair.units.a, pair.units.b), kept, strict=True):
        unit.bias, unit.samples = bias, samples
    pair.units.resume()
    units = pair.tick(
        (STILL, (1e-3, 2e-3, 3e-3)), (STILL, (4e-4, 0.0, 0.0)), ticks=10, on=False, expected=0.0
    )
    assert units.a.bias == pytest.approx((1e-3, 2e-3, 3e-3), abs=1e-6)
    assert units.b.bias[0] == pytest.approx((30 * 1e-4 + 10 * 4e-4) / 40, abs=1e-6)


@pytest.mark.parametrize("part", ["gyro", "accel"])
def test_four_repetitions_are_a_frozen_unit(part):
    pair = Pair()
    turn, push = (1e-4, 2e-4, 3e-4), (1e-3, 2e-3, 0.06)
    for n in range(5):
        moving = 1e-9 * n
        a = (*(turn if part == "gyro" else (x + moving for x in turn)),)
        v = (*(push if part == "accel" else (x + moving for x in push)),)
        pair.units.update((VALID, *a, *v), pair.sample(*FINE), n, True, 3.0)
        good = pair.units.a.gyro_good, pair.units.a.accel_good
        assert good == ((n < 4, True) if part == "gyro" else (True, n < 4))
    assert pair.units.a.good


@pytest.mark.parametrize("axis", [0, 1, 3, 4])
def test_one_axis_that_moves_is_not_frozen(axis):
    pair = Pair()
    for n in range(8):
        values = [1e-4, 2e-4, 3e-4, 1e-3, 2e-3, 0.06]
        values[axis] += 1e-9 * n
        pair.units.update((VALID, *values), pair.sample(*FINE), n, True, 3.0)
    assert pair.units.a.gyro_good is (axis < 3)
    assert pair.units.a.accel_good is (axis >= 3)


@pytest.mark.parametrize(
    ("status", "gyro", "accel", "good"),
    [(VALID, True, True, True), (VALID | SATURATED, False, True, False), (0, False, False, False)],
)
def test_what_a_status_vouches_for(status, gyro, accel, good):
    units = Pair().tick((STILL, PUSH, status), DEAD)
    assert (units.a.gyro_good, units.a.accel_good, units.a.good) == (gyro, accel, good)
    assert units.good() is gyro


def test_two_units_are_averaged_and_one_is_taken_as_it_is():
    a, b = ((1e-4, 2e-4, 3e-4), (0.01, 0.02, 0.06)), ((3e-4, -2e-4, 1e-4), (0.03, -0.02, 0.08))
    units = Pair().tick(a, b)
    assert units.dtheta == pytest.approx((2e-4, 0.0, 2e-4), abs=1e-8)
    assert units.dvel == pytest.approx((0.02, 0.0, 0.07), abs=1e-8)
    assert Pair().tick(a, DEAD).dtheta == pytest.approx(a[0], abs=1e-8)
    assert Pair().tick(DEAD, b).dvel == pytest.approx(b[1], abs=1e-8)
    assert Pair().tick(DEAD, b).dtheta == pytest.approx(b[0], abs=1e-8)
    assert Pair().tick(a, DEAD).dvel == pytest.approx(a[1], abs=1e-8)


def test_a_gap_is_bridged_towards_what_the_next_samples_show():
    pair = Pair()
    pair.tick((STILL, (1e-3, 0.0, 0.0)), (STILL, (0.0, 2e-3, 0.0)), ticks=20, on=False, expected=0.0)
    a, b = (VALID, 1e-4, 2e-4, 3e-4, 0.01, 0.02, 0.06), (VALID, 5e-4, 6e-4, 7e-4, 0.03, 0.04, 0.08)
    units = pair.units
    assert units.after_gap(a, b) == ((1e-4, 2e-4, 3e-4), pytest.approx((0.009, 0.02, 0.06), abs=1e-6))
    lost = (VALID | SATURATED, *a[1:])
    assert units.after_gap(lost, b) == ((5e-4, 6e-4, 7e-4), pytest.approx((0.03, 0.038, 0.08), abs=1e-6))
    assert units.after_gap((0, *a[1:]), (0, *b[1:])) == (units.dtheta, units.dvel)
    units.a.gyro_out = 1
    assert units.after_gap(a, b)[0] == b[1:4]
    units.b.accel_out = 1
    assert units.after_gap(a, b) == (units.dtheta, units.dvel)
    units.a.gyro_out = units.b.accel_out = 0
    units.gyros_lost = True
    assert units.after_gap(a, b) == (units.dtheta, units.dvel)


def apart(turn=0.0, push=0.0):
    """Unit A turning and pushing more than B, about and along x."""
    return ((turn, 0.0, 0.0), (push, 0.0, 0.06)), FINE


@pytest.mark.parametrize(("excess", "disagree"), [(2.4e-5, False), (2.6e-5, True)])
def test_how_far_gyros_may_be_apart(excess, disagree):
    pair = Pair()
    pair.tick(*apart(turn=excess), ticks=SLOTS * 100)
    assert bool(pair.named(events.IMU_DISAGREE)) is disagree
    assert pair.units.gyros_agree() is not disagree


@pytest.mark.parametrize(("axis"), [0, 1, 2])
def test_gyros_apart_are_told_after_a_second(axis):
    turn = [0.0, 0.0, 0.0]
    turn[axis] = 1e-3
    pair = Pair()
    pair.tick((tuple(turn), PUSH), FINE, ticks=SLOTS * 9)
    assert not pair.units.gyros_agree()
    assert pair.named(events.IMU_DISAGREE) == []
    pair.tick((tuple(turn), PUSH), FINE, ticks=SLOTS)
    ((far, *_),) = pair.named(events.IMU_DISAGREE)
    assert far == pytest.approx(1e-3 * (1.0 - 0.9**10), rel=1e-3)  # a running mean with a share of 0.1
    pair.tick((tuple(turn), PUSH), FINE, ticks=SLOTS * 20)
    assert len(pair.named(events.IMU_DISAGREE)) == 1


@pytest.mark.parametrize(("axis", "sign", "wrong"), [(0, -1, "a"), (0, 1, "b"), (1, -1, "a"), (2, 1, "b")])
def test_the_star_tracker_says_whose_gyro_is_wrong(axis, sign, wrong):
    """The attitude has turned too far by A's excess: the error points against it, or with it if B is short."""
    turn, error = [0.0] * 3, [0.0] * 3
    turn[axis], error[axis] = 1e-3, sign * 0.01
    pair = Pair()
    pair.tick((tuple(turn), PUSH), FINE, ticks=SLOTS * 9)
    pair.units.judge_gyros(tuple(error))
    assert pair.named(events.IMU_ISOLATED) == []  # not yet: a second first
    pair.tick((tuple(turn), PUSH), FINE, ticks=SLOTS)
    pair.units.judge_gyros(tuple(error))
    pair.units.judge_gyros(tuple(error))
    number = {"a": events.IMU_A, "b": events.IMU_B}[wrong]
    ((told, rate, which, _),) = pair.named(events.IMU_ISOLATED)
    assert (told, which) == (number, 0.0)
    assert rate == pytest.approx(50.0 * 1e-3 * (1.0 - 0.9**10), rel=1e-3)
    units = pair.tick((tuple(turn), PUSH), FINE)
    assert units.dtheta[axis] == pytest.approx(0.0 if wrong == "a" else 1e-3, abs=1e-6)
    assert not units.gyros_agree()


def test_a_gyro_is_back_ten_seconds_after_it_agrees_again():
    pair = Pair()
    pair.tick(*apart(turn=1e-3), ticks=SLOTS * 10)
    pair.units.judge_gyros((-0.01, 0.0, 0.0))
    assert pair.units.a.gyro_out == 500
    pair.tick(*apart(turn=1e-3), ticks=1000)
    assert pair.units.a.gyro_out >= 500 - SLOTS  # as long as it is apart it stays out
    while not pair.units.gyros_agree():
        pair.tick(FINE, FINE)
    pair.tick(FINE, FINE, ticks=500 - 2 * SLOTS)
    assert pair.units.a.gyro_out > 0
    pair.tick(FINE, FINE, ticks=2 * SLOTS)
    assert pair.units.a.gyro_out == 0


def test_a_gyro_that_is_out_is_used_when_the_other_is_lost():
    pair = Pair()
    pair.tick(*apart(turn=1e-3), ticks=SLOTS * 10)
    pair.units.judge_gyros((-0.01, 0.0, 0.0))
    units = pair.tick(apart(turn=1e-3)[0], DEAD)
    assert not units.gyros_lost
    assert units.dtheta[0] == pytest.approx(1e-3, abs=1e-6)


@pytest.mark.parametrize(("excess", "isolated"), [(7.8e-4, False), (8.2e-4, True)])
def test_how_far_accelerometers_may_be_apart(excess, isolated):
    pair = Pair()
    pair.tick(*apart(push=excess), ticks=SLOTS * 100)
    assert bool(pair.named(events.IMU_ISOLATED)) is isolated
    assert pair.units.suspect is isolated


@pytest.mark.parametrize(
    ("a", "b", "wrong"),
    [
        ((0.0, 0.0, 0.07), (0.0, 0.0, 0.06), "a"),
        ((0.0, 0.0, 0.06), (0.0, 0.0, 0.05), "b"),
        ((0.01, 0.0, 0.06), (0.0, 0.0, 0.06), "a"),
        ((0.0, 0.0, 0.06), (0.0, -0.01, 0.06), "b"),
        ((0.0, 0.01, 0.06), (0.0, 0.0, 0.065), "a"),
    ],
)
def test_the_accelerometer_farther_from_the_thrust_is_wrong(a, b, wrong):
    pair = Pair()
    pair.tick((STILL, a), (STILL, b), ticks=SLOTS * 9)
    assert pair.named(events.IMU_ISOLATED) == []
    units = pair.tick((STILL, a), (STILL, b), ticks=SLOTS)
    distance = sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5
    ((told, size, which, _),) = pair.named(events.IMU_ISOLATED)
    assert (told, which) == ({"a": events.IMU_A, "b": events.IMU_B}[wrong], 1.0)
    assert size == pytest.approx(50.0 * distance * (1.0 - 0.9**10), rel=1e-3)
    assert units.dvel == pytest.approx(b if wrong == "a" else a, abs=1e-6)
    pair.tick((STILL, a), (STILL, b), ticks=SLOTS * 20)
    assert len(pair.named(events.IMU_ISOLATED)) == 1


def test_accelerometers_are_judged_only_under_thrust():
    pair = Pair()
    pair.tick((STILL, (0.0, 0.0, 0.02)), (STILL, STILL), ticks=SLOTS * 50, on=False, expected=0.0)
    assert pair.named(events.IMU_ISOLATED) == []


def test_an_accelerometer_stays_out_for_ten_seconds():
    pair = Pair()
    pair.tick(*apart(push=0.01), ticks=SLOTS * 10)
    assert pair.units.a.accel_out == 500
    pair.tick(*apart(push=0.01), ticks=1000)
    assert pair.units.a.accel_out >= 500 - SLOTS
    while pair.units.wrong_velocity:
        pair.tick(FINE, FINE)
    pair.tick(FINE, FINE, ticks=500 - 2 * SLOTS)
    assert pair.units.a.accel_out > 0
    pair.tick(FINE, FINE, ticks=2 * SLOTS)
    assert pair.units.a.accel_out == 0
