"""Guidance between its laws: when one hands over to the next, what it follows, and what it gives up."""

from math import sqrt

import pytest

from perilune.flight import events, modes
from perilune.flight.guidance import approach, braking, hold, terminal
from tests.firmware.guiding import GAINS, Guide, craft, far, nav

# Before ignition


def wanted(state, vehicle) -> tuple[float, float]:
    """Time to go and the size of what braking would ask for if it began after the start delay."""
    distance = -state.downrange + GAINS.gate_downrange_m - state.v_downrange * vehicle.start_delay
    tgo = braking.time_to_go(distance, state.v_downrange, GAINS, GAINS.braking_end_accel_m_s2)
    accel = braking.command(state, vehicle, GAINS, state.altitude, distance, 0.0, tgo, GAINS.gate_descent_m_s)
    return tgo, sqrt(sum(x * x for x in accel))


@pytest.mark.parametrize(("share", "ignites"), [(1.001, False), (0.999, True)])
def test_ignition_is_when_braking_takes_its_share_of_the_thrust(share, ignites):
    tgo, size = wanted(far(), craft())
    vehicle = craft(accel_max=share * size / GAINS.ignition_fraction)
    guide = Guide()
    assert guide.update(modes.ARMED, far(), vehicle) == (modes.BRAKING if ignites else modes.ARMED)
    assert guide.guidance.command.tgo == pytest.approx(tgo)
    if ignites:
        ((code, downrange, told_tgo, needed, mass),) = guide.told
        assert (code, downrange, mass) == (events.IGNITION, -505e3, 900.0)
        assert (told_tgo, needed) == pytest.approx((tgo, size))


@pytest.mark.parametrize("mode", [modes.STANDBY, modes.COAST])
def test_nothing_is_lit_unless_armed(mode):
    guide = Guide()
    assert guide.update(mode, far(downrange=-300e3)) == mode
    assert guide.told == []


def test_target_and_offset_are_flown_to():
    guide = Guide(target=(100.0, -50.0), offset=(7.0, 3.0))
    assert guide.guidance._to_target(nav(downrange=-1000.0, crossrange=20.0)) == (1107.0, -67.0)


@pytest.mark.parametrize("beyond_m", [2000.0, -2000.0])
def test_a_target_out_of_reach_aside_is_moved_and_what_is_left_is_flown(beyond_m):
    """A velocimeter's first word moved the position by kilometres: the site was chased, and met at 66 m/s across."""
    guide = Guide(target=(100.0, -50.0))
    assert guide.guidance._in_line(1.5 * beyond_m, beyond_m, nav()) == pytest.approx(0.5 * beyond_m)
    assert guide.guidance.target == (100.0, -50.0 - beyond_m)
    assert guide.codes() == [events.DIVERTED]
    assert guide.guidance._in_line(1000.0, 0.0095 * beyond_m, nav()) == 1000.0
    assert guide.guidance.target == (100.0, -50.0 - beyond_m)


def test_a_target_to_the_left_is_steered_to():
    left, right = Guide(target=(0.0, 3000.0)), Guide(target=(0.0, -3000.0))
    for guide in (left, right):
        guide.update(modes.COAST, far())
    assert left.guidance.command.accel[2] > 0.0 > right.guidance.command.accel[2]


# Braking


def test_braking_ends_when_it_is_slow_enough_or_at_the_gate():
    slow = far(
        downrange=-20e3, v_downrange=GAINS.gate_forward_m_s + 0.9, sigma_agl=1.0, agl=1600.0, v_up=-40.0
    )
    fast = far(
        downrange=-20e3, v_downrange=GAINS.gate_forward_m_s + 1.1, sigma_agl=1.0, agl=1600.0, v_up=-40.0
    )
    guide = Guide()
    assert guide.update(modes.BRAKING, slow) == modes.APPROACH
    assert guide.guidance.last_height == 1600.0
    assert guide.guidance.command.tgo == pytest.approx(approach.duration(1600.0, -40.0, GAINS))
    assert Guide().update(modes.BRAKING, fast) == modes.BRAKING


