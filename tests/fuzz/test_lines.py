"""Whatever bytes arrive: on the board a refusal, on the host an error of ours; never a traceback or a hang."""

import struct
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight.parameters import ORDER
from perilune.wire import schema
from perilune_host.codec import DELIMITER, LAYOUTS, FrameError, decode, deframe, encode, enframe, kind_of
from perilune_host.errors import PeriluneError
from perilune_host.session import Session
from perilune_rig.faults.on_link.receiver import Receiver
from perilune_rig.rungs import RUNGS
from perilune_rig.rungs.python import PythonRung
from perilune_sim.config import Environment
from perilune_sim.world.world import World
from tests.core.kit import NOMINAL, Board, parameters
from tests.fuzz.mutations import corpus, fuzzed, mutated

SENSORS = bytes(World(NOMINAL.vehicle, Environment(), 1).step(None))


def answers(link, line: bytes) -> list[int]:
    """Frame types of a board's answer to any line, each frame well formed."""
    answer = link.transact(line + DELIMITER, 0)
    assert answer.endswith(DELIMITER)
    return [decode(deframe(part))[0] for part in answer.split(DELIMITER)[:-1]]


@pytest.fixture(scope="module", params=["vm", "python"])
def link(request):
    """One board for all examples: what one leaves behind the next meets."""
    if RUNGS[request.param].available():
        pytest.skip(f"rung {request.param} is not available")
    link = RUNGS[request.param]()
    yield link
    link.close()


@fuzzed
@given(mutated(".line"))
def test_any_line_is_answered(link, data: bytes):
    for line in data[:1000].split(DELIMITER):
        if line:
            assert answers(link, line)


@fuzzed
@given(mutated(".payload"))
def test_any_payload_in_a_good_frame_is_answered(link, data: bytes):
    assert answers(link, enframe(data[: schema.MAX_PAYLOAD])[:-1])


@fuzzed
@given(st.sampled_from(ORDER), st.binary(min_size=250, max_size=250))
def test_parameters_of_any_bits_are_refused_or_can_be_flown(kind: int, bits: bytes):
    """Range checks suffice: whatever the board takes, it can make a flight of and fly a tick."""
    board = Board(PythonRung())
    board.hello()
    digest = sha256()
    for group, values in parameters():
        payload = bent(group, values, bits) if group == kind else encode(group, values)
        if board.payload(payload)[1]["status"] != schema.OK:
            return
        digest.update(payload)
    assert board.commit(digest.digest()[:8])["status"] == schema.OK
    assert board.sense(SENSORS)["tick"] == 1


def bent(kind: int, values, bits: bytes) -> bytes:
    """A parameter group in which every fourth item, or so, is made of random bits."""
    row = list(struct.unpack(schema.layout(kind), LAYOUTS[kind].encode(values)))[1:]
    for i, item in enumerate(LAYOUTS[kind].items):
        if bits[i] % 16 == 0 and item[1] == schema.F:
            row[i] = struct.unpack(">f", bits[2 * i : 2 * i + 4].ljust(4, b"\0"))[0]
    return LAYOUTS[kind].pack(row)


@fuzzed
@given(mutated(".line"))
def test_the_host_takes_any_bytes_for_good_or_for_bad(data: bytes):
    kind_of(data)
    receiver = Receiver()
    for payload in receiver.lines(data + DELIMITER):
        assert payload[3] in schema.FRAMES
    for line in data.split(DELIMITER):
        with suppress(FrameError):
            decode(deframe(line))


@fuzzed
@given(mutated(".payload"))
def test_the_host_decodes_any_payload_or_says_what_is_wrong(data: bytes):
    line = enframe(data)
    try:
        row = decode(deframe(line[:-1]))
    except FrameError:
        return
    LAYOUTS[row[0]].out_of_range(row)


class Answering:
    """A board that answers anything with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def transact(self, frame: bytes, time_us: int) -> bytes:
        return self.answer

    def close(self) -> None:
        pass


@fuzzed
@given(st.one_of(mutated(".line"), mutated(".payload").map(enframe)))
def test_a_session_with_a_board_out_of_its_mind_ends_in_one_line(answer: bytes):
    session = Session(Answering(answer))
    for ask in (session.hello, lambda: session.upload(parameters()[:1]), lambda: session.command(schema.ARM)):
        try:
            ask()
        except PeriluneError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("suffix", [".line", ".payload"])
def test_the_corpus_itself(link, suffix: str):
    for data in corpus(suffix):
        for line in (
            data.split(DELIMITER) if suffix == ".line" else [enframe(data[: schema.MAX_PAYLOAD])[:-1]]
        ):
            if line:
                assert answers(link, line[:1000])
