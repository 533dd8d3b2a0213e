"""Inertial units tick by tick: calibration, freezing, comparison, judgement and readmission, each at its limit."""

import pytest

from perilune.flight import events
from perilune.flight.inertial import Inertial
from perilune.wire.schema import SATURATED, VALID

COMPARED = 5  # ticks from one comparison to the next


class Pair:
    """Two units whose samples are given as (dtheta), (dvel) per tick; a dither of 1e-9 keeps them from repeating."""

    def __init__(self) -> None:
        self.told: list[tuple] = []
        self.units = Inertial(lambda *event: self.told.append(event))
        self.units.phase = 0  # compared at the end of each COMPARED ticks
        self.n = 0

    def sample(self, turn, push, status=VALID, frozen=False):
        self.n += 1
        d = 0.0 if frozen else 1e-9 * self.n
        return (status, *(x + d for x in turn), *(x + d for x in push))

    def tick(self, a, b, ticks=1, on=True, expected=3.0):
        """a, b: (turn, push[, status[, frozen]])."""
        for _ in range(ticks):
            self.units.update(self.sample(*a), self.sample(*b), on, expected)
        return self.units

    def named(self, code):
        return [event[1:] for event in self.told if event[0] == code]


STILL = (0.0, 0.0, 0.0)
PUSH = (0.0, 0.0, 0.06)  # 3 m/s2
FINE = (STILL, PUSH)
DEAD = (STILL, STILL, 0)


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
        pair.units.update((VALID, *a, *v), pair.sample(*FINE), True, 3.0)
        good = pair.units.a.gyro_good, pair.units.a.accel_good
        assert good == ((n < 4, True) if part == "gyro" else (True, n < 4))
    assert pair.units.a.good


@pytest.mark.parametrize("axis", [0, 1, 3, 4])
def test_one_axis_that_moves_is_not_frozen(axis):
    pair = Pair()
    for n in range(8):
        values = [1e-4, 2e-4, 3e-4, 1e-3, 2e-3, 0.06]
        values[axis] += 1e-9 * n
        pair.units.update((VALID, *values), pair.sample(*FINE), True, 3.0)
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
    assert units.ahead(a, b) == ((1e-4, 2e-4, 3e-4), pytest.approx((0.009, 0.02, 0.06), abs=1e-6))
    lost = (VALID | SATURATED, *a[1:])
    assert units.ahead(lost, b) == ((5e-4, 6e-4, 7e-4), pytest.approx((0.03, 0.038, 0.08), abs=1e-6))
    assert units.ahead((0, *a[1:]), (0, *b[1:])) == (units.dtheta, units.dvel)
    units.a.gyro_out = 1
    assert units.ahead(a, b)[0] == b[1:4]
    units.b.accel_out = 1
    assert units.ahead(a, b) == (units.dtheta, units.dvel)
    units.a.gyro_out = units.b.accel_out = 0
    units.blind = True
    assert units.ahead(a, b) == (units.dtheta, units.dvel)


def apart(turn=0.0, push=0.0):
    """Unit A turning and pushing more than B, about and along x."""
    return ((turn, 0.0, 0.0), (push, 0.0, 0.06)), FINE


@pytest.mark.parametrize(("excess", "disagree"), [(2.4e-5, False), (2.6e-5, True)])
def test_how_far_gyros_may_be_apart(excess, disagree):
    pair = Pair()
    pair.tick(*apart(turn=excess), ticks=COMPARED * 100)
    assert bool(pair.named(events.IMU_DISAGREE)) is disagree
    assert pair.units.gyros_agree() is not disagree


@pytest.mark.parametrize(("axis"), [0, 1, 2])
def test_gyros_apart_are_told_after_a_second(axis):
    turn = [0.0, 0.0, 0.0]
    turn[axis] = 1e-3
    pair = Pair()
    pair.tick((tuple(turn), PUSH), FINE, ticks=COMPARED * 9)
    assert not pair.units.gyros_agree()
    assert pair.named(events.IMU_DISAGREE) == []
    pair.tick((tuple(turn), PUSH), FINE, ticks=COMPARED)
    ((far, *_),) = pair.named(events.IMU_DISAGREE)
    assert far == pytest.approx(1e-3 * (1.0 - 0.9**10), rel=1e-3)  # a running mean with a share of 0.1
    pair.tick((tuple(turn), PUSH), FINE, ticks=COMPARED * 20)
    assert len(pair.named(events.IMU_DISAGREE)) == 1