@pytest.mark.parametrize(("seconds", "ends"), [(2.9, True), (3.1, False)])
def test_the_gate_is_reached_three_seconds_before_it(seconds, ends):
    """Distance of the profile with so much time to go."""
    v, vf, af = 300.0, GAINS.gate_forward_m_s, GAINS.braking_end_accel_m_s2
    distance = seconds * (2 * v + 4 * vf - af * seconds) / 6.0
    state = far(
        downrange=GAINS.gate_downrange_m - distance, v_downrange=v, sigma_agl=1.0, agl=1600.0, v_up=-40.0
    )
    ended = Guide().update(modes.BRAKING, state) != modes.BRAKING
    assert ended is ends


@pytest.mark.parametrize(
    ("sigma", "downrange", "mode"),
    [
        (61.0, -59e3, modes.HOLD),
        (59.0, -59e3, modes.APPROACH),
        (61.0, -61e3, modes.APPROACH),
        (61.0, 59e3, modes.HOLD),
    ],
)
def test_without_a_height_braking_ends_in_hold(sigma, downrange, mode):
    state = far(downrange=downrange, v_downrange=10.0, sigma_agl=sigma, agl=1600.0, v_up=-3.0)
    assert Guide().update(modes.BRAKING, state) == mode


@pytest.mark.parametrize(("hopeful", "share"), [(True, 0.8), (False, 0.25)])
def test_braking_without_a_height_aims_for_the_gate_of_hold(hopeful, share):
    """Lower where no range is waited for: descending upright costs most."""
    state = far(
        downrange=-50e3,
        v_downrange=900.0,
        sigma_agl=100.0,
        agl=9e3,
        altitude=9e3,
        v_up=-50.0,
        range_may_come=hopeful,
    )
    guide = Guide()
    assert guide.update(modes.BRAKING, state, craft(accel_max=20.0)) == modes.BRAKING
    gate = hold.Gate(GAINS, share * GAINS.gate_altitude_m)
    distance = 50e3 + gate.gate_downrange_m
    tgo = braking.time_to_go(distance, 900.0, gate, gate.braking_end_accel_m_s2)
    height = braking.reference_height(state, distance)
    expected = braking.command(
        state, craft(accel_max=20.0), gate, height, distance, 0.0, tgo, gate.gate_descent_m_s
    )
    assert guide.guidance.command.accel == pytest.approx(expected)


def short_of_thrust(**changes):
    """Braking that asks for more than there is, 200 km out."""
    return far(
        downrange=-200e3, v_downrange=1600.0, sigma_agl=1.0, agl=14e3, altitude=14e3, v_up=-60.0, **changes
    )


def test_where_thrust_does_not_reach_the_target_moves_on_by_a_tenth_of_what_is_missing():
    guide = Guide()
    weak = craft(accel_max=3.0)
    state = short_of_thrust()
    guide.update(modes.BRAKING, state, weak)
    distance = 200e3 + GAINS.gate_downrange_m
    af = GAINS.braking_end_accel_m_s2
    tgo = braking.time_to_go(distance, 1600.0, GAINS, af)
    accel = braking.command(
        state,
        weak,
        GAINS,
        braking.reference_height(state, distance),
        distance,
        0.0,
        tgo,
        GAINS.gate_descent_m_s,
    )
    moved = 0.1 * (braking.needed_distance(state, weak, GAINS, accel[0], af) - distance)
    assert moved > 1000.0
    assert guide.guidance.stretch == pytest.approx(moved)
    assert guide.guidance.target == pytest.approx((moved, 0.0))
    assert guide.told == [(events.DIVERTED, pytest.approx(moved), 0.0, 14e3, 0.0)]
    assert guide.guidance.command.accel == pytest.approx(braking.upward_first(accel, 3.0))
    guide.update(modes.BRAKING, state, weak)
    assert guide.guidance.stretch > moved
    assert len(guide.told) == 1


