"""Attitude from gyros and star tracker, against rotations in numpy."""

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.algebra import q_axes, q_from_axes
from perilune.flight.navigation.attitude import Attitude
from perilune.wire.schema import FRESH, PARAM_SENSORS, PARAM_SITE, VALID
from tests.firmware.kit import MOON_RATE, axes, group, turn

GOOD = VALID | FRESH
SITE_FROM_INERTIAL = turn([0.3, -1.1, 0.6])
START = turn([0.2, 2.0, -0.4])  # body to inertial


class Vehicle:
    """A body turning at a constant rate (rad/s, body frame), its gyros (bias rad/s) and its star tracker."""

    def __init__(
        self, spin=(0.0, 0.0, 0.0), bias=(0.0, 0.0, 0.0), noise_rad=0.0, age_ms=0, moon_rate=MOON_RATE
    ):
        self.spin, self.bias = np.array(spin), np.array(bias)
        self.noise_rad, self.age_ms = noise_rad, age_ms
        self.moon_rate = np.array(moon_rate)
        self.rng = np.random.default_rng(1)
        self.tick = 0
        self.trusted = False  # two gyros that agree
        site = group(
            PARAM_SITE,
            site_from_inertial=q_from_axes(axes(SITE_FROM_INERTIAL)),
            moon_rate_rad_s=moon_rate,
            epoch_tick=0,
        )
        sensors = group(PARAM_SENSORS, star_noise_rad=max(noise_rad, 5e-5), gyro_noise_rad=4.4e-6)
        self.estimate = Attitude(site, sensors, lambda *numbers: None)

    def to_inertial(self, seconds: float) -> np.ndarray:
        return START @ turn(self.spin * seconds)

    def star(self, status: int = GOOD, offset_rad=(0.0, 0.0, 0.0)) -> bool:
        """A star sample now, of age_ms ago; whether it was used."""
        seen = self.to_inertial(0.02 * self.tick - 0.001 * self.age_ms) @ turn(offset_rad)
        seen = seen @ turn(self.rng.normal(0.0, max(self.noise_rad, 1e-9), 3))  # no two samples are alike
        return self.estimate.star((status, self.age_ms, *q_from_axes(axes(seen))), self.tick, self.trusted)

    def fly(self, seconds: float, star_every: int = 10) -> None:
        """Gyros every tick, a star sample every so many ticks (0: none)."""
        for _ in range(round(50 * seconds)):
            self.tick += 1
            self.estimate.propagate(tuple(0.02 * (self.spin + self.bias)), self.tick)
            if star_every and self.tick % star_every == 0:
                self.star()

    def error_rad(self) -> float:
        """Angle between the estimated and the true body-to-site attitude."""
        true = (
            turn(-self.moon_rate * 0.02 * self.tick) @ SITE_FROM_INERTIAL @ self.to_inertial(0.02 * self.tick)
        )
        off = np.array(self.estimate.axes).reshape(3, 3) @ true
        return 0.5 * float(
            np.linalg.norm([off[2, 1] - off[1, 2], off[0, 2] - off[2, 0], off[1, 0] - off[0, 1]])
        )


@pytest.mark.parametrize("gained", [(0.0, 0.0, 0.0), (0.0, -0.02, 0.01)])
@pytest.mark.parametrize("age_ms", [0, 200])
def test_zeros_in_a_turn_are_disowned(age_ms, gained):
    """Both gyros at zero in the pitch-up: 0.1 s of rest believed, and the model of the turn started from rest."""
    vehicle = Vehicle(spin=(0.01, -0.09, 0.02), bias=(3e-3, 0.0, -2e-3), age_ms=age_ms)
    vehicle.estimate.bias = tuple(vehicle.bias)
    vehicle.star()
    vehicle.fly(1.0)
    believed = vehicle.error_rad()
    for _ in range(4):
        vehicle.tick += 1
        vehicle.estimate.propagate((0.0, 0.0, 0.0), vehicle.tick)
    assert vehicle.error_rad() > 5e-3
    turned = np.array(vehicle.estimate.sum)
    before = vehicle.estimate.p_angle
    change = 0.02 * np.array(gained)  # the thrusters sped it up meanwhile: the mean is half of that
    dtheta = vehicle.estimate.replace_frozen_gyro(4, tuple(change))
    spin = 0.02 * vehicle.spin
    assert dtheta == pytest.approx(tuple(spin + change + 0.02 * vehicle.bias), abs=1e-6)
    assert vehicle.estimate._rotation(vehicle.tick) == pytest.approx(vehicle.estimate.sum)
    lost = np.array(vehicle.estimate.sum) - turned
    assert lost == pytest.approx(4 * (spin + 0.5 * change + 0.02 * vehicle.bias), abs=1e-6)
    assert vehicle.error_rad() == pytest.approx(believed + np.linalg.norm(2 * change), abs=2e-4)
    assert vehicle.estimate.p_angle == pytest.approx(before + 8e-4**2)
    vehicle.tick += 1
    vehicle.estimate.propagate(dtheta, vehicle.tick)
    assert np.array(vehicle.estimate.rate) == pytest.approx(vehicle.spin + gained, abs=1e-4)


