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
from perilune_host.codec import DELIMITER, NAMES, kind_of
from perilune_host.errors import InputError, RigError
from perilune_host.port_lock import PortLock

BAUD_RATE = 921600
_TYPE_AT = 4  # of an encoded frame: COBS moves a payload by one byte, and frame types are never zero
_REFUSED_AT = 8  # of an encoded REFUSED frame: the type of the frame refused
_QUIET_S = 0.05  # wall time after which nothing is left over from before
# ends a frame left unfinished, whatever its size: a board may be waiting for all the bytes its type announces
RESYNC = bytes(schema.MAX_PAYLOAD + 8)
_HELLO_AGAIN_S = 1.0
_WRITE_S = 5.0

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

    The port is this link's alone until `close` (advisory locks: ours, and the one that mpremote takes). InputError if
    there is none of that name or this user may not open it, RigError if another process has it or nobody answers there.
    """

    def __init__(self, url: str, *, baud_rate: int = BAUD_RATE, timeout_s: float = 10.0) -> None:
        self.url = url
        self._timeout_s = timeout_s
        self._baud_rate = baud_rate
        self._lock = PortLock(url)
        try:
            self._port = _open(url, baud_rate)
        except BaseException:
            self._lock.release()
            raise
        self._received = bytearray()
        self._fresh = True

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """See `perilune_host.link.Link`. RigError after `timeout_s` of wall time without a whole reply.

        Bytes that are no frame are sent too, for the sake of the refusal they meet.
        """
        kind = kind_of(frame)
        frame = frame if kind else frame + RESYNC
        if self._fresh:
            self._resynchronise()
        self._received.clear()
        deadline = time.monotonic() + self._timeout_s
        self._write(frame)
        if kind != schema.HELLO:
            return self._reply(kind, deadline, deadline)
        while True:  # a board that is still starting loses a hello; asking again changes nothing
            again = min(deadline, time.monotonic() + _HELLO_AGAIN_S)
            reply = self._reply(kind, again, deadline)
            if reply:
                return reply
            self._received.clear()
            self._write(frame)

    def reopen(self) -> None:
        """As if the cable had been pulled and put back: what is on its way is lost, the session goes on."""
        self._port.close()
        self._port = _open(self.url, self._baud_rate)
        self._received.clear()

    def close(self) -> None:
        """Give the port back; the board waits for the next hello."""
        self._port.close()
        self._lock.release()

    def _resynchronise(self) -> None:
        """Whatever an earlier host left half sent or unread must not meet this session's first frame."""
        self._write(RESYNC)
        while self._read():
            pass
        self._fresh = False

    def _reply(self, kind: int, until: float, deadline: float) -> bytes:
        """All bytes up to the end of the reply; empty at `until` if that comes before the deadline."""
        start, received = 0, self._received
        while True:
            end = received.find(DELIMITER, start)
            if end < 0:
                if time.monotonic() >= deadline:
                    raise RigError(self._silence(kind))
                if time.monotonic() >= until:
                    return b""
                received += self._read()
            elif _ends(received[start:end], kind):
                return bytes(received[: end + 1])
            elif kind == schema.HELLO:
                del received[: end + 1]  # what a starting board prints
            else:
                start = end + 1

    def _silence(self, kind: int) -> str:
        said = f"; it sent {bytes(self._received[-400:])!r}" if self._received else ""
        return f"{self.url}: no answer to {NAMES.get(kind, hex(kind))} within {self._timeout_s:g} s{said}"

    def _read(self) -> bytes:
        """All that is there, waiting a little for the first byte."""
        try:
            return self._port.read(self._port.in_waiting or 1)
        except (serial.SerialException, OSError) as error:
            raise RigError(f"{self.url}: the port is gone: {error}") from error

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise RigError(f"{self.url}: cannot be written to: {error}") from error


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
    try:
        return serial.serial_for_url(url, baud_rate, timeout=_QUIET_S, write_timeout=_WRITE_S, **options)
    except serial.SerialException as error:
        if "lock" in str(error):
            raise RigError(f"{url}: another process has this port: end it first") from error
        if error.errno in _MENDS:
            raise InputError(f"{url}: cannot be opened: {_MENDS[error.errno]}") from error
        raise RigError(f"{url}: cannot be opened: {error}") from error
    except (ValueError, OSError) as error:
        raise RigError(f"{url}: cannot be opened: {error}") from error
