"""Engines tick by tick: commands, thrust delivered, and the limits at which a fault is found."""

from types import SimpleNamespace

import pytest

from perilune.flight import allocation, events
from perilune.flight.propulsion import Propulsion
from tests.firmware.kit import loaded

TICK_S = 0.02
G0 = 9.80665


def vehicle(**changes) -> SimpleNamespace:
    """One engine of 4000 N on 1000 kg, 250 of it propellant."""
    of = {
        "engine_count": 1,
        "isp_s": 300.0,
        "wet_mass_kg": 1000.0,
        "dry_mass_kg": 750.0,
        "start_delay_s": 0.1,
        "engine_lag_s": 0.08,
        "throttle_min": 0.2,
        "throttle_rate_s": 0.5,
        "rcs_flow_kg_s": 0.3,
        "rcs_torque_n_m": (50.0,) * 6,
        "thrust_max_n": (4000.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        "engine_x_m": (0.0,) * 6,
        "engine_y_m": (0.0,) * 6,
    }
    return SimpleNamespace(**(of | changes))


def engines(cap=20.0, **changes) -> Propulsion:
    told: list[tuple] = []
    craft = Propulsion(
        vehicle(**changes), SimpleNamespace(thrust_accel_max_m_s2=cap), lambda *e: told.append(e)
    )
    craft.told_events = told
    return craft


def run(craft, accel, ticks, rcs_s=0.0):
    for _ in range(ticks):
        craft.update(accel, True, rcs_s)
    return craft


FOUR = {
    "engine_count": 4,
    "thrust_max_n": (1000.0, 1000.0, 1000.0, 1000.0, 0.0, 0.0),
    "engine_x_m": (0.5, -0.5, -0.5, 0.5, 0.0, 0.0),
    "engine_y_m": (0.4, 0.4, -0.4, -0.4, 0.0, 0.0),
}


def test_a_first_command_gives_the_acceleration_wanted_at_once_and_changes_follow_the_throttle_rate():
    craft = run(engines(), 2.0, 1)
    assert craft.level == pytest.approx(2.0 * 1000.0 / 4000.0)
    assert (craft.throttle, craft.enable, craft.running_ticks) == ([5000, 0, 0, 0, 0, 0], 1, 1)
    run(craft, 3.9, 1)
    assert craft.level == pytest.approx(0.5 + 0.5 * TICK_S)
    run(craft, 0.0, 5)
    assert craft.level == pytest.approx(0.5 + 0.5 * TICK_S - 5 * 0.5 * TICK_S)
    craft.update(3.0, False, 0.0)
    assert (craft.level, craft.enable, craft.running_ticks, craft.throttle[0]) == (0.0, 0, 0, 0)


@pytest.mark.parametrize(("accel", "level"), [(0.1, 0.2), (9.0, 1.0), (0.8, 0.2), (0.81, 0.2025)])
def test_the_throttle_is_within_its_range(accel, level):
    assert run(engines(), accel, 1).level == pytest.approx(level)


def test_no_more_is_asked_for_than_the_vehicle_bears():
    craft = run(engines(cap=1.2), 3.0, 1)
    assert craft.level == pytest.approx(0.3)
    assert craft.accel_max == 1.2


def test_thrust_found_weak_is_asked_for_more_of():
    craft = engines()
    craft.ratio = 0.8
    assert run(craft, 2.0, 1).level == pytest.approx(0.5 / 0.8)
    craft.assess()
    assert craft.accel_max == pytest.approx(4.0 * 0.8)
    craft.ratio = 1.5
    craft.assess()
    assert craft.accel_max == pytest.approx(4.0 * 1.2)  # no more than a fifth above its rating is counted on


def test_counts_are_rounded_to_the_nearest():
    craft = engines()
    run(craft, 4.0 * 0.50006, 1)
    assert craft.throttle[0] == 5001
    craft = engines()
    run(craft, 4.0 * 0.50004, 1)
    assert craft.throttle[0] == 5000


def test_delivery_begins_after_the_start_delay_and_closes_in_by_its_lag():
    craft = engines()
    run(craft, 2.0, 6)  # burns are taken before the command: at the sixth, 5 ticks = 0.1 s have run, not more
    assert craft.delivered == 0.0
    run(craft, 2.0, 1)
    assert craft.delivered == pytest.approx(0.5 * 0.02 / (0.08 + 0.02))
    run(craft, 2.0, 1)
    assert craft.delivered == pytest.approx(0.5 * (1.0 - 0.8**2), rel=1e-3)


def test_mass_is_burnt_at_the_flow_of_what_is_delivered_and_of_the_thrusters():
    craft = engines()
    craft.level = craft.delivered = 0.5
    craft.running_ticks, craft.enable, craft.ratio = 100, 1, 0.9
    craft.update(2.0, True, 0.01)
    flow = 0.5 * 4000.0 * 0.9 / (300.0 * G0)
    assert craft.mass == pytest.approx(1000.0 - flow * TICK_S - 0.01 * 0.3, rel=1e-9)
    assert craft.expected_accel == pytest.approx(0.5 * 4000.0 * 0.9 / craft.mass)


def test_delta_v_is_the_rocket_equation():
    from math import log

    craft = engines()
    assert craft.delta_v_left == pytest.approx(300.0 * G0 * log(1000.0 / 750.0), rel=1e-5)
    assert craft.delta_v(75.0) == pytest.approx(300.0 * G0 * log(1.1), rel=1e-5)
    assert craft.delta_v(-5.0) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("ticks", "settled"), [(80, False), (81, True)])
