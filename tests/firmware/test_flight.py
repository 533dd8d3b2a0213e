"""One tick of flight and the commands between ticks: who is asked what, in which mode. The parts are stand-ins."""

from unittest.mock import call

import pytest

from perilune.flight import modes
from perilune.wire import schema
from tests.firmware.kit import loaded
from tests.firmware.standing import FLYING, STANDING, Stand

# Who is asked in which mode


@pytest.mark.parametrize("mode", FLYING)
def test_in_flight_navigation_guidance_and_engines_have_their_turn(mode):
    stand = Stand(mode)
    flight = stand.five()
    assert flight.nav.update.call_count == 5
    frame, powered, expected = flight.nav.update.call_args.args
    assert (frame.tick, powered, expected) == (1005, True, 2.5)
    assert flight.guidance.update.call_args.args == (flight.nav, flight.craft, mode)
    assert flight.guidance.update.call_count == 1
    assert flight.craft.update.call_count == 5
    push, running, on_s = flight.craft.update.call_args.args
    assert (push, running, on_s) == (7.0, mode in modes.ENGINE_MODES, 0.125)
    assert flight.control.point.call_args.args == (2.0, 3.0, 6.0)
    assert flight.control.steer.call_args.args == ((1.0, 0.0, 0.0, 0.0),)
    assert {call.args for call in flight.control.weigh.call_args_list} == {(800.0,)}
    assert flight.control.update.call_count == 5


def test_waved_off_the_engine_is_off_and_the_attitude_held():
    flight = Stand(modes.WAVE_OFF).five()
    assert flight.nav.update.call_count == 5
    assert flight.guidance.update.call_count == 0
    assert [call.args for call in flight.craft.update.call_args_list] == [(0.0, False, 0.125)] * 5
    assert flight.control.steer.call_count == 1
    assert flight.control.update.call_count == 5


def test_waved_off_before_an_attitude_was_known_nothing_turns():
    stand = Stand(modes.WAVE_OFF)
    stand.flight.control.target = None
    flight = stand.five()
    assert flight.control.steer.call_count == flight.control.update.call_count == 0


@pytest.mark.parametrize("mode", STANDING)
def test_on_the_ground_the_engine_rests_and_the_attitude_is_still_watched(mode):
    flight = Stand(mode).five()
    assert flight.nav.update.call_count == flight.guidance.update.call_count == 0
    assert [call.args for call in flight.craft.update.call_args_list] == [(0.0, False, 0.125)] * 5
    assert flight.nav.inertial.update.call_args.args == ((1,), (2,), 1005, True, 0.0)
    assert flight.nav.attitude.propagate.call_args.args == ((flight.nav.inertial.dtheta), 1005)
    assert flight.nav.attitude.star.call_args.args == ((3,), 1005, True)


@pytest.mark.parametrize(
    ("mode", "doubt", "steadied"),
    [
        (modes.TOUCHDOWN, {}, True),
        (modes.SAFED, {}, False),
        (modes.TOUCHDOWN, {"blind": True}, False),
        (modes.TOUCHDOWN, {"wrong_angle": 1}, False),
    ],
)
def test_thrusters_steady_it_until_it_is_safe_if_gyros_tell_the_rate(mode, doubt, steadied):
    """`hls`, 50 m tall, rocked over its lower legs on a slope of 11 deg."""
    stand = Stand(mode)
    stand.flight.contact_tick = 1000
    vars(stand.flight.nav.inertial).update(doubt)
    flight = stand.five()
    assert (flight.control.steady.call_count, flight.control.rest.call_count) == (
        (5, 0) if steadied else (0, 5)
    )


def test_an_impact_without_gyros_is_the_star_trackers_to_find():
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.nav.inertial.blind = True
    flight = stand.step()
    assert flight.nav.inertial.dtheta == (0.0, 0.0, 0.0)
    assert flight.nav.attitude.unsteady == 0.01


# Before ignition


