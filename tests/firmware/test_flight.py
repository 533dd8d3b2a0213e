"""One tick of flight and the commands between ticks: who is asked what, in which mode. The parts are stand-ins."""

from types import SimpleNamespace
from unittest.mock import MagicMock, call

import pytest

from perilune.flight import events, modes
from perilune.flight.flight import Flight
from perilune.wire import schema
from tests.firmware.kit import loaded, outputs

UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
FLYING = (modes.COAST, modes.ARMED, modes.BRAKING, modes.APPROACH, modes.TERMINAL, modes.HOLD)
STANDING = (modes.TOUCHDOWN, modes.SAFED)


class Stand:
    """A flight whose parts do nothing and remember what they were asked."""

    def __init__(self, mode: int = modes.COAST, tick: int = 1000, **nav) -> None:
        flight = self.flight = Flight(loaded())
        flight.mode, flight.tick, flight.entered_tick = mode, tick, tick - 500
        of = {
            "v_up": -3.0,
            "v_ahead": 4.0,
            "v_left": 12.0,
            "altitude": 90.0,
            "agl": 80.0,
            "pull": (0.0, 0.0, 0.0),
            "bias": (1.0, 2.0, 3.0),
            "sigma_agl": 1.0,
            "sigma_v_up": 2.0,
            "sigma_v_level": 3.0,
            "sigma_position": 4.0,
        } | nav
        flight.nav = MagicMock(**of)
        flight.nav.attitude.rate, flight.nav.attitude.axes = (0.0, 0.0, 0.0), UPRIGHT
        flight.nav.attitude.known, flight.nav.attitude.q = True, (1.0, 0.0, 0.0, 0.0)
        flight.nav.attitude.corrected = -1000
        flight.nav.inertial.blind = flight.nav.inertial.suspect = False
        flight.nav.inertial.wrong_angle = 0
        flight.nav.inertial.dvel = (0.0, 0.0, 0.05)
        flight.nav.lrf.used_tick = flight.nav.radar.used_tick = flight.nav.doppler.used_tick = -1000
        flight.nav.inertial.a.samples = flight.nav.inertial.b.samples = 0
        for unit in (flight.nav.lrf, flight.nav.radar, flight.nav.doppler.silence):
            unit.best_head.return_value, unit.power_off.return_value = 0, False
        flight.nav.doppler.alone.return_value = False
        flight.nav.strapdown.to_site.side_effect = lambda *v: v
        flight.nav.strapdown.r, flight.nav.strapdown.v = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)
        flight.guidance = MagicMock(accel=(2.0, 3.0, 6.0), tgo=33.0, stopping=False)
        flight.guidance.update.side_effect = lambda _nav, _craft, mode: mode
        flight.craft = MagicMock(lever=(0.0, 0.0), delivered=0.5, mass=800.0, enable=1, powered=True)
        flight.craft.expected_accel, flight.craft.throttle = 2.5, [100, 0, 0, 0, 0, 0]
        flight.readiness = MagicMock()
        flight.readiness.unfit.return_value = False
        flight.control = MagicMock(
            on_s=0.125, target=(1.0, 0.0, 0.0, 0.0), feed=[0.0, 0.0, 0.0], gentle=False
        )
        flight.touchdown = MagicMock(armed=False, confirmed=False, leaning=False)

    def step(self, *ticks: int, **frame) -> Flight:
        """Frames of the given ticks, or of the next one."""
        for tick in ticks or (self.flight.tick + 1,):
            of = {
                "imu_a": (1,),
                "imu_b": (2,),
                "star": (3,),
                "legs": 5,
                "chamber_kpa": (7,),
                "propellant_kg": 9.0,
            }
            self.flight.step(SimpleNamespace(tick=tick, **(of | frame)))
        return self.flight

    def five(self, **frame) -> Flight:
        """Five ticks: every slot once."""
        first = self.flight.tick + 1
        return self.step(*range(first, first + 5), **frame)


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
    assert flight.nav.inertial.update.call_args.args == ((1,), (2,), True, 0.0)
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


# Touchdown and safing


def test_contact_ends_the_descent():
    stand = Stand(modes.TERMINAL)
    flight = stand.step(1001)
    assert flight.touchdown.update.call_args.args == (flight.nav, flight.craft, 5)
    assert flight.mode == modes.TERMINAL
    stand.flight.touchdown.confirmed = True
    flight = stand.step(1002)
    assert (flight.mode, flight.contact_tick, flight.entered_tick) == (modes.TOUCHDOWN, 1002, 1002)
    assert flight.nav.stand.call_count == 1
    assert flight.craft.update.call_args.args[1] is False
    assert flight.control.rest.call_count == 1
    assert flight.pending == [(events.MODE, modes.TERMINAL, 90.0, 80.0, 13.0)]


