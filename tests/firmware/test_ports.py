"""The main loop of a board: frames out of byte streams, whatever the pieces they come in and whatever lies between."""

import select
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perilune.link.authentication import HIL_KEY
from perilune.link.computer import Computer
from perilune.ports import streams as real_streams
from perilune.ports.loop import Loop
from perilune.wire import pieces, schema
from perilune_host.codec import DELIMITER, LAYOUTS, SCHEMA_CRC, decode, deframe, encode, enframe
from tests.core.kit import Board as Ground
from tests.core.kit import parameters

HELLO = enframe(LAYOUTS[schema.HELLO].pack([schema.WIRE_VERSION, SCHEMA_CRC, 7]))
FOREIGN = enframe(LAYOUTS[schema.HELLO].pack([schema.WIRE_VERSION, SCHEMA_CRC ^ 1, 8]))
COMMAND = enframe(LAYOUTS[schema.COMMAND].pack([1, 1, 1, 0, 0.0, 0.0, bytes(16)]))
TO_REPL = enframe(LAYOUTS[schema.TO_REPL].pack([7]))
LOOKS_LIKE_SENSORS = (
    b"\x01\x01\x01\x01\x20\0"  # six bytes: no frame, and its fifth is the type of a sensor frame
)
SILENCE_MS = 100


def sensors(tick: int) -> bytes:
    return enframe(LAYOUTS[schema.SENSORS].pack([tick] + [1] * (LAYOUTS[schema.SENSORS].count - 2)))


class Wire:
    """A stream that has what was put into it, and room for so many bytes."""

    def __init__(self) -> None:
        self.source = object()
        self.waiting = b""
        self.answer = b""
        self.free = 1024

    def read(self, piece: bytearray, n: int) -> int:
        n = min(n, len(self.waiting))
        piece[:n], self.waiting = self.waiting[:n], self.waiting[n:]
        return n

    def write(self, buf: bytearray, n: int) -> None:
        self.answer += bytes(buf[:n])

    def room(self) -> int:
        return self.free


class Port:
    """A board without hardware, which notes what is done to it. Its watchdog bites when a tick is due and not flown."""

    board, reset_cause, boot_nonce, float_bits, memory = "test", 0, 1, 64, b""

    def __init__(self, key: bytes | None) -> None:
        self.key = key
        self.streams = (Wire(), Wire())
        self.armed = False
        self.ms = 0
        self.busy_ms = 0  # that a hello takes
        self.calls: list[str] = []

    def ticks_us(self) -> int:
        return 0

    def now_ms(self) -> int:
        return self.ms

    def elapsed_ms(self, since: int) -> int:
        return self.ms - since

    def measure(self, begin: int, whole: object) -> None:
        pass

    def begun(self, items: object) -> None:
        self.calls.append("begun")
        self.armed = True

    def flown(self, tick: int) -> None:
        self.calls.append(f"flown {tick}")

    def served(self, flying: bool) -> None:
        self.calls.append("served")

    def greeted(self) -> None:
        self.calls.append("greeted")
        self.ms += self.busy_ms

    def release(self) -> None:
        self.armed = False


class Bench:
    """A board's loop with two ports, in a time of its own."""

    def __init__(self, hil: bool = True) -> None:
        self.port = Port(None if hil else HIL_KEY)
        self.computer = Computer(self.port, hil=hil)
        self.loop = Loop(self.port, self.computer)
        self.usb, self.uart = self.port.streams

    def feed(self, stream: bytes, at: int = 0) -> list[int]:
        """Put bytes into a port; the types of the frames that came back on it."""
        wire = self.port.streams[at]
        wire.answer = b""
        wire.waiting += stream
        self.go()
        return [decode(deframe(answer))[0] for answer in wire.answer.split(DELIMITER)[:-1]]

    def go(self) -> None:
        """Until there is nothing to do but to wait."""
        while not self.loop.left:
            for line in self.loop.lines:
                if line.stream.waiting:
                    self.loop.hear(line)
            self.loop.turn()
            if self.loop.patience_ms() and not any(wire.waiting for wire in self.port.streams):
                return

    def wait(self, ms: int) -> None:
        self.port.ms += ms
        self.go()

    def transact(self, frame: bytes, _time_us: int) -> bytes:
        self.feed(frame)
        return self.usb.answer

    def take_off(self) -> None:
        """Parameters, signed and committed, by way of the first port."""
        ground = Ground(self)  # type: ignore[arg-type]
        ground.hello(session=7)
        assert ground.commit(ground.upload(parameters()))["status"] == schema.OK
        self.port.calls.clear()


@pytest.fixture
def made():
    return Bench


@pytest.fixture(params=[True, False], ids=["rig", "flight"])
def bench(request, made) -> Bench:
    return made(hil=request.param)


