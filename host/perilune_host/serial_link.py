"""A link over a serial port: a real board, an emulated one, or a process behind a pseudo-terminal.

A time-out here is a failure of the rig, never a verdict on the flight software: a missed deadline is judged from
simulated time elsewhere, whereas a silent port says only that nothing answered.
"""

import errno
import os
import time
from typing import Any
from urllib.parse import urlsplit

import serial

from perilune.wire import schema
from perilune_host.codec import DELIMITER, NAMES, decode, deframe, kind_of
from perilune_host.errors import InputError, RigError
from perilune_host.plain import one_line
from perilune_host.port_lock import PortLock, seconds

BAUD_RATE = 921600
_TYPE_AT = 4  # of an encoded frame: COBS moves a payload by one byte, and frame types are never zero
_REFUSED_AT = 8  # of an encoded REFUSED frame: the type of the frame refused
_QUIET_S = 0.05  # wall time after which nothing is left over from before
# ends a frame left unfinished, whatever its size: a board may be waiting for all the bytes its type announces
RESYNC = bytes(schema.MAX_PAYLOAD + 8)
_HELLO_AGAIN_S = 1.0
_WRITE_S = 5.0
_DRAIN_S = 1.0  # for what an earlier host left unread; who talks all the time is heard no longer than this
_START_S = 3.0  # from a soft reset to where a program that cannot run is back at the prompt
_ANSWER_S = 2.0  # a board answers the next of several hellos within this; what it has lost it never answers
_HEARD_BYTES = 400
_MOST_BYTES = 1 << 16  # a reply is a handful of frames
_PROMPT_PLEASE = b"\r\x02"  # a prompt answers with a new one, a raw one becomes a friendly one
_RESTART = b"\r\x03\x03\x02\x04"  # as `perilune flash` leaves a board
_FLASH_OR_RESET = "flash it again (`perilune flash`), or reset it"
TIMEOUT_VARIABLE, TIMEOUT_S = "PERILUNE_TIMEOUT_S", 10.0

# troubles of a port that its user can mend
_MENDS = {
    errno.ENOENT: "no such port: is the board plugged in? `python -m serial.tools.list_ports` lists what is there",
    errno.EACCES: "not permitted: add your user to the port's group (often dialout), then log in again",
}

_LAST = {
    schema.HELLO: schema.HELLO_REPLY,
    schema.COMMAND: schema.COMMAND_ACK,
    schema.TO_REPL: schema.REPL_ACK,
    schema.SENSORS: schema.ACTUATORS,
}


def last_of_reply(kind: int) -> int:
    """The frame type that ends the reply to a frame of type `kind`."""
    return _LAST.get(kind, schema.PARAM_ACK)