def test_unknown_until_the_first_star_sample():
    vehicle = Vehicle()
    vehicle.fly(1.0, star_every=0)
    assert not vehicle.estimate.known
    assert not vehicle.star(status=VALID)  # not fresh
    assert not vehicle.star(status=FRESH)  # not vouched for
    assert vehicle.star()
    assert vehicle.estimate.known
    assert vehicle.error_rad() < 1e-9
    assert vehicle.estimate.axes == pytest.approx(q_axes(vehicle.estimate.q))


def test_gyros_carry_it_between_samples():
    vehicle = Vehicle(spin=(0.02, -0.05, 0.03))
    vehicle.star()
    vehicle.fly(60.0, star_every=0)
    assert vehicle.error_rad() < 3e-4  # the Moon's own turn in a minute is 1.6e-4, left to the star tracker
    assert vehicle.estimate.rate == pytest.approx(vehicle.spin)


def test_it_averages_star_noise():
    vehicle = Vehicle(noise_rad=5e-4)
    vehicle.fly(120.0)
    assert vehicle.error_rad() < 2e-4


def test_it_learns_the_gyro_bias():
    bias = (4e-6, -3e-6, 2e-6)
    vehicle = Vehicle(spin=(0.001, 0.0, 0.002), bias=bias, moon_rate=(0.0, 0.0, 0.0))
    vehicle.fly(900.0)
    assert vehicle.estimate.bias == pytest.approx(bias, abs=4e-7)


def test_what_it_learned_carries_it_through_a_minute_without_stars():
    vehicle = Vehicle(bias=(4e-6, -3e-6, 2e-6))
    vehicle.fly(900.0)
    vehicle.fly(60.0, star_every=0)
    assert vehicle.error_rad() < 5e-5  # 3e-4 with the bias not learned


@pytest.mark.parametrize("age_ms", [0, 100, 400])
def test_a_late_sample_is_compared_with_the_attitude_of_its_time(age_ms: int):
    vehicle = Vehicle(spin=(0.0, 0.05, 0.0), age_ms=age_ms)
    vehicle.fly(30.0)
    assert vehicle.error_rad() < 1e-5  # 400 ms at 0.05 rad/s are 0.02 rad


def test_a_late_sample_from_within_lost_frames():
    vehicle = Vehicle(age_ms=200)
    vehicle.fly(10.0)
    vehicle.tick += 15  # no frames: but nothing turned
    vehicle.fly(0.1, star_every=0)
    assert vehicle.star()
    assert vehicle.error_rad() < 1e-5


def test_a_sample_older_than_what_is_remembered_is_not_used():
    vehicle = Vehicle(age_ms=2000)
    vehicle.fly(10.0)
    assert not vehicle.estimate.known


def test_an_outlier_is_not_used_but_persistence_is_believed():
    vehicle = Vehicle()
    vehicle.fly(60.0)
    away = (0.0, 0.05, 0.0)
    assert not vehicle.star(offset_rad=away)
    assert vehicle.error_rad() < 1e-5
    used = [vehicle.star(offset_rad=away) for _ in range(200)]
    assert used[-1]
    assert vehicle.error_rad() == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize(("rate_rad_s", "used"), [(0.1, True), (0.0, False)])
def test_a_fast_turn_that_hid_the_stars_leaves_the_gyros_scale_in_doubt(rate_rad_s: float, used: bool):
    vehicle = Vehicle(spin=(0.0, rate_rad_s, 0.0))
    vehicle.trusted = True
    vehicle.fly(60.0)
    vehicle.fly(9.0, star_every=0)
    assert (
        vehicle.star(offset_rad=(0.0, 0.002, 0.0)) is used
    )  # 2 mrad of 0.9 rad: a healthy tracker was rejected


@pytest.mark.parametrize("q", [(0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 0.0, 0.0), (0.1, 0.0, 0.0, 0.0)])
def test_what_is_no_rotation_is_not_used(q):
    vehicle = Vehicle()
    vehicle.fly(1.0)
    assert not vehicle.estimate.star((GOOD, 0, *q), vehicle.tick, False)
    assert vehicle.error_rad() < 1e-5


def test_a_rotation_that_is_only_modelled_is_corrected_by_the_star_tracker():
    """Without gyros the thrusters' model tells the rotation: 10 % off, and the rate is still found."""
    vehicle = Vehicle(spin=(0.01, -0.02, 0.005), noise_rad=5e-5, age_ms=100)
    vehicle.fly(5.0)
    vehicle.estimate.trust_gyros(False)
    vehicle.bias = 0.1 * vehicle.spin
    vehicle.fly(10.0)
    assert vehicle.error_rad() < 5e-4
    assert vehicle.estimate.rate == pytest.approx(vehicle.spin, abs=2e-3)
    vehicle.estimate.trust_gyros(True)
    vehicle.bias = np.zeros(3)
    vehicle.fly(5.0)
    assert vehicle.estimate.rate == pytest.approx(vehicle.spin, abs=1e-4)


