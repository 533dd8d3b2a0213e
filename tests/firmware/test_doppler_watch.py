"""Noise of velocities, two sources compared, silence of one."""

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.navigation.doppler import Doppler
from perilune.flight.navigation.doppler_monitors import NoiseFactor, Silence, Versus, mix
from tests.firmware import kit
from tests.firmware.beams import BEAMS, RADAR


def test_the_noise_factor_steps_up_outside_its_quantile_and_down_inside():
    """Seven tenths of differences lie outside 0.545 sigma x factor for the noise it stands for."""
    factor = NoiseFactor(events.RADAR, lambda *_: None)
    factor.factor = 2.0
    assert factor.update(2.0 * 0.544) == pytest.approx(2.0 * 0.93)
    factor.factor = 2.0
    assert factor.update(2.0 * 0.546) == pytest.approx(2.0 * 1.03)
    factor.factor = 2.0
    assert factor.update(-2.0 * 0.546) == pytest.approx(2.0 * 1.03)
    factor.factor = 1.0
    assert factor.update(0.0) == 1.0
    factor.factor = 199.0
    assert factor.update(1e6) == 200.0


def test_noise_is_told_beyond_six_and_again_after_calming_below_three():
    told = []
    factor = NoiseFactor(events.RADAR, lambda *event: told.append(event))
    factor.factor = 5.8
    factor.update(100.0)
    assert told == []
    factor.update(100.0)
    factor.update(100.0)
    assert told == [(events.DOPPLER_NOISY, events.RADAR, pytest.approx(5.8 * 1.03**2), 6.0, 0.0)]
    factor.factor = 3.3
    factor.update(0.0)
    assert factor.noisy
    factor.update(0.0)
    assert not factor.noisy
    factor.factor = 7.0
    factor.update(100.0)
    assert len(told) == 2


def test_beams_and_radar_are_compared_along_the_radars_beam():
    beams = [BEAMS[0:3], BEAMS[3:6], BEAMS[6:9]]
    versus = Versus(beams, RADAR)
    velocity = np.array([0.3, -0.2, 0.5])
    speeds = np.array(beams) @ velocity
    for head in (0, 1):
        versus.gap = 0.0
        radar = np.array(RADAR[3 * head : 3 * head + 3]) @ velocity
        assert not versus.update(head, radar + 0.1, speeds, 1.0, 0.0)
        assert versus.gap == pytest.approx(0.1 * 0.1)
    assert versus.agreed == 2


@pytest.mark.parametrize(("difference", "step"), [(4.9, 0.49), (5.1, 0.5), (-5.1, -0.5)])
def test_a_lone_difference_moves_the_gap_by_a_bounded_step(difference, step):
    versus = Versus([BEAMS[0:3], BEAMS[3:6], BEAMS[6:9]], RADAR)
    versus.update(0, difference, (0.0, 0.0, 0.0), 1.0, 1.0)  # 4 sigma of noise, and the pointing
    assert versus.gap == pytest.approx(step)


@pytest.mark.parametrize(
    ("share", "apart", "agreed"),
    [(0.49, False, 8), (0.51, False, 0), (0.99, False, 0), (1.01, True, 0), (-1.01, True, 0)],
)
def test_they_are_apart_beyond_four_sigma_of_the_mean_and_agree_within_two(share, apart, agreed):
    """What told the velocity of a second ago stayed within three sigma of the radar's, and was believed for it."""
    versus = Versus([BEAMS[0:3], BEAMS[3:6], BEAMS[6:9]], RADAR)
    versus.gap = share * 4.0 * (0.0526 * 0.5**2 + 0.2**2) ** 0.5
    versus.agreed = 7
    assert versus.update(0, versus.gap, (0.0, 0.0, 0.0), 0.5, 0.2) is apart
    assert versus.agreed == agreed


def test_beams_that_do_not_span_space_cannot_be_compared():
    flat = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.6, 0.8, 0.0009)]
    assert mix(flat, (0.0, 0.0, 1.0)) is None
    assert mix([*flat[:2], (0.6, 0.8, 0.0011)], (0.0, 0.0, 1.0)) is not None
    assert mix([*flat[:2], (0.6, 0.8, -0.0011)], (0.0, 0.0, 1.0)) is not None
    versus = Versus(flat, (0.0, 0.0, 1.0) * 2)
    assert not versus.update(0, 100.0, (0.0, 0.0, 0.0), 0.1, 0.0)
    assert (versus.gap, versus.agreed) == (0.0, 0)


class Listening:
    def __init__(self):
        self.told: list[tuple] = []
        self.silence = Silence(1000.0, lambda *event: self.told.append(event))

    def watch(self, *ticks, agl=999.0, isolated=False):
        for tick in ticks:
            self.silence.watch(tick, agl, isolated)
        return self.told


def test_two_seconds_of_silence_where_it_should_speak_are_told_and_cycle_it():
    ear = Listening()
    assert ear.watch(500, 600) == []
    assert ear.watch(601) == [
        (events.DOPPLER_SILENT, pytest.approx(2.02), 999.0, 0.0, 0.0),
        (events.POWER_CYCLED, events.VELOCIMETER, 1, 0, 0),
    ]
    assert [ear.silence.power_off(tick) for tick in (601, 625, 626)] == [True, True, False]


def test_after_its_power_cycle_it_has_three_seconds_to_warm_up():
    ear = Listening()
    ear.watch(500, 601)
    assert len(ear.watch(602, 851)) == 2
    assert [event[0] for event in ear.watch(852, 900)[2:]] == [events.DOPPLER_SILENT]


def test_what_has_been_heard_is_not_silent():
    ear = Listening()
    ear.watch(500)
    ear.silence.heard_tick = 590
    assert ear.watch(690) == []
    assert len(ear.watch(691)) == 2
    ear.silence.heard_tick = 700
    ear.watch(701)
    assert not ear.silence.told


@pytest.mark.parametrize(("agl", "told"), [(1000.0, True), (1000.1, False)])
def test_too_high_it_need_not_speak(agl, told):
    assert bool(Listening().watch(500, 700, agl=agl)) is told


def test_going_high_again_makes_it_due_anew():
    ear = Listening()
    ear.watch(500)
    ear.watch(550, agl=2000.0)
    assert ear.watch(560, 660) == []
    assert ear.watch(661) != []


def test_five_seconds_of_blame_cycle_it_once():
    ear = Listening()
    ear.silence.heard_tick = 10_000
    assert ear.watch(500, 750, isolated=True) == []
    assert ear.watch(751, isolated=True) == [(events.POWER_CYCLED, events.VELOCIMETER, 0, 0, 1)]
    assert len(ear.watch(2000, 5000, isolated=True)) == 1
    ear = Listening()
    ear.silence.heard_tick = 10_000
    ear.watch(500, isolated=True)
    ear.watch(600)
    assert ear.watch(700, 950, isolated=True) == []


def test_the_reference_vehicles_beams_are_those_it_was_given():
    sensors = kit.loaded().sensors
    doppler = Doppler(sensors, lambda *_: None)
    assert [x for beam in doppler.beams for x in beam] == list(sensors.velocimeter_beam)
    assert doppler.lever == sensors.altimeter_height_m - sensors.imu_height_m