class SerialLink:
    """A flight computer at a pyserial URL: `/dev/ttyACM0`, `COM3`, `socket://host:port`, `rfc2217://host:port`.

    The port is this link's alone until `close` (advisory locks: ours, and the one that mpremote takes).
    timeout_s: wall time for a whole reply; None for what PERILUNE_TIMEOUT_S says, else 10 s.
    wait_s: how long to wait for whoever has the port; None for what PERILUNE_PORT_WAIT_S says, else not at all.
    InputError if there is no port of that name or this user may not open it, RigError if another process has it or
    nobody answers there.
    """

    def __init__(
        self,
        url: str,
        *,
        baud_rate: int = BAUD_RATE,
        timeout_s: float | None = None,
        wait_s: float | None = None,
    ) -> None:
        self.url = url
        self._timeout_s = seconds(TIMEOUT_VARIABLE, TIMEOUT_S) if timeout_s is None else timeout_s
        self._baud_rate = baud_rate
        self._lock = PortLock(url, wait_s)
        try:
            self._port = _open(url, baud_rate)
        except BaseException:
            self._lock.release()
            raise
        self._received = bytearray()
        self._heard = bytearray()  # the last of all that has come since the frame was sent
        self._owed = 0  # answers to hellos that were sent again
        self._fresh = True

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """See `perilune_host.link.Link`. RigError after `timeout_s` of wall time without a whole reply.

        Bytes that are no frame are sent too, for the sake of the refusal they meet.
        """
        kind = kind_of(frame)
        frame = frame if kind else frame + RESYNC
        deadline = time.monotonic() + self._timeout_s
        self._heard.clear()
        if self._fresh:
            self._resynchronise(deadline, joins=_joins(kind, frame))
        self._pass_over()
        self._write(frame)
        if kind != schema.HELLO:
            return self._reply(kind, deadline, deadline)
        pause_s = _HELLO_AGAIN_S
        while True:  # a board that is still starting loses a hello; asking again changes nothing
            again = min(deadline, time.monotonic() + pause_s)
            reply = self._reply(kind, again, deadline)
            if reply:
                return reply
            pause_s *= 2  # or keeps them all, and answers one after the other when it has started
            self._owed += 1
            self._pass_over()
            self._write(frame)

    def reopen(self) -> None:
        """As if the cable had been pulled and put back: what is on its way is lost, the session goes on."""
        self._port.close()
        self._port = _open(self.url, self._baud_rate)
        self._received.clear()

    def close(self) -> None:
        """Give the port back; the board waits for the next hello."""
        self._settle()
        self._port.close()
        self._lock.release()

    def _resynchronise(self, deadline: float, *, joins: bool) -> None:
        """Whatever an earlier host left half sent or unread must not meet this session's first frame.

        A board at its MicroPython prompt would take a hello for keystrokes, Ctrl-D among them. It is asked for its
        prompt first, and sent back to its program if it has one. Not where somebody else's session is joined.
        """
        self._write(RESYNC if joins else _PROMPT_PLEASE + RESYNC)
        quiet = min(deadline, time.monotonic() + _DRAIN_S)
        while time.monotonic() < quiet and self._read():
            pass
        if _at_prompt(self._heard):
            self._write(_RESTART)
            self._await_start(deadline)
        self._fresh = False

    def _await_start(self, deadline: float) -> None:
        """RigError where the program ends at the prompt again: what was printed before it says why."""
        self._heard.clear()
        quiet = min(deadline, time.monotonic() + _START_S)
        while time.monotonic() < quiet:
            if not self._read() and _at_prompt(self._heard):
                said = one_line(self._heard.decode(errors="backslashreplace"), 300)
                raise RigError(
                    f"{self.url}: the board is at its MicroPython prompt: {_FLASH_OR_RESET}; it printed: {said}"
                )

    def _reply(self, kind: int, until: float, deadline: float) -> bytes:
        """All bytes up to the end of the reply; empty at `until` if that comes before the deadline."""
        start, searched, received = 0, 0, self._received
        while True:
            end = received.find(DELIMITER, max(start, searched))
            if end < 0:
                if time.monotonic() >= deadline or len(received) > _MOST_BYTES:
                    raise RigError(self._silence(kind))
                if time.monotonic() >= until:
                    return b""
                searched = len(received)
                received += self._read()
            elif _ends(received[start:end], kind):
                reply = bytes(received[: end + 1])
                del received[: end + 1]
                return reply
            elif kind == schema.HELLO or _is_late(received[start:end]):
                self._owed -= kind != schema.HELLO
                del received[
                    start : end + 1
                ]  # what a starting board prints, or the answer to a hello asked twice
                searched = 0
            else:
                start = end + 1

    def _pass_over(self) -> None:
        """Leave what has been received; the answers to hellos among it are no longer owed."""
        self._owed -= sum(_is_late(line) for line in self._received.split(DELIMITER))
        self._received.clear()

    def _settle(self) -> None:
        """Take what the board still answers to hellos sent again: the next host would take it for its own."""
        quiet = time.monotonic() + _ANSWER_S
        try:
            while self._owed > 0 and time.monotonic() < quiet:
                if self._read_on():
                    quiet = time.monotonic() + _ANSWER_S
        except RigError:
            return

    def _read_on(self) -> bool:
        """Whether an answer to a hello, and not the last one owed, has come whole."""
        self._received += self._read()
        owed = self._owed
        whole, _, rest = self._received.rpartition(DELIMITER)
        self._received = whole
        self._pass_over()
        self._received = rest
        return self._owed < owed

    def _silence(self, kind: int) -> str:
        heard = bytes(self._heard)
        said = f"; it sent {heard!r}" if heard else ""
        if len(self._received) > _MOST_BYTES:
            return f"{self.url}: talks without end and answers no {NAMES.get(kind, hex(kind))}{said}"
        if _at_prompt(self._heard):  # where a session is joined, nothing is typed to bring it back
            return f"{self.url}: the board is at its MicroPython prompt: {_FLASH_OR_RESET}{said}"
        return f"{self.url}: no answer to {NAMES.get(kind, hex(kind))} within {self._timeout_s:g} s{said}"

    def _read(self) -> bytes:
        """All that is there, waiting a little for the first byte."""
        try:
            data = self._port.read(min(self._port.in_waiting or 1, _MOST_BYTES))
        except (serial.SerialException, OSError) as error:
            raise RigError(f"{self.url}: the port is gone: {error}") from error
        self._heard += data
        del self._heard[:-_HEARD_BYTES]
        return data

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise RigError(f"{self.url}: cannot be written to: {error}") from error


def _joins(kind: int, frame: bytes) -> bool:
    """Whether the frame is no hello that opens a session of its own."""
    return kind != schema.HELLO or decode(deframe(frame[:-1]))[-1] == 0


def _at_prompt(heard: bytearray) -> bool:
    return heard.rstrip(b" ").endswith(b">>>")


def _is_late(line: bytearray) -> bool:
    """The answer to a hello, where something else was asked."""
    return len(line) > _TYPE_AT and line[_TYPE_AT] == schema.HELLO_REPLY


def _ends(line: bytearray, kind: int) -> bool:
    """Whether this frame is the last of the reply to a frame of type `kind`: the one due, or a refusal."""
    if len(line) <= _REFUSED_AT:
        return False
    if line[_TYPE_AT] == schema.REFUSED:
        return kind != schema.HELLO or line[_REFUSED_AT] == kind  # else it answers what came before
    return line[_TYPE_AT] == last_of_reply(kind)


def _open(url: str, baud_rate: int) -> serial.Serial:
    local = not urlsplit(url).netloc
    options: dict[str, Any] = {"exclusive": True} if local and os.name == "posix" else {}
    if not url.startswith("rfc2217:"):  # pyserial's client of it has a time-out of its own
        options["write_timeout"] = _WRITE_S
    try:
        return serial.serial_for_url(url, baud_rate, timeout=_QUIET_S, **options)
    except serial.SerialException as error:
        if "lock" in str(error):
            raise RigError(f"{url}: another process has this port: end it first") from error
        if error.errno in _MENDS:
            raise InputError(f"{url}: cannot be opened: {_MENDS[error.errno]}") from error
        raise RigError(f"{url}: cannot be opened: {error}") from error
    except (ValueError, OSError) as error:
        raise RigError(f"{url}: cannot be opened: {error}") from error
