"""Velocimeter and radar: when which is believed, isolated, blamed and heard again."""

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.navigation.covariance import V_UP
from tests.firmware.beams import Nav, gate
from tests.firmware.records import filled


def test_a_velocimeter_is_believed_after_sixty_beams_that_the_radar_confirms():
    nav = Nav()
    nav.doppler.versus.agreed = 20
    nav.doppler.radar_heard_tick = nav.tick
    for _ in range(19):
        nav.beams(ticks=1)
    nav.beams(ticks=1, which=3)
    assert nav.doppler.isolated and nav.taken_in == []
    nav.beams(ticks=1, which=1)
    assert not nav.doppler.isolated and len(nav.taken_in) == 1
    assert nav.told == []


@pytest.mark.parametrize(("sigmas", "suspect", "counted"), [(2.9, False, 1), (3.1, False, 0), (3.1, True, 1)])
def test_one_beyond_three_sigma_is_not_to_be_believed_unless_the_prior_is_in_doubt(sigmas, suspect, counted):
    """3 m/s off from its first word, 4.7 sigma for half a minute: believed, and 4.8 m/s at the ground."""
    nav = Nav(variance=0.01)
    nav.estimate.accel_suspect = suspect
    nav.doppler.noise.factor = 1.0
    off = sigmas / 5.0 * gate(nav, 0.07**2 + 0.05**2)
    nav.doppler.innovations = [off] * 3
    nav.beams(off=off, which=1)
    assert (nav.doppler.consistent, nav.doppler.rejected) == (counted, 0)


@pytest.mark.parametrize(("agreed", "heard", "beams"), [(19, 0, 600), (19, 101, 60), (20, 0, 60)])
def test_what_the_radar_does_not_confirm_takes_longer(agreed, heard, beams):
    nav = Nav()
    nav.doppler.versus.agreed = agreed
    for n in range(beams):
        assert nav.doppler.isolated, n
        nav.doppler.radar_heard_tick = nav.tick - heard
        nav.beams(ticks=0, which=1)
    assert not nav.doppler.isolated


def test_thirty_beams_in_a_row_outside_the_gate_isolate():
    nav = Nav(variance=0.01).believed()
    nav.doppler.anchors = ((1.0, 2.0, 3.0), (9.0, 9.0, 9.0))
    nav.doppler.forces = ((4.0, 5.0, 6.0), (9.0, 9.0, 9.0))
    nav.filter.velocity_correction = (1.5, 2.0, 2.0)
    nav.doppler.versus.agreed = 50
    for n in range(29):
        nav.beams(off=100.0, which=1)
        assert (nav.doppler.rejected, nav.doppler.isolated) == (n + 1, False)
    before = np.diagonal(nav.covariance.rows).copy()
    nav.beams(off=100.0, which=1)
    assert nav.doppler.isolated and nav.doppler.blamed
    assert nav.reverted == [((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))] and nav.doppler.isolations == 1
    ((code, innovation, up, level, _),) = nav.told
    assert (code, up, level) == (events.DOPPLER_REJECTED, 0.11, 0.22)
    assert innovation == pytest.approx(100.0, abs=1e-6)
    opened = np.diagonal(nav.covariance.rows) - before
    share = 1e-6 * innovation**2 * np.array([0.8**2, 0.6**2, 0.0])
    assert opened[V_UP : V_UP + 3] == pytest.approx(np.array([0.25, 0.0, 1.0]) + share)
    assert (nav.doppler.consistent, nav.doppler.versus.agreed) == (0, 0)
    nav.beams(off=100.0, which=1)
    assert len(nav.told) == 1


@pytest.mark.parametrize(
    ("off", "before", "taken", "rejected", "isolated"),
    [
        ((9.0, 0.0, 0.0), 0, 0, 3, False),
        ((0.0, 9.0, 0.0), 0, 1, 2, False),
        ((0.0, 0.0, 9.0), 0, 2, 1, False),
        ((0.0, 9.0, 0.0), 28, 1, 30, True),
        ((0.0, 0.0, 9.0), 28, 2, 29, False),
    ],
)
def test_a_beam_outside_its_gate_spoils_those_after_it(off, before, taken, rejected, isolated):
    """One that lied was taken by the beams that fitted into the velocity known least, and never counted as rejected."""
    nav = Nav(variance=0.01).believed()
    nav.doppler.rejected = before
    nav.beams(off=off)
    assert len(nav.taken_in) == taken
    assert (nav.doppler.rejected, nav.doppler.isolated) == (rejected, isolated)
    nav.beams(off=0.0)
    assert nav.doppler.rejected == (rejected if isolated else 0)