def test_what_was_unsure_without_gyros_stays_unsure_when_they_come_back():
    """Two seconds of a wrong rotation without a star sample: it claimed 0.1 deg and was 40 deg off."""
    vehicle = Vehicle(noise_rad=5e-5)
    vehicle.fly(5.0)
    vehicle.estimate.trust_gyros(False)
    vehicle.bias = np.array([0.01, 0.0, 0.0])
    vehicle.fly(2.0, star_every=0)
    vehicle.estimate.trust_gyros(True)
    vehicle.bias = np.zeros(3)
    assert vehicle.estimate.p_angle**0.5 > vehicle.error_rad() > 0.01
    vehicle.fly(1.0)
    assert vehicle.error_rad() < 1e-3


def test_gyros_that_drift_alike_are_corrected_and_reported():
    told = []
    vehicle = Vehicle(noise_rad=5e-5)
    vehicle.estimate.log = lambda *event: told.append(event[0])
    vehicle.trusted = True
    vehicle.fly(20.0)
    vehicle.bias = np.array([0.0, 0.002, 0.001])
    vehicle.fly(20.0)
    assert events.GYROS_DRIFT in told
    assert vehicle.error_rad() < 1e-3
    assert vehicle.estimate.rate == pytest.approx([0.0, 0.0, 0.0], abs=3e-4)


def test_silence_of_the_star_tracker_is_reported_once():
    told = []
    vehicle = Vehicle()
    vehicle.estimate.log = lambda *event: told.append(event[0])
    vehicle.fly(2.0)
    vehicle.fly(60.0, star_every=0)
    assert told == [events.STAR_SILENT]


@pytest.mark.parametrize(("off_rad", "back"), [(0.01, False), (0.004, True)])
def test_a_tracker_that_has_leapt_is_believed_again_only_on_its_way_back(off_rad, back):
    """0.6 deg off from coast on: ten minutes later the angle's own variance let it in, and 3.2 m/s across landed."""
    vehicle = Vehicle()
    vehicle.trusted = True
    vehicle.fly(60.0)
    vehicle.star(offset_rad=(0.01, 0.0, 0.0))
    vehicle.estimate.inflate(0.01)
    assert vehicle.star(offset_rad=(off_rad, 0.0, 0.0)) is back


def test_a_lone_wild_star_sample_changes_nothing():
    vehicle = Vehicle()
    vehicle.trusted = True
    vehicle.fly(60.0)
    assert not vehicle.star(offset_rad=(0.1, 0.0, 0.0))
    assert vehicle.star()
    vehicle.estimate.inflate(0.1)
    assert vehicle.star(offset_rad=(0.1, 0.0, 0.0))  # it has not leapt since


@pytest.mark.parametrize("trusted", [True, False])
def test_gyros_in_doubt_let_a_leap_in(trusted):
    vehicle = Vehicle()
    vehicle.trusted = True
    vehicle.fly(60.0)
    vehicle.star(offset_rad=(0.01, 0.0, 0.0))
    vehicle.trusted = trusted
    used = [vehicle.star(offset_rad=(0.01, 0.0, 0.0)) for _ in range(100)]
    assert any(used) is not trusted


def test_a_tracker_that_comes_back_step_by_step_is_believed_again():
    """It is held to where it leapt at first, not to where it was last."""
    vehicle = Vehicle()
    vehicle.trusted = True
    vehicle.fly(60.0)
    assert not any([vehicle.star(offset_rad=(0.001 * k, 0.0, 0.0)) for k in (10, 9, 8, 7, 6)])
    vehicle.estimate.inflate(0.01)
    assert not vehicle.star(offset_rad=(0.006, 0.0, 0.0))
    assert vehicle.star(offset_rad=(0.004, 0.0, 0.0))


def test_gyros_found_to_drift_are_told_by_a_tracker_that_had_leapt():
    """A leap first, then both gyros of a pair drift alike: there is nothing else left to go by."""
    vehicle = Vehicle()
    vehicle.trusted = True
    vehicle.fly(60.0)
    used = []
    vehicle.bias[0] = 0.002
    for _ in range(60):
        vehicle.fly(0.2, star_every=0)
        used.append(vehicle.star(offset_rad=(-0.2, 0.0, 0.0)))
    assert not any(used[:10])
    assert any(used)


def test_a_tracker_just_outside_its_gate_has_not_leapt():
    """An angle that has drifted a little farther than its variance says would never be corrected again."""
    vehicle = Vehicle()
    vehicle.trusted = True
    vehicle.fly(60.0)
    assert not vehicle.star(offset_rad=(0.0015, 0.0, 0.0))
    vehicle.estimate.inflate(0.01)
    assert vehicle.star(offset_rad=(0.0015, 0.0, 0.0))
