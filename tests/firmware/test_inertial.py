"""Two inertial units: which parts of them are used, what stands in for them, and what is reported."""

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.navigation.imu import Inertial
from perilune.wire.schema import SATURATED, VALID

THRUST_M_S2 = 3.0
TURN_RAD_S = np.array([0.01, -0.02, 0.005])


class Units:
    """Both units on a vehicle that turns steadily under thrust. Faults change the sample of one or both."""

    def __init__(self):
        self.events: list[tuple] = []
        self.inertial = Inertial(lambda *event: self.events.append(event))
        self.tick = 0
        self.random = np.random.default_rng(3)

    def sample(self) -> list[float]:
        dtheta = 0.02 * TURN_RAD_S + 6e-6 * self.random.standard_normal(3)
        dvel = 0.02 * np.array([0.0, 0.0, THRUST_M_S2]) + 1e-4 * self.random.standard_normal(3)
        return [VALID, *dtheta, *dvel]

    def fly(self, seconds, a=None, b=None):
        """a, b: functions that spoil a sample in place."""
        for _ in range(round(50 * seconds)):
            self.tick += 1
            samples = self.sample(), self.sample()
            for spoil, sample in zip((a, b), samples, strict=True):
                if spoil:
                    spoil(sample)
            self.inertial.update(tuple(samples[0]), tuple(samples[1]), self.tick, True, THRUST_M_S2)
        return self

    def reported(self, code):
        return [event for event in self.events if event[0] == code]

    @property
    def rate(self):
        return np.array(self.inertial.dtheta) / 0.02

    @property
    def accel(self):
        return self.inertial.dvel[2] / 0.02


def dead(sample):
    sample[:] = [0] + [0.0] * 6


def gyro_zero(sample):
    sample[1:4] = [0.0] * 3


def accel_zero(sample):
    sample[4:7] = [0.0] * 3


def gyro_clipped(sample):
    sample[0] |= SATURATED
    sample[1:4] = np.clip(sample[1:4], -8e-5, 8e-5)


def accel_clipped(sample):
    sample[0] |= SATURATED
    sample[4:7] = np.clip(sample[4:7], -0.01, 0.01)


@pytest.mark.parametrize("spoil", [dead, gyro_zero, gyro_clipped], ids=lambda f: f.__name__)
def test_one_unit_without_gyro_leaves_the_other(spoil):
    units = Units().fly(1.0).fly(2.0, b=spoil)
    assert not units.inertial.gyros_lost
    assert units.rate == pytest.approx(TURN_RAD_S, abs=2e-3)
    assert [event[1] for event in units.reported(events.IMU_LOST)] == [events.IMU_B]


@pytest.mark.parametrize("spoil", [dead, gyro_zero, gyro_clipped], ids=lambda f: f.__name__)
def test_without_gyros_the_last_rotation_is_kept_and_changed_by_what_the_thrusters_do(spoil):
    """Both without gyros was a loss: zeros were integrated as if the vehicle did not turn."""
    units = Units().fly(1.0).fly(0.5, a=spoil, b=spoil)
    assert units.inertial.gyros_lost and not units.inertial.good()
    assert len(units.reported(events.GYROS_MODELLED)) == 1
    before = units.rate
    for _ in range(50):
        units.inertial.turn((0.01, 0.0, -0.02))
    assert units.rate - before == pytest.approx([0.01, 0.0, -0.02], abs=1e-9)


def test_the_model_of_a_tumble_is_no_faster_than_a_gyro_could_tell():
    """Thrusters that could not stop it sped the model up until its numbers overflowed, and the software stopped."""
    units = Units().fly(1.0).fly(0.5, a=dead, b=dead)
    for _ in range(10_000):
        units.inertial.turn((5.0, -5.0, 0.0))
    assert units.rate[:2] == pytest.approx([7.0, -7.0])


