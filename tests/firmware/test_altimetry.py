"""Two altimeters that contradict each other over ground that nobody knows well enough to say who is right."""

from types import SimpleNamespace

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.altimeter import Altimeter
from perilune.flight.altimetry import Altimetry
from perilune.flight.covariance import AGL, Covariance
from perilune.flight.navigation import Navigation
from tests.firmware import kit

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


def test_a_false_return_near_the_ground_does_not_convict_a_healthy_radar():
    """From 4.8 km off, in a variance of that range it moved the mean by 20 m: isolated at 29 m above the ground."""
    over = near(Over())
    over.range_m = 30.0
    for n in range(120):
        feed(over, over.lrf, 0.0)
        over.range_m = 4800.0 if n == 60 else 30.0
        feed(over, over.radar, 4770.0 if n == 60 else 0.5 * (-1) ** n)
        over.range_m = 30.0
    assert [event[0] for event in over.events] == [events.FIRST_RANGE] * 2


@pytest.mark.parametrize(("gap_m", "wrong"), [(-150.0, False), (150.0, False), (-300.0, True), (300.0, True)])
def test_near_the_site_one_alone_is_held_against_the_ground_that_two_have_told(gap_m, wrong):
    """400 m too high from 8 km on, in a radar's noise no leap: believed alone, 22 m/s at the ground."""
    over = near(Over()).fly(5.0, lrf=0.0, radar=0.0)
    taken_back = []
    told = SimpleNamespace(
        tick=over.tick,
        told_tick=0,
        downrange=-2000.0,
        doppler=SimpleNamespace(used_tick=over.tick),
        vouch=lambda: setattr(told, "told_tick", told.tick),
        ground_gap=lambda: (gap_m, 50.0**2),
        retract=lambda: taken_back.append(gap_m),
        sigma_agl=10.0,
    )
    over.altimetry.survey(told)
    assert told.told_tick == told.tick
    told.tick = told.doppler.used_tick = over.fly(3.0, radar=0.0).tick
    over.altimetry.survey(told)
    assert (over.radar.isolated, bool(taken_back)) == (wrong, wrong)
    over.fly(1.0, radar=0.0)
    assert over.radar.isolated == wrong  # it was back at once, and isolated and taken back ten times a second


@pytest.mark.parametrize("bias", [-400.0, 400.0])
def test_what_one_alone_has_said_is_taken_back_whole(bias):
    nav = Navigation(kit.loaded(), lambda *_event: None)
    for _ in range(500):
        nav.vouch()
    before = nav.agl
    for _ in range(20):
        nav.correct_height(before + bias - nav.agl, 100.0)
        nav.strapdown.locate()
        nav._outputs()
    gap, _variance = nav.ground_gap()
    assert gap == pytest.approx(bias, abs=20.0)
    nav.retract()
    nav._outputs()
    assert nav.agl == pytest.approx(before, abs=1.0)
    assert nav.covariance.rows[AGL][AGL] > 0.0


@pytest.mark.parametrize(
    ("pause_s", "untold_m"), [(0.1, 0.0), (4.9, 0.0), (5.1, 0.0), (5.1, 100.0), (220.0, 0.0), (220.0, 100.0)]
)
def test_one_word_of_both_after_a_pause_is_not_held_against_what_the_inertial_height_has_drifted(
    pause_s, untold_m
):
    """By its rate and, in a longer pause, by what the rate of now does not tell.

    The radar back at 300 m after 220 s: what was told 8 km up became the word of now, and the laser was isolated.
    """
    nav = Navigation(kit.loaded(), lambda *_event: None)
    nav.tick = nav.witness_tick = 1000
    for _ in range(500):
        nav.vouch()
    nav.witness.v_up += 1.5
    nav.witness.altitude += 1.5 * pause_s + untold_m
    nav.tick = nav.witness_tick = 1000 + round(50 * pause_s)
    for _ in range(3):
        nav.vouch()
        gap, _variance = nav.ground_gap()
        assert gap == pytest.approx(0.0, abs=0.1)


def near(over):
    """Low above the ground, where ranges are good to a few metres."""
    over.range_m = 400.0
    over.covariance.rows[AGL][AGL] = 100.0
    return over