def test_what_is_unfit_is_waved_off_instead_of_lit():
    stand = Stand(modes.ARMED)
    stand.flight.readiness.unfit.return_value = True
    stand.flight.guidance.update.side_effect = lambda *_: modes.BRAKING
    assert stand.five().mode == modes.WAVE_OFF
    assert stand.flight.guidance.update.call_count == 0


@pytest.mark.parametrize("mode", [modes.COAST, modes.BRAKING])
def test_fitness_is_asked_only_when_armed(mode):
    stand = Stand(mode)
    stand.flight.readiness.unfit.return_value = True
    assert stand.five().mode == mode


@pytest.mark.parametrize(("ago", "lit"), [(1, False), (2, True)])
def test_the_frame_after_arming_still_shows_it_armed(ago, lit):
    stand = Stand(modes.ARMED, tick=1003)
    stand.flight.entered_tick = 1004 - ago
    stand.flight.guidance.update.side_effect = lambda *_: modes.BRAKING
    assert (stand.step(1004).mode == modes.BRAKING) is lit


def test_without_an_attitude_nothing_is_guided_and_a_fast_turn_is_stopped():
    stand = Stand(modes.COAST)
    stand.flight.nav.attitude.known = False
    stand.flight.control.target = None
    flight = stand.five()
    assert flight.guidance.update.call_count == flight.nav.altimetry.tend.call_count == 0
    assert (flight.control.rest.call_count, flight.control.update.call_count) == (5, 0)
    for rate, turned in (((0.0, 0.029, 0.0), 0), ((0.018, 0.018, 0.018), 5), ((0.0, 0.0, -0.031), 10)):
        flight.nav.attitude.rate = rate
        assert stand.five().control.update.call_count == turned
    assert flight.control.update.call_args.args == ((0.0, 0.0, -0.031),)


# Turning


@pytest.mark.parametrize("blind", [False, True])
def test_without_gyros_what_the_thrusters_do_is_the_rotation(blind):
    stand = Stand(modes.BRAKING)
    stand.flight.nav.inertial.blind = blind
    flight = stand.step()
    assert flight.control.gentle is blind
    assert flight.control.update.call_args.args == ((0.0, 0.0, 0.0),)
    assert flight.nav.inertial.turn.call_count == int(blind)
    if blind:
        assert flight.nav.inertial.turn.call_args.args == (flight.control.acceleration(),)
    stand.step()  # what the turn has put into the torque learned is taken out once
    assert flight.control.unlearn.call_args_list == [call((0.0, 0.0, 0.0))] * blind
    # from then on it goes with the thrust, of which there is nothing to compare with at first
    assert flight.control.go_with.call_args_list == [call(0.0), call(0.5)] * blind


@pytest.mark.parametrize(("calm", "foreseen"), [((True, False), 0), ((False, True), 0), ((False, False), 1)])
def test_while_both_units_may_have_ceased_to_feel_a_turn_what_the_thrusters_do_is_foreseen(calm, foreseen):
    stand = Stand(modes.BRAKING)
    stand.flight.nav.inertial.a.calm, stand.flight.nav.inertial.b.calm = calm
    flight = stand.step()
    assert flight.nav.inertial.foresee.call_args_list == [call(flight.control.acceleration())] * foreseen


def test_a_lever_of_the_engines_left_is_fed_forward():
    stand = Stand(modes.BRAKING)
    stand.step()
    assert stand.flight.control.feed == [0.0, 0.0, 0.0]
    for lever in ((40.0, 0.0), (0.0, -30.0), (40.0, -30.0)):
        stand.flight.craft.lever = lever
        stand.step()
        assert stand.flight.control.feed == [-0.5 * lever[0], -0.5 * lever[1], 0.0]


# Slower work


def test_engines_and_gauge_are_watched_once_in_five_ticks():
    flight = Stand(modes.BRAKING).five()
    assert [call.args for call in flight.craft.feel.call_args_list] == [(2.5, True)]
    assert [call.args for call in flight.craft.watch.call_args_list] == [((7,),)]
    assert [call.args for call in flight.craft.gauge.update.call_args_list] == [(9.0, flight.craft)]
    assert flight.craft.assess.call_count == 1