@pytest.mark.parametrize(("isolations", "beams"), [(0, 60), (1, 120), (3, 480), (4, 960), (9, 960)])
def test_each_isolation_doubles_the_time_to_be_consistent_for(isolations, beams):
    """One that lies by its age agrees with all others whenever the thrust is low: back after 2 s it did harm again."""
    nav = Nav()
    nav.doppler.isolations, nav.doppler.versus.agreed = isolations, 20
    for n in range(beams):
        assert nav.doppler.isolated, n
        nav.beams(ticks=0, which=1)
    assert not nav.doppler.isolated


def test_back_is_told_after_blame_alone():
    nav = Nav()
    nav.doppler.blamed, nav.doppler.rejected, nav.doppler.consistent = True, 7, 59
    nav.doppler.versus.agreed = 20
    nav.beams(off=0.01, which=1)
    ((code, innovation, sigma, rejected, _),) = nav.told
    assert (code, rejected) == (events.DOPPLER_BACK, 7)
    assert (innovation, sigma) == pytest.approx((0.01, (0.07**2 + 0.05**2) ** 0.5), abs=1e-6)
    assert (nav.doppler.blamed, nav.doppler.isolated, nav.doppler.rejected) == (False, False, 0)


@pytest.mark.parametrize(
    ("changes", "radar_rejected", "share"),
    [
        ({}, 0, 1e-6),
        ({}, 4, 1e-6),
        ({}, 5, 0.02),
        ({"accel_suspect": True}, 0, 0.02),
        ({"rate_modelled": True}, 0, 0.02),
    ],
)
def test_a_rejected_beam_opens_the_gate_a_little_or_more_with_the_prior_in_doubt(
    changes, radar_rejected, share
):
    nav = Nav(variance=0.01).believed()
    filled(nav.estimate, changes)
    nav.doppler.radar_rejected = radar_rejected
    nav.doppler.consistent = 9
    nav.beams(off=10.0, which=1)
    opened = np.diagonal(nav.covariance.rows)[V_UP : V_UP + 3] - 0.01
    assert opened == pytest.approx(share * 100.0 * np.array([0.64, 0.36, 0.0]), rel=1e-6)
    assert nav.doppler.consistent == 0


@pytest.mark.parametrize(("ago", "used"), [(24, False), (25, True)])
def test_the_radar_counts_where_the_velocimeter_has_not_for_half_a_second(ago, used):
    nav = Nav()
    nav.doppler.used_tick = nav.tick + 5 - ago
    nav.echo()
    assert len(nav.taken_in) == int(used)
    assert (nav.doppler.radar_tick == nav.tick) is used


@pytest.mark.parametrize(("ago", "alone"), [(250, False), (251, True)])
def test_the_radar_is_alone_after_five_seconds(ago, alone):
    nav = Nav()
    nav.doppler.used_tick = 1000 - ago
    assert nav.doppler.lost(1000) is alone


def parting(pulled, gap=3.0):
    """The radar finds the believed velocimeter `gap` apart, by which corrections along its beam were `pulled`."""
    nav = Nav(variance=25.0).believed().beams()
    nav.doppler.versus.gap = gap
    # straight down in the level frame is (-1, 0, 0)
    nav.doppler.anchors = ((0.5, 0.0, 0.0), (0.0, 0.0, 0.0))
    nav.filter.velocity_correction = (0.5 - pulled, 40.0, 0.0)
    nav.echo(off=gap, ticks=1)
    return nav


@pytest.mark.parametrize(("share", "blamed"), [(0.51, True), (0.49, False), (-0.51, True)])
def test_who_has_pulled_the_velocity_by_half_of_the_gap_is_wrong(share, blamed):
    nav = parting(share * 3.0)
    assert nav.doppler.isolated is blamed
    code, gap, noise, pointing, moved = nav.told[0]
    assert code == events.DOPPLER_APART
    assert (gap, moved) == pytest.approx((3.0, share * 3.0), rel=1e-3)
    assert pointing == pytest.approx(2e-3 * 50.0)
    assert noise == pytest.approx(0.4 * nav.doppler.radar_noise.factor)
    assert nav.doppler.parted


@pytest.mark.parametrize(
    ("changes", "outvoted"),
    [
        ({}, True),
        ({"used_tick": 982}, True),
        ({"used_tick": 981}, False),
        ({"heard": 99}, False),
        ({"isolated": True}, False),
        ({"mean_1s": 10.7}, False),  # less than 0.4 of what the radar says
        ({"mean_1s": -12.0}, False),  # of the other sign
        ({"mean_1s": -12.0, "mean_10s": -24.0}, True),
        ({"own": 1.75**2}, True),  # 3 sigma beside the 6.7 m that ground explains at 3 m/s
        ({"own": 1.78**2}, False),
        ({"mean_1s": 53.0}, True),
        ({"mean_1s": 55.0}, False),  # twice what the radar says and more
    ],
)
@pytest.mark.parametrize("name", ["lrf", "radar"])
def test_an_altimeter_that_sides_with_the_radar_outvotes_the_velocimeter(name, changes, outvoted):
    """1.4 m/s off, the velocimeter was believed with the radar against it: it hovered until its tank was dry."""
    nav = parting(0.0)
    assert not nav.doppler.isolated
    nav.doppler.versus.gap = (
        -3.0
    )  # the radar: rising by 3 m/s more than the filter has it, along a beam straight down
    values = {"used_tick": 992, "heard": 100, "mean_1s": 12.0, "mean_10s": 0.0, "own": 0.4**2} | changes
    vars(getattr(nav, name)).update(values)
    nav.tick = 990
    nav.beams().echo(off=-3.0, ticks=1)
    assert nav.doppler.isolated is outvoted