def test_thrust_is_judged_a_second_and_a_half_after_the_start_delay(ticks, settled):
    """(ticks - 75) x 0.02 s > 0.1 s."""
    craft = engines()
    craft.running_ticks = ticks
    assert craft.settled() is settled


def steady(level=0.5, **changes) -> Propulsion:
    """Long at a steady throttle."""
    craft = engines(**changes)
    craft.level = craft.delivered = level
    craft.running_ticks, craft.enable = 1000, 1
    craft.assess()
    return craft


def test_felt_thrust_moves_the_ratio_by_its_gain():
    craft = steady()
    craft.feel(0.9 * 2.0, True)
    assert craft.ratio == pytest.approx(1.0 + 0.15 * (0.9 - 1.0))
    assert craft.told_events == []
    for _ in range(60):
        craft.feel(0.9 * 2.0, True)
    assert craft.ratio == pytest.approx(0.9, abs=1e-4)
    assert [event[:1] for event in craft.told_events] == [(events.THRUST_OFF,)]
    assert craft.told_events[0][1] == pytest.approx(0.92, abs=0.01)
    assert craft.told_events[0][2] == 1000.0


@pytest.mark.parametrize(("felt", "ratio"), [(0.0, 0.3), (20.0, 1.6)])
def test_the_ratio_has_bounds(felt, ratio):
    craft = steady()
    for _ in range(100):
        craft.feel(felt, True)
    assert craft.ratio == ratio


@pytest.mark.parametrize(
    ("changes", "trusted", "learns"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"running_ticks": 80}, True, False),
        ({"level": 0.519}, True, True),
        ({"level": 0.521}, True, False),
        ({"level": 0.479}, True, False),
        ({"stuck": 0.4}, True, False),
        ({"delivered": 0.049, "level": 0.049}, True, False),
        ({"delivered": 0.051, "level": 0.051}, True, True),
    ],
)
def test_when_felt_thrust_teaches(changes, trusted, learns):
    craft = steady()
    vars(craft).update(changes)
    craft.feel(1.0, trusted)
    assert (craft.ratio != 1.0) is learns


@pytest.mark.parametrize(("share", "lost"), [(0.24, True), (0.26, False)])
def test_an_engine_without_pressure_in_two_looks_is_lost(share, lost):
    craft = steady(**FOUR)
    craft.enable = 15
    good = [350.0] * 4
    craft.watch(good)
    assert craft.chambers.full_kpa == pytest.approx(700.0)
    bad = [350.0, 350.0, share * 350.0, 350.0]
    craft.watch(bad)
    craft.watch(good)
    craft.watch(bad)
    assert craft.healthy == 15
    craft.watch(bad)
    assert craft.healthy == (0b1011 if lost else 15)
    if lost:
        assert craft.told_events == [(events.ENGINE_LOST, 2, bad[2], pytest.approx(350.0), 0.0)]
        assert craft.ratio == 1.0
        assert craft.full_thrust == pytest.approx(2000.0)  # its opposite is of no use any more
        assert craft.lever == pytest.approx((0.0, 0.0))


