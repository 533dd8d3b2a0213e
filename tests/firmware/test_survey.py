"""One altimeter's word of the ground against what two have told, and what is taken back of it."""

import pytest

from perilune.flight.navigation.covariance import AGL
from perilune.flight.navigation.height_reference import HeightReference
from tests.firmware.altimeters import Over, near
from tests.firmware.navigating import new, offset

OFFSET = 0.0, 0.0, 0.0  # the filter is where the inertial height is


@pytest.mark.parametrize(("gap_m", "wrong"), [(-150.0, False), (150.0, False), (-300.0, True), (300.0, True)])
def test_near_the_site_one_alone_is_held_against_the_ground_that_two_have_told(gap_m, wrong):
    """400 m too high from 8 km on, in a radar's noise no leap: believed alone, 22 m/s at the ground."""
    over = near(Over()).fly(5.0, lrf=0.0, radar=0.0)
    reference = over.altimetry.reference
    reference.gap = lambda *_: (gap_m, 50.0**2)
    over.estimate.downrange = -2000.0
    assert not over.altimetry.check_against_map(over.tick, OFFSET, 30.0, over.tick, over.estimate)
    assert reference.tick == over.tick
    over.fly(3.0, radar=0.0)
    taken_back = over.altimetry.check_against_map(over.tick, OFFSET, 30.0, over.tick, over.estimate)
    assert (over.radar.isolated, taken_back) == (wrong, wrong)
    over.fly(1.0, radar=0.0)
    assert over.radar.isolated == wrong  # it was back at once, and isolated and taken back ten times a second


@pytest.mark.parametrize("bias", [-400.0, 400.0])
def test_what_one_alone_has_said_is_taken_back_whole(bias):
    nav = new()
    reference = nav.altimetry.reference
    for _ in range(500):
        reference.renew(nav.estimate.tick, offset(nav), nav.filter.terrain_sigma())
    before = nav.estimate.agl
    for _ in range(20):
        nav.filter.correct_height(before + bias - nav.estimate.agl, 100.0)
        nav.strapdown.to_level_frame()
        nav._publish_motion()
    gap, _variance = reference.gap(nav.estimate.tick, offset(nav), nav.filter.terrain_sigma())
    assert gap == pytest.approx(bias, abs=20.0)
    nav.altimetry.check_against_map = lambda *_: True
    nav.manage_sensors(False)
    nav._publish_motion()
    assert nav.estimate.agl == pytest.approx(before, abs=1.0)
    assert nav.filter.covariance.rows[AGL][AGL] > 0.0


@pytest.mark.parametrize(
    ("pause_s", "untold_m"), [(0.1, 0.0), (4.9, 0.0), (5.1, 0.0), (5.1, 100.0), (220.0, 0.0), (220.0, 100.0)]
)
def test_one_word_of_both_after_a_pause_is_not_held_against_what_the_inertial_height_has_drifted(
    pause_s, untold_m
):
    """By its rate and, in a longer pause, by what the rate of now does not tell.

    The radar back at 300 m after 220 s: what was told 8 km up became the word of now, and the laser was isolated.
    """
    reference = HeightReference()
    for _ in range(500):
        reference.renew(1000, (40.0, 0.0, 7.0), 30.0)
    offset = 40.0 - 1.5 * pause_s - untold_m, -1.5, 7.0
    tick = 1000 + round(50 * pause_s)
    for _ in range(3):
        reference.renew(tick, offset, 30.0)
        gap, _variance = reference.gap(tick, offset, 30.0)
        assert gap == pytest.approx(0.0, abs=0.1)


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
        told_by = self.over.altimetry.reference
        told_by.tick = told
        told_by.gap = lambda *_: (gap, variance)
        told_by.renew = lambda *_: self.done.append("renew")
        self.over.estimate.downrange = downrange
        self.over.lrf.used_tick, self.over.radar.used_tick = 1000 - lrf, 1000 - radar
        self.done: list[str] = []
        if self.over.altimetry.check_against_map(1000, OFFSET, 30.0, 1000 - doppler, self.over.estimate):
            self.done.append("revert")

    @property
    def isolated(self):
        return [name for name in ("lrf", "radar") if getattr(self.over, name).isolated]


@pytest.mark.parametrize(
    ("changes", "done", "isolated"),
    [
        ({}, ["revert"], ["lrf"]),
        ({"lrf": 100, "radar": 3}, ["revert"], ["radar"]),
        ({"gap": -41.0}, ["revert"], ["lrf"]),
        ({"gap": 39.0}, [], []),
        ({"radar": 14}, ["renew"], []),
        ({"radar": 15}, ["revert"], ["lrf"]),
        ({"lrf": 14, "radar": 14}, ["renew"], []),
        ({"radar": 14, "heard": (30, 29)}, ["revert"], ["lrf"]),
        ({"radar": 14, "heard": (29, 30)}, ["revert"], ["radar"]),
        ({"radar": 14, "heard": (29, 29)}, [], []),
        ({"lrf": 15}, [], []),
        ({"told": 0}, [], []),
        ({"downrange": -3100.0}, [], []),
        ({"downrange": 3100.0}, [], []),
        ({"doppler": 15}, ["revert"], ["lrf"]),
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
        ({"judged_tick": 985}, ["revert"]),
        ({"isolated": True}, ["revert"]),
        ({"heard": 29}, ["revert"]),
        (
            {"noise": 1e6, "mean_1s": 20.4},
            [],
        ),  # of 41 m: nearer to where this one has the ground than to the map's
        ({"noise": 1e6, "mean_1s": -20.4}, []),
        ({"noise": 1e6, "mean_1s": 20.6}, ["revert"]),
        ({"noise": 1e6, "mean_1s": -20.6}, ["revert"]),
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
    ("apart", "noise", "done", "isolated"),
    [
        (0.9, (0.0, 0.0), ["renew"], []),
        (1.1, (0.0, 0.0), [], []),
        (0.0, (1e6, 1e6), [], []),
        (0.0, (0.0, 1e6), ["revert"], ["lrf"]),
        (0.0, (1e6, 0.0), ["revert"], ["radar"]),
    ],
)
def test_only_two_that_agree_and_do_not_scatter_tell_the_ground(apart, noise, done, isolated):
    """A bias of 400 m was vouched for by one that was fifty times too noisy, or before the two had been told apart."""
    over = Over()
    for unit, observed in zip((over.lrf, over.radar), noise, strict=True):
        unit.range_m, unit.noise = 400.0, observed
        unit.own = unit.own_variance()
    over.lrf.mean_1s = apart * (over.lrf.own + over.radar.own + 4.0) ** 0.5
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
        assert lrf.is_credible() is tells


@pytest.mark.parametrize(
    ("fast", "done"), [((100.0, 100.0), []), ((20.0, -20.0), []), ((100.0, 79.0), ["revert"])]
)
def test_who_seconds_agrees_with_the_other_wherever_both_have_the_ground(fast, done):
    over = Over()
    over.lrf.heard = over.radar.heard = 30
    over.radar.judged_tick, over.radar.noise = 986, 1e6
    over.lrf.mean_1s, over.radar.mean_1s = fast
    gap = 41.0 if fast != (20.0, -20.0) else 81.0
    assert Surveyed(over=over, gap=gap).done == done
