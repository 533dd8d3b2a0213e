"""Chamber pressures number by number: engines that are lost, throttles that have stuck."""

import pytest

from perilune.flight import events
from perilune.flight.propulsion.thrust import Propulsion
from tests.firmware.engines import FOUR, THREE, run, steady, vehicle


@pytest.mark.parametrize(("share", "lost"), [(0.24, True), (0.26, False)])
def test_an_engine_without_pressure_in_two_looks_is_lost(share, lost):
    craft = steady(**FOUR)
    craft.enable = 15
    good = [350.0] * 4
    craft.check_engines(good)
    assert craft.chambers.full_kpa == pytest.approx(700.0)
    bad = [350.0, 350.0, share * 350.0, 350.0]
    craft.check_engines(bad)
    craft.check_engines(good)
    craft.check_engines(bad)
    assert craft.healthy == 15
    craft.check_engines(bad)
    assert craft.healthy == (0b1011 if lost else 15)
    if lost:
        assert craft.told_events == [(events.ENGINE_LOST, 2, bad[2], pytest.approx(350.0), 0.0)]
        assert craft.ratio == 1.0
        assert craft.full_thrust == pytest.approx(2000.0)  # its opposite is of no use any more
        assert craft.lever == pytest.approx((0.0, 0.0))


def stuck_looks(openings, levels) -> tuple[Propulsion, int | None]:
    """Looks at these openings with these delivered levels; after how many it is found."""
    craft = steady()
    craft.chambers.full_kpa = 700.0
    for n, (opening, level) in enumerate(zip(openings, levels, strict=True)):
        craft.level = craft.delivered = level
        craft.check_engines([700.0 * opening])
        if craft.stuck:
            return craft, n + 1
    return craft, None


def test_a_pressure_that_stays_while_the_throttle_moves_by_a_fifth_is_stuck_after_a_second():
    craft, found = stuck_looks([0.8] * 20, [0.8] + [0.63] * 19)
    assert found == 11  # the first look is where it was, ten more show that it does not follow
    assert craft.stuck == pytest.approx(0.8)
    assert craft.told_events == [(events.THROTTLE_STUCK, pytest.approx(0.8), 0.63, 10, 0.0)]
    assert craft.ratio == 1.0
    assert stuck_looks([0.8] * 20, [0.8] + [0.65] * 19)[1] is None


def test_an_engine_that_is_out_is_no_throttle_stuck_shut():
    """With its tank dry it was reported stuck ten times a second."""
    craft, found = stuck_looks([0.8] + [0.0] * 40, [0.8] + [0.6] * 40)
    assert found is None
    assert events.THROTTLE_STUCK not in [code for code, *_ in craft.told_events]


@pytest.mark.parametrize(("opening", "found"), [(0.019, False), (0.021, True)])
def test_a_throttle_is_stuck_shut_where_something_comes_through(opening, found):
    craft, when = stuck_looks([opening] * 40, [0.8] + [0.6] * 39)
    assert (when is not None) is found
    assert craft.stuck == (pytest.approx(opening) if found else 0.0)


def test_a_pressure_that_follows_is_not_stuck():
    assert stuck_looks([0.8] + [0.65] * 19, [0.8] + [0.63] * 19)[1] is None
    # within four hundredths it counts as the same pressure
    assert stuck_looks([0.8] + [0.775] * 19, [0.8] + [0.6] * 19)[1] == 11
    assert stuck_looks([0.8] + [0.76] * 19, [0.8] + [0.6] * 19)[1] is None


@pytest.mark.parametrize(("other", "stuck"), [(0.77, True), (0.71, False)])
@pytest.mark.parametrize("place", [0, 3])
def test_the_throttles_of_a_cluster_have_stuck_where_all_show_the_same_within_a_tenth(other, stuck, place):
    craft = steady(0.8, **FOUR)
    craft.chambers.full_kpa = 700.0
    openings = [0.8] * 4
    openings[place] = other
    for n in range(12):
        craft.delivered = 0.8 if n == 0 else 0.5
        craft.check_engines([700.0 * opening for opening in openings])
    assert craft.stuck == (pytest.approx(0.5 * (0.8 + other)) if stuck else 0.0)


def test_engines_that_do_not_run_have_no_say_in_where_the_throttles_are():
    craft = steady(0.8, **FOUR)
    craft.chambers.full_kpa, craft.healthy = 700.0, 0b1011
    craft.resume()
    assert craft.used == 0b1010
    for n in range(12):
        craft.delivered = 0.8 if n == 0 else 0.5
        craft.check_engines([0.0, 560.0, 0.0, 560.0])
    assert craft.stuck == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("kpa", "level", "sharing", "lost"),
    [
        (632.0, 1.04, False, True),  # 1.8 times 350
        (628.0, 1.04, False, False),
        (632.0, 1.06, False, False),  # the others can still give less
        (632.0, 1.04, True, False),  # the shares change
    ],
)
def test_one_of_several_that_gives_nearly_twice_what_it_is_asked_for_is_lost_after_a_second(
    kpa, level, sharing, lost
):
    craft = steady(**FOUR)
    craft.chambers.full_kpa, craft.sharing, craft.level = 700.0, sharing, level * craft.vehicle.throttle_min
    for _ in range(9):
        craft.check_engines([350.0, kpa, 350.0, 350.0])
    assert craft.healthy == 0b1111
    craft.check_engines([350.0, kpa, 350.0, 350.0])
    assert craft.healthy == (0b1101 if lost else 0b1111)