def test_what_the_engines_left_do_not_balance_is_a_lever():
    two = {"engine_count": 2, "thrust_max_n": (1000.0, 900.0, 0.0, 0.0, 0.0, 0.0)}
    places = {"engine_x_m": (0.5, -0.5, 0.0, 0.0, 0.0, 0.0), "engine_y_m": (0.2, 0.3, 0.0, 0.0, 0.0, 0.0)}
    craft = engines(**two, **places)
    assert craft.lever == (0.0, 0.0)
    craft.healthy = 0b10
    craft.resume()
    assert craft.full_thrust == 900.0
    assert craft.lever == pytest.approx((900.0 * 0.3, 900.0 * 0.5))  # r x F for thrust along z: (y F, -x F)


@pytest.mark.parametrize(("chamber", "died"), [(0.24, True), (0.26, False)])
def test_engines_found_without_pressure_after_a_gap_are_started_anew(chamber, died):
    craft = steady()
    craft.chambers.full_kpa = 700.0
    craft.lapse(50, [chamber * 350.0])
    assert (craft.delivered, craft.running_ticks) == ((0.0, 50) if died else (0.5, 1050))
    flow = 0.5 * 4000.0 / (300.0 * G0)
    assert craft.mass == pytest.approx(1000.0 - (0.0 if died else 50 * TICK_S * flow))


def test_a_gap_with_the_engine_off_changes_nothing():
    craft = engines()
    craft.chambers.full_kpa = 700.0
    craft.lapse(50, [0.0])
    assert (craft.running_ticks, craft.mass, craft.delivered) == (0, 1000.0, 0.0)


def test_a_long_gap_does_not_burn_below_empty():
    craft = steady()
    craft.chambers.full_kpa = 700.0
    craft.lapse(10**6, [350.0])
    assert craft.mass == 750.0
    assert craft.delta_v_left == pytest.approx(0.0, abs=1e-6)


# A throttle that has stuck


def stuck_looks(openings, levels) -> tuple[Propulsion, int | None]:
    """Looks at these openings with these delivered levels; after how many it is found."""
    craft = steady()
    craft.chambers.full_kpa = 700.0
    for n, (opening, level) in enumerate(zip(openings, levels, strict=True)):
        craft.level = craft.delivered = level
        craft.watch([700.0 * opening])
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
        craft.watch([700.0 * opening for opening in openings])
    assert craft.stuck == (pytest.approx(0.5 * (0.8 + other)) if stuck else 0.0)


def test_engines_that_do_not_run_have_no_say_in_where_the_throttles_are():
    craft = steady(0.8, **FOUR)
    craft.chambers.full_kpa, craft.healthy = 700.0, 0b1011
    craft.resume()
    assert craft.used == 0b1010
    for n in range(12):
        craft.delivered = 0.8 if n == 0 else 0.5
        craft.watch([0.0, 560.0, 0.0, 560.0])
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
        craft.watch([350.0, kpa, 350.0, 350.0])
    assert craft.healthy == 0b1111
    craft.watch([350.0, kpa, 350.0, 350.0])
    assert craft.healthy == (0b1101 if lost else 0b1111)


THREE = {
    "engine_count": 3,
    "thrust_max_n": (1000.0,) * 3,
    "engine_x_m": (0.8, -0.4, -0.4),
    "engine_y_m": (0.0, 0.7, -0.7),
}