@pytest.mark.parametrize(("suspect", "armed"), [(True, False), (False, True), (True, True)])
def test_what_is_felt_near_the_ground_or_in_doubt_is_no_measure_of_thrust(suspect, armed):
    stand = Stand(modes.TERMINAL)
    stand.flight.nav.inertial.suspect, stand.flight.touchdown.armed = suspect, armed
    assert stand.five().craft.feel.call_args.args == (2.5, False)


def test_units_are_tended_once_in_five_ticks():
    stand = Stand(modes.APPROACH)
    stand.flight.nav.ranges_due.return_value = True
    flight = stand.five()
    ((tick, due),) = [call.args for call in flight.nav.altimetry.tend.call_args_list]
    assert 1000 < tick <= 1005 and due is True
    assert [call.args for call in flight.nav.doppler.tend.call_args_list] == [
        (1002, 80.0, (0.0, 0.0, 0.0), (1.0, 2.0, 3.0))
    ]
    assert tick == 1004  # all in one tick took an RP2040 more than 10 ms


@pytest.mark.parametrize(
    ("unit", "answer", "bit"),
    [
        ("lrf", "best_head", schema.LRF_DESCENT_HEAD),
        ("radar", "best_head", schema.RADAR_DESCENT_HEAD),
        ("lrf", "power_off", schema.LRF_POWER_OFF),
        ("radar", "power_off", schema.RADAR_POWER_OFF),
        ("silence", "power_off", schema.VELOCIMETER_POWER_OFF),
    ],
)
def test_heads_and_power_follow_what_the_units_want(unit, answer, bit):
    stand = Stand(modes.BRAKING)
    nav = stand.flight.nav
    part = nav.doppler.silence if unit == "silence" else getattr(nav, unit)
    kept = stand.flight.switches = schema.LEGS_DEPLOY
    getattr(part, answer).return_value = 1
    assert stand.five().switches == kept | bit
    getattr(part, answer).return_value = 0
    assert stand.five().switches == kept


def aside(tick: int, mode: int = modes.APPROACH, agl: float = 80.0, alone: bool = True) -> bool:
    """Whether the radar looks aside around a tick."""
    stand = Stand(mode, tick=tick - 8, agl=agl)
    stand.flight.nav.doppler.alone.return_value = alone
    flight = stand.step(*range(tick - 7, tick + 1))
    assert bool(flight.control.turn.call_count) is (alone and agl > 15.0 and mode in FLYING[3:])
    return bool(flight.switches & schema.RADAR_DESCENT_HEAD)


@pytest.mark.parametrize("mode", [modes.APPROACH, modes.TERMINAL, modes.HOLD])
def test_with_the_radar_alone_it_looks_aside_four_fifths_of_the_time(mode):
    looked = [aside(tick, mode) for tick in range(2004, 2104, 5)]
    assert looked == [True] * 16 + [False] * 4


@pytest.mark.parametrize(
    ("changes", "looks"),
    [
        ({"alone": False}, False),
        ({"agl": 14.9}, False),
        ({"agl": 15.1}, True),
        ({"mode": modes.BRAKING}, False),
    ],
)
def test_when_the_radar_looks_aside(changes, looks):
    assert aside(2012, **changes) is looks


@pytest.mark.parametrize(
    ("mode", "more", "out"),
    [
        (modes.APPROACH, -1.0, True),
        (modes.APPROACH, 1.0, False),
        (modes.TERMINAL, -1.0, True),
        (modes.HOLD, -1.0, True),
        (modes.BRAKING, -1.0, False),
    ],
)
def test_legs_unfold_low_after_braking(mode, more, out):
    stand = Stand(mode, agl=loaded().guidance.legs_deploy_m + more)
    assert bool(stand.five().switches & schema.LEGS_DEPLOY) is out


def test_the_health_word_is_renewed():
    stand = Stand(modes.BRAKING)
    stand.flight.touchdown.armed = True
    flight = stand.five()
    assert flight.health & 0x100
