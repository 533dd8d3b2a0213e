"""Two altimeters that contradict each other over ground that nobody knows well enough to say who is right."""

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.altimeter import Altimeter
from perilune.flight.altimetry import Altimetry
from perilune.flight.covariance import AGL, Covariance

HEADS = (0.0, 0.0, -1.0, 0.9, 0.0, -0.43)
HEIGHT_M = 9000.0


class Over:
    """Level flight over flat ground; the filter is its height alone."""

    def __init__(self, witness_sigma_m=1500.0):
        self.events: list[tuple] = []
        self.lrf = Altimeter(events.LRF, HEADS, 10e3, 0.1, 0.001, 1.0)
        self.radar = Altimeter(events.RADAR, HEADS, 14e3, 0.5, 0.01, 1.0)
        self.altimetry = Altimetry(self.lrf, self.radar, lambda *event: self.events.append(event))
        self.covariance = Covariance([300.0**2] + [1.0] * 9)
        self.agl, self.range_m, self.tick = HEIGHT_M, HEIGHT_M, 1000
        self.v_up = self.v_ahead = 0.0
        self.speed_m_s = 60.0
        self.witness_sigma_m = witness_sigma_m
        self.random = np.random.default_rng(5)

    @property
    def sigma_agl(self):
        return self.covariance.sigma(AGL)

    def correct_height(self, innovation, r):
        self.agl += self.covariance.observe(AGL, innovation, r)[AGL]

    def open_height(self, innovation):
        self.covariance.add_variance(AGL, innovation * innovation)

    def fly(self, seconds, lrf=None, radar=None):
        """Samples at 10 Hz with these errors, m; None: the unit is silent."""
        for _ in range(round(10 * seconds)):
            self.tick += 5
            self.covariance.add_variance(AGL, 1.0)
            for unit, error in ((self.lrf, lrf), (self.radar, radar)):
                if error is not None:
                    unit.range_m, unit.alive_tick, unit.sweep_m_s = self.range_m, self.tick, self.speed_m_s
                    height = HEIGHT_M + error + 5.0 * self.random.standard_normal()
                    witness = (HEIGHT_M, self.witness_sigma_m, 0.0)
                    self.altimetry.judge(unit, height, self.agl, 100.0 + unit.noise, witness, self)
        return self


@pytest.mark.parametrize(
    ("lrf", "radar", "higher"),
    [(0.0, 400.0, "radar"), (-400.0, 0.0, "radar"), (400.0, 0.0, "lrf"), (0.0, -400.0, "lrf")],
)
def test_where_nothing_tells_who_is_wrong_the_lower_one_is_flown_on(lrf, radar, higher):
    """A radar that read 400 m too much from its first echo was believed against the laser: 22 m/s at the ground."""
    over = Over().fly(60.0, radar=radar).fly(30.0, lrf=lrf, radar=radar)
    assert getattr(over, higher).isolated
    assert over.agl == pytest.approx(HEIGHT_M + min(lrf, radar), abs=10.0)


def test_an_inertial_height_that_is_sure_enough_tells():
    over = Over(witness_sigma_m=100.0).fly(60.0, radar=-900.0).fly(30.0, lrf=0.0, radar=-900.0)
    assert over.radar.isolated and not over.lrf.isolated


def test_the_other_one_is_back_when_the_one_believed_falls_silent():
    """The lower one was wrong: it reads nothing below zero, and the ground is still 400 m off."""
    over = Over().fly(60.0, radar=0.0).fly(30.0, lrf=-400.0, radar=0.0).fly(30.0, radar=0.0)
    assert not over.radar.isolated
    assert over.agl == pytest.approx(HEIGHT_M, abs=10.0)
    assert [event[1] for event in over.events if event[0] == events.READMITTED] == [events.RADAR]


@pytest.mark.parametrize(
    ("lrf", "radar", "higher"), [(25.0, 0.0, "lrf"), (0.0, 25.0, "radar"), (0.0, -25.0, "lrf")]
)
def test_a_small_difference_that_was_always_there_shows_near_the_ground_and_the_lower_one_is_flown_on(
    lrf, radar, higher
):
    """Neither had jumped, and the healthy one was isolated for the larger accident: it hovered at 25 m until dry."""
    over = Over().fly(30.0, lrf=lrf, radar=radar)
    assert not over.lrf.isolated and not over.radar.isolated  # far up it is within what the ground explains
    over.range_m = 400.0
    over.fly(20.0, lrf=lrf, radar=radar)
    assert getattr(over, higher).isolated


def test_who_has_clearly_jumped_is_wrong_also_when_it_is_the_lower_one():
    over = Over().fly(60.0, lrf=0.0, radar=0.0).fly(5.0, lrf=0.0, radar=-600.0)
    assert over.radar.isolated and not over.lrf.isolated


@pytest.mark.parametrize("bias", [-400.0, 400.0])
def test_a_leap_that_no_ground_makes_is_the_last_altimeters_own(bias):
    """With the laser dead the radar's 400 m were taken for a cliff: 21 m/s at the ground, or dry 400 m above it."""
    over = near(Over()).fly(30.0, lrf=0.0, radar=0.0).fly(10.0, radar=0.0).fly(60.0, radar=bias)
    assert over.radar.isolated
    assert over.agl == pytest.approx(HEIGHT_M, abs=10.0)
    over.fly(10.0, radar=0.0)
    assert not over.radar.isolated


def test_nor_do_two_leaps_at_once_make_a_cliff():
    """Both 400 m too high from one sample to the next: 26 m/s at the ground."""
    over = near(Over()).fly(30.0, lrf=0.0, radar=0.0).fly(30.0, lrf=400.0, radar=400.0)
    assert over.lrf.isolated and over.radar.isolated
    assert over.agl == pytest.approx(HEIGHT_M, abs=10.0)


@pytest.mark.parametrize("lrf", [None, 0.0])
def test_a_scarp_is_believed_by_one_and_by_two(lrf):
    """HAKUTO-R M1: the ground fell by 3 km within 2.5, and the altimeter was never believed again."""
    over = near(Over()).fly(30.0, lrf=lrf, radar=0.0)
    over.speed_m_s = 250.0
    for passed in range(101):
        over.fly(0.1, lrf=None if lrf is None else 30.0 * passed, radar=30.0 * passed)
    over.fly(10.0, lrf=None if lrf is None else 3000.0, radar=3000.0)
    assert over.agl == pytest.approx(HEIGHT_M + 3000.0, abs=10.0)
    assert not over.radar.isolated


def test_a_false_return_does_not_pass_for_noise():
    """It widened the gate to 500 m, and a radar 400 m too high was back: 12 m/s at the ground."""
    over = near(Over()).fly(30.0, lrf=0.0, radar=0.0).fly(10.0, radar=0.0).fly(10.0, radar=400.0)
    over.range_m = 9000.0
    over.fly(0.1, radar=9000.0)
    near(over).fly(10.0, radar=400.0)
    assert over.radar.isolated
    assert over.agl == pytest.approx(HEIGHT_M, abs=10.0)


def near(over):
    """Low above the ground, where ranges are good to a few metres."""
    over.range_m = 400.0
    over.covariance.rows[AGL][AGL] = 100.0
    return over