@pytest.mark.parametrize(("spare", "lost"), [(1.01, True), (0.99, False)])
def test_a_throttle_stuck_open_in_a_triangle_is_matched_by_the_others_where_thrusters_cannot_hold(
    spare, lost
):
    """Two of three left push half a radius aside: with one of Surveyor's stuck at 80 % it tumbled."""
    torque = spare * 1.3 * 1.62 * vehicle().wet_mass_kg * 0.4
    craft = steady(**THREE, rcs_torque_n_m=(torque,) * 6)
    craft.chambers.full_kpa, craft.level = 700.0, craft.vehicle.throttle_min
    for _ in range(10):
        craft.watch([644.0, 350.0, 350.0])
    if lost:
        assert (craft.healthy, craft.stuck) == (0b110, 0.0)
    else:
        assert craft.healthy == 0b111
        assert craft.stuck == pytest.approx(0.92)
        run(craft, 2.0, 100)
        on = [counts for counts in craft.throttle if counts]
        assert on in ([], [9200] * 3)


def test_once_one_throttle_is_matched_what_pressures_say_of_balance_is_forgotten():
    craft = steady(**THREE)
    craft.balanced, craft.uneven = [0.5, 1.0, 1.0], True
    craft.resume()
    assert craft.weights != [1.0] * 3
    craft.overrun(0, 560.0, 70.0, 0.8)
    assert craft.weights == [1.0] * 3
    assert not craft.uneven
    assert craft.lever == (0.0, 0.0)


def test_what_is_interrupted_is_no_second_of_too_much():
    craft = steady(**FOUR)
    craft.chambers.full_kpa, craft.level = 700.0, craft.vehicle.throttle_min
    for high in [640.0] * 9 + [350.0] + [640.0] * 9:
        craft.watch([350.0, high, 350.0, 350.0])
    assert craft.healthy == 0b1111


def test_an_engine_at_its_least_may_show_a_little_more_than_it_is_asked_for():
    """Of next to nothing the double is nothing, too: it counts from a tenth of full thrust on."""
    craft = steady(0.05, **FOUR)
    craft.chambers.full_kpa = 700.0
    for kpa, healthy in ((125.0, 0b1111), (127.0, 0b1101)):
        craft.level = craft.vehicle.throttle_min
        for _ in range(10):
            craft.watch([35.0, kpa, 35.0, 35.0])
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
    craft.watch([700.0 * 1.26])
    assert craft.chambers.stuck_looks == 0
    assert craft.chambers.full_kpa == pytest.approx(700.0 * 1.26 / 0.5)  # learned anew in the same look
    craft = steady()
    craft.chambers.full_kpa = 700.0
    craft.watch([700.0 * 1.24])
    assert craft.chambers.full_kpa == 700.0


def pulsed(**changes) -> Propulsion:
    """Stuck at 0.8 of 4000 N: 3.2 m/s2 when it is on."""
    craft = steady(level=0.8)
    craft.stuck = 0.8
    vars(craft).update(changes)
    craft.assess()
    return craft


def test_a_pulsed_engine_owes_what_was_wanted_and_owns_what_it_gave():
    craft = pulsed(debt=0.1)
    craft.update(1.0, True, 0.0)
    gives = 0.8 * 4000.0 / craft.mass
    assert craft.debt == pytest.approx(0.1 + (1.0 - gives) * TICK_S, rel=1e-4)
    craft = pulsed(delivered=0.4, level=0.4, debt=0.1)
    craft.running_ticks = 1000
    craft.update(1.0, True, 0.0)
    delivered = craft.delivered
    assert craft.debt == pytest.approx(0.1 + (1.0 - delivered * 4000.0 / craft.mass) * TICK_S, rel=1e-4)


@pytest.mark.parametrize(("debt", "bounded"), [(5.0, 2.0), (-5.0, -2.0)])
def test_debt_is_bounded(debt, bounded):
    craft = pulsed(debt=debt)
    craft.update(1.0, True, 0.0)
    assert craft.debt == bounded


def off(**changes) -> Propulsion:
    return pulsed(enable=0, running_ticks=0, level=0.0, delivered=0.0, **changes)