@pytest.mark.parametrize("mode", [m for m in FLYING if m != modes.TERMINAL])
def test_legs_count_in_terminal_descent_alone(mode):
    stand = Stand(mode)
    stand.flight.touchdown.confirmed = True
    flight = stand.five()
    assert flight.touchdown.update.call_count == 0
    assert flight.mode == mode


def test_it_is_safe_five_seconds_after_contact():
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.contact_tick = 800
    assert stand.step(*range(900, 1050)).mode == modes.TOUCHDOWN
    assert stand.step(1050).mode == modes.SAFED


def test_a_vehicle_that_rocks_is_not_left_alone_until_it_rests():
    """A tall one on a slope of 8 deg, safed after 5 s, turned on at 2 deg/s, over its legs and over."""
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.contact_tick = 1000
    stand.flight.nav.attitude.rate = (0.0, 0.03, 0.0)
    assert stand.step(*range(1001, 1400)).mode == modes.TOUCHDOWN
    stand.flight.nav.attitude.rate = (0.0, 0.001, 0.0)
    assert stand.step(*range(1400, 1499)).mode == modes.TOUCHDOWN
    assert stand.step(1499).mode == modes.SAFED
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.contact_tick = 1000
    stand.flight.nav.attitude.rate = (0.0, 0.03, 0.0)
    assert stand.step(2499).mode == modes.TOUCHDOWN  # nor for ever, if gyros make it up
    assert stand.step(2500).mode == modes.SAFED


LEANING = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.98)


@pytest.mark.parametrize(("axes", "back"), [(LEANING, True), ((*LEANING[:8], 0.99), False)])
def test_beyond_ten_degrees_the_thrusters_push_it_back(axes, back):
    """Rates damped alone, it crept over its legs and fell: with torque of 2 m times its weight to hold it."""
    stand = Stand(modes.TOUCHDOWN)
    stand.flight.contact_tick = 1000
    stand.flight.nav.attitude.axes = axes
    control = stand.five().control
    assert (control.steer.call_count, control.update.call_count) == ((1, 5) if back else (0, 0))
    assert control.steady.call_count == (0 if back else 5)


@pytest.mark.parametrize("leaning", [True, False])
def test_over_one_leg_throttle_is_least_and_only_the_rate_is_held(leaning):
    stand = Stand(modes.TERMINAL)
    stand.flight.push = 3.0
    stand.flight.touchdown.leaning = leaning
    flight = stand.step(1001)
    assert flight.craft.update.call_args.args == (0.0 if leaning else 3.0, True, 0.125)
    assert (flight.control.steady.call_count, flight.control.update.call_count) == (leaning, not leaning)


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


# Gaps and resets


@pytest.mark.parametrize("mode", [*FLYING, modes.WAVE_OFF])
def test_lost_frames_are_told_and_bridged(mode):
    flight = Stand(mode).step(1008)
    assert (events.FRAME_LOST, 7, 0.0, 0.0, 0.0) in flight.pending
    assert flight.nav.coast.call_args.args[1:] == (7, True)
    assert flight.craft.lapse.call_args.args == (7, (7,))
    assert flight.guidance.lapse.call_args.args == (7, -3.0)
    assert flight.tick == 1008


@pytest.mark.parametrize("mode", STANDING)
def test_on_the_ground_a_gap_may_have_settled_it_otherwise(mode):
    flight = Stand(mode).step(1003)
    assert flight.nav.coast.call_count == 0
    assert flight.nav.attitude.loosen.call_args.args == (0.1,)


def test_without_a_gap_nothing_is_bridged():
    flight = Stand(modes.BRAKING).step(1001, 1002)
    assert flight.nav.coast.call_count == 0
    assert flight.pending == []


@pytest.mark.parametrize("blind", [False, True])
def test_after_a_reset_all_parts_take_up_what_was_kept(blind):
    stand = Stand(modes.BRAKING)
    stand.flight.nav.inertial.blind = blind
    stand.flight.resume()
    flight = stand.flight
    assert flight.nav.resume.call_args.args == (1000,)
    assert flight.craft.resume.call_count == 1
    assert flight.control.weigh.call_args.args == (800.0,)
    assert (
        flight.control.gentle is blind
    )  # a turn without gyros was going on: its torque is not unlearned again
    stand.step(1001)
    assert flight.craft.update.call_args.args[0] == 7.0


