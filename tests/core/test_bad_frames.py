"""What a damaged or foreign frame does to a flight computer: nothing but a refusal. On every rung."""

import random

import pytest

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, decode, deframe, enframe
from perilune_rig.flight.fly import fly, prepare
from tests.core.kit import Board, short

COAST_S = 6.0  # the command to arm falls into it


def refusals(board: Board, line: bytes) -> tuple[int, int]:
    """Status and frame type of the refusal that `line` must cause."""
    ((kind, fields),) = board.line(line)
    assert kind == schema.REFUSED
    return fields["status"], fields["frame"]


def garbage(rng: random.Random) -> bytes:
    """Bytes between two delimiters."""
    return bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, 300))) + b"\0"


def test_garbage_is_refused(board: Board):
    rng = random.Random(1)
    for _ in range(200):
        assert refusals(board, garbage(rng)) == (schema.BAD_FRAME, 0)


def test_every_flipped_bit_of_a_frame_is_refused(board: Board):
    line = enframe(LAYOUTS[schema.HELLO].pack([schema.WIRE_VERSION, 1, 2]))[:-1]
    for bit in range(8 * len(line)):
        damaged = bytearray(line)
        damaged[bit // 8] ^= 1 << bit % 8
        assert refusals(board, bytes(damaged) + b"\0") == (schema.BAD_FRAME, 0)


@pytest.mark.parametrize("kind", [kind for kind in schema.FRAMES if kind < 0x40])
def test_a_well_framed_payload_of_wrong_length_is_refused_by_its_type(board: Board, kind: int):
    strings = {schema.S8: bytes(8), schema.S16: bytes(16)}
    payload = LAYOUTS[kind].pack([strings.get(item[1], 0) for item in LAYOUTS[kind].items])
    for wrong in (payload[:-1], payload + b"\0"):
        assert refusals(board, enframe(wrong)) == (schema.BAD_FRAME, kind)


def test_a_payload_that_is_no_array_of_the_right_size_is_refused(board: Board):
    payload = LAYOUTS[schema.TO_REPL].pack([1])
    assert refusals(board, enframe(b"\x99" + payload[1:])) == (schema.BAD_FRAME, schema.TO_REPL)
    assert refusals(board, enframe(payload[:1] + b"\x03" + payload[2:])) == (schema.BAD_FRAME, schema.TO_REPL)


@pytest.mark.parametrize("kind", [schema.ACTUATORS, schema.HELLO_REPLY, 0x00, 0x7E])
def test_frames_that_are_not_for_the_board_are_refused(board: Board, kind: int):
    payload = bytes([0x98, 2, 0x18, kind, 0x18, 0])
    assert refusals(board, enframe(payload)) == (schema.BAD_FRAME, kind)


def test_noise_between_frames_does_not_change_the_flight(link, rung: str):
    rng = random.Random(2)
    bridge = prepare(short(COAST_S), 3, link)
    for _ in range(round(COAST_S * schema.TICK_HZ)):
        bridge.step()
        for line in (garbage(rng), enframe(bytes(20)), enframe(LAYOUTS[schema.REFUSED].pack([0, 0]))):
            assert decode(deframe(link.transact(line, bridge.session.time_us)[:-1]))[0] == schema.REFUSED
    assert bridge.record().trace_hash == fly(short(COAST_S), 3, rung).trace_hash
