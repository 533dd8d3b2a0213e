"""Velocity sources: what is believed, who is isolated when they part, and what silence leads to."""

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.navigation.covariance import V_CROSSRANGE, V_DOWNRANGE, V_UP, Covariance
from perilune.flight.navigation.doppler import Doppler
from perilune.flight.navigation.doppler_monitors import NoiseFactor, Silence, mix
from perilune.wire.schema import FRESH, HEAD, VALID
from tests.firmware import kit
from tests.firmware.navigating import new
from tests.firmware.records import filled

SENSORS = kit.loaded().sensors
BEAMS = np.reshape(SENSORS.velocimeter_beam, (3, 3))
ASIDE = np.array(SENSORS.radar_head[3:6])
GOOD = VALID | FRESH
UPRIGHT = (0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0)  # body x, y, z as (up, ahead, left)
LATENCY_MS = 40


class Descent:
    """Steady descent of an upright lander: the real navigation, of which Doppler measurements correct the velocity.

    Level components serve as the site frame.
    """

    def __init__(self, error=(0.0, 0.0, 0.0), sigma_m_s=1.0):
        self.events: list[tuple] = []
        self.true = np.array([-20.0, 30.0, 1.0])
        nav = self.nav = new()
        self.estimate = filled(nav.estimate, {"tick": 1000, "speed": 36.0, "agl": 1500.0})
        filled(self.estimate, {"v_downrange": 30.0, "v_crossrange": 1.0})
        s = nav.strapdown
        s.to_level = s.to_site = lambda x, y, z: (x, y, z)
        s.v, s.force, s.gravity_dv = tuple(self.true + error), (0.0,) * 3, (0.0,) * 3
        nav.attitude.axes, nav.attitude.rate = UPRIGHT, (0.0, 0.0, 0.0)
        variances = [100.0] * 4 + [sigma_m_s**2] * 3 + [1e-6] * 3
        self.covariance = nav.filter.covariance = Covariance(variances)
        self.random = np.random.default_rng(1)
        self.doppler = nav.doppler = Doppler(SENSORS, lambda *event: self.events.append(event))

    @property
    def v(self) -> np.ndarray:
        return np.array(self.nav.strapdown.v)

    @property
    def pull(self) -> tuple:
        return self.nav.filter.velocity_correction

    def fly(self, seconds, beam_off=0.0, noise=1.0, radar_off=0.0, radar=True, age_ms=LATENCY_MS, beams=7):
        """Samples at 10 Hz; None for `beam_off`: the velocimeter says nothing."""
        body = np.reshape(UPRIGHT, (3, 3))
        for _ in range(round(10 * seconds)):
            self.estimate.tick += 5
            for i in (V_UP, V_DOWNRANGE, V_DOWNRANGE + 1):
                self.covariance.add_variance(i, 1e-6)
            if radar:
                rate = ASIDE @ body @ self.true + radar_off + 0.4 * self.random.standard_normal()
                self.nav._take_radar_rate((GOOD | HEAD, LATENCY_MS, 900.0, rate))
            if beam_off is not None:
                off = beam_off + 0.03 * noise * self.random.standard_normal(3)
                self.nav._take_beams((GOOD, beams, age_ms, *(BEAMS @ body @ self.true + off)))
            self.nav.monitor_velocimeter()
        return self

    def reported(self, code):
        return [event for event in self.events if event[0] == code]

    @property
    def error(self):
        return float(np.linalg.norm(self.v - self.true))


def test_a_healthy_velocimeter_is_believed_after_two_seconds_without_a_word():
    descent = Descent(error=(0.3, -0.5, 0.8)).fly(10.0)
    assert not descent.doppler.isolated
    assert descent.error < 0.03
    assert descent.events == []


def test_one_that_is_far_off_from_its_first_word_is_never_believed():
    """It crashed: outside its gate it opened the gate, as nothing had been used before it."""
    descent = Descent(error=(0.3, -0.5, 0.8)).fly(60.0, beam_off=10.0)
    assert descent.doppler.isolated
    assert len(descent.reported(events.DOPPLER_REJECTED)) == 1
    assert descent.error < 1.0  # across the radar's beam what it was, along it the radar's


def test_one_that_goes_wrong_in_use_is_isolated_and_believed_again_when_it_is_right():
    descent = Descent().fly(10.0).fly(20.0, beam_off=1.0)
    assert descent.doppler.isolated
    assert descent.error < 0.15
    assert not descent.reported(events.DOPPLER_BACK)
    descent.fly(10.0)
    assert not descent.doppler.isolated
    assert len(descent.reported(events.DOPPLER_BACK)) == 1
    assert descent.error < 0.05


def test_who_has_pulled_the_filter_away_is_wrong_when_the_two_part():
    descent = (
        Descent().fly(3.0, beam_off=1.0, radar=False).fly(1.5, beam_off=1.0)
    )  # inside its gate, then the radar
    (apart,) = descent.reported(events.DOPPLER_APART)
    assert abs(apart[4]) > 0.5 * abs(apart[1])
    assert descent.doppler.isolated


