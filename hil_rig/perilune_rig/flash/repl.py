"""A board's REPL over a serial port, through mpremote."""

import contextlib
import io
import time
from collections.abc import Iterator
from typing import Any

import serial

from perilune_host.errors import InputError, RigError
from perilune_host.plain import plain
from perilune_host.port_lock import PortLock
from perilune_host.serial_link import RESYNC

_TIMEOUT_S = 20.0  # of a read; a whole slot is hashed within one
ATTEMPTS_S = 7.5
_ATTEMPT_S = 0.4
_QUIET_S = 5.0  # by then a board at its prompt has nothing more to say
_CHUNK = 1024
_MOST_BYTES = 1 << 16
_INTERRUPT, _FRIENDLY, _RESTART = b"\r\x03", b"\x02", b"\x04"


class Repl:
    """The board at a pyserial URL, interrupted in whatever it did and ready for commands; the port is ours alone.

    timeout_s: how long to try to bring the prompt. InputError where mpremote is not installed; RigError, with what was
    heard, where the port cannot be had or no REPL answers.
    """

    def __init__(self, url: str, timeout_s: float = ATTEMPTS_S) -> None:
        try:
            from mpremote.transport_serial import SerialTransport  # pyright: ignore[reportMissingImports] - an extra
        except ImportError:
            raise InputError("flashing needs mpremote: pip install -e '.[flash]'") from None
        self.url = url
        self._lock = PortLock(url)
        try:
            with self._told("cannot be opened"):
                self._board = SerialTransport(url, timeout=_TIMEOUT_S)
            with self._told("no REPL answers"):
                self._interrupt(time.monotonic() + timeout_s)
                self._board.enter_raw_repl()
        except BaseException:
            self.close()
            raise

    def run(self, code: str) -> str:
        """Execute statements; what they printed. RigError with the board's last words if they raise."""
        with self._told("the board's REPL"):
            return self._board.exec(code).decode()

    def value(self, expression: str) -> Any:
        """The value of an expression made of literals."""
        with self._told("the board's REPL"):
            return self._board.eval(expression)

    def write(self, path: str, content: bytes) -> None:
        """Write a file."""
        with self._told(f"writing {path}"):
            self._board.fs_writefile(path, content, chunk_size=_CHUNK)

    def close(self) -> None:
        """Let the board run its main.py, as after a reset, and give the port back. Safe at any moment."""
        if hasattr(self, "_board"):
            with contextlib.suppress(OSError, serial.SerialException):
                port: Any = self._board.serial
                port.write(_INTERRUPT + _INTERRUPT + _FRIENDLY + _RESTART)
                port.flush()
                self._board.close()
        self._lock.release()

    def _interrupt(self, deadline: float) -> None:
        """Bring the prompt: a flight computer takes a Ctrl-C for one when it is idle, and needs a moment to leave.

        A frame that somebody left half sent would swallow the Ctrl-C, so it is ended first.
        """
        port: Any = self._board.serial
        port.timeout = _ATTEMPT_S
        heard = b""
        while not heard.endswith(b">>> "):
            if time.monotonic() >= deadline:
                said = f"; it sent {heard[-200:]!r}" if heard else ""
                raise RigError(
                    f"{self.url}: no REPL answers: is it a board with MicroPython, and not in flight?{said}"
                )
            port.write(RESYNC + _INTERRUPT)
            time.sleep(_ATTEMPT_S / 4)
            port.write(_FRIENDLY)
            heard = port.read_until(b">>> ", _MOST_BYTES)
        end = time.monotonic() + _QUIET_S
        while heard := port.read(4096):
            if time.monotonic() >= end:
                raise RigError(f"{self.url}: talks without end; it sent {heard[-200:]!r}")
        port.timeout = _TIMEOUT_S

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Errors of mpremote and pyserial as RigError in one line; what mpremote prints is kept from the console."""
        from mpremote.transport import TransportError  # pyright: ignore[reportMissingImports]

        try:
            with contextlib.redirect_stdout(io.StringIO()):
                yield
        except TransportError as error:
            said = [line for line in str(error).splitlines() if line.strip()]
            raise RigError(f"{self.url}: {what}: {plain(said[-1]) if said else 'no answer'}") from error
        except (serial.SerialException, OSError) as error:
            raise RigError(f"{self.url}: {what}: {error}") from error