@pytest.mark.parametrize("way", [(7.0, 0.0), (-4.0, -3.0)])
@pytest.mark.parametrize(("times", "outvoted"), [(1.0, True), (1.1, False)])
def test_ground_explains_more_the_faster_it_goes_by(way, times, outvoted):
    """0.9 m of a drift for every m/s across, beside 4 m and 3 sigma."""
    nav = parting(0.0)
    nav.doppler.versus.gap = -3.0
    nav.estimate.v_downrange, nav.estimate.v_crossrange = times * way[0], times * way[1]
    vars(nav.lrf).update({"used_tick": 992, "heard": 100, "mean_1s": 12.0, "mean_10s": 0.0, "own": 0.5**2})
    assert nav.doppler._outvoted(-1.0, (nav.lrf, nav.radar), nav.estimate) is outvoted
    nav.doppler.versus.gap, nav.lrf.mean_1s = 3.0, -12.0
    assert nav.doppler._outvoted(-1.0, (nav.lrf, nav.radar), nav.estimate) is outvoted


def test_a_parting_is_told_once_until_they_agree_again():
    nav = parting(0.0)
    nav.doppler.versus.gap = 3.0
    nav.beams(off=0.0).echo(off=3.0, ticks=1)
    assert nav.codes() == [events.DOPPLER_APART]
    nav.doppler.versus.gap, nav.doppler.versus.agreed = 0.0, 18
    nav.beams().echo(ticks=1)
    assert nav.doppler.parted
    nav.beams().echo(ticks=1)
    assert not nav.doppler.parted


@pytest.mark.parametrize(("ticks", "compared"), [(5, True), (6, False)])
def test_only_whole_samples_of_the_last_tenth_of_a_second_are_compared(ticks, compared):
    nav = Nav().believed().beams()
    nav.doppler.versus.agreed = 3
    nav.echo(ticks=ticks)
    assert nav.doppler.versus.agreed == (4 if compared else 3)


def test_pulls_of_five_to_ten_seconds_ago_are_remembered():
    doppler = Nav().doppler
    one, two, three = ((x, x, x) for x in (1.0, 2.0, 3.0))
    doppler.resume(one, three)
    assert (doppler.anchors, doppler.forces) == ((one, one), (three, three))
    doppler.update_reference(1000, 100.0, two, one)
    assert (doppler.anchors, doppler.forces) == ((one, two), (three, one))
    doppler.update_reference(1249, 100.0, three, two)
    assert (doppler.anchors, doppler.forces) == ((one, two), (three, one))
    doppler.update_reference(1250, 100.0, three, two)
    assert (doppler.anchors, doppler.forces) == ((two, three), (one, two))


@pytest.mark.parametrize(
    ("isolated", "agreed", "heard_ago", "rejected", "vouched"),
    [
        (False, 20, 0, 0, True),
        (False, 19, 0, 0, False),
        (False, 19, 101, 0, True),
        (False, 20, 0, 1, False),
        (True, 0, 0, 9, True),
    ],
)
def test_what_nobody_vouches_for_is_not_gone_back_to(isolated, agreed, heard_ago, rejected, vouched):
    """One that told the velocity of a second ago had spoilt all that was remembered by the time it was found out."""
    doppler = Nav().doppler
    doppler.isolated, doppler.versus.agreed, doppler.rejected = isolated, agreed, rejected
    doppler.radar_heard_tick = 1000 - heard_ago
    doppler.update_reference(1000, 100.0, (2.0, 2.0, 2.0), (1.0, 1.0, 1.0))
    assert (doppler.anchors[1] == (2.0, 2.0, 2.0)) is vouched
    assert (doppler.forces[1] == (1.0, 1.0, 1.0)) is vouched


def test_a_new_velocimeter_is_not_believed_yet_and_not_blamed():
    doppler = Nav().doppler
    assert doppler.isolated and not doppler.blamed and not doppler.parted
    assert (doppler.rejected, doppler.consistent, doppler.radar_rejected, doppler.same) == (0, 0, 0, 0)
    assert max(doppler.used_tick, doppler.radar_tick, doppler.radar_heard_tick, doppler.whole_tick) < -1000
    assert doppler.silence.height_m == 2000.0  # 0.4 of its reach
