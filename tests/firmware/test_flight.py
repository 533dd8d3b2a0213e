"""One tick of flight: who is asked what, in which mode. Stations only note the questions."""

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
    assert stand.count("nav.update") == 5
    frame, powered, expected = stand.last("nav.update")
    assert (frame.tick, powered, expected) == (1005, True, 2.5)
    assert stand.last("guidance.update") == (flight.estimate, flight.limits, mode)
    assert stand.count("guidance.update") == 1
    assert stand.count("propulsion.update") == 5
    push, running, on_s = stand.last("propulsion.update")
    assert (push, running, on_s) == (7.0, mode in modes.ENGINE_MODES, 0.125)
    assert stand.last("control.point") == (2.0, 3.0, 6.0)
    assert stand.last("control.steer") == ((1.0, 0.0, 0.0, 0.0),)
    assert set(stand.calls["control.set_inertia"]) == {(800.0,)}
    assert stand.count("control.update") == 5


def test_waved_off_the_engine_is_off_and_the_attitude_held():
    stand = Stand(modes.WAVE_OFF)
    stand.five()
    assert stand.count("nav.update") == 5
    assert stand.count("guidance.update") == 0
    assert stand.calls["propulsion.update"] == [(0.0, False, 0.125)] * 5
    assert stand.count("control.steer") == 1
    assert stand.count("control.update") == 5


def test_waved_off_before_an_attitude_was_known_nothing_turns():
    stand = Stand(modes.WAVE_OFF)
    stand.flight.control.target = None
    stand.five()
    assert stand.count("control.steer") == stand.count("control.update") == 0


@pytest.mark.parametrize("mode", STANDING)
def test_on_the_ground_the_engine_rests_and_the_attitude_is_still_watched(mode):
    stand = Stand(mode)
    stand.five()
    assert stand.count("nav.update") == stand.count("guidance.update") == 0
    assert stand.calls["propulsion.update"] == [(0.0, False, 0.125)] * 5
    assert [frame.tick for (frame,) in stand.calls["nav.update_on_surface"]] == [1001, 1002, 1003, 1004, 1005]


@pytest.mark.parametrize(
    ("mode", "doubt", "steadied"),
    [
        (modes.TOUCHDOWN, {}, True),
        (modes.SAFED, {}, False),
        (modes.TOUCHDOWN, {"rate_modelled": True}, False),
        (modes.TOUCHDOWN, {"gyros_disagree": True}, False),
    ],
)
def test_thrusters_steady_it_until_it_is_safe_if_gyros_tell_the_rate(mode, doubt, steadied):
    """`hls`, 50 m tall, rocked over its lower legs on a slope of 11 deg."""
    stand = Stand(mode, **doubt)
    stand.flight.surface.contact_tick = 1000
    stand.five()
    assert (stand.count("control.steady"), stand.count("control.rest")) == ((5, 0) if steadied else (0, 5))


# Before ignition


def test_what_is_unfit_is_waved_off_instead_of_lit():
    stand = Stand(modes.ARMED)
    stand.answer("readiness.unfit", True)
    stand.answer("guidance.update", lambda *_: modes.BRAKING)
    assert stand.five().mode == modes.WAVE_OFF
    assert stand.count("guidance.update") == 0


@pytest.mark.parametrize("mode", [modes.COAST, modes.BRAKING])
def test_fitness_is_asked_only_when_armed(mode):
    stand = Stand(mode)
    stand.answer("readiness.unfit", True)
    assert stand.five().mode == mode


@pytest.mark.parametrize(("ago", "lit"), [(1, False), (2, True)])
def test_the_frame_after_arming_still_shows_it_armed(ago, lit):
    stand = Stand(modes.ARMED, tick=1003)
    stand.flight.entered_tick = 1004 - ago
    stand.answer("guidance.update", lambda *_: modes.BRAKING)
    assert (stand.step(1004).mode == modes.BRAKING) is lit