def test_what_one_that_lies_has_made_of_the_velocity_is_taken_back():
    """It landed at 1.8 m/s sideways: isolated at last, but what a late one had said of that axis passed for sure."""
    askew = np.array([1.0, 2.0, 0.0])
    descent = Descent().fly(3.0, beam_off=askew, radar=False)
    pulled = descent.pull
    assert abs(pulled[2]) > 2.0
    descent.fly(1.5, beam_off=askew)
    assert descent.doppler.isolated
    for axis in (V_UP, V_DOWNRANGE, V_CROSSRANGE):
        assert descent.covariance.sigma(axis) > 0.9 * abs(descent.pull[axis - V_UP])
    assert descent.covariance.sigma(V_CROSSRANGE) > 0.9 * abs(pulled[2])
    assert abs(descent.v - descent.true)[2] < 0.2


def test_a_radar_that_is_wrong_takes_no_velocimeter_with_it():
    descent = Descent().fly(20.0).fly(20.0, radar_off=2.0)
    assert descent.reported(events.DOPPLER_APART)
    assert not descent.doppler.isolated
    assert descent.error < 0.03


def test_false_returns_of_the_radar_are_no_disagreement():
    descent = Descent().fly(10.0)
    for _ in range(5):
        descent.fly(0.1, radar_off=-40.0).fly(3.0)
    assert descent.events == []


@pytest.mark.parametrize("noise", [10.0, 50.0])
def test_noise_weighs_itself_down(noise):
    descent = Descent(error=(0.3, -0.5, 0.8)).fly(40.0, noise=noise)
    assert [event[1] for event in descent.reported(events.DOPPLER_NOISY)] == [events.VELOCIMETER]
    assert descent.error < 0.4


def test_outliers_do_not_look_like_noise():
    factor = NoiseFactor(events.VELOCIMETER, lambda *event: None)
    random = np.random.default_rng(2)
    samples = random.standard_normal(600) + 600.0 * (random.random(600) < 0.3)
    assert max(factor.update(d) for d in np.diff(samples)) < 6.0


def test_a_sample_that_says_itself_that_it_is_old_is_not_used():
    """With the attitude of now its beams point elsewhere: 15 m/s across at touchdown."""
    descent = Descent(error=(0.5, 0.0, 0.5)).fly(20.0, beam_off=5.0, age_ms=1040, radar=False)
    assert descent.pull == (0.0, 0.0, 0.0)
    assert descent.reported(events.DOPPLER_SILENT)


def test_silence_near_the_ground_is_reported_and_power_cycled_once():
    descent = Descent().fly(60.0, beam_off=None)
    assert len(descent.reported(events.DOPPLER_SILENT)) == 2  # before the power cycle, and after it
    assert [event[1:3] for event in descent.reported(events.POWER_CYCLED)] == [(events.VELOCIMETER, 1)]
    assert descent.doppler.lost(descent.estimate.tick)


def test_silence_high_up_is_none():
    silence = Silence(3000.0, lambda *event: pytest.fail(str(event)))
    for tick in range(0, 5000, 5):
        silence.watch(tick, 3001.0, False)
    assert not silence.power_off(5000)


def test_a_frozen_one_counts_as_silent():
    descent = Descent()
    for _ in range(100):
        descent.estimate.tick += 5
        descent.nav._take_beams((GOOD, 7, LATENCY_MS, 1.0, 2.0, 3.0))
        descent.nav.monitor_velocimeter()
    assert descent.reported(events.DOPPLER_SILENT)


def test_an_inertial_unit_in_doubt_opens_the_gate():
    """With the prior suspect the velocimeter has to be let in, however far it is off."""
    descent = Descent(error=(15.0, 0.0, 0.0), sigma_m_s=0.1)
    descent.estimate.accel_suspect = True
    descent.fly(30.0)
    assert descent.error < 0.1


def test_two_beams_are_believed_later():
    descent = Descent(error=(0.2, 0.2, 0.2)).fly(10.0, beams=3)
    assert descent.doppler.isolated
    assert not descent.fly(25.0, beams=3).doppler.isolated


def test_what_no_averaging_removes_widens_the_gate_and_not_the_gain():
    """As a floor it drew the velocity after every source within a fraction of a second, also after a wrong one."""
    c = Covariance([1.0] * 10)
    for _ in range(200):
        c.observe_velocity((1.0, 0.0, 0.0), 0.0, 0.01)
    c.considered = 0.09
    assert c.velocity_variance((1.0, 0.0, 0.0)) > 0.09
    assert c.observe_velocity((1.0, 0.0, 0.0), 1.0, 0.01)[V_UP] < 0.02


def test_beams_mix_into_the_radar_beam():
    velocity = np.array([3.0, -2.0, 7.0])
    weights = mix([tuple(beam) for beam in BEAMS], tuple(ASIDE))
    assert weights is not None
    assert np.dot(weights, BEAMS @ velocity) == pytest.approx(ASIDE @ velocity)
    assert mix([(1.0, 0.0, 0.0)] * 3, tuple(ASIDE)) is None