def feed(over: Over, unit: Altimeter, error: float, times: int = 1) -> None:
    """Samples of one unit without noise, `error` m off, at 10 Hz."""
    for _ in range(times):
        over.tick += 5
        unit.range_m, unit.alive_tick, unit.sweep_m_s = over.range_m, over.tick, over.speed_m_s
        over.altimetry.judge(unit, HEIGHT_M + error, over.agl, 100.0, (HEIGHT_M, 1500.0, 0.0), over)


def test_the_first_ranges_after_silence_have_to_agree_with_each_other():
    """False returns come one at a time."""
    over = Over()
    feed(over, over.lrf, 0.0, 2)
    assert over.lrf.used_tick < 0
    feed(over, over.lrf, 0.0)
    assert over.lrf.used_tick == over.altimetry.used_tick == over.tick
    assert [event[:3] for event in over.events] == [(events.FIRST_RANGE, events.LRF, HEIGHT_M)]
    feed(over, over.lrf, 0.0, 5)
    assert len(over.events) == 1


def test_a_lone_false_return_is_not_used_and_counted():
    over = Over()
    feed(over, over.lrf, 0.0, 40)
    sigma = (over.covariance.rows[AGL][AGL] + 100.0) ** 0.5
    feed(over, over.lrf, 5.1 * sigma)
    assert over.lrf.rejected == 1 and over.lrf.used_tick == over.tick - 5
    feed(over, over.lrf, 4.9 * sigma)
    assert over.lrf.rejected == 0 and over.lrf.used_tick == over.tick


def test_a_step_that_one_altimeter_alone_shows_for_three_seconds_is_believed():
    """HAKUTO-R M1: a crater rim of 3 km is the ground, not a fault, where the footprint is fast enough."""
    over = Over()
    over.speed_m_s = 4000.0
    feed(over, over.lrf, 0.0, 60)
    feed(over, over.lrf, 3000.0, 29)
    assert over.lrf.rejected == 29
    assert [event[0] for event in over.events] == [events.FIRST_RANGE]
    feed(over, over.lrf, 3000.0)
    assert [event[0] for event in over.events] == [events.FIRST_RANGE, events.REOPENED]
    assert over.events[-1][1:3] == (events.LRF, pytest.approx(3000.0, abs=30.0))
    assert over.events[-1][4] == 30
    feed(over, over.lrf, 3000.0, 5)
    assert over.agl == pytest.approx(HEIGHT_M + 3000.0, abs=50.0)


@pytest.mark.parametrize(
    ("slope", "ahead", "believed"),
    [(1.9, 0.0, True), (2.1, 0.0, False), (7.9, -20.0, True), (8.1, 20.0, False)],
)
def test_heights_that_do_not_move_as_the_vehicle_are_not_believed(slope, ahead, believed):
    """Within 2 m/s, and a slope of 0.3 under the way over ground."""
    over = Over()
    over.v_ahead, over.speed_m_s = ahead, 4000.0
    feed(over, over.lrf, 0.0, 60)
    for n in range(40):
        feed(over, over.lrf, 3000.0 + 0.1 * slope * n)
    assert (events.REOPENED in [event[0] for event in over.events]) is believed


def test_a_step_that_both_show_for_a_second_is_believed():
    over = Over()
    over.speed_m_s = 4000.0
    over.fly(60.0, lrf=0.0, radar=0.0).fly(0.9, lrf=3000.0, radar=3000.0)
    assert (over.lrf.rejected, over.radar.rejected) == (
        8,
        9,
    )  # the first one contradicted the radar of before
    over.fly(0.1, lrf=3000.0, radar=3000.0)
    assert [event[0] for event in over.events[-1:]] == [events.REOPENED]
    assert over.fly(1.0, lrf=3000.0, radar=3000.0).agl == pytest.approx(HEIGHT_M + 3000.0, abs=50.0)
    assert not over.lrf.isolated and not over.radar.isolated


def test_an_isolated_one_is_back_after_two_consistent_seconds():
    over = Over().fly(60.0, lrf=0.0, radar=0.0).fly(5.0, lrf=0.0, radar=-600.0)
    assert over.radar.isolated
    over.fly(30.0, lrf=0.0, radar=0.0)
    assert not over.radar.isolated
    ((_code, unit, _innovation, _noise, samples),) = [e for e in over.events if e[0] == events.READMITTED]
    assert (unit, samples) == (events.RADAR, 20)
    assert over.radar.used_tick == over.tick