@pytest.mark.parametrize(("spare", "lost"), [(1.01, True), (0.99, False)])
def test_a_throttle_stuck_open_in_a_triangle_is_matched_by_the_others_where_thrusters_cannot_hold(
    spare, lost
):
    """Two of three left push half a radius aside: with one of Surveyor's stuck at 80 % it tumbled."""
    torque = spare * 1.3 * 1.62 * vehicle().wet_mass_kg * 0.4
    craft = steady(**THREE, rcs_torque_n_m=(torque,) * 6)
    craft.chambers.full_kpa, craft.level = 700.0, craft.vehicle.throttle_min
    for _ in range(10):
        craft.check_engines([644.0, 350.0, 350.0])
    if lost:
        assert (craft.healthy, craft.stuck) == (0b110, 0.0)
    else:
        assert craft.healthy == 0b111
        assert craft.stuck == pytest.approx(0.92)
        run(craft, 2.0, 100)
        on = [counts for counts in craft.throttle if counts]
        assert on in ([], [9200] * 3)


def test_what_is_interrupted_is_no_second_of_too_much():
    craft = steady(**FOUR)
    craft.chambers.full_kpa, craft.level = 700.0, craft.vehicle.throttle_min
    for high in [640.0] * 9 + [350.0] + [640.0] * 9:
        craft.check_engines([350.0, high, 350.0, 350.0])
    assert craft.healthy == 0b1111


def test_an_engine_at_its_least_may_show_a_little_more_than_it_is_asked_for():
    """Of next to nothing the double is nothing, too: it counts from a tenth of full thrust on."""
    craft = steady(0.05, **FOUR)
    craft.chambers.full_kpa = 700.0
    for kpa, healthy in ((125.0, 0b1111), (127.0, 0b1101)):
        craft.level = craft.vehicle.throttle_min
        for _ in range(10):
            craft.check_engines([35.0, kpa, 35.0, 35.0])
        assert craft.healthy == healthy


def test_no_engine_gives_nearly_twice_of_what_it_is_asked_for():
    assert stuck_looks([0.74] * 12, [0.4] * 12)[1] == 10
    assert stuck_looks([0.70] * 12, [0.4] * 12)[1] is None
    assert stuck_looks([0.74] * 9 + [0.4] + [0.74] * 9, [0.4] * 19)[1] is None
    craft, _ = stuck_looks([1.2] * 12, [0.5] * 12)
    assert craft.stuck == 1.0


def test_an_opening_there_is_none_of_shows_that_full_pressure_is_wrong():
    craft = steady()
    craft.chambers.full_kpa = 700.0
    craft.chambers.stuck_looks = 5
    craft.check_engines([700.0 * 1.26])
    assert craft.chambers.stuck_looks == 0
    assert craft.chambers.full_kpa == pytest.approx(700.0 * 1.26 / 0.5)  # learned anew in the same look
    craft = steady()
    craft.chambers.full_kpa = 700.0
    craft.check_engines([700.0 * 1.24])
    assert craft.chambers.full_kpa == 700.0


def test_full_pressure_is_not_learned_from_next_to_nothing():
    """Below a twentieth of thrust the model says too little of what is delivered."""
    craft = steady(level=0.02)
    craft.check_engines([35.0])
    assert craft.chambers.full_kpa == pytest.approx(35.0 / 0.05)


def test_a_throttle_that_has_come_to_where_its_pressure_is_has_not_stuck():
    """The valve was late, not stuck: the pressure was there before."""
    assert stuck_looks([0.5] * 20, [0.8] + [0.5] * 19)[1] is None


def test_what_each_engine_gives_is_learned_over_half_a_second_against_the_strongest():
    craft = steady(**FOUR)
    craft.chambers.full_kpa = 700.0
    told = []
    craft.balance = told.append
    craft.check_engines([350.0, 315.0, 350.0, 385.0])
    assert craft.chambers.gains == pytest.approx([1.0, 0.98, 1.0, 1.02])
    assert told[0] == pytest.approx([1.0 / 1.02, 0.98 / 1.02, 1.0 / 1.02, 1.0])


def test_looks_at_one_that_gives_too_much_are_counted_from_none():
    craft = steady(**FOUR)
    craft.chambers.full_kpa, craft.level = 700.0, craft.vehicle.throttle_min
    assert (craft.chambers.low, craft.chambers.high) == ([0] * 4, [0] * 4)
    for looks in range(1, 11):
        craft.check_engines([350.0, 640.0, 350.0, 350.0])
        assert craft.chambers.high[1] == looks
