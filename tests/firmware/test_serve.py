"""The main loop of a board: frames out of a byte stream, whatever the pieces it comes in and whatever lies between."""

import sys
import time
import types
from random import Random

import pytest

from perilune.link.computer import Computer
from perilune.wire import schema
from perilune_host.codec import DELIMITER, LAYOUTS, SCHEMA_CRC, decode, deframe, enframe

HELLO = enframe(LAYOUTS[schema.HELLO].pack([schema.WIRE_VERSION, SCHEMA_CRC, 7]))
SENSORS = enframe(LAYOUTS[schema.SENSORS].pack([1] * (LAYOUTS[schema.SENSORS].count - 1)))
COMMAND = enframe(LAYOUTS[schema.COMMAND].pack([1, 1, 1, 0.0, 0.0, bytes(16)]))


class Port:
    """A board without hardware."""

    board, reset_cause, boot_nonce, float_bits, key, memory = "test", 0, 1, 64, None, b""

    def ticks_us(self) -> int:
        return 0

    def begun(self) -> None:
        pass

    def flown(self, tick: int) -> None:
        pass

    def served(self, flying: bool) -> None:
        pass


class Wire:
    """A stream that has what was put into it. A `whole` one, as a board's stdin, gives n bytes or waits."""

    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self.waiting = b""
        self.answer = b""

    def read(self, view: memoryview, n: int) -> int:
        if self.whole and len(self.waiting) < n:
            return 0  # a board would wait here; the test comes back with more
        n = min(n, len(self.waiting), len(view))
        view[:n], self.waiting = self.waiting[:n], self.waiting[n:]
        return n

    def write(self, buf: bytearray, n: int) -> None:
        self.answer += bytes(buf[:n])


@pytest.fixture(params=[False, True], ids=["uart", "stdio"])
def board(request, monkeypatch):
    """Feeds pieces of a stream to a board's loop; gives the frame types of its answers."""
    monkeypatch.setitem(sys.modules, "micropython", types.SimpleNamespace())
    monkeypatch.setattr(time, "ticks_ms", lambda: 0, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda a, b: a - b, raising=False)
    from perilune.ports.serve import Line, Loop, frame_sizes

    wire = Wire(request.param)
    computer = Computer(Port(), hil=False)  # which never heeds a Ctrl-C
    loop, line = Loop(Port(), computer), Line(wire, frame_sizes())

    def feed(pieces: list[bytes]) -> list[int]:
        wire.answer = b""
        for piece in pieces:
            wire.waiting += piece
            before = -1
            while wire.waiting and len(wire.waiting) != before:
                before = len(wire.waiting)
                loop.attend(line)
        return [decode(deframe(answer))[0] for answer in wire.answer.split(DELIMITER)[:-1]]

    feed.loop = loop  # type: ignore[attr-defined]
    yield feed
    sys.modules.pop("perilune.ports.serve", None)


def pieces(stream: bytes, size: int) -> list[bytes]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


@pytest.mark.parametrize("size", [1, 2, 5, 63, 64, 65, 128, 1000])
def test_frames_come_in_pieces_of_any_size(board, size: int):
    assert board(pieces(HELLO + HELLO + COMMAND + HELLO, size)) == [
        schema.HELLO_REPLY,
        schema.HELLO_REPLY,
        schema.COMMAND_ACK,
        schema.HELLO_REPLY,
    ]


def test_a_frame_cut_anywhere_costs_at_most_the_next_one(board):
    for size in range(1, len(SENSORS)):
        for end in (b"", DELIMITER):
            answers = board(pieces(SENSORS[:size] + end + HELLO * 12, 64))
            assert answers.count(schema.HELLO_REPLY) >= 11, (size, end)


def test_noise_between_frames_costs_at_most_the_next_one(board):
    rng = Random(1)
    for _ in range(300):
        noise = rng.randbytes(rng.randrange(1, 1500))
        answers = board(pieces(noise + HELLO * 12, rng.choice((1, 64, 300))))
        assert answers[-10:] == [schema.HELLO_REPLY] * 10


@pytest.mark.parametrize(
    ("typed", "hil", "leaves"),
    [
        (b"\3", True, True),
        (b"\r\3", True, True),
        (b"\2\r\3", True, True),
        (b"\3", False, False),  # the build for flight
        (b"a\3", True, False),  # noise
        (SENSORS[:20] + b"\3", True, False),  # in a frame
    ],
)
def test_control_c_leads_to_the_repl_where_it_was_typed(board, typed: bytes, hil: bool, leaves: bool):
    board.loop.computer.hil = hil
    board([typed])
    assert board.loop.left == leaves


def test_control_c_in_flight_is_noise_until_the_flight_is_lost(board, monkeypatch):
    board.loop.computer.hil = True
    board.loop.computer.flight = object()
    for silence_ms, leaves in ((2999, False), (3001, True)):
        monkeypatch.setattr("perilune.ports.serve.ticks_ms", lambda ms=silence_ms: ms)
        board([b"\0\3"])
        assert board.loop.left == leaves