def test_a_sudden_contradiction_is_resolved_after_eight_samples_and_neither_used_before():
    over = Over().fly(60.0, lrf=0.0, radar=0.0)
    used = over.tick
    over.fly(0.4, lrf=0.0, radar=-2000.0)  # the first sample of the laser does not contradict yet: seven do
    assert not over.radar.isolated and not over.lrf.isolated
    assert (over.lrf.used_tick, over.radar.used_tick) == (used + 5, used)
    over.fly(0.1, lrf=0.0, radar=-2000.0)
    assert over.radar.isolated and not over.lrf.isolated
    ((_code, unit, *_),) = [event for event in over.events if event[0] == events.ISOLATED]
    assert (unit, over.radar.isolated_tick) == (events.RADAR, over.tick)


def test_a_unit_that_has_spoken_less_than_five_seconds_may_still_come():
    over = Over()
    over.lrf.alive_tick = over.radar.alive_tick = over.tick
    assert over.altimetry.may_still_speak(over.tick)
    over.lrf.total, over.radar.total = 50, 49
    assert over.altimetry.may_still_speak(over.tick)
    over.lrf.total, over.radar.total = 49, 50
    assert over.altimetry.may_still_speak(over.tick)
    over.lrf.total = 50
    assert not over.altimetry.may_still_speak(over.tick)


@pytest.mark.parametrize(
    ("changes", "expected", "cycled"),
    [
        ({"alive_tick": 899}, False, (1, 0, 0)),
        ({"alive_tick": 900}, False, None),
        ({"same": 10}, False, (0, 1, 0)),
        ({"same": 9}, False, None),
        ({"isolated": True, "isolated_tick": 749}, False, (0, 0, 1)),
        ({"isolated": True, "isolated_tick": 750}, False, None),
        ({"isolated_tick": 749}, False, None),
        ({"judged_tick": 499, "alive_tick": 991}, True, (0, 0, 0)),
        ({"judged_tick": 499, "alive_tick": 991}, False, None),
        ({"judged_tick": 500, "alive_tick": 991}, True, None),
        ({"judged_tick": 499, "alive_tick": 990}, True, None),
    ],
)
@pytest.mark.parametrize("name", ["lrf", "radar"])
def test_which_unit_is_power_cycled(name, changes, expected, cycled):
    over = Over()
    for unit in (over.lrf, over.radar):
        unit.alive_tick = unit.judged_tick = 1000
    unit = getattr(over, name)
    vars(unit).update(changes)
    for _ in range(3):
        over.altimetry.tend(1000, expected)
    assert over.events == ([(events.POWER_CYCLED, unit.source, *cycled)] if cycled else [])
    assert unit.power_off(1001) is bool(cycled)


def test_only_a_unit_that_answers_and_never_gave_a_range_may_still_come():
    """Resilience's laser said "no range" until 893 m; Odysseus' was switched off and said nothing."""
    unit = Over()
    tick = 10000
    spoken, answering, mute = (100, tick - 5), (0, tick - 5), (0, 0)
    for lrf, radar, waits in ((answering, mute, True), (mute, spoken, False), (spoken, answering, True)):
        for altimeter, (total, alive_tick) in ((unit.lrf, lrf), (unit.radar, radar)):
            altimeter.total, altimeter.alive_tick = total, alive_tick
        assert unit.altimetry.may_still_speak(tick) == waits


class Surveyed:
    """Navigation near the site: one altimeter's word of the ground against what two have told."""

    def __init__(
        self,
        lrf=3,
        radar=100,
        doppler=3,
        told=900,
        downrange=-2900.0,
        gap=41.0,
        variance=100.0,
        heard=(30, 30),
        over=None,
    ):
        self.over = over or Over()
        self.over.lrf.heard, self.over.radar.heard = heard
        self.tick, self.told_tick, self.downrange, self.sigma_agl = 1000, told, downrange, 1.0
        self.over.lrf.used_tick, self.over.radar.used_tick = 1000 - lrf, 1000 - radar
        self.doppler = type("Doppler", (), {"used_tick": 1000 - doppler})
        self.ground_gap = lambda: (gap, variance)
        self.done: list[str] = []
        self.vouch = lambda: self.done.append("vouch")
        self.retract = lambda: self.done.append("retract")
        self.over.altimetry.survey(self)

    @property
    def isolated(self):
        return [name for name in ("lrf", "radar") if getattr(self.over, name).isolated]


