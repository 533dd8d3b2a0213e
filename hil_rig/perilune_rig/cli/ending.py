"""How a command line may end before its time: by a signal, without standard streams, by a reader that has gone."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, TextIO

from perilune_rig.cli.exit_status import INTERRUPTED

_AS_CTRL_C = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Signals:
    """A context in which SIGTERM and SIGHUP end the program as Ctrl-C does: logs and tables whole.

    Where one is ignored from the start (nohup), it stays so. `status` makes 128 and the signal's number of 130.
    """

    def __init__(self) -> None:
        self._by = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for number in _AS_CTRL_C:
                if signal.getsignal(number) is signal.SIG_DFL:
                    self._before[number] = signal.signal(number, self._came)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def status(self, status: int) -> int:
        """The exit status, told from the signal that came."""
        return 128 + self._by if status == INTERRUPTED and self._by else status

    def _came(self, number: int, frame: FrameType | None) -> None:
        self._by = number
        on_ctrl_c = signal.getsignal(signal.SIGINT)
        if callable(on_ctrl_c):
            on_ctrl_c(signal.SIGINT, frame)
        else:
            raise KeyboardInterrupt


def open_streams() -> None:
    """Standard streams that the caller closed are open again, onto nothing: a file must not become one of them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (to the end)
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a character shows its number
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def drop_output(stream: TextIO) -> None:
    """The reader of a stream has gone: what is still written goes nowhere, and the verdict stands."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


_lost: list[OSError] = []


def lose_output(stream: TextIO, error: OSError) -> None:
    """A standard stream takes no more, and not for want of a reader: `lost` tells, once everything else is done."""
    _lost.append(error)
    drop_output(stream)


def lost() -> OSError | None:
    """What a standard stream refused with since this was last asked."""
    error = _lost[0] if _lost else None
    _lost.clear()
    return error


@contextlib.contextmanager
def reader_may_go() -> Iterator[None]:
    """Around a write to standard output."""
    try:
        yield
    except BrokenPipeError:
        drop_output(sys.stdout)