# Modes and commands


@pytest.mark.parametrize("mode", range(len(modes.NAMES)))
@pytest.mark.parametrize("wanted", range(len(modes.NAMES)))
def test_only_a_legal_successor_is_entered_and_told(mode, wanted):
    stand = Stand(mode)
    stand.flight.enter(wanted)
    legal = wanted in modes.FOLLOWS[mode]
    assert stand.flight.mode == (wanted if legal else mode)
    assert stand.flight.pending == [(events.MODE, mode, 90.0, 80.0, 13.0)] * legal
    assert stand.flight.entered_tick == (1000 if legal else 500)


@pytest.mark.parametrize("mode", range(len(modes.NAMES)))
def test_which_mode_obeys_which_command(mode):
    for code, obeyed in (
        (schema.ARM, mode == modes.COAST),
        (schema.WAVE_OFF, mode in (modes.COAST, modes.ARMED)),
        (schema.DIVERT, mode in (modes.COAST, modes.ARMED, modes.BRAKING, modes.APPROACH)),
        (schema.RELEASE_PAYLOAD, mode == modes.SAFED),
        (99, False),
    ):
        stand = Stand(mode)
        assert stand.flight.command(code, (30.0, -40.0)) is obeyed
        after = {schema.ARM: modes.ARMED, schema.WAVE_OFF: modes.WAVE_OFF}.get(code, mode)
        assert stand.flight.mode == (after if obeyed else mode)
        diverted = [call.args for call in stand.flight.guidance.divert.call_args_list]
        assert diverted == [(30.0, -40.0, stand.flight.nav)] * (obeyed and code == schema.DIVERT)
        released = stand.flight.switches & schema.PAYLOAD_RELEASE
        assert bool(released) is (obeyed and code == schema.RELEASE_PAYLOAD)


@pytest.mark.parametrize(("known", "good"), [(False, True), (True, False), (False, False)])
def test_arming_is_refused_without_attitude_or_inertial_units(known, good):
    stand = Stand(modes.COAST)
    stand.flight.nav.attitude.known = known
    stand.flight.nav.inertial.good.return_value = good
    assert not stand.flight.command(schema.ARM, (0.0, 0.0))
    assert stand.flight.pending == [(events.ARM_REFUSED, int(known), int(good), modes.COAST, 0.0)]


@pytest.mark.parametrize(
    ("upright", "rate", "released"),
    [
        (0.941, (0.0, 0.0, 0.0), True),
        (0.94, (0.0, 0.0, 0.0), True),
        (0.939, (0.0, 0.0, 0.0), False),
        (1.0, (0.0099, 0.0, 0.0), True),
        (1.0, (0.0101, 0.0, 0.0), False),
        (1.0, (0.006, 0.006, 0.006), False),
        (1.0, (0.0, -0.007, 0.0071), True),
    ],
)
def test_the_payload_is_released_upright_and_still(upright, rate, released):
    stand = Stand(modes.SAFED)
    stand.flight.nav.attitude.axes = (*UPRIGHT[:8], upright)
    stand.flight.nav.attitude.rate = rate
    assert stand.flight.command(schema.RELEASE_PAYLOAD, (0.0, 0.0)) is released
    assert stand.flight.pending == [(events.RELEASED, upright, 0.0, 0.0, 0.0)] * released


def test_what_is_told_of_a_tick():
    stand = Stand(modes.BRAKING)
    flight = stand.flight
    flight.health, flight.switches, flight.control.on_ms = 0x41, 3, [0] * 15 + [12]
    told = outputs(flight)
    assert [told[k] for k in ("tick", "mode", "health", "switches", "engine_enable")] == [1000, 3, 0x41, 3, 1]
    values = list(told.values())
    assert values[5:11] == [100, 0, 0, 0, 0, 0]
    assert values[11:27] == [0] * 15 + [12]
    assert values[27:51] == [
        *(1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
        *(1.0, 0.0, 0.0, 0.0),
        *(0.0, 0.0, 0.0),
        *(90.0, 80.0, 1.0, 2.0, 3.0, 4.0),
        *(800.0, 33.0),
        *(2.0, 3.0, 6.0),
    ]
    flight.nav.attitude.q = None
    assert [outputs(flight)[f"attitude_{i}"] for i in range(4)] == [1.0, 0.0, 0.0, 0.0]