@pytest.mark.parametrize(
    ("changes", "done", "isolated"),
    [
        ({}, ["retract"], ["lrf"]),
        ({"lrf": 100, "radar": 3}, ["retract"], ["radar"]),
        ({"gap": -41.0}, ["retract"], ["lrf"]),
        ({"gap": 39.0}, [], []),
        ({"radar": 14}, ["vouch"], []),
        ({"radar": 15}, ["retract"], ["lrf"]),
        ({"lrf": 14, "radar": 14}, ["vouch"], []),
        ({"radar": 14, "heard": (30, 29)}, ["retract"], ["lrf"]),
        ({"radar": 14, "heard": (29, 30)}, ["retract"], ["radar"]),
        ({"radar": 14, "heard": (29, 29)}, [], []),
        ({"lrf": 15}, [], []),
        ({"told": 0}, [], []),
        ({"downrange": -3100.0}, [], []),
        ({"downrange": 3100.0}, [], []),
        ({"doppler": 15}, ["retract"], ["lrf"]),
        ({"doppler": 16}, [], []),
    ],
)
def test_one_altimeter_alone_is_held_against_what_two_have_told(changes, done, isolated):
    """Four sigma off near the site, the velocimeter speaking: it is the altimeter and not the ground.

    Three samples of a frozen laser, power-cycled, were new: 250 m off they told the ground, the radar was isolated.
    """
    survey = Surveyed(**changes)
    assert (survey.done, survey.isolated) == (done, isolated)
    for name in isolated:
        assert getattr(survey.over, name).leapt


@pytest.mark.parametrize(
    ("changes", "done"),
    [
        ({}, []),
        ({"judged_tick": 985}, ["retract"]),
        ({"isolated": True}, ["retract"]),
        ({"heard": 29}, ["retract"]),
        (
            {"noise": 1e6, "fast": 20.4},
            [],
        ),  # of 41 m: nearer to where this one has the ground than to the map's
        ({"noise": 1e6, "fast": -20.4}, []),
        ({"noise": 1e6, "fast": 20.6}, ["retract"]),
        ({"noise": 1e6, "fast": -20.6}, ["retract"]),
    ],
)
@pytest.mark.parametrize("lone", ["lrf", "radar"])
def test_one_is_not_alone_while_the_other_speaks_outside_its_gate(lone, changes, done):
    """No fault: the heads looked elsewhere, 190 m higher ground, both said so for a second; the first of them that was
    used was held against the map, then the other: 11.6 m/s, nominal, seed 642704738539. One too noisy to tell by itself
    may second the other: both right, Athena (seed 190584155809286) shut out both and hovered 370 m up."""
    over = Over()
    other = over.radar if lone == "lrf" else over.lrf
    other.heard = 30
    vars(other).update({"judged_tick": 986} | changes)
    ago = {"lrf": 3, "radar": 100} if lone == "lrf" else {"lrf": 100, "radar": 3}
    survey = Surveyed(over=over, heard=(over.lrf.heard or 30, over.radar.heard or 30), **ago)
    assert survey.done == done


@pytest.mark.parametrize(
    ("others_rejected", "leapt", "told_tick"), [(9, False, 0), (9, True, 900), (8, False, 900)]
)
def test_two_that_condemn_the_prior_tell_another_ground_from_now_on(others_rejected, leapt, told_tick):
    over = Over()
    over.told_tick = 900
    over.lrf.rejected, over.radar.rejected = 9, others_rejected
    over.radar.judged_tick = over.tick
    over.lrf.leapt = over.radar.leapt = leapt
    over.altimetry._reject(over.lrf, over.radar, -190.0, over)
    assert over.told_tick == told_tick