@pytest.fixture
def rig(made) -> Bench:
    return made()


@pytest.mark.parametrize("size", [1, 2, 5, 63, 64, 65, 128, 1000])
def test_frames_come_in_pieces_of_any_size(bench: Bench, size: int):
    stream = HELLO + HELLO + COMMAND + HELLO
    answers = [kind for at in range(0, len(stream), size) for kind in bench.feed(stream[at : at + size])]
    assert answers == [schema.HELLO_REPLY] * 2 + [schema.COMMAND_ACK, schema.HELLO_REPLY]


def test_a_frame_cut_anywhere_costs_at_most_the_next_one(bench: Bench):
    for size in range(1, len(sensors(1))):
        for end in (b"", DELIMITER):
            answers = bench.feed(sensors(1)[:size] + end + HELLO * 3)
            assert answers.count(schema.HELLO_REPLY) >= 2, (size, end)


def test_noise_between_frames_costs_at_most_the_next_one(made):
    bench, rng = made(hil=False), Random(1)
    for _ in range(300):
        noise = rng.randbytes(rng.randrange(1, 1500))
        assert bench.feed(noise + HELLO * 3)[-2:] == [schema.HELLO_REPLY] * 2


# --- what is no frame has no effect ----------------------------------------------------------------------------------


NOISE = {
    "looks like sensors": LOOKS_LIKE_SENSORS,
    "short": b"\x01\0",
    "too long": b"\x01" * 300 + b"\0",
    "sensors, damaged": sensors(5)[:60] + bytes([sensors(5)[60] ^ 1]) + sensors(5)[61:],
    "commit, damaged": b"\x05\x98\x05\x18\x1f" + b"\x01" * 38 + b"\0",
    "hello of another schema": FOREIGN,
    "sensors of a tick flown": sensors(1),
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
def test_only_a_tick_that_was_flown_arms_or_feeds_the_watchdog(rig: Bench, noise: bytes):
    """Six bytes started it before any flight, and garbage kept it quiet in one that hung."""
    rig.feed(noise)
    assert (rig.port.calls, rig.port.armed) == ([], False)
    rig.take_off()
    assert not rig.port.armed  # parameters alone are not flown yet
    assert rig.feed(sensors(1)) == [schema.ACTUATORS]
    assert (rig.port.calls, rig.port.armed) == (["begun", "flown 1"], True)
    rig.port.calls.clear()
    for _ in range(3):
        rig.feed(noise)
    assert rig.port.calls == []  # neither begun, nor fed, nor a collection
    assert rig.feed(sensors(2))[-1] == schema.ACTUATORS
    assert rig.port.calls == ["begun", "flown 2"]


def test_a_sensor_frame_sent_twice_is_counted(rig: Bench):
    rig.take_off()
    for tick in (1, 1, 1, 2):
        rig.feed(sensors(tick))
    assert (rig.computer.watch.old, rig.computer.watch.bad) == (2, 0)


def test_a_tick_has_begun_for_the_watchdog_before_it_is_flown(rig: Bench, monkeypatch):
    """A tick that hangs must be one the watchdog knows of."""
    rig.take_off()
    monkeypatch.setattr(rig.computer.flight, "step", lambda frame: rig.port.calls.append("step"))
    rig.feed(sensors(1))
    assert rig.port.calls[:2] == ["begun", "step"]


def test_the_watchdog_is_off_when_the_rig_ends_a_flight(rig: Bench):
    rig.take_off()
    rig.feed(sensors(1))
    rig.feed(HELLO)
    assert not rig.port.armed


def test_a_sensor_frame_without_a_flight_is_refused_and_does_nothing(bench: Bench):
    assert bench.feed(sensors(1)) == [schema.REFUSED]
    assert (bench.port.calls, bench.port.armed) == ([], False)


def test_noise_costs_no_collection_before_a_flight_either(rig: Bench):
    for noise in NOISE.values():
        rig.feed(noise)
    assert "served" not in rig.port.calls


def test_only_a_good_hello_proves_a_slot(bench: Bench):
    for noise in (*NOISE.values(), COMMAND):
        bench.feed(noise)
    assert "greeted" not in bench.port.calls
    bench.feed(HELLO)
    assert bench.port.calls == ["greeted", "served"]


def test_a_hello_in_flight_proves_nothing_and_costs_no_collection(made):
    bench = made(hil=False)
    bench.take_off()
    assert bench.feed(HELLO) == [schema.HELLO_REPLY]
    assert bench.port.calls == []


def test_an_unsigned_commit_in_flight_costs_no_collection(rig: Bench):
    rig.take_off()
    payload = encode(schema.PARAM_COMMIT, {"session": 7, "counter": 9, "digest": bytes(8), "mac": bytes(16)})
    assert rig.feed(enframe(payload)) == [schema.PARAM_ACK]
    assert rig.port.calls == []


def test_a_short_line_does_not_see_the_bytes_of_the_one_before(rig: Bench):
    rig.feed(TO_REPL[:5] + b"\1\0")  # leaves the type of `to_repl` where a frame's type stands
    for line in (b"\1\0", b"\1\1\0", b"\1\1\1\1\0"):
        assert rig.feed(line) == [schema.REFUSED]
    assert not rig.loop.left
    assert decode(deframe(rig.usb.answer.split(DELIMITER)[0]))[2] == 0  # of no known type


@pytest.mark.parametrize("hil", [True, False])
def test_the_way_to_the_repl_is_the_rigs_alone(made, hil: bool):
    bench = made(hil=hil)
    bench.feed(TO_REPL)
    assert bench.loop.left == hil


# --- one port and the other ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flying", [False, True])
@pytest.mark.parametrize("quiet", [0, 1])
def test_a_partial_frame_on_one_port_does_not_stop_the_other(made, quiet: int, flying: bool):
    """Five bytes on USB, which announced a long frame, deafened the UART for ever."""
    bench = made()
    if flying:
        bench.take_off()
    for size in (1, 5, 100):
        bench.feed(sensors(1)[:size], quiet)
        if flying:
            assert bench.feed(sensors(size), 1 - quiet)[-1] == schema.ACTUATORS
        else:
            assert bench.feed(HELLO, 1 - quiet) == [schema.HELLO_REPLY]


@pytest.mark.parametrize("at", [0, 1])
def test_an_unfinished_frame_is_dropped_after_a_silence(bench: Bench, at: int):
    for size in (1, 5, 100, 300):
        bench.feed((sensors(1) * 2).replace(b"\0", b"\1")[:size], at)
        bench.wait(SILENCE_MS)
        assert bench.feed(HELLO, at) == [schema.HELLO_REPLY], size
    assert bench.computer.watch.bad == 4


def test_a_frame_may_pause_for_less_than_that(bench: Bench):
    for at in range(1, len(HELLO), 7):
        bench.feed(HELLO[:at])
        bench.wait(SILENCE_MS - 1)
        assert bench.feed(HELLO[at:]) == [schema.HELLO_REPLY]


@pytest.mark.parametrize("at", [0, 1])
def test_time_that_the_board_was_busy_is_no_silence(bench: Bench, at: int):
    """The rest of a frame came while a hello was served, which took long: it was dropped, and the frame with it."""
    bench.port.busy_ms = 2 * SILENCE_MS
    if at:
        bench.uart.waiting += HELLO[:9]
    assert bench.feed(HELLO if at else HELLO + HELLO[:9]) == [schema.HELLO_REPLY]
    assert bench.feed(HELLO[9:], at) == [schema.HELLO_REPLY]


def test_a_silence_on_one_port_is_not_one_on_the_other(bench: Bench):
    bench.feed(HELLO[:9], 0)
    bench.wait(60)
    bench.feed(HELLO[:9], 1)
    bench.wait(60)
    assert bench.feed(HELLO[9:], 1) == [schema.HELLO_REPLY]
    assert bench.feed(HELLO[9:], 0) == [schema.REFUSED]


def test_the_loop_sleeps_until_there_is_something_to_do(bench: Bench):
    assert bench.loop.patience_ms() == -1
    bench.feed(HELLO[:9])
    assert bench.loop.patience_ms() == SILENCE_MS
    bench.wait(70)
    assert bench.loop.patience_ms() == 30  # not all of it anew: a line would be waited for twice as long
    bench.feed(HELLO[:9], 1)
    assert bench.loop.patience_ms() == 30
    bench.wait(29)
    assert bench.loop.patience_ms() == 1
    bench.wait(1)
    assert bench.loop.patience_ms() == 70
    bench.feed(HELLO[9:], 1)
    assert bench.loop.patience_ms() == -1


def test_each_port_has_its_turn_after_one_frame_of_the_other(made):
    """A port full of noise costs a tick at the other the time of one frame, not of all that is waiting."""
    bench = made(hil=False)
    bench.uart.waiting = LOOKS_LIKE_SENSORS * 40
    bench.usb.waiting = HELLO
    for line in bench.loop.lines:
        bench.loop.hear(line)
    bench.loop.turn()
    assert bench.usb.answer.count(DELIMITER) == 1
    assert bench.uart.answer.count(DELIMITER) == 1
    assert bench.loop.patience_ms() == 0
    bench.go()
    assert bench.uart.answer.count(DELIMITER) == 40


def test_in_flight_no_answer_is_waited_for_that_nobody_reads(rig: Bench):
    rig.take_off()
    rig.uart.free = 0
    assert rig.feed(COMMAND, 1) == []
    assert rig.feed(sensors(1), 1)[-1] == schema.ACTUATORS  # the flight's own port is worth the wait
    rig.uart.free = 1024
    assert rig.feed(COMMAND, 1) == [schema.COMMAND_ACK]


@given(stream=st.binary(max_size=600), cuts=st.lists(st.integers(1, 300), max_size=8))
@settings(max_examples=200)
def test_pieces_are_lines_however_they_are_cut(stream: bytes, cuts: list[int]):
    from array import array

    line, span, room = bytearray(9), array("H", [0, 0, 0, 9]), 9
    found, at = [], 0
    for size in [*cuts, len(stream)]:
        piece = stream[at : at + size]
        at += size
        span[1], span[2] = 0, len(piece)
        while pieces.gather(line, piece, span):
            found.append(bytes(line[: span[0]]))
            span[0] = 0
    wanted = [part[:room] for part in stream.split(b"\0")]
    assert found == wanted[:-1]
    assert bytes(line[: span[0]]) == wanted[-1]


# --- the keyboard ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "hil", "leaves"),
    [
        (b"\3", True, True),
        (b"\r\3", True, True),
        (b"\2\r\3", True, True),
        (b"\3", False, False),  # the build for flight
        (b"a\3", True, False),  # noise
        (sensors(1)[:20] + b"\3", True, False),  # in a frame
    ],
)
def test_control_c_leads_to_the_repl_where_it_was_typed(made, typed: bytes, hil: bool, leaves: bool):
    bench = made(hil=hil)
    bench.feed(typed)
    assert bench.loop.left == leaves