@pytest.mark.parametrize(("debt", "accel", "on"), [(0.14, 1.0, True), (0.11, 1.0, False), (0.001, 3.0, True)])
def test_a_pulse_begins_when_a_quarter_metre_a_second_is_owed_less_what_the_start_takes(debt, accel, on):
    """0.25 m/s less 0.1 s of the acceleration wanted; the tick itself owes accel x 0.02 s."""
    craft = off(debt=debt)
    craft.update(accel, True, 0.0)
    assert bool(craft.enable) is on
    assert craft.level == (0.8 if on else 0.0)
    assert craft.running_ticks == (1 if on else 0)


@pytest.mark.parametrize(("debt", "on"), [(-0.18, True), (-0.22, False)])
def test_a_pulse_ends_when_a_quarter_metre_a_second_is_owned(debt, on):
    """A tick at 3.2 m/s2 instead of 1 adds 0.044 m/s."""
    craft = pulsed(debt=debt)
    craft.update(1.0, True, 0.0)
    assert bool(craft.enable) is on


def test_a_pulsed_engine_promises_what_its_opening_gives():
    assert pulsed().accel_max == pytest.approx(0.8 * 4.0)


# Sharing among engines


@pytest.mark.parametrize("running", [0b0111, 0b1011, 0b1101, 0b1110])
def test_uneven_squares_balance(running):
    x, y = (0.6, -0.4, -0.5, 0.5), (0.5, 0.5, -0.4, -0.6)
    w = allocation.weights(x, y, running)
    active = [i for i in range(4) if running & (1 << i)]
    if min(w[i] for i in active) > 0.0 and w != [1.0 if i in active else 0.0 for i in range(4)]:
        assert sum(w[i] * x[i] for i in range(4)) == pytest.approx(0.0, abs=1e-9)
        assert sum(w[i] * y[i] for i in range(4)) == pytest.approx(0.0, abs=1e-9)
    assert max(w) == pytest.approx(1.0)
    assert all(w[i] == 0.0 for i in range(4) if i not in active)


def test_three_around_the_axis_balance_by_their_distances():
    x, y = (1.0, -0.5, -0.5, 3.0), (0.0, 1.0, -1.0, 3.0)
    w = allocation.weights(x, y, 0b0111)  # f0 = (f1 + f2) / 2, f1 = f2
    assert w == pytest.approx([1.0, 1.0, 1.0, 0.0])
    x = (0.25, -0.5, -0.5, 3.0)
    assert allocation.weights(x, y, 0b0111) == pytest.approx([1.0, 0.25, 0.25, 0.0])


def test_two_on_a_line_through_the_axis_balance_by_their_distances():
    x, y = (1.0, -0.5, 0.0), (1.0, -0.5, 5.0)
    assert allocation.weights(x, y, 0b011) == pytest.approx([0.5, 1.0, 0.0])
    assert allocation.weights((0.6, -0.3, 0.0), (0.0, 0.0, 5.0), 0b011) == pytest.approx([0.5, 1.0, 0.0])
    assert allocation.weights((0.0, 0.0, 5.0), (0.6, -0.3, 0.0), 0b011) == pytest.approx([0.5, 1.0, 0.0])


@pytest.mark.parametrize(
    ("x", "y", "running"),
    [
        ((1.0, 0.5, 0.0), (0.0, 0.0, 5.0), 0b011),  # on one side of the axis
        ((1.0, -1.0, 0.0), (0.1, 0.1, 5.0), 0b011),  # the line does not go through it
        ((1.0, 1.0, 0.0), (0.0, 0.0, 5.0), 0b011),  # in one place
        ((1.0, -1.0, 5.0), (0.0, 0.0, 5.0), 0b001),  # one alone
    ],
)
def test_what_cannot_balance_pushes_alike(x, y, running):
    assert allocation.weights(x, y, running) == [float(running >> i & 1) for i in range(3)]


def test_an_engine_that_would_have_to_pull_is_left_out():
    """Two opposite each other balance without the third; with it off to one side it could only disturb."""
    assert allocation.weights((1.0, -1.0, 0.0, 9.0), (0.0, 0.0, 1.0, 9.0), 0b0111) == pytest.approx(
        [1.0, 1.0, 0.0, 0.0]
    )
    w = allocation.weights((0.5, -0.5, 3.0, 0.0), (0.0, 0.0, 0.0, 9.0), 0b0111)
    assert 0.5 * (w[0] - w[1]) + 3.0 * w[2] == pytest.approx(0.0, abs=1e-9)