@pytest.mark.parametrize(
    ("apart", "noise", "done", "isolated"),
    [
        (0.9, (0.0, 0.0), ["vouch"], []),
        (1.1, (0.0, 0.0), [], []),
        (0.0, (1e6, 1e6), [], []),
        (0.0, (0.0, 1e6), ["retract"], ["lrf"]),
        (0.0, (1e6, 0.0), ["retract"], ["radar"]),
    ],
)
def test_only_two_that_agree_and_do_not_scatter_tell_the_ground(apart, noise, done, isolated):
    """A bias of 400 m was vouched for by one that was fifty times too noisy, or before the two had been told apart."""
    over = Over()
    for unit, observed in zip((over.lrf, over.radar), noise, strict=True):
        unit.range_m, unit.noise = 400.0, observed
        unit.own = unit.own_variance()
    over.lrf.fast = apart * (over.lrf.own + over.radar.own + 4.0) ** 0.5
    survey = Surveyed(radar=3, over=over)
    assert (survey.done, survey.isolated) == (done, isolated)


@pytest.mark.parametrize("noise_m", [0.1, 30.0])
def test_scatter_beyond_three_times_what_the_unit_may_have_and_3_percent_for_the_ground_tells_nothing(
    noise_m,
):
    lrf = Over().lrf
    lrf.range_m, lrf.noise_m = 1000.0, noise_m
    most = 9.0 * (lrf.noise_m + lrf.noise_ratio * 1000.0) ** 2 + 1e-3 * 1000.0**2
    lrf.heard = 30
    for share, tells in ((0.99, True), (1.01, False)):
        lrf.noise = share * most
        assert lrf.tells() is tells


@pytest.mark.parametrize(("sigmas", "back"), [(2.4, True), (-2.4, True), (2.6, False)])
def test_one_that_has_leapt_comes_back_only_to_where_it_is_expected(sigmas, back):
    """With 400 m too much it was inside the gate of a height that was lost with it, and landed at 15 m/s after all."""
    over = Over()
    unit = over.radar
    unit.isolated, unit.leapt, unit.consistent = True, True, 19
    over.lrf.judged_tick = over.tick - 101
    variance = over.covariance.rows[AGL][AGL] + 100.0
    assert over.altimetry._readmitted(unit, over.lrf, sigmas * variance**0.5, 100.0, False, over) is back


def test_who_has_drifted_away_is_wrong_also_when_it_is_the_lower_one():
    """Slowly, so that no single sample leaps: the mean of a second against that of ten tells."""
    over = near(Over()).fly(60.0, lrf=0.0, radar=0.0)
    for n in range(200):
        over.fly(0.1, lrf=0.0, radar=-1.0 * n)
    assert over.radar.isolated and not over.lrf.isolated


def test_one_that_is_back_starts_with_a_clean_record():
    over = near(Over()).fly(30.0, lrf=0.0, radar=0.0).fly(5.0, lrf=0.0, radar=400.0)
    assert over.radar.isolated
    over.radar.rejected = 7
    over.fly(10.0, lrf=0.0, radar=0.0)
    assert (over.radar.isolated, over.radar.leapt, over.radar.rejected) == (False, False, 0)


def test_the_higher_one_is_wrong_unless_the_inertial_height_is_sure_of_the_lower():
    """The lower one more than two sigma off, and twice as far as the higher one."""
    for sigma, low, high, wrong in (
        (100.0, -210.0, 0.0, "low"),
        (100.0, -190.0, 0.0, "high"),
        (100.0, -210.0, 110.0, "high"),
        (100.0, -210.0, 100.0, "low"),
        (100.0, -210.0, -100.0, "low"),
        (100.0, -210.0, -110.0, "high"),
    ):
        over = Over()
        over.lrf.fast, over.radar.fast = low, high
        found = over.altimetry._wrong(over.lrf, over.radar, sigma, False)
        assert found is {"low": over.lrf, "high": over.radar}[wrong], (low, high)
        assert over.altimetry._wrong(over.radar, over.lrf, sigma, False) is found


@pytest.mark.parametrize(("lead", "by_jump"), [(1.01, True), (0.99, False)])
@pytest.mark.parametrize("sudden", [True, False])
def test_who_has_moved_by_two_sigma_more_is_wrong(sudden, lead, by_jump):
    """Else the higher one: here the radar."""
    over = near(Over())
    for unit in (over.lrf, over.radar):
        unit.heard, unit.range_m = 50, 400.0
    clear = 2.0 * (over.lrf.own_variance() + over.radar.own_variance()) ** 0.5
    if sudden:
        over.lrf.jump, over.radar.jump = -lead * clear - 7.0, 7.0
        over.radar.fast = 1.0
    else:
        over.lrf.slow, over.radar.slow = lead * clear + 7.0, 1.0 - 7.0
        over.radar.fast = 1.0
    wrong = over.altimetry._wrong(over.lrf, over.radar, 1500.0, sudden)
    assert wrong is (over.lrf if by_jump else over.radar)
    over.lrf.heard = 49
    assert over.altimetry._wrong(over.lrf, over.radar, 1500.0, sudden) is over.radar


