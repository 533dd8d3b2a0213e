"""Ctrl-C waits until a piece of work is done: a log cut in the middle of a record is no log."""

import signal
import threading
from types import FrameType
from typing import Any


class Shield:
    """A context in which SIGINT is noted, and handed on at its end. Of no effect outside the main thread."""

    def __enter__(self) -> None:
        self._pending: FrameType | None = None
        self._hit = False
        self._on = threading.current_thread() is threading.main_thread()
        if self._on:
            self._before: Any = signal.signal(signal.SIGINT, self._note)

    def __exit__(self, *_error: object) -> None:
        if not self._on:
            return
        signal.signal(signal.SIGINT, self._before)
        if self._hit and callable(self._before):
            self._before(signal.SIGINT, self._pending)
        elif self._hit:  # SIGTERM, handed on as one, where Ctrl-C itself is ignored
            raise KeyboardInterrupt

    def _note(self, _signal: int, frame: FrameType | None) -> None:
        self._hit, self._pending = True, frame