def test_with_thrust_enough_the_target_stays():
    guide = Guide()
    guide.update(modes.BRAKING, short_of_thrust(), craft(accel_max=20.0))
    assert (guide.guidance.stretch, guide.guidance.target, guide.told) == (0.0, (0.0, 0.0), [])


def test_a_leak_that_cannot_be_waited_for_brings_the_target_nearer():
    leaky = craft(accel_max=9.0, leak_rate=0.3)
    guide = Guide(tgo=300.0)
    state = far(downrange=-400e3, v_downrange=1600.0, sigma_agl=1.0, agl=14e3, altitude=14e3)
    guide.update(modes.BRAKING, state, leaky)
    assert guide.guidance.stretch < 0.0
    little = craft(accel_max=9.0, leak_rate=0.03)
    guide = Guide(tgo=300.0)
    guide.update(modes.BRAKING, state, little)
    assert guide.guidance.stretch == 0.0


# Approach


def coming(**changes):
    of = {"agl": 800.0, "altitude": 800.0, "v_up": -25.0, "v_downrange": 20.0, "downrange": -400.0}
    return nav(**(of | changes))


def approaching(state, tgo=40.0, last=None, vehicle=None, **more):
    """One cycle of approach whose last height fits the motion unless given."""
    height = state.agl - 2.0 * max(0.0, state.sigma_agl - 30.0)
    guide = Guide(tgo=tgo, last_height=height - state.v_up * 0.1 if last is None else last, **more)
    return guide, guide.update(modes.APPROACH, state, vehicle)


def test_approach_flies_its_law_with_the_time_that_is_left():
    guide, mode = approaching(coming())
    assert mode == modes.APPROACH
    assert guide.guidance.command.tgo == pytest.approx(39.9)
    assert guide.guidance.command.accel == pytest.approx(
        approach.command(coming(), GAINS, 800.0, 400.0, 0.0, 39.9)
    )
    assert guide.told == []


def test_an_uncertain_height_is_taken_lower_by_two_sigma_beyond_thirty_metres():
    state = coming(sigma_agl=45.0)
    guide, _mode = approaching(state)
    assert guide.guidance.last_height == 770.0
    expected = approach.command(state, GAINS, 770.0, 400.0, 0.0, 39.9)
    assert guide.guidance.command.accel == pytest.approx(expected)


@pytest.mark.parametrize(("jump", "retimed"), [(49.0, False), (51.0, True), (-51.0, True), (-49.0, False)])
def test_a_height_that_jumps_retimes_the_approach(jump, retimed):
    state = coming(agl=800.0, v_up=-25.0, downrange=-50.0)
    guide, _mode = approaching(state, tgo=10.0, last=800.0 + 2.5 - jump)
    duration = approach.duration(800.0, -25.0, GAINS)
    assert guide.guidance.command.tgo == pytest.approx(duration if retimed else 9.9)
    assert (
        guide.told == [(events.RETIMED, pytest.approx(duration), 800.0, pytest.approx(jump), 0.0)] * retimed
    )


@pytest.mark.parametrize(("lost_kg_s", "hurried"), [(0.03, False), (0.3, True)])
def test_a_leak_that_cannot_be_waited_for_shortens_the_approach_once(lost_kg_s, hurried):
    """0.3 kg/s from 8 km on: 62 s of approach as if nothing leaked, and the tank was dry above the ground."""
    state = coming(agl=1500.0, v_up=-40.0, v_downrange=45.0, downrange=-900.0)
    leaky = craft(leak_rate=lost_kg_s)
    guide, mode = approaching(state, tgo=66.0, vehicle=leaky)
    shortest = approach.shortest(1500.0, -40.0, GAINS, leaky)
    assert mode == modes.APPROACH
    assert guide.guidance.command.tgo == pytest.approx(shortest if hurried else 65.9)
    assert guide.guidance.decel == pytest.approx(0.8 if hurried else GAINS.terminal_decel_m_s2)
    guide.guidance.command.tgo = 66.0
    guide.update(modes.APPROACH, state, leaky)
    assert guide.guidance.command.tgo == pytest.approx(65.9)