@pytest.mark.parametrize(("lrf", "radar", "isolated"), [(True, False, "lrf"), (False, True, "radar")])
def test_who_has_leapt_is_wrong(lrf, radar, isolated):
    over = Over()
    over.lrf.leapt, over.radar.leapt = lrf, radar
    over.lrf.heard = over.radar.heard = 100
    over.lrf.jump, over.radar.jump = (0.0, 900.0) if lrf else (900.0, 0.0)
    assert over.altimetry._wrong(over.lrf, over.radar, 100.0, True) is getattr(over, isolated)


@pytest.mark.parametrize(("ticks", "compared"), [(8, True), (9, False)])
def test_samples_close_together_are_compared(ticks, compared):
    over = near(Over()).fly(5.0, lrf=0.0, radar=0.0)
    over.altimetry.contradiction = 3
    over.tick = over.radar.judged_tick + ticks - 5
    feed(over, over.lrf, 200.0)
    assert over.altimetry.contradiction == (4 if compared else 0)


def test_contradiction_ends_when_the_other_one_is_not_heard():
    over = near(Over()).fly(5.0, lrf=0.0, radar=0.0)
    over.altimetry.contradiction = over.altimetry.parted = 3
    over.tick += 20
    feed(over, over.lrf, 0.0)
    assert (over.altimetry.contradiction, over.altimetry.parted) == (0, 0)


@pytest.mark.parametrize(("mine", "its", "concluded"), [(10, 9, True), (9, 9, False), (10, 8, False)])
def test_a_second_of_rejection_by_both_condemns_the_prior(mine, its, concluded):
    over = Over()
    over.lrf.rejected, over.radar.rejected = mine - 1, its
    over.radar.judged_tick = over.tick
    over.altimetry._reject(over.lrf, over.radar, 900.0, over)
    assert (events.REOPENED in [event[0] for event in over.events]) is concluded


@pytest.mark.parametrize(
    ("lrf", "radar", "code"),
    [
        (True, True, events.ISOLATED),
        (True, False, events.REOPENED),
        (False, True, events.REOPENED),
        (False, False, events.REOPENED),
    ],
)
def test_only_two_leaps_at_once_are_not_the_ground(lrf, radar, code):
    over = Over()
    over.lrf.rejected, over.radar.rejected = 9, 9
    over.radar.judged_tick = over.tick
    over.lrf.leapt, over.radar.leapt = lrf, radar
    over.altimetry._reject(over.lrf, over.radar, 900.0, over)
    assert [event[0] for event in over.events] == [code]


@pytest.mark.parametrize(
    ("ago", "other_isolated", "alone"), [(100, False, False), (101, False, True), (0, True, True)]
)
def test_when_one_is_alone(ago, other_isolated, alone):
    """Alone it is three seconds until the prior is condemned, and only with a slope that fits."""
    over = Over()
    over.lrf.rejected, over.radar.rejected = 28, 99
    over.radar.judged_tick, over.radar.isolated = over.tick - ago, other_isolated
    over.lrf.history = [(over.tick + 5 * n, HEIGHT_M) for n in range(10)]
    over.altimetry._reject(over.lrf, over.radar, 900.0, over)
    assert bool(over.events) is not alone
    over.events.clear()
    over.lrf.rejected, over.radar.rejected = 29, 0
    over.altimetry._reject(over.lrf, over.radar, 900.0, over)
    assert bool(over.events) is alone


