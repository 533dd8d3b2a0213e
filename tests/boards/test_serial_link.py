"""A link over a serial device path, against scripted boards behind a pseudo-terminal."""

import os
import subprocess
import sys
import time

import pytest

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, decode, deframe, enframe
from perilune_host.errors import InputError, RigError
from perilune_host.serial_link import SerialLink
from tests.boards.kit import payload_of

HELLO = enframe(payload_of(schema.HELLO))
REPLY = enframe(payload_of(schema.HELLO_REPLY))
NOBODY = decode(payload_of(schema.HELLO_REPLY))[1:]
SENSORS = enframe(payload_of(schema.SENSORS))
ACTUATORS = enframe(payload_of(schema.ACTUATORS))
EVENT = enframe(payload_of(schema.EVENT))
REFUSED = enframe(LAYOUTS[schema.REFUSED].pack((schema.BAD_FRAME, 0)))


def test_reply_ends_with_the_actuator_frame_whatever_comes_before_it(scripted):
    board = scripted(lambda line: EVENT + EVENT + ACTUATORS)
    link = SerialLink(board.path)
    assert link.transact(SENSORS, 20_000) == EVENT + EVENT + ACTUATORS
    link.close()


def test_hello_skips_what_a_starting_board_prints_and_refusals_of_what_came_before(scripted):
    board = scripted(lambda line: b"MPY: soft reboot\r\n\0" + REFUSED + REPLY)
    link = SerialLink(board.path)
    assert link.transact(HELLO, 0) == REPLY
    link.close()


def test_hello_is_asked_again_until_the_board_has_started(scripted):
    board = scripted(lambda line: REPLY if len(board.seen) > 1 else b"")
    link = SerialLink(board.path)
    assert link.transact(HELLO, 0) == REPLY
    assert len(board.seen) >= 2  # a busy machine may need a third
    link.close()


def test_a_link_takes_every_answer_to_its_hellos_before_it_leaves(scripted):
    """A board that started late answered them all, one a quarter of a second: the next host took one for its own."""

    def answer(line: bytes) -> bytes:
        time.sleep(1.5 if len(board.seen) == 1 else 0.25)
        session = decode(deframe(line))[-1]
        return enframe(LAYOUTS[schema.HELLO_REPLY].pack([*NOBODY[:2], session, *NOBODY[3:]]))

    board = scripted(answer)
    for session in (1, 2):
        link = SerialLink(board.path)
        reply = link.transact(enframe(LAYOUTS[schema.HELLO].pack([1, 1, session])), 0)
        assert decode(deframe(reply[:-1]))[3] == session
        link.close()
    assert len(board.seen) >= 3  # the first host asked again


def test_silence_is_a_failure_of_the_rig_that_quotes_what_came(scripted):
    board = scripted(lambda line: b"Traceback: ValueError")
    link = SerialLink(board.path, timeout_s=0.3)
    with pytest.raises(RigError, match=r"no answer to sensors within 0\.3 s.*Traceback: ValueError"):
        link.transact(SENSORS, 20_000)
    link.close()


@pytest.mark.parametrize("size", [63, 64, 65, 127, 128, 129, 191, 192, 193, 254, 255, 256, 257])
def test_every_size_of_reply_comes_whole(scripted, size):
    filler = bytes(range(1, 256)) + b"\1" * 8
    before = filler[: size - len(ACTUATORS) - 1] + b"\0" if size > len(ACTUATORS) else b""
    reply = before + (ACTUATORS if before else b"\5\x98" + b"\7" * 2 + b"\x60" + b"\1" * (size - 6) + b"\0")
    assert len(reply) == size
    board = scripted(lambda line: reply)
    link = SerialLink(board.path)
    assert link.transact(SENSORS, 20_000) == reply
    link.close()


def test_a_port_has_one_owner_at_a_time(scripted):
    board = scripted(lambda line: REPLY)
    link = SerialLink(board.path)
    attempt = f"from perilune_host.serial_link import SerialLink; SerialLink({board.path!r})"
    other = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, check=False)
    assert "another process has this port" in other.stderr
    link.close()
    SerialLink(board.path).close()


def test_a_host_that_was_interrupted_in_mid_frame_leaves_a_usable_board(scripted):
    board = scripted(lambda line: REPLY if line == HELLO[:-1] else REFUSED)
    interrupted = SerialLink(board.path)
    interrupted._write(SENSORS[:50])
    interrupted.close()
    link = SerialLink(board.path)
    assert link.transact(HELLO, 0) == REPLY
    link.close()


def test_bytes_that_are_no_frame_meet_a_refusal_and_the_next_frame_its_answer(scripted):
    board = scripted(lambda line: ACTUATORS if line == SENSORS[:-1] else REFUSED)
    link = SerialLink(board.path)
    for damaged in (SENSORS[:50] + b"\0", b"\7\0", HELLO[:-2] + b"\0"):
        assert link.transact(damaged, 20_000) == REFUSED
        assert link.transact(SENSORS, 20_000) == ACTUATORS
    link.close()


def test_a_cable_that_was_pulled_and_put_back_goes_on(scripted):
    board = scripted(lambda line: ACTUATORS)
    link = SerialLink(board.path)
    for _ in range(3):
        assert link.transact(SENSORS, 20_000) == ACTUATORS
        link.reopen()
    link.close()


@pytest.mark.parametrize("url", ["socket://127.0.0.1:1", "nonsense://x"])
def test_a_port_that_cannot_be_opened_is_named(url):
    with pytest.raises(RigError, match=f"{url}: cannot be opened"):
        SerialLink(url)


def test_a_port_that_is_not_there_is_bad_input_with_its_mend():
    with pytest.raises(
        InputError, match="/dev/no-such-port: cannot be opened: no such port: is the board plugged in"
    ):
        SerialLink("/dev/no-such-port")


def test_a_port_that_vanishes_is_a_failure_of_the_rig(scripted):
    board = scripted(lambda line: b"")
    link = SerialLink(board.path, timeout_s=5.0)
    board.close()
    with pytest.raises(RigError, match=board.path):
        link.transact(SENSORS, 20_000)
    link.close()


def test_a_port_has_one_owner_and_a_second_is_told_which(scripted, tmp_path):
    board = scripted(lambda line: REPLY)
    link = SerialLink(board.path)
    alias = tmp_path / "by-id"
    alias.symlink_to(board.path)
    for name in (board.path, str(alias)):
        with pytest.raises(
            RigError, match=rf"another process has this port \(process {os.getpid()}\): end it first"
        ):
            SerialLink(name)
    link.close()
    SerialLink(str(alias)).close()