def test_the_reference_lander_has_its_cap():
    parameters = loaded()
    craft = Propulsion(parameters.vehicle, parameters.guidance, lambda *_: None)
    assert craft.cap == parameters.guidance.thrust_accel_max_m_s2
    assert craft.healthy == (1 << parameters.vehicle.engine_count) - 1


def test_what_is_burnt_in_a_gap_follows_the_thrust_as_felt():
    craft = steady()
    craft.chambers.full_kpa, craft.ratio = 700.0, 0.8
    craft.lapse(50, [350.0])
    assert craft.mass == pytest.approx(1000.0 - 0.5 * 4000.0 * 0.8 / (300.0 * G0))


def test_full_pressure_is_not_learned_from_next_to_nothing():
    """Below a twentieth of thrust the model says too little of what is delivered."""
    craft = steady(level=0.02)
    craft.watch([35.0])
    assert craft.chambers.full_kpa == pytest.approx(35.0 / 0.05)


def test_the_shares_of_a_line_through_the_axis_follow_the_levers():
    for scale in (1.0, 0.01):
        w = allocation.weights((0.3 * scale, -0.9 * scale, 0.0), (0.4 * scale, -1.2 * scale, 5.0), 0b011)
        assert w == pytest.approx([1.0, 1.0 / 3.0, 0.0])


def test_what_is_left_is_what_the_mass_is_above_dry():
    craft = engines()
    craft.mass = 900.0
    assert craft.propellant == 150.0
    assert craft.load == 250.0


def test_after_a_loss_the_thrust_is_measured_anew():
    craft = steady(**FOUR)
    craft.ratio = 0.9
    for _ in range(4):
        craft.watch([350.0, 350.0, 0.0, 350.0])
    assert craft.healthy == 0b1011
    assert craft.ratio == 1.0


def uneven(**changes) -> Propulsion:
    """Four engines of which the first is lost; those left have three different shares."""
    craft = engines(
        engine_count=4,
        thrust_max_n=(1000.0, 1000.0, 1000.0, 1000.0, 0.0, 0.0),
        engine_x_m=(0.5, -0.5, -0.3, 0.6, 0.0, 0.0),
        engine_y_m=(0.5, 0.4, -0.6, 0.1, 0.0, 0.0),
        **changes,
    )
    craft.healthy = 0b1110
    craft.resume()
    return craft


def test_each_engine_gets_its_own_share():
    craft = uneven()
    assert len(set(craft.weights)) == 4 and craft.weights[0] == 0.0
    run(craft, 1.5, 200)
    assert craft.throttle[:4] == [int((craft.level * 10000 + 0.5) * w) for w in craft.weights]
    assert craft.throttle[4:] == [0, 0]


def test_after_a_loss_each_command_goes_to_its_new_share_no_faster_than_it_may():
    craft = steady(**FOUR)
    craft.chambers.full_kpa = 700.0
    run(craft, 2.0, 200)
    before = list(craft.throttle)
    for _ in range(4):
        craft.watch([700.0 * craft.delivered * k for k in (1.0, 1.0, 0.0, 1.0)])
    step = 0.5 * TICK_S * 10000
    for _ in range(200):
        run(craft, 2.0, 1)
        for i in (1, 3):
            assert abs(craft.throttle[i] - before[i]) <= step + 1
        before = list(craft.throttle)
    assert craft.throttle[:4] == [int((craft.level * 10000 + 0.5) * w) for w in craft.weights]


def test_a_stuck_throttle_makes_the_thrust_what_its_opening_gives():
    craft = steady()
    craft.chambers.full_kpa, craft.ratio = 700.0, 0.9
    for level in [0.8] + [0.6] * 12:
        craft.level = craft.delivered = level
        craft.watch([560.0])
    assert (craft.stuck, craft.ratio) == (pytest.approx(0.8), 1.0)