@pytest.mark.parametrize(("spare_m_s", "hurried"), [(1.0, False), (-1.0, True)])
def test_an_approach_is_brisk_where_propellant_to_be_landed_with_is_short(spare_m_s, hurried):
    """surveyor_3 hovered down from 165 m for half a minute, and landed with 4.4 % of its propellant."""
    state = coming(agl=1500.0, v_up=-40.0, v_downrange=45.0, downrange=-900.0)
    spent = 1.62 * (65.9 + 15.0) + 40.0 + 0.5 * 45.0
    scarce = craft(delta_v_kept=100.0, delta_v_left=100.0 + spent + spare_m_s)
    guide, _mode = approaching(state, tgo=66.0, vehicle=scarce)
    assert guide.guidance.command.tgo == pytest.approx(
        approach.shortest(1500.0, -40.0, GAINS, scarce) if hurried else 65.9
    )
    assert guide.guidance.decel == pytest.approx(0.8 if hurried else GAINS.terminal_decel_m_s2)


def test_a_leak_does_not_lengthen_what_is_shorter_and_a_weak_engine_takes_its_time():
    leaky = craft(leak_rate=0.4)
    guide, _mode = approaching(coming(agl=1500.0, v_up=-40.0), tgo=30.0, vehicle=leaky)
    assert guide.guidance.command.tgo == pytest.approx(29.9)
    weak = craft(accel_max=3.5, leak_rate=0.4)
    guide, _mode = approaching(coming(agl=1500.0, v_up=-40.0), tgo=90.0, vehicle=weak)
    assert guide.guidance.decel == pytest.approx(0.5 * (0.85 * 3.5 - 1.62))
    assert guide.guidance.command.tgo == pytest.approx(2.5 * 42.0 / (0.8 * 3.5 - 1.62))
    assert approach.shortest(1500.0, -40.0, GAINS, craft()) == pytest.approx(1.4 * 1460.0 / 42.0)


def test_a_jump_never_shortens_the_approach():
    guide, _mode = approaching(coming(), tgo=90.0, last=2000.0)
    assert guide.guidance.command.tgo == pytest.approx(89.9)


@pytest.mark.parametrize(
    ("sigma", "tgo", "mode"),
    [
        (149.0, 20.0, modes.APPROACH),
        (151.0, 20.0, modes.HOLD),
        (151.0, 8.05, modes.APPROACH),
        (151.0, 8.2, modes.HOLD),
    ],
)
def test_an_approach_whose_height_is_lost_is_broken_off(sigma, tgo, mode):
    assert approaching(coming(agl=2000.0, v_up=-2.0, sigma_agl=sigma), tgo=tgo)[1] == mode


@pytest.mark.parametrize(
    ("tgo", "agl", "mode"),
    [
        (4.05, 800.0, modes.TERMINAL),
        (4.15, 800.0, modes.APPROACH),
        (20.0, GAINS.approach_end_m + 4.9, modes.TERMINAL),
        (20.0, GAINS.approach_end_m + 5.1, modes.APPROACH),
    ],
)
def test_an_approach_ends_by_time_or_by_height(tgo, agl, mode):
    assert approaching(coming(agl=agl, v_up=-2.0, downrange=0.0), tgo=tgo)[1] == mode


@pytest.mark.parametrize(("over", "told"), [(-1.0, False), (19.0, False), (21.0, True)])
def test_a_target_out_of_reach_is_given_up_for_a_nearer_one(over, told):
    state = coming(v_downrange=5.0)
    reach = approach.reach(5.0, 39.9)
    state.downrange = -(reach + over)
    guide, _mode = approaching(state)
    assert guide.guidance.target[0] == pytest.approx(-max(0.0, over), abs=1e-6)
    assert guide.codes() == [events.DIVERTED] * told
    flown = approach.command(state, GAINS, 800.0, min(reach, reach + over), 0.0, 39.9)
    assert guide.guidance.command.accel == pytest.approx(flown)