def test_without_an_attitude_nothing_is_guided_and_a_turn_is_stopped():
    stand = Stand(modes.COAST)
    stand.estimate.attitude_known = False
    stand.flight.control.target = None
    stand.five()
    assert stand.count("guidance.update", "nav.manage_sensors", "nav.monitor_velocimeter") == (0, 0, 0)
    assert stand.count("control.update", "control.steer") == (0, 0)
    assert stand.calls["control.stop_turn"] == [((0.0, 0.0, 0.0),)] * 5


# Turning


@pytest.mark.parametrize(
    ("modelled", "before", "told"), [(False, False, 0), (True, False, 1), (False, True, 1)]
)
def test_control_is_told_without_gyros_and_with_the_first_one_back(modelled, before, told):
    stand = Stand(modes.BRAKING, rate_modelled=modelled, rate=(0.1, 0.2, 0.3))
    stand.flight.control.rate_modelled = before
    stand.step()
    assert stand.calls["control.follow_gyros"] == [(modelled, (0.1, 0.2, 0.3), 0.5)] * told
    assert stand.calls["control.update"] == [((0.1, 0.2, 0.3),)]


@pytest.mark.parametrize("doubtful", [False, True])
def test_where_the_rotation_is_doubtful_what_the_thrusters_do_is_told_to_navigation(doubtful):
    stand = Stand(modes.BRAKING, rotation_doubtful=doubtful)
    stand.step()
    assert stand.calls["nav.take_thruster_turn"] == [((0.1, 0.2, 0.3),)] * doubtful


def test_a_lever_of_the_engines_left_is_fed_forward():
    stand = Stand(modes.BRAKING)
    stand.step()
    assert stand.flight.control.torque_ff == [0.0, 0.0, 0.0]
    for lever in ((40.0, 0.0), (0.0, -30.0), (40.0, -30.0)):
        stand.flight.propulsion.lever = lever
        stand.step()
        assert stand.flight.control.torque_ff == [-0.5 * lever[0], -0.5 * lever[1], 0.0]


# Slower work


def test_engines_and_gauge_are_watched_once_in_five_ticks():
    stand = Stand(modes.BRAKING)
    stand.five()
    assert stand.calls["propulsion.monitor"] == [(2.5, True, (7, 0, 0, 0, 0, 0), 9.0)]


@pytest.mark.parametrize(("suspect", "armed"), [(True, False), (False, True), (True, True)])
def test_what_is_felt_near_the_ground_or_in_doubt_is_no_measure_of_thrust(suspect, armed):
    stand = Stand(modes.TERMINAL)
    stand.estimate.accel_suspect, stand.flight.touchdown.armed = suspect, armed
    stand.five()
    assert stand.last("propulsion.monitor")[:2] == (2.5, False)


def test_sensors_are_managed_once_in_five_ticks():
    stand = Stand(modes.APPROACH)
    asked = []
    stand.answer("nav.manage_sensors", lambda _aside: asked.append(stand.flight.tick) or 0)
    stand.answer("nav.monitor_velocimeter", lambda: asked.append(stand.flight.tick))
    stand.five()
    assert asked == [1002, 1004]  # all in one tick took an RP2040 more than 10 ms


def test_heads_and_power_follow_what_navigation_wants():
    stand = Stand(modes.BRAKING)
    kept = stand.flight.switches = schema.LEGS_DEPLOY
    for bits in (schema.LRF_POWER_OFF | schema.RADAR_DESCENT_HEAD, 0):
        stand.answer("nav.manage_sensors", bits)
        assert stand.five().switches == kept | bits


def aside(tick: int, mode: int = modes.APPROACH, agl: float = 80.0, alone: bool = True) -> bool:
    """Whether the radar looks aside around a tick."""
    stand = Stand(mode, tick=tick - 8, agl=agl, velocimeter_lost=alone)
    stand.step(*range(tick - 7, tick + 1))
    assert bool(stand.count("control.turn")) is (alone and agl > 15.0 and mode in FLYING[3:])
    return stand.last("nav.manage_sensors") == (True,)


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
    assert stand.five().health == 0x123