@pytest.mark.parametrize(("axis", "sign", "wrong"), [(0, -1, "a"), (0, 1, "b"), (1, -1, "a"), (2, 1, "b")])
def test_the_star_tracker_says_whose_gyro_is_wrong(axis, sign, wrong):
    """The attitude has turned too far by A's excess: the error points against it, or with it if B is short."""
    turn, error = [0.0] * 3, [0.0] * 3
    turn[axis], error[axis] = 1e-3, sign * 0.01
    pair = Pair()
    pair.tick((tuple(turn), PUSH), FINE, ticks=COMPARED * 9)
    pair.units.judge_gyros(tuple(error))
    assert pair.named(events.IMU_ISOLATED) == []  # not yet: a second first
    pair.tick((tuple(turn), PUSH), FINE, ticks=COMPARED)
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
    pair.tick(*apart(turn=1e-3), ticks=COMPARED * 10)
    pair.units.judge_gyros((-0.01, 0.0, 0.0))
    assert pair.units.a.gyro_out == 500
    pair.tick(*apart(turn=1e-3), ticks=1000)
    assert pair.units.a.gyro_out >= 500 - COMPARED  # as long as it is apart it stays out
    while not pair.units.gyros_agree():
        pair.tick(FINE, FINE)
    pair.tick(FINE, FINE, ticks=500 - 2 * COMPARED)
    assert pair.units.a.gyro_out > 0
    pair.tick(FINE, FINE, ticks=2 * COMPARED)
    assert pair.units.a.gyro_out == 0


def test_a_gyro_that_is_out_is_used_when_the_other_is_lost():
    pair = Pair()
    pair.tick(*apart(turn=1e-3), ticks=COMPARED * 10)
    pair.units.judge_gyros((-0.01, 0.0, 0.0))
    units = pair.tick(apart(turn=1e-3)[0], DEAD)
    assert not units.blind
    assert units.dtheta[0] == pytest.approx(1e-3, abs=1e-6)


@pytest.mark.parametrize(("excess", "isolated"), [(7.8e-4, False), (8.2e-4, True)])
def test_how_far_accelerometers_may_be_apart(excess, isolated):
    pair = Pair()
    pair.tick(*apart(push=excess), ticks=COMPARED * 100)
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
    pair.tick((STILL, a), (STILL, b), ticks=COMPARED * 9)
    assert pair.named(events.IMU_ISOLATED) == []
    units = pair.tick((STILL, a), (STILL, b), ticks=COMPARED)
    distance = sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5
    ((told, size, which, _),) = pair.named(events.IMU_ISOLATED)
    assert (told, which) == ({"a": events.IMU_A, "b": events.IMU_B}[wrong], 1.0)
    assert size == pytest.approx(50.0 * distance * (1.0 - 0.9**10), rel=1e-3)
    assert units.dvel == pytest.approx(b if wrong == "a" else a, abs=1e-6)
    pair.tick((STILL, a), (STILL, b), ticks=COMPARED * 20)
    assert len(pair.named(events.IMU_ISOLATED)) == 1


def test_accelerometers_are_judged_only_under_thrust():
    pair = Pair()
    pair.tick((STILL, (0.0, 0.0, 0.02)), (STILL, STILL), ticks=COMPARED * 50, on=False, expected=0.0)
    assert pair.named(events.IMU_ISOLATED) == []


def test_an_accelerometer_stays_out_for_ten_seconds():
    pair = Pair()
    pair.tick(*apart(push=0.01), ticks=COMPARED * 10)
    assert pair.units.a.accel_out == 500
    pair.tick(*apart(push=0.01), ticks=1000)
    assert pair.units.a.accel_out >= 500 - COMPARED
    while pair.units.wrong_velocity:
        pair.tick(FINE, FINE)
    pair.tick(FINE, FINE, ticks=500 - 2 * COMPARED)
    assert pair.units.a.accel_out > 0
    pair.tick(FINE, FINE, ticks=2 * COMPARED)
    assert pair.units.a.accel_out == 0


@pytest.mark.parametrize(("felt", "dead"), [(0.49, True), (0.51, False)])
def test_thrust_that_is_not_felt_for_ten_ticks(felt, dead):
    """Luna-25 flew to the ground on accelerometers that were never switched on."""
    pair = Pair()
    quiet = (STILL, (0.0, 0.0, felt * 0.02))
    units = pair.tick(quiet, quiet, ticks=9, expected=1.5)
    assert units.suspect is dead
    assert not units.modelled
    assert units.doubt == 0.0
    units = pair.tick(quiet, quiet, expected=1.5)
    assert units.modelled is dead
    assert units.doubt == (4e-4 if dead else 0.0)
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
        units.update(sample(a), sample(b), True, 3.0)
        units.dtheta = (units.dtheta[0], units.dtheta[1], units.dtheta[2])
        assert units.dtheta[1] == pytest.approx(taken)
        units.dtheta = (0.0, modelled, 0.0)
    assert units.blind


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