@pytest.mark.parametrize(
    ("ago", "leapt", "consistent", "back"),
    [
        (101, False, 0, True),
        (100, False, 0, False),
        (101, True, 0, False),
        (101, True, 19, True),
        (100, False, 19, False),
    ],
)
def test_when_an_isolated_one_is_back(ago, leapt, consistent, back):
    over = Over()
    unit, other = over.radar, over.lrf
    unit.isolated, unit.leapt, unit.consistent, unit.rejected = True, leapt, consistent, 5
    other.judged_tick = over.tick - ago
    assert over.altimetry._readmitted(unit, other, 0.0, 100.0, False, over) is back
    assert unit.isolated is not back
    if back:
        assert (unit.leapt, unit.rejected) == (False, 0)
        assert over.events == [(events.READMITTED, events.RADAR, 0.0, 0.0, unit.consistent)]


def contradicting(d=0.0, gap=0.0, heard=(50, 50), counts=(0, 0)) -> Over:
    """The laser's sample contradicts the radar's by `d` and its mean by `gap`, after so many samples of either kind."""
    over = near(Over())
    for unit, n in ((over.lrf, heard[0]), (over.radar, heard[1])):
        unit.range_m, unit.heard, unit.rejected, unit.consistent = 400.0, n, 4, 4
    over.lrf.innovation, over.lrf.fast = d, gap
    over.lrf.jump = over.lrf.slow = 1e4  # it is clear who has moved
    over.altimetry.contradiction, over.altimetry.parted = counts
    over.result = over.altimetry._contradict(over.lrf, over.radar, over, 1500.0)
    return over


def own2() -> float:
    over = contradicting()
    return over.lrf.own_variance() + over.radar.own_variance() + 4.0


@pytest.mark.parametrize(("share", "sudden"), [(1.01, True), (-1.01, True), (0.99, False)])
def test_six_sigma_between_two_samples_is_sudden_and_neither_is_used(share, sudden):
    over = contradicting(d=share * 6.0 * own2() ** 0.5)
    assert over.result is sudden
    assert over.altimetry.contradiction == int(sudden)
    assert not contradicting(d=0.0, counts=(5, 0)).altimetry.contradiction


@pytest.mark.parametrize(("before", "resolved"), [(6, False), (7, True)])
def test_the_eighth_sudden_one_is_resolved(before, resolved):
    over = contradicting(d=1e3, counts=(before, 3))
    assert over.lrf.isolated is resolved
    assert over.result
    assert (over.altimetry.contradiction, over.altimetry.parted) == ((0, 0) if resolved else (7, 0))
    assert (over.lrf.rejected, over.lrf.consistent) == ((0, 0) if resolved else (4, 4))


@pytest.mark.parametrize(("share", "parted"), [(1.01, True), (-1.01, True), (0.99, False)])
def test_means_two_and_a_half_sigma_and_five_metres_apart_have_parted(share, parted):
    over = contradicting(gap=share * (6.25 * own2() + 25.0) ** 0.5, counts=(0, 3))
    assert over.altimetry.parted == (4 if parted else 0)
    assert over.result is False


@pytest.mark.parametrize(("before", "resolved"), [(8, False), (9, True)])
def test_a_second_of_parting_is_resolved(before, resolved):
    over = contradicting(gap=1e3, counts=(2, before))
    assert over.lrf.isolated is resolved
    assert over.result is resolved
    assert over.altimetry.parted == (0 if resolved else 9)
    assert over.altimetry.contradiction == 0


@pytest.mark.parametrize(("heard", "counts"), [((11, 11), True), ((10, 50), False), ((50, 10), False)])
def test_means_count_after_a_second(heard, counts):
    assert bool(contradicting(gap=1e3, heard=heard).altimetry.parted) is counts


def test_a_prior_that_is_condemned_clears_what_was_rejected():
    over = Over()
    over.lrf.rejected, over.radar.rejected = 12, 11
    over.altimetry._reopen(over.lrf, 500.0, over)
    assert (over.lrf.rejected, over.radar.rejected) == (0, 0)
    assert over.events == [(events.REOPENED, events.LRF, 500.0, over.events[0][3], 12)]


@pytest.mark.parametrize(("share", "counted"), [(0.99, True), (1.01, False)])
def test_together_is_within_a_sigma_of_both_and_two_metres(share, counted):
    over = contradicting()
    over.lrf.fast, over.radar.fast = share * own2() ** 0.5, 0.0
    over.radar.isolated, over.radar.consistent = True, 3
    over.lrf.judged_tick = over.tick
    over.altimetry._readmitted(over.radar, over.lrf, 0.0, 100.0, True, over)
    assert over.radar.consistent == (4 if counted else 0)
