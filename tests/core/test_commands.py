"""Commands from the ground: who may say what, and when. On every rung."""

import pytest

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.errors import RigError
from perilune_rig.flight.fly import fly, prepare
from perilune_rig.scenario.model import Trigger
from perilune_sim.flight_record import FlightRecord
from tests.core.kit import NOMINAL, SESSION, Board, commanded, fly_until, parameters, short


def coasting(board: Board, link) -> int:
    """A second of the nominal coast; the session's number."""
    bridge = prepare(NOMINAL, 1, link)
    for _ in range(50):
        bridge.step()
    board.join(bridge.session)
    return bridge.session.session


def test_commands_before_parameters_are_refused(board: Board):
    board.hello()
    for n, code in enumerate((schema.ARM, schema.WAVE_OFF, schema.DIVERT, schema.RELEASE_PAYLOAD), 1):
        assert board.command(code, n) == schema.BAD_STATE


def test_arming_needs_a_known_attitude(board: Board):
    board.hello()
    board.commit(board.upload(parameters()))
    assert board.command(schema.ARM, 1) == schema.BAD_STATE


def test_a_command_counts_once(board: Board, link):
    session = coasting(board, link)
    assert board.command(schema.ARM, 5, session) == schema.OK
    assert board.command(schema.WAVE_OFF, 5, session) == schema.BAD_COUNTER
    assert board.command(schema.WAVE_OFF, 4, session) == schema.BAD_COUNTER
    assert board.command(schema.WAVE_OFF, 6, session) == schema.OK


def test_a_command_of_another_session_is_refused(board: Board, link):
    session = coasting(board, link)
    assert board.command(schema.ARM, 1, session + 1) == schema.BAD_SESSION
    assert board.command(schema.ARM, 1, session) == schema.OK


def test_an_unknown_command_is_refused(board: Board, link):
    session = coasting(board, link)
    assert board.command(99, 1, session) == schema.BAD_STATE


def test_arming_twice_is_refused(board: Board, link):
    session = coasting(board, link)
    assert board.command(schema.ARM, 1, session) == schema.OK
    assert board.command(schema.ARM, 2, session) == schema.BAD_STATE


@pytest.mark.requirement("OUT-1")
def test_waved_off_before_ignition_the_engine_never_starts(link):
    bridge = fly_until(link, modes.ARMED)
    assert bridge.session.command(schema.WAVE_OFF)
    bridge.fly(60_000)
    record = bridge.record()
    assert record.outcome == "waved_off"
    assert record.modes[-1].mode == "wave_off"
    assert record.telemetry["throttle"].max() == 0.0
    assert not bridge.session.command(schema.ARM)
    assert not bridge.session.command(schema.DIVERT, (10.0, 10.0))


def test_past_ignition_the_ground_is_the_only_way_out(link):
    bridge = fly_until(link, modes.BRAKING)
    assert not bridge.session.command(schema.WAVE_OFF)
    bridge.step()
    assert bridge.mode == modes.BRAKING


@pytest.mark.parametrize("mode", [modes.COAST, modes.ARMED, modes.BRAKING])
def test_the_payload_is_not_released_in_flight(link, mode: int):
    bridge = fly_until(link, mode)
    assert not bridge.session.command(schema.RELEASE_PAYLOAD)
    bridge.step()
    assert not bridge.record().payload_released


def test_a_divert_moves_the_landing(rung: str, nominal):
    """150 m to the left at the start of the approach: the same seed lands that much further left."""
    planned: FlightRecord = nominal(rung)
    diverted = fly(commanded("divert", Trigger(mode="approach"), downrange_m=0.0, left_m=150.0), 1, rung)
    assert diverted.outcome == "landed"
    assert [event.values[:2] for event in diverted.events if event.name == "divert"] == [(0.0, 150.0)]
    assert diverted.touchdown and planned.touchdown
    assert diverted.touchdown["left_m"] - planned.touchdown["left_m"] == pytest.approx(150.0, abs=30.0)


def test_hello_in_flight_ends_the_flight(link):
    """A restart by the host: the next sensor frame is refused instead of flown with forgotten parameters."""
    bridge = prepare(short(1.0), 1, link)
    bridge.step()
    bridge.session.hello()
    with pytest.raises(RigError, match="refused"):
        bridge.step()


def test_session_numbers_are_the_hosts(board: Board):
    board.hello(session=SESSION)
    board.commit(board.upload(parameters()))
    assert board.command(99, 1, session=SESSION + 1) == schema.BAD_SESSION