def test_a_target_behind_is_left_where_it_is():
    guide, _mode = approaching(coming(downrange=300.0, v_downrange=-30.0))
    assert guide.guidance.target == (0.0, 0.0)


def test_a_target_that_is_passed_while_flying_backwards_is_not_moved_behind():
    guide, _mode = approaching(coming(downrange=-100.0, v_downrange=-30.0))
    assert guide.guidance.target[0] == pytest.approx(-100.0)


# Hold and terminal descent


def test_hold_flies_its_law_until_a_height_is_found():
    state = nav(agl=3000.0, sigma_agl=41.0, v_up=-20.0)
    guide = Guide()
    assert guide.update(modes.HOLD, state) == modes.HOLD
    assert guide.guidance.command.accel == pytest.approx(hold.command(state, craft(), GAINS, 0.0, 0.0)[0])
    found = nav(agl=3000.0, sigma_agl=39.0, v_up=-20.0)
    assert guide.update(modes.HOLD, found) == modes.TERMINAL
    assert guide.told == [(events.HEIGHT_FOUND, 3000.0, 39.0, -20.0, 0.0)]
    assert guide.guidance.decel == pytest.approx(hold.sure_decel(found, craft(), GAINS))


def test_hold_hands_over_where_the_ground_is_near_enough_to_feel_for():
    low = nav(agl=300.0, sigma_agl=100.0, v_up=-2.0)
    vehicle = craft(delta_v_left=60.0)
    assert hold.command(low, vehicle, GAINS, 0.0, 0.0)[1]
    guide = Guide()
    assert guide.update(modes.HOLD, low, vehicle) == modes.TERMINAL
    assert guide.told == []


def test_terminal_descent_flies_its_law():
    guide = Guide(decel=0.37, target=(5.0, -3.0))
    state = nav(agl=60.0, v_up=-2.0, downrange=2.0)
    assert guide.update(modes.TERMINAL, state) == modes.TERMINAL
    assert guide.guidance.command.accel == pytest.approx(
        terminal.command(state, craft(), GAINS, 0.37, 3.0, -3.0)
    )


@pytest.mark.parametrize(("felt", "ahead", "left"), [((0.2, 0.0), 0.0, 0.2), ((0.0, 0.2), -0.2, 0.0)])
def test_a_steady_push_aside_is_leant_against(felt, ahead, left):
    """A thruster stuck open pushed Chang'e 5 to 6 m/s across in its terminal descent."""
    guide = Guide(decel=0.37)
    state = nav(agl=60.0, v_up=-6.6)
    state.delta_v = (0.02 * felt[0], 0.02 * felt[1], 0.03)
    for n in range(60):
        guide.update(modes.TERMINAL, state)
        if n == 5:  # 0.09 m/s2 in the mean of a second: it may be bias
            still = terminal.command(state, craft(), GAINS, 0.37, 0.0, 0.0)
            assert guide.guidance.command.accel == pytest.approx(still)
    pushed = terminal.command(state, craft(), GAINS, 0.37, 0.0, 0.0, (ahead, left))
    assert guide.guidance.command.accel == pytest.approx(pushed, abs=1e-3)
    assert guide.guidance.command.accel[1:] == pytest.approx((-ahead, -left), abs=1e-3)


@pytest.mark.parametrize(("agl", "learns"), [(2.1, True), (1.9, False)])
def test_what_the_ground_does_to_it_is_no_push(agl, learns):
    guide = Guide(decel=0.37, across=(0.3, 0.0))
    state = nav(agl=agl, v_up=-1.0)
    guide.update(modes.TERMINAL, state)
    assert guide.guidance.across == ((pytest.approx(0.27), 0.0) if learns else (0.3, 0.0))
    assert guide.guidance.command.accel[2] < -0.1  # what it was before is leant against still
