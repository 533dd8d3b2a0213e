"""Shows a flight in progress: a live line on a terminal, a plain line each simulated minute elsewhere."""

from __future__ import annotations

import signal
import time

from rich.console import Console
from rich.status import Status

from perilune_rig.flight.progress import Progress

LIVE_PERIOD_S = 0.1  # wall time between redraws
PLAIN_PERIOD_S = 60.0  # simulated time between lines


class Watch:
    """Called with the progress of a flight; a context that notes Ctrl-C and leaves the terminal tidy."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.interrupted = False
        self.last: Progress | None = None
        self._status = Status("starting", console=console) if console.is_terminal else None
        self._drawn = 0.0
        self._next_s = PLAIN_PERIOD_S
        self._began = time.monotonic()

    def __enter__(self) -> Watch:
        self._handler = signal.signal(signal.SIGINT, self._interrupt)
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._status:
            self._status.stop()
        signal.signal(signal.SIGINT, self._handler)
        if self.interrupted:
            where = f"at {self.text(self.last)}" if self.last else "before the flight began"
            self.console.print(f"interrupted {where}", markup=False)

    def _interrupt(self, _signal: int, _frame: object) -> None:
        self.interrupted = True
        raise KeyboardInterrupt

    def __call__(self, progress: Progress) -> None:
        """One report of progress; as many as the rig likes to give."""
        self.last = progress
        if self._status:
            self._live(progress, self._status)
        elif progress.time_s >= self._next_s:
            self._next_s = (progress.time_s // PLAIN_PERIOD_S + 1) * PLAIN_PERIOD_S
            self.console.print(self.text(progress), markup=False)

    def _live(self, progress: Progress, status: Status) -> None:
        now = time.monotonic()
        if now - self._drawn >= LIVE_PERIOD_S:
            self._drawn = now
            faster = progress.time_s / max(now - self._began, 1e-3)
            status.update(f"{self.text(progress)}  [dim]{faster:.0f} x real time[/dim]")

    @staticmethod
    def text(progress: Progress) -> str:
        """One line: time, mode, height, speeds."""
        return (
            f"{progress.time_s:7.1f} s  {progress.mode:<10} height {progress.agl_m:9.1f} m  "
            f"vertical {progress.vertical_m_s:7.2f} m/s  horizontal {progress.horizontal_m_s:8.2f} m/s"
        )
