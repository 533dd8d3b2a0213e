"""Judging two altimeters number by number: each threshold on both sides."""

import pytest

from perilune.flight import events
from perilune.flight.navigation.covariance import AGL
from tests.firmware.altimeters import HEIGHT_M, Over, feed, near


@pytest.mark.parametrize(("sigmas", "back"), [(2.4, True), (-2.4, True), (2.6, False)])
def test_one_that_has_leapt_comes_back_only_to_where_it_is_expected(sigmas, back):
    """With 400 m too much it was inside the gate of a height that was lost with it, and landed at 15 m/s after all."""
    over = Over()
    unit = over.radar
    unit.isolated, unit.leapt, unit.consistent = True, True, 19
    over.lrf.judged_tick, over.altimetry.tick = over.tick - 101, over.tick
    variance = over.covariance.rows[AGL][AGL] + 100.0
    assert over.altimetry._readmitted(unit, over.lrf, sigmas * variance**0.5, variance, False) is back


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
        over.lrf.mean_1s, over.radar.mean_1s = low, high
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
        over.radar.mean_1s = 1.0
    else:
        over.lrf.mean_10s, over.radar.mean_10s = lead * clear + 7.0, 1.0 - 7.0
        over.radar.mean_1s = 1.0
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
    over.radar.judged_tick = over.altimetry.tick = over.tick
    over.altimetry._reject(over.lrf, over.radar, 900.0, over.estimate)
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
    over.radar.judged_tick = over.altimetry.tick = over.tick
    over.lrf.leapt, over.radar.leapt = lrf, radar
    over.altimetry._reject(over.lrf, over.radar, 900.0, over.estimate)
    assert [event[0] for event in over.events] == [code]


@pytest.mark.parametrize(
    ("ago", "other_isolated", "alone"), [(100, False, False), (101, False, True), (0, True, True)]
)
def test_when_one_is_alone(ago, other_isolated, alone):
    """Alone it is three seconds until the prior is condemned, and only with a slope that fits."""
    over = Over()
    over.lrf.rejected, over.radar.rejected = 28, 99
    over.radar.judged_tick, over.radar.isolated = over.tick - ago, other_isolated
    over.altimetry.tick = over.tick
    over.lrf.history = [(over.tick + 5 * n, HEIGHT_M) for n in range(10)]
    over.altimetry._reject(over.lrf, over.radar, 900.0, over.estimate)
    assert bool(over.events) is not alone
    over.events.clear()
    over.lrf.rejected, over.radar.rejected = 29, 0
    over.altimetry._reject(over.lrf, over.radar, 900.0, over.estimate)
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
    other.judged_tick, over.altimetry.tick = over.tick - ago, over.tick
    assert over.altimetry._readmitted(unit, other, 0.0, 100.0, False) is back
    assert unit.isolated is not back
    if back:
        assert (unit.leapt, unit.rejected) == (False, 0)
        assert over.events == [(events.READMITTED, events.RADAR, 0.0, 0.0, unit.consistent)]


def contradicting(d=0.0, gap=0.0, heard=(50, 50), counts=(0, 0), behind=(False, False)) -> Over:
    """The laser's sample contradicts the radar's by `d` and its mean by `gap`, after so many samples of either kind;
    behind: whose mean is still on its way."""
    over = near(Over())
    for unit, n in ((over.lrf, heard[0]), (over.radar, heard[1])):
        unit.range_m, unit.heard, unit.rejected, unit.consistent = 400.0, n, 4, 4
    over.lrf.innovation, over.lrf.mean_1s = d, gap
    over.lrf.behind, over.radar.behind = behind
    over.lrf.jump = over.lrf.mean_10s = 1e4  # it is clear who has moved
    over.altimetry.contradiction, over.altimetry.parted = counts
    over.result = over.altimetry._contradict(over.lrf, over.radar, 1500.0, over.estimate)
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


@pytest.mark.parametrize("behind", [(True, False), (False, True)])
def test_means_that_are_still_on_their_way_are_not_compared(behind):
    assert contradicting(gap=1e3, counts=(0, 3), behind=behind).altimetry.parted == 0


def test_a_prior_that_is_condemned_clears_what_was_rejected():
    over = Over()
    over.lrf.rejected, over.radar.rejected = 12, 11
    over.altimetry._conclude(over.lrf, False, 500.0, over.estimate)
    assert (over.lrf.rejected, over.radar.rejected) == (0, 0)
    assert over.events == [(events.REOPENED, events.LRF, 500.0, over.events[0][3], 12)]


@pytest.mark.parametrize(("share", "counted"), [(0.99, True), (1.01, False)])
def test_together_is_within_a_sigma_of_both_and_two_metres(share, counted):
    over = contradicting()
    over.lrf.mean_1s, over.radar.mean_1s = share * own2() ** 0.5, 0.0
    over.radar.isolated, over.radar.consistent = True, 3
    over.lrf.judged_tick = over.altimetry.tick = over.tick
    over.altimetry._readmitted(over.radar, over.lrf, 0.0, 100.0, True)
    assert over.radar.consistent == (4 if counted else 0)
