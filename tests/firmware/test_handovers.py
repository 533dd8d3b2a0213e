"""Guidance between its laws: when one hands over to the next, what it follows, and what it gives up."""

from math import sqrt
from types import SimpleNamespace

import pytest

from perilune.flight import approach, braking, events, hold, modes, terminal
from perilune.flight.guidance import Guidance
from tests.firmware.kit import loaded

GAINS = loaded().guidance
GRAVITY = -1.6


# body axes in the site frame, one after the other: x to the left, y backwards, z up
TO_LEFT = (0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def nav(**changes) -> SimpleNamespace:
    """Over the site at rest, 500 m up, with changes."""
    of = {
        "mapped_depth": lambda: 0.0,
        "agl": 500.0,
        "altitude": 500.0,
        "sigma_agl": 1.0,
        "sigma_v_up": 0.1,
        "v_up": 0.0,
        "v_ahead": 0.0,
        "v_left": 0.0,
        "downrange": 0.0,
        "crossrange": 0.0,
        "gravity": GRAVITY,
        "wander": (0.0, 0.0),
        "tick": 1000,
        "altimetry": SimpleNamespace(may_still_speak=lambda tick: tick == 1000),
        "inertial": SimpleNamespace(blind=False, dvel=(0.0, 0.0, 0.03)),
        "attitude": SimpleNamespace(axes=TO_LEFT),
        "strapdown": SimpleNamespace(to_level=lambda x, y, z: (z, x, y)),
    }
    return SimpleNamespace(**(of | changes))


def craft(**changes) -> SimpleNamespace:
    of = {
        "accel_max": 6.0,
        "delta_v_left": 400.0,
        "delta_v_kept": 0.0,
        "start_delay": 0.2,
        "mass": 900.0,
        "load": 500.0,
        "cap": 20.0,
        "exhaust": 3000.0,
        "leaks_away": lambda _s: 0.0,
    }
    return SimpleNamespace(**(of | changes))


class Guide:
    """Guidance with what it tells."""

    def __init__(self, **state) -> None:
        self.told: list[tuple] = []
        self.guidance = Guidance(GAINS, lambda *event: self.told.append(event))
        vars(self.guidance).update(state)

    def update(self, mode, state=None, vehicle=None) -> int:
        return self.guidance.update(state or nav(), vehicle or craft(), mode)

    def codes(self):
        return [event[0] for event in self.told]


# Before ignition


def far(**changes):
    of = {"downrange": -505e3, "altitude": 20e3, "agl": 20e3, "v_ahead": 1680.0, "sigma_agl": 300.0}
    return nav(**(of | changes))


def wanted(state, vehicle) -> tuple[float, float]:
    """Time to go and the size of what braking would ask for if it began after the start delay."""
    distance = -state.downrange + GAINS.gate_downrange_m - state.v_ahead * vehicle.start_delay
    tgo = braking.time_to_go(distance, state.v_ahead, GAINS, GAINS.braking_end_accel_m_s2)
    accel = braking.command(state, vehicle, GAINS, state.altitude, distance, 0.0, tgo, GAINS.gate_descent_m_s)
    return tgo, sqrt(sum(x * x for x in accel))


@pytest.mark.parametrize(("share", "ignites"), [(1.001, False), (0.999, True)])
def test_ignition_is_when_braking_takes_its_share_of_the_thrust(share, ignites):
    tgo, size = wanted(far(), craft())
    vehicle = craft(accel_max=share * size / GAINS.ignition_fraction)
    guide = Guide()
    assert guide.update(modes.ARMED, far(), vehicle) == (modes.BRAKING if ignites else modes.ARMED)
    assert guide.guidance.tgo == pytest.approx(tgo)
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
    assert left.guidance.accel[2] > 0.0 > right.guidance.accel[2]


# Braking


def test_braking_ends_when_it_is_slow_enough_or_at_the_gate():
    slow = far(downrange=-20e3, v_ahead=GAINS.gate_forward_m_s + 0.9, sigma_agl=1.0, agl=1600.0, v_up=-40.0)
    fast = far(downrange=-20e3, v_ahead=GAINS.gate_forward_m_s + 1.1, sigma_agl=1.0, agl=1600.0, v_up=-40.0)
    guide = Guide()
    assert guide.update(modes.BRAKING, slow) == modes.APPROACH
    assert guide.guidance.last_height == 1600.0
    assert guide.guidance.tgo == pytest.approx(approach.duration(1600.0, -40.0, GAINS))
    assert Guide().update(modes.BRAKING, fast) == modes.BRAKING


@pytest.mark.parametrize(("seconds", "ends"), [(2.9, True), (3.1, False)])
def test_the_gate_is_reached_three_seconds_before_it(seconds, ends):
    """Distance of the profile with so much time to go."""
    v, vf, af = 300.0, GAINS.gate_forward_m_s, GAINS.braking_end_accel_m_s2
    distance = seconds * (2 * v + 4 * vf - af * seconds) / 6.0
    state = far(downrange=GAINS.gate_downrange_m - distance, v_ahead=v, sigma_agl=1.0, agl=1600.0, v_up=-40.0)
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
    state = far(downrange=downrange, v_ahead=10.0, sigma_agl=sigma, agl=1600.0, v_up=-3.0)
    assert Guide().update(modes.BRAKING, state) == mode


@pytest.mark.parametrize(("hopeful", "share"), [(True, 0.8), (False, 0.25)])
def test_braking_without_a_height_aims_for_the_gate_of_hold(hopeful, share):
    """Lower where no range is waited for: descending upright costs most."""
    speaks = SimpleNamespace(may_still_speak=lambda _tick: hopeful)
    state = far(
        downrange=-50e3, v_ahead=900.0, sigma_agl=100.0, agl=9e3, altitude=9e3, v_up=-50.0, altimetry=speaks
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
    assert guide.guidance.accel == pytest.approx(expected)


def short_of_thrust(**changes):
    """Braking that asks for more than there is, 200 km out."""
    return far(
        downrange=-200e3, v_ahead=1600.0, sigma_agl=1.0, agl=14e3, altitude=14e3, v_up=-60.0, **changes
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
    assert guide.guidance.accel == pytest.approx(braking.upward_first(accel, 3.0))
    guide.update(modes.BRAKING, state, weak)
    assert guide.guidance.stretch > moved
    assert len(guide.told) == 1


def test_with_thrust_enough_the_target_stays():
    guide = Guide()
    guide.update(modes.BRAKING, short_of_thrust(), craft(accel_max=20.0))
    assert (guide.guidance.stretch, guide.guidance.target, guide.told) == (0.0, (0.0, 0.0), [])


def test_a_leak_that_cannot_be_waited_for_brings_the_target_nearer():
    leaky = craft(accel_max=9.0, leaks_away=lambda s: 0.3 * s)
    guide = Guide(tgo=300.0)
    state = far(downrange=-400e3, v_ahead=1600.0, sigma_agl=1.0, agl=14e3, altitude=14e3)
    guide.update(modes.BRAKING, state, leaky)
    assert guide.guidance.stretch < 0.0
    little = craft(accel_max=9.0, leaks_away=lambda s: 0.03 * s)
    guide = Guide(tgo=300.0)
    guide.update(modes.BRAKING, state, little)
    assert guide.guidance.stretch == 0.0


# Approach


def coming(**changes):
    of = {"agl": 800.0, "altitude": 800.0, "v_up": -25.0, "v_ahead": 20.0, "downrange": -400.0}
    return nav(**(of | changes))


def approaching(state, tgo=40.0, last=None, vehicle=None, **more):
    """One cycle of approach whose last height fits the motion unless given."""
    height = state.agl - 2.0 * max(0.0, state.sigma_agl - 30.0)
    guide = Guide(tgo=tgo, last_height=height - state.v_up * 0.1 if last is None else last, **more)
    return guide, guide.update(modes.APPROACH, state, vehicle)


def test_approach_flies_its_law_with_the_time_that_is_left():
    guide, mode = approaching(coming())
    assert mode == modes.APPROACH
    assert guide.guidance.tgo == pytest.approx(39.9)
    assert guide.guidance.accel == pytest.approx(approach.command(coming(), GAINS, 800.0, 400.0, 0.0, 39.9))
    assert guide.told == []


def test_an_uncertain_height_is_taken_lower_by_two_sigma_beyond_thirty_metres():
    state = coming(sigma_agl=45.0)
    guide, _mode = approaching(state)
    assert guide.guidance.last_height == 770.0
    expected = approach.command(state, GAINS, 770.0, 400.0, 0.0, 39.9)
    assert guide.guidance.accel == pytest.approx(expected)


@pytest.mark.parametrize(("jump", "retimed"), [(49.0, False), (51.0, True), (-51.0, True), (-49.0, False)])
def test_a_height_that_jumps_retimes_the_approach(jump, retimed):
    state = coming(agl=800.0, v_up=-25.0, downrange=-50.0)
    guide, _mode = approaching(state, tgo=10.0, last=800.0 + 2.5 - jump)
    duration = approach.duration(800.0, -25.0, GAINS)
    assert guide.guidance.tgo == pytest.approx(duration if retimed else 9.9)
    assert (
        guide.told == [(events.RETIMED, pytest.approx(duration), 800.0, pytest.approx(jump), 0.0)] * retimed
    )


@pytest.mark.parametrize(("lost_kg_s", "hurried"), [(0.03, False), (0.3, True)])
def test_a_leak_that_cannot_be_waited_for_shortens_the_approach_once(lost_kg_s, hurried):
    """0.3 kg/s from 8 km on: 62 s of approach as if nothing leaked, and the tank was dry above the ground."""
    state = coming(agl=1500.0, v_up=-40.0, v_ahead=45.0, downrange=-900.0)
    leaky = craft(leaks_away=lambda s: lost_kg_s * s)
    guide, mode = approaching(state, tgo=66.0, vehicle=leaky)
    shortest = approach.shortest(1500.0, -40.0, GAINS, leaky)
    assert mode == modes.APPROACH
    assert guide.guidance.tgo == pytest.approx(shortest if hurried else 65.9)
    assert guide.guidance.decel == pytest.approx(0.8 if hurried else GAINS.terminal_decel_m_s2)
    guide.guidance.tgo = 66.0
    guide.update(modes.APPROACH, state, leaky)
    assert guide.guidance.tgo == pytest.approx(65.9)


@pytest.mark.parametrize(("spare_m_s", "hurried"), [(1.0, False), (-1.0, True)])
def test_an_approach_is_brisk_where_propellant_to_be_landed_with_is_short(spare_m_s, hurried):
    """surveyor_3 hovered down from 165 m for half a minute, and landed with 4.4 % of its propellant."""
    state = coming(agl=1500.0, v_up=-40.0, v_ahead=45.0, downrange=-900.0)
    spent = 1.62 * (65.9 + 15.0) + 40.0 + 0.5 * 45.0
    scarce = craft(delta_v_kept=100.0, delta_v_left=100.0 + spent + spare_m_s)
    guide, _mode = approaching(state, tgo=66.0, vehicle=scarce)
    assert guide.guidance.tgo == pytest.approx(
        approach.shortest(1500.0, -40.0, GAINS, scarce) if hurried else 65.9
    )
    assert guide.guidance.decel == pytest.approx(0.8 if hurried else GAINS.terminal_decel_m_s2)


def test_a_leak_does_not_lengthen_what_is_shorter_and_a_weak_engine_takes_its_time():
    leaky = craft(leaks_away=lambda s: 0.4 * s)
    guide, _mode = approaching(coming(agl=1500.0, v_up=-40.0), tgo=30.0, vehicle=leaky)
    assert guide.guidance.tgo == pytest.approx(29.9)
    weak = craft(accel_max=3.5, leaks_away=lambda s: 0.4 * s)
    guide, _mode = approaching(coming(agl=1500.0, v_up=-40.0), tgo=90.0, vehicle=weak)
    assert guide.guidance.decel == pytest.approx(0.5 * (0.85 * 3.5 - 1.62))
    assert guide.guidance.tgo == pytest.approx(2.5 * 42.0 / (0.8 * 3.5 - 1.62))
    assert approach.shortest(1500.0, -40.0, GAINS, craft()) == pytest.approx(1.4 * 1460.0 / 42.0)


def test_a_jump_never_shortens_the_approach():
    guide, _mode = approaching(coming(), tgo=90.0, last=2000.0)
    assert guide.guidance.tgo == pytest.approx(89.9)


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
    state = coming(v_ahead=5.0)
    reach = approach.reach(5.0, 39.9)
    state.downrange = -(reach + over)
    guide, _mode = approaching(state)
    assert guide.guidance.target[0] == pytest.approx(-max(0.0, over), abs=1e-6)
    assert guide.codes() == [events.DIVERTED] * told
    flown = approach.command(state, GAINS, 800.0, min(reach, reach + over), 0.0, 39.9)
    assert guide.guidance.accel == pytest.approx(flown)


def test_a_target_behind_is_left_where_it_is():
    guide, _mode = approaching(coming(downrange=300.0, v_ahead=-30.0))
    assert guide.guidance.target == (0.0, 0.0)


def test_a_target_that_is_passed_while_flying_backwards_is_not_moved_behind():
    guide, _mode = approaching(coming(downrange=-100.0, v_ahead=-30.0))
    assert guide.guidance.target[0] == pytest.approx(-100.0)


# Hold and terminal descent


def test_hold_flies_its_law_until_a_height_is_found():
    state = nav(agl=3000.0, sigma_agl=41.0, v_up=-20.0)
    guide = Guide()
    assert guide.update(modes.HOLD, state) == modes.HOLD
    assert guide.guidance.accel == pytest.approx(hold.command(state, craft(), GAINS, 0.0, 0.0)[0])
    found = nav(agl=3000.0, sigma_agl=39.0, v_up=-20.0)
    assert guide.update(modes.HOLD, found) == modes.TERMINAL
    assert guide.told == [(events.HEIGHT_FOUND, 3000.0, 39.0, -20.0, 0.0)]
    assert guide.guidance.decel == pytest.approx(hold.stopping_decel(found, craft(), GAINS))


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
    assert guide.guidance.accel == pytest.approx(terminal.command(state, craft(), GAINS, 0.37, 3.0, -3.0))


@pytest.mark.parametrize(("felt", "ahead", "left"), [((0.2, 0.0), 0.0, 0.2), ((0.0, 0.2), -0.2, 0.0)])
def test_a_steady_push_aside_is_leant_against(felt, ahead, left):
    """A thruster stuck open pushed Chang'e 5 to 6 m/s across in its terminal descent."""
    guide = Guide(decel=0.37)
    state = nav(agl=60.0, v_up=-6.6)
    state.inertial.dvel = (0.02 * felt[0], 0.02 * felt[1], 0.03)
    for n in range(60):
        guide.update(modes.TERMINAL, state)
        if n == 5:  # 0.09 m/s2 in the mean of a second: it may be bias
            still = terminal.command(state, craft(), GAINS, 0.37, 0.0, 0.0)
            assert guide.guidance.accel == pytest.approx(still)
    pushed = terminal.command(state, craft(), GAINS, 0.37, 0.0, 0.0, (ahead, left))
    assert guide.guidance.accel == pytest.approx(pushed, abs=1e-3)
    assert guide.guidance.accel[1:] == pytest.approx((-ahead, -left), abs=1e-3)


@pytest.mark.parametrize(("agl", "learns"), [(2.1, True), (1.9, False)])
def test_what_the_ground_does_to_it_is_no_push(agl, learns):
    guide = Guide(decel=0.37, across=(0.3, 0.0))
    state = nav(agl=agl, v_up=-1.0)
    guide.update(modes.TERMINAL, state)
    assert guide.guidance.across == ((pytest.approx(0.27), 0.0) if learns else (0.3, 0.0))
    assert guide.guidance.accel[2] < -0.1  # what it was before is leant against still


# Stopping distance


def needed(v_up, accel_max):
    """Braking with 92 % of thrust after 0.4 s."""
    net = max(0.15, 0.92 * accel_max - 1.62)
    return v_up**2 / (2.0 * net) + 0.4 * abs(v_up)


@pytest.mark.parametrize("accel_max", [4.0, 1.8])
@pytest.mark.parametrize(("sigma", "margin"), [(1.0, 3.0 + 2.0), (39.0, None)])
@pytest.mark.parametrize("mode", [modes.APPROACH, modes.TERMINAL, modes.HOLD])
def test_what_could_not_stop_any_more_stops_now(mode, accel_max, sigma, margin):
    v_up = -25.0
    agl = needed(v_up, accel_max) + (margin or 119.0)
    if margin is None and agl * 0.5 < 117.0:
        agl = 2.0 * (needed(v_up, accel_max) + 2.0)
    for more, stops in ((1.0, False), (-1.0, True)):
        guide = Guide(accel=(1.0, 2.0, 0.0))
        state = nav(agl=agl + more, v_up=v_up, sigma_agl=sigma)
        after = guide.guidance._stoppable(state, craft(accel_max=accel_max), mode)
        assert (after, guide.guidance.stopping) == ((modes.TERMINAL, True) if stops else (mode, False))
        assert guide.codes() == [events.STOP_DISTANCE] * stops


def test_stopping_is_full_thrust_nearly_upright_and_a_steeper_profile():
    state = nav(agl=150.0, v_up=-30.0)
    guide = Guide(accel=(1.0, 5.0, 0.0))
    vehicle = craft(accel_max=4.0)
    guide.guidance._stoppable(state, vehicle, modes.TERMINAL)
    guide.guidance._stoppable(state, vehicle, modes.TERMINAL)
    assert guide.told == [(events.STOP_DISTANCE, 150.0, -30.0, pytest.approx(needed(-30.0, 4.0)), 0.0)]
    assert guide.guidance.accel == pytest.approx((0.97 * 4.0, 0.17 * 0.97 * 4.0, 0.0))
    net = 0.92 * 4.0 - 1.62
    steep = 1.15 * 900.0 / (2.0 * 142.0)
    assert guide.guidance.decel == pytest.approx(min(0.9 * net, steep))
    slow = Guide(accel=(1.0, 0.0, 0.0))
    slow.guidance._stoppable(nav(agl=4.0, v_up=-4.0), vehicle, modes.TERMINAL)
    assert slow.guidance.decel == pytest.approx(max(GAINS.terminal_decel_m_s2, 1.15 * 16.0 / 40.0))


@pytest.mark.parametrize(("accel_max", "aside"), [(2.62, False), (2.64, True)])
def test_thrust_little_above_weight_is_all_upward_until_the_fall_is_stopped(accel_max, aside):
    """A throttle stuck at 35 % in approach: 10 deg aside all the way down, 5.7 m/s at the ground and 8.6 across."""
    guide = Guide(accel=(1.0, 5.0, 0.0))
    guide.guidance._stoppable(nav(agl=150.0, v_up=-30.0), craft(accel_max=accel_max), modes.TERMINAL)
    up = 0.97 * accel_max
    assert guide.guidance.accel == pytest.approx((up, 0.17 * up, 0.0) if aside else (accel_max, 0.0, 0.0))


@pytest.mark.parametrize(
    "changes", [{"v_up": -2.9, "agl": 0.1}, {"v_up": -30.0, "agl": 50.0, "sigma_agl": 40.1}]
)
def test_slow_or_without_a_height_there_is_nothing_to_stop_for(changes):
    guide = Guide()
    assert guide.guidance._stoppable(nav(**changes), craft(), modes.TERMINAL) == modes.TERMINAL
    assert not guide.guidance.stopping


def test_braking_is_not_stopped():
    guide = Guide()
    guide.update(modes.BRAKING, far(downrange=-100e3, v_ahead=900.0, agl=100.0, sigma_agl=1.0, v_up=-80.0))
    assert not guide.guidance.stopping


def test_no_more_is_asked_for_than_thrust_gives():
    guide = Guide(accel=(3.0, 4.0, 12.0))
    guide.guidance._bound(craft(accel_max=6.5))
    assert guide.guidance.accel == pytest.approx((1.5, 2.0, 6.0))
    guide.guidance._bound(craft(accel_max=6.6))
    assert guide.guidance.accel == pytest.approx((1.5, 2.0, 6.0))


# What navigation's corrections do to it


@pytest.mark.parametrize(
    ("mode", "downrange", "tgo", "rate"),
    [
        (modes.COAST, -9e3, 0.0, None),
        (modes.ARMED, 0.0, 0.0, None),
        (modes.BRAKING, -8001.0, 0.0, None),
        (modes.BRAKING, -7999.0, 0.0, 10.0),
        (modes.BRAKING, 7999.0, 0.0, 10.0),
        (modes.BRAKING, -3501.0, 0.0, 10.0),
        (modes.BRAKING, -3499.0, 0.0, 0.0),
        (modes.APPROACH, 0.0, 30.1, 2.0),
        (modes.APPROACH, 0.0, 29.9, 0.0),
        (modes.HOLD, 0.0, 0.0, 2.0),
        (modes.TERMINAL, 0.0, 99.0, 0.0),
    ],
)
def test_how_fast_a_corrected_position_is_followed(mode, downrange, tgo, rate):
    """A step at once would tilt the vehicle near the ground."""
    guide = Guide(tgo=tgo)
    guide.guidance._follow(nav(wander=(400.0, -300.0), downrange=downrange), mode)
    passed = 1e9 if rate is None else 0.1 * rate
    expected = (400.0 - min(400.0, passed), -300.0 + min(300.0, passed))
    assert guide.guidance.offset == pytest.approx(expected)
    guide.guidance._follow(nav(wander=(500.0, -300.0), downrange=downrange), mode)
    assert guide.guidance.offset[0] == pytest.approx(max(0.0, 500.0 - min(2 * passed, 500.0)))
    assert guide.guidance.followed == (500.0, -300.0)


# Diverts and gaps


def test_a_divert_gets_the_time_that_its_distance_takes():
    """Half the way speeding up and half slowing down at 0.6 m/s2: T = 2 sqrt(d / 0.6)."""
    guide = Guide(tgo=10.0, target=(100.0, 100.0))
    guide.guidance.divert(400.0, -300.0, nav(agl=900.0))
    assert guide.guidance.target == (400.0, -300.0)
    assert guide.guidance.tgo == pytest.approx(2.0 * sqrt(500.0 / 0.6))
    assert guide.told == [(events.DIVERTED, 400.0, -300.0, 900.0, 0.0)]
    guide.guidance.tgo = 90.0
    guide.guidance.divert(401.0, -300.0, nav())
    assert guide.guidance.tgo == 90.0


def test_time_goes_on_in_a_gap():
    guide = Guide(tgo=30.0, last_height=800.0)
    guide.guidance.lapse(50, -20.0)
    assert (guide.guidance.tgo, guide.guidance.last_height) == pytest.approx((29.0, 780.0))
    guide.guidance.lapse(5000, 0.0)
    assert guide.guidance.tgo == 1.0


def test_braking_steers_to_the_left_or_right_of_where_it_is():
    for side, sign in ((3000.0, 1.0), (-3000.0, -1.0)):
        guide = Guide(target=(0.0, side))
        guide.update(
            modes.BRAKING, far(downrange=-200e3, v_ahead=1200.0, sigma_agl=1.0, agl=14e3, altitude=14e3)
        )
        assert sign * guide.guidance.accel[2] > 0.0


@pytest.mark.parametrize(("target", "distance"), [((100.0, 50.0), 500.0), ((0.0, 0.0), 565.685)])
def test_a_divert_is_measured_from_the_target_of_before(target, distance):
    guide = Guide(target=target)
    guide.guidance.divert(400.0, 450.0 if target[0] else 400.0, nav())
    assert guide.guidance.tgo == pytest.approx(2.0 * sqrt(distance / 0.6), rel=1e-5)


@pytest.mark.parametrize(("over", "moved"), [(19.0, 0.0), (21.0, 21.0), (2000.0, 2000.0)])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_target_too_far_aside_is_given_up_for_one_in_reach(side, over, moved):
    """A velocimeter's first word moved the estimate by 2.7 km, a minute and a half before the gate: 66 m/s aside."""
    state = far(downrange=-10e3, altitude=6e3, agl=6e3, v_ahead=160.0, v_up=-40.0, sigma_agl=10.0)
    guide = Guide()
    guide.update(modes.BRAKING, state)
    reach = 1e6 - braking.beyond(1e6, 0.0, guide.guidance.tgo, 6.0)
    guide = Guide(target=(0.0, side * (reach + over)))
    guide.update(modes.BRAKING, state)
    target = side * (reach + over - moved)
    assert guide.guidance.target == pytest.approx((0.0, target), abs=0.1)
    told = [(events.DIVERTED, 0.0, pytest.approx(target, abs=0.1), 6e3, 0.0)]
    assert guide.told == (told if moved else [])
    assert guide.guidance.accel[2] * side > 0.0


def test_a_divert_is_from_where_thrust_has_put_the_target():
    guide = Guide(tgo=10.0, target=(2000.0, 0.0), stretch=2000.0)
    guide.guidance.divert(300.0, 400.0, nav())
    assert guide.guidance.target == (2300.0, 400.0)
    assert guide.guidance.tgo == pytest.approx(2.0 * sqrt(500.0 / 0.6))


@pytest.mark.parametrize(
    ("before", "after", "told"), [(0.0, 990.0, False), (0.0, 1010.0, True), (1010.0, 1300.0, False)]
)
def test_a_target_moved_by_a_kilometre_is_told_once(before, after, told):
    guide = Guide(stretch=before, target=(before, 0.0))
    guide.guidance._stretch(10.0 * (after - before), False, nav(agl=9e3))
    assert guide.guidance.target == pytest.approx((after, 0.0))
    assert guide.codes() == [events.DIVERTED] * told


@pytest.mark.parametrize(
    ("before", "by", "hurry", "after"),
    [
        (500.0, -9000.0, False, 0.0),  # back to where it was and no nearer
        (-500.0, -9000.0, False, -500.0),
        (0.0, -2e6, True, -150e3),
        (0.0, -9000.0, True, -900.0),
    ],
)
def test_the_target_comes_nearer_only_in_a_hurry(before, by, hurry, after):
    guide = Guide(stretch=before)
    guide.guidance._stretch(by, hurry, nav())
    assert guide.guidance.stretch == pytest.approx(after)


@pytest.mark.parametrize(
    ("tgo", "v_ahead", "moves"),
    [(31.0, 400.0, True), (29.0, 400.0, False), (40.0, 201.0, True), (40.0, 199.0, False)],
)
def test_late_or_slow_a_lack_of_thrust_is_of_the_moment(tgo, v_ahead, moves):
    vf, af = GAINS.gate_forward_m_s, GAINS.braking_end_accel_m_s2
    distance = tgo * (2 * v_ahead + 4 * vf - af * tgo) / 6.0
    state = far(
        downrange=GAINS.gate_downrange_m - distance,
        v_ahead=v_ahead,
        sigma_agl=1.0,
        agl=4000.0,
        altitude=4000.0,
        v_up=-80.0,
    )
    guide = Guide()
    guide.update(modes.BRAKING, state, craft(accel_max=2.0))
    assert (guide.guidance.stretch != 0.0) is moves