@pytest.mark.parametrize("stray", [b"x", b"AT\r\n", b"AT\r\nAT\r\nATI\r\n", sensors(1)[:70], b"\xff" * 900])
def test_stray_bytes_do_not_lock_out_the_keyboard(rig: Bench, stray: bytes):
    """A letter typed in a terminal, ModemManager's probe, half a frame: each kept Ctrl-C from being heard."""
    rig.feed(stray)
    rig.wait(SILENCE_MS)
    rig.feed(b"\r\3")
    assert rig.loop.left


def test_keys_after_a_control_c_are_left_to_the_repl(rig: Bench):
    """mpremote sends Ctrl-C and Ctrl-A at once; the second is for the prompt that the first brings."""
    rig.feed(b"\r\3\r\1")
    assert rig.loop.left
    assert rig.usb.waiting == b"\r\1"


def test_control_c_in_flight_is_noise_until_the_flight_is_lost(rig: Bench):
    rig.take_off()
    for silence_ms, leaves in ((2999, False), (3001, True)):
        rig.port.ms = silence_ms
        rig.feed(b"\0\3")
        assert rig.loop.left == leaves


# --- streams: never more than is there -------------------------------------------------------------------------------


class Source:
    """What a board's MicroPython gives: a read waits until it has all it was asked for."""

    def __init__(self, waiting: bytes) -> None:
        self.waiting = waiting

    def any(self) -> int:
        return len(self.waiting)

    def readinto(self, view: bytearray, n: int) -> int:
        assert n <= len(self.waiting), "a board would wait here, for ever"
        view[:n], self.waiting = self.waiting[:n], self.waiting[n:]
        return n


