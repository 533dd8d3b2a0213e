"""Gaps, resets, modes and commands of a flight, and what it tells of a tick."""

import pytest

from perilune.flight import events, modes
from perilune.wire import schema
from tests.firmware.kit import outputs
from tests.firmware.standing import FLYING, STANDING, UPRIGHT, Stand


@pytest.mark.parametrize("mode", [*FLYING, modes.WAVE_OFF])
def test_lost_frames_are_told_and_bridged(mode):
    stand = Stand(mode)
    flight = stand.step(1008)
    assert (events.FRAME_LOST, 7, 0.0, 0.0, 0.0) in flight.pending
    assert stand.last("nav.bridge_gap")[1:] == (7, True)
    assert stand.last("propulsion.bridge_gap") == (7, (7, 0, 0, 0, 0, 0))
    assert stand.last("guidance.bridge_gap") == (7, -3.0)
    assert flight.tick == 1008


@pytest.mark.parametrize("mode", STANDING)
def test_on_the_ground_a_gap_may_have_settled_it_otherwise(mode):
    stand = Stand(mode)
    stand.step(1003)
    assert stand.count("nav.bridge_gap", "nav.widen_on_surface") == (0, 1)


def test_without_a_gap_nothing_is_bridged():
    stand = Stand(modes.BRAKING)
    flight = stand.step(1001, 1002)
    assert stand.count("nav.bridge_gap", "nav.widen_on_surface") == (0, 0)
    assert flight.pending == []


@pytest.mark.parametrize("blind", [False, True])
def test_after_a_reset_all_parts_take_up_what_was_kept(blind):
    stand = Stand(modes.BRAKING)
    stand.estimate.rate_modelled = blind
    stand.flight.resume()
    flight = stand.flight
    assert stand.last("nav.resume") == (1000,)
    assert stand.count("propulsion.resume") == 1
    assert stand.last("control.set_inertia") == (800.0,)
    assert (
        flight.control.rate_modelled is blind
    )  # a turn without gyros was going on: its torque is not unlearned again
    stand.step(1001)
    assert stand.last("propulsion.update")[0] == 7.0


@pytest.mark.parametrize("mode", range(len(modes.NAMES)))
@pytest.mark.parametrize("wanted", range(len(modes.NAMES)))
def test_only_a_legal_successor_is_entered_and_told(mode, wanted):
    stand = Stand(mode)
    stand.flight.enter(wanted)
    legal = wanted in modes.FOLLOWS[mode]
    assert stand.flight.mode == (wanted if legal else mode)
    told = [(events.MODE_REFUSED, mode, wanted, 0.0, 0.0)] * (wanted != mode)
    assert stand.flight.pending == ([(events.MODE, mode, 90.0, 80.0, 13.0)] if legal else told)
    assert stand.flight.entered_tick == (1000 if legal else 500)


def test_a_mode_refused_again_and_again_is_told_once():
    """Guidance asks ten times a second."""
    stand = Stand(modes.BRAKING)
    for _ in range(3):
        stand.flight.enter(modes.SAFED)
    stand.flight.enter(modes.APPROACH)
    stand.flight.enter(modes.SAFED)  # from another mode it is another fault
    refused = [event[1:3] for event in stand.flight.pending if event[0] == events.MODE_REFUSED]
    assert refused == [(modes.BRAKING, modes.SAFED), (modes.APPROACH, modes.SAFED)]


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
        diverted = stand.calls["guidance.divert"]
        assert diverted == [(30.0, -40.0, stand.flight.estimate)] * (obeyed and code == schema.DIVERT)
        released = stand.flight.switches & schema.PAYLOAD_RELEASE
        assert bool(released) is (obeyed and code == schema.RELEASE_PAYLOAD)


@pytest.mark.parametrize(("known", "good"), [(False, True), (True, False), (False, False)])
def test_arming_is_refused_without_attitude_or_inertial_units(known, good):
    stand = Stand(modes.COAST)
    stand.estimate.attitude_known = known
    stand.estimate.imu_good = good
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
    stand.estimate.axes = (*UPRIGHT[:8], upright)
    stand.estimate.rate = rate
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
    stand.estimate.q = None
    assert [outputs(flight)[f"attitude_{i}"] for i in range(4)] == [1.0, 0.0, 0.0, 0.0]
