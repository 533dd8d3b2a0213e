"""Two altimeters that contradict each other over ground that nobody knows well enough to say who is right."""

import pytest

from perilune.flight import events
from perilune.flight.navigation.covariance import AGL
from tests.firmware.altimeters import HEIGHT_M, Over, feed, near


@pytest.mark.parametrize(
    ("lrf", "radar", "higher"),
    [(0.0, 400.0, "radar"), (-400.0, 0.0, "radar"), (400.0, 0.0, "lrf"), (0.0, -400.0, "lrf")],
)
def test_where_nothing_tells_who_is_wrong_the_lower_one_is_flown_on(lrf, radar, higher):
    """A radar that read 400 m too much from its first echo was believed against the laser: 22 m/s at the ground."""
    over = Over().fly(60.0, radar=radar).fly(30.0, lrf=lrf, radar=radar)
    assert getattr(over, higher).isolated
    assert over.estimate.agl == pytest.approx(HEIGHT_M + min(lrf, radar), abs=10.0)


def test_an_inertial_height_that_is_sure_enough_tells():
    over = Over(witness_sigma_m=100.0).fly(60.0, radar=-900.0).fly(30.0, lrf=0.0, radar=-900.0)
    assert over.radar.isolated and not over.lrf.isolated


def test_the_other_one_is_back_when_the_one_believed_falls_silent():
    """The lower one was wrong: it reads nothing below zero, and the ground is still 400 m off."""
    over = Over().fly(60.0, radar=0.0).fly(30.0, lrf=-400.0, radar=0.0).fly(30.0, radar=0.0)
    assert not over.radar.isolated
    assert over.estimate.agl == pytest.approx(HEIGHT_M, abs=10.0)
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
    assert over.estimate.agl == pytest.approx(HEIGHT_M, abs=10.0)
    over.fly(10.0, radar=0.0)
    assert not over.radar.isolated


def test_nor_do_two_leaps_at_once_make_a_cliff():
    """Both 400 m too high from one sample to the next: 26 m/s at the ground."""
    over = near(Over()).fly(30.0, lrf=0.0, radar=0.0).fly(30.0, lrf=400.0, radar=400.0)
    assert over.lrf.isolated and over.radar.isolated
    assert over.estimate.agl == pytest.approx(HEIGHT_M, abs=10.0)


@pytest.mark.parametrize("lrf", [None, 0.0])
def test_a_scarp_is_believed_by_one_and_by_two(lrf):
    """HAKUTO-R M1: the ground fell by 3 km within 2.5, and the altimeter was never believed again."""
    over = near(Over()).fly(30.0, lrf=lrf, radar=0.0)
    over.speed_m_s = 250.0
    for passed in range(101):
        over.fly(0.1, lrf=None if lrf is None else 30.0 * passed, radar=30.0 * passed)
    over.fly(10.0, lrf=None if lrf is None else 3000.0, radar=3000.0)
    assert over.estimate.agl == pytest.approx(HEIGHT_M + 3000.0, abs=10.0)
    assert not over.radar.isolated


def test_a_false_return_does_not_pass_for_noise():
    """It widened the gate to 500 m, and a radar 400 m too high was back: 12 m/s at the ground."""
    over = near(Over()).fly(30.0, lrf=0.0, radar=0.0).fly(10.0, radar=0.0).fly(10.0, radar=400.0)
    over.range_m = 9000.0
    over.fly(0.1, radar=9000.0)
    near(over).fly(10.0, radar=400.0)
    assert over.radar.isolated
    assert over.estimate.agl == pytest.approx(HEIGHT_M, abs=10.0)


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
    assert over.estimate.agl == pytest.approx(HEIGHT_M + 3000.0, abs=50.0)


@pytest.mark.parametrize(
    ("slope", "ahead", "believed"),
    [(1.9, 0.0, True), (2.1, 0.0, False), (7.9, -20.0, True), (8.1, 20.0, False)],
)
def test_heights_that_do_not_move_as_the_vehicle_are_not_believed(slope, ahead, believed):
    """Within 2 m/s, and a slope of 0.3 under the way over ground."""
    over = Over()
    over.estimate.v_downrange, over.speed_m_s = ahead, 4000.0
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
    assert over.altimetry.range_may_come(over.tick)
    over.lrf.total, over.radar.total = 50, 49
    assert over.altimetry.range_may_come(over.tick)
    over.lrf.total, over.radar.total = 49, 50
    assert over.altimetry.range_may_come(over.tick)
    over.lrf.total = 50
    assert not over.altimetry.range_may_come(over.tick)


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
        over.altimetry.power_cycle_failed(1000, expected)
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
        assert unit.altimetry.range_may_come(tick) == waits


@pytest.mark.parametrize(
    ("others_rejected", "leapt", "told_tick"), [(9, False, 0), (9, True, 900), (8, False, 900)]
)
def test_two_that_condemn_the_prior_tell_another_ground_from_now_on(others_rejected, leapt, told_tick):
    over = Over()
    over.altimetry.reference.tick = 900
    over.lrf.rejected, over.radar.rejected = 9, others_rejected
    over.radar.judged_tick = over.altimetry.tick = over.tick
    over.lrf.leapt = over.radar.leapt = leapt
    over.altimetry._reject(over.lrf, over.radar, -190.0, over.estimate)
    assert over.altimetry.reference.tick == told_tick


@pytest.mark.parametrize("step", [-400.0, 400.0])
def test_ground_that_both_see_anew_after_changing_heads_convicts_neither(step):
    """One of 1000 fault-free flights: their means came to ground 400 m away at different rates, and differed on the
    way there while their samples told the same."""
    over = near(Over())
    over.lrf.noise_ratio = 0.02  # of different noise, so also of different pace
    over.radar.noise_ratio = 0.1
    over.fly(10, lrf=0.0, radar=0.0)
    over.lrf.switched = over.radar.switched = True
    over.estimate.agl += step
    over.fly(12, lrf=step, radar=step)
    assert over.events == [] or {event[0] for event in over.events} == {events.FIRST_RANGE}
    assert abs(over.lrf.mean_1s - step) < 10.0