@pytest.mark.parametrize(("spoil", "ticks"), [(gyro_zero, 4), (dead, 0), (gyro_clipped, 0)])
def test_readings_that_stopped_are_found_out_four_ticks_late(spoil, ticks):
    units = Units().fly(1.0)
    before = 0
    while not units.fly(0.02, a=spoil, b=spoil).inertial.gyros_lost:
        assert units.inertial.stopped() == 0
        before += 1
    assert units.inertial.stopped() == before == ticks
    assert Units().fly(1.0).fly(0.1, a=gyro_zero).inertial.stopped() == 0  # the other one turns on


def test_what_the_thrusters_do_meanwhile_is_foreseen():
    units = Units().fly(1.0)
    for n in range(4):  # the first of the readings that were none was new, and nothing was foreseen then
        units.fly(0.02, a=gyro_zero, b=gyro_zero)
        assert units.inertial.a.calm == (n == 0)
        if n > 0:
            units.inertial.foresee((0.5, 0.125, -0.25))
    assert units.inertial.unfelt == pytest.approx((4 * 2e-4, 4 * 5e-5, -4 * 1e-4))


@pytest.mark.parametrize("first", ["a", "b"])
def test_it_is_foreseen_from_the_unit_on_that_stopped_last(first):
    """One that has been still for long tells nothing: the other one did until now."""
    units = Units().fly(1.0).fly(1.0, **{first: gyro_zero})
    for n in range(3):
        units.fly(0.02, a=gyro_zero, b=gyro_zero)
        if n > 0:
            units.inertial.foresee((0.5, 0.0, 0.0))
    assert units.inertial.unfelt == pytest.approx((3 * 2e-4, 0.0, 0.0))


def test_a_clipped_axis_turns_at_full_scale_at_least():
    """Schiaparelli: the thrusters' model knows nothing of what spun it up."""
    units = Units().fly(1.0).fly(0.5, a=gyro_clipped, b=gyro_clipped)
    for _ in range(50):
        units.inertial.turn((-0.1, 0.1, 0.0))
        units.fly(0.02, a=gyro_clipped, b=gyro_clipped)
    assert units.rate[0] >= 0.004
    assert units.rate[1] <= -0.004


def test_clipped_gyros_leave_the_accelerometers():
    units = Units().fly(1.0).fly(2.0, a=gyro_clipped, b=gyro_clipped)
    assert units.accel == pytest.approx(THRUST_M_S2, abs=0.05)
    assert not units.reported(events.MODELLED)
    assert not units.fly(1.0).inertial.gyros_lost


def test_clipped_accelerometers_are_not_used():
    units = Units().fly(1.0).fly(1.0, a=accel_clipped)
    assert units.accel == pytest.approx(THRUST_M_S2, abs=0.05)


def test_gyros_that_read_zero_leave_the_accelerometers():
    units = Units().fly(1.0).fly(2.0, a=gyro_zero, b=gyro_zero)
    assert units.accel == pytest.approx(THRUST_M_S2, abs=0.05)
    assert not units.inertial.suspect


def test_accelerometers_that_read_zero_are_replaced_by_the_engine_and_the_gyros_stay():
    """Luna-25."""
    units = Units().fly(1.0).fly(2.0, a=accel_zero, b=accel_zero)
    assert units.accel == pytest.approx(THRUST_M_S2)
    assert len(units.reported(events.MODELLED)) == 1
    assert not units.inertial.gyros_lost
    assert units.rate == pytest.approx(TURN_RAD_S, abs=2e-3)


def test_gyros_that_come_and_go_are_reported_once_in_ten_seconds():
    units = Units().fly(1.0)
    for _ in range(20):
        units.fly(0.1, a=gyro_clipped, b=gyro_clipped).fly(0.1)
    assert len(units.reported(events.GYROS_MODELLED)) == 1


def test_healthy_units_say_nothing():
    assert Units().fly(20.0).events == []
