"""Commands by those who may not command: each is refused and counted, and nothing changes. On every rung."""

import random

import pytest

from perilune.link.authentication import WINDOW
from perilune.wire import schema
from perilune_host.codec import LAYOUTS, decode, deframe, enframe
from perilune_host.session import VALID_TICKS, Session
from perilune_rig.flight.fly import prepare
from perilune_sim.bridge import Bridge
from tests.core.kit import FOREVER, Board, parameters, short

ARM = {"command": schema.ARM, "last_tick": FOREVER, "argument": (0.0, 0.0)}


@pytest.fixture
def bridge(link, board: Board) -> Bridge:
    """A second of the nominal coast, in which arming would be obeyed."""
    bridge = prepare(short(3.0), 1, link)
    for _ in range(50):
        bridge.step()
    board.join(bridge.session)
    return bridge


def arm(board: Board, counter: int = 1, **other) -> bytes:
    """The command to arm, as the ground would sign it."""
    values = {"session": board.session, "counter": board.counter + counter} | ARM
    return board.signed(schema.COMMAND, **(values | other))


def status(board: Board, payload: bytes) -> int:
    kind, fields = board.payload(payload)
    assert kind == schema.COMMAND_ACK
    return fields["status"]


def refused(bridge: Bridge) -> int:
    """Commands the flight computer says it has refused, a second later."""
    for _ in range(60):
        bridge.step()
    reports = [event.values for event in bridge.events if event.name == "link"]
    return round(reports[-1][2]) if reports else 0


def test_a_signed_command_is_obeyed(bridge: Bridge, board: Board):
    assert status(board, arm(board)) == schema.OK
    bridge.step()
    assert bridge.modes[-1].mode == "armed"


@pytest.mark.parametrize(
    ("forgery", "answer"),
    [
        (lambda b: arm(b)[:-16] + bytes(16), schema.BAD_MAC),
        (lambda b: arm(b, key=bytes(32)), schema.BAD_MAC),
        (lambda b: arm(b, command=schema.WAVE_OFF)[:-16] + arm(b)[-16:], schema.BAD_MAC),
        (lambda b: arm(b, session=b.session + 1), schema.BAD_SESSION),
        (lambda b: arm(b, counter=0), schema.BAD_COUNTER),
        (lambda b: arm(b, counter=-b.counter), schema.BAD_COUNTER),
        (lambda b: arm(b, counter=WINDOW + 1), schema.BAD_COUNTER),
        (lambda b: arm(b, counter=0xFFFFFFFF - b.counter), schema.BAD_COUNTER),
    ],
    ids=["no signature", "other key", "other command's", "stale session", "used", "first", "jump", "last"],
)
def test_a_forged_command_is_refused_and_counted_and_the_next_good_one_obeyed(
    bridge: Bridge, board: Board, forgery, answer: int
):
    assert status(board, forgery(board)) == answer
    assert refused(bridge) == 1
    assert bridge.modes[-1].mode == "coast"
    assert status(board, arm(board)) == schema.OK


def test_the_signature_of_another_boot_is_refused(bridge: Bridge, board: Board):
    board.nonce += 1
    assert status(board, arm(board)) == schema.BAD_MAC


def test_a_replay_is_refused_even_after_hello(bridge: Bridge, board: Board):
    """A recorded session played again from its hello: the counter of a boot never goes back."""
    recorded = arm(board)
    assert status(board, recorded) == schema.OK
    assert status(board, recorded) == schema.BAD_COUNTER
    session = board.session
    board.hello(session=session)
    board.upload(parameters())
    assert status(board, recorded) == schema.BAD_COUNTER


def test_no_flipped_bit_and_no_cut_end_is_obeyed(bridge: Bridge, board: Board):
    good = arm(board)
    for bit in range(8 * len(good)):
        payload = bytearray(good)
        payload[bit // 8] ^= 1 << bit % 8
        kind, fields = board.payload(bytes(payload))
        assert kind == schema.REFUSED or fields["status"] != schema.OK, bit
    for size in range(len(good)):
        assert board.payload(good[:size])[0] == schema.REFUSED
    assert status(board, good) == schema.OK


def test_guessed_signatures_are_refused_and_counted(bridge: Bridge, board: Board):
    rng = random.Random(1)
    head = arm(board)[:-16]
    assert all(status(board, head + rng.randbytes(16)) == schema.BAD_MAC for _ in range(300))
    assert refused(bridge) == 300


def test_forgeries_change_nothing_in_flight(bridge: Bridge, board: Board, link):
    """The trace of a flight under a storm of forged commands is the trace of a flight without."""
    rng = random.Random(2)
    for _ in range(50):
        bridge.step()
        board.payload(arm(board)[:-16] + rng.randbytes(16))
        board.payload(arm(board, session=board.session + 7))
    stormed = bridge.record().trace_hash
    calm = prepare(short(3.0), 1, link)
    for _ in range(100):
        calm.step()
    assert calm.record().trace_hash == stormed


def test_parameters_are_taken_from_their_owner_only(board: Board):
    board.hello()
    digest = board.upload(parameters())
    tail = {"session": board.session, "counter": 1, "digest": digest}
    _kind, fields = board.payload(board.signed(schema.PARAM_COMMIT, key=bytes(32), **tail))
    assert fields["status"] == schema.BAD_MAC
    _kind, fields = board.payload(board.signed(schema.PARAM_COMMIT, **tail))
    assert fields["status"] == schema.OK


def test_hello_in_session_zero_asks_and_changes_nothing(bridge: Bridge, link):
    other = Session(link, session=0)
    board = other.hello()
    assert (other.session, other.counter) == (bridge.session.session, bridge.session.counter)
    assert board.boot_nonce == bridge.session.board.boot_nonce
    bridge.step()


def test_a_second_operator_does_not_lock_out_the_first(bridge: Bridge, link):
    other = Session(link, session=0)
    other.hello()
    assert not other.command(99)
    assert bridge.session.command(schema.ARM)  # whose own next counter is used up by now


def test_an_answer_that_was_lost_is_asked_for_again_without_acting_twice(bridge: Bridge, link):
    order = bridge.session.order(schema.ARM)
    order.tries = 1  # sent once, obeyed, its answer lost
    answer = decode(deframe(link.transact(enframe(order.payload), 0)[:-1]))
    assert LAYOUTS[schema.COMMAND_ACK].named(answer)["status"] == schema.OK
    assert bridge.session.give(order) == schema.OK
    assert bridge.session.command(schema.WAVE_OFF)


def test_a_command_held_back_is_not_obeyed_after_the_tick_it_was_meant_for(bridge: Bridge, board: Board):
    assert status(board, arm(board, last_tick=bridge.tick - 1)) == schema.TOO_LATE
    assert refused(bridge) == 0  # it was signed by who may: no forgery, and no flight is given away by it
    assert bridge.modes[-1].mode == "coast"


def test_a_command_may_be_obeyed_up_to_its_last_tick(bridge: Bridge, board: Board):
    assert status(board, arm(board, last_tick=bridge.tick)) == schema.OK


def test_a_command_of_ours_delivered_eleven_seconds_late_is_refused(link):
    """The attacker's replay: the frame is good, signed, unused, and kept from the board until now."""
    bridge = prepare(short(15.0), 1, link)
    for _ in range(50):
        bridge.step()
    bridge.session.counter += 100  # the flight's own commands, meanwhile, do not use up its counter
    held = bridge.session.order(schema.ARM)
    bridge.session.counter -= 101
    for _ in range(VALID_TICKS + 1):
        bridge.step()
    assert bridge.session.give(held) == schema.TOO_LATE