class Poll:
    """select.poll of such sources."""

    def register(self, source: Source, events: int) -> None:
        self.source = source

    def ipoll(self, _timeout: int) -> list[tuple[Source, int]]:
        return [(self.source, 1)] if self.source.waiting else []


@pytest.fixture
def streams(monkeypatch):
    monkeypatch.setattr(select, "poll", Poll)
    return real_streams


@pytest.mark.parametrize("there", [0, 1, 7, 300])
@pytest.mark.parametrize("kind", ["uart", "stdio", "trickle"])
def test_a_stream_takes_what_is_there(streams, monkeypatch, kind: str, there: int):
    source, sink = Source(bytes(range(7)) * 50), Source(b"")
    source.waiting = source.waiting[:there]
    wanted = source.waiting[:256]
    if kind == "uart":
        stream = streams.Uart(source)
    elif kind == "trickle":
        stream = streams.stdio(source, sink)
    else:
        monkeypatch.setattr(streams, "waiting", source.any)
        stream = streams.stdio(source, sink)
    piece = bytearray(256)
    assert stream.read(piece, 256) == len(wanted)
    assert bytes(piece[: len(wanted)]) == wanted
    assert len(source.waiting) == there - len(wanted)


def test_an_interpreter_that_does_not_tell_its_room_says_whether_there_is_any(streams):
    sink = Source(b"")
    stream = streams.stdio(Source(b""), sink)
    assert stream.room() == 0
    sink.waiting = b"x"
    assert stream.room() > 0
