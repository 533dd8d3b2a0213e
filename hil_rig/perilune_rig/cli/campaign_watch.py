"""Shows a campaign in progress: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from perilune_rig.campaign.evidence.evidence import limit_use
from perilune_rig.campaign.run.conduct import Tally
from perilune_rig.campaign.run.row import Row
from perilune_rig.campaign.run.session import Session
from perilune_rig.cli.campaign_live import Follower

PLAIN_PERIOD_S = 10.0  # wall time between lines where there is no terminal


class Watch:
    """Called with the tally and the run just flown. A context."""

    def __init__(self, console: Console, session: Session, follower: Follower | None = None) -> None:
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        self.console = console
        self.interrupted = False
        self._follower = follower
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("starting", total=session.plan.runs)
        self._worst = _Worst()
        self._began = self._said = time.monotonic()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.stop()

    def begin(self, tally: Tally) -> None:
        """Flying begins now."""
        self._began = self._said = time.monotonic()
        self._bar.update(self._task, completed=tally.done)
        self._bar.start()

    def __call__(self, tally: Tally, row: Row | None) -> None:
        """One run more, or one given up."""
        if row is not None:
            self._worst.see(row)
        now = time.monotonic()
        if self._follower:
            self._follower(tally, row, f"{self._left(tally, now)}, {self._text(tally, now)}")
        last = tally.done + len(tally.given_up) >= tally.total
        if self.console.is_terminal:
            self._bar.update(self._task, completed=tally.done, description=self._text(tally, now))
            if last:
                self._bar.stop()
        elif now - self._said >= PLAIN_PERIOD_S or last:
            self._said = now
            done = f"{tally.done} of {tally.total}"
            self.console.print(f"{done}, {self._left(tally, now)}, {self._text(tally, now)}", markup=False)

    def _rate(self, tally: Tally, now: float) -> float:
        return (tally.done - tally.before) / max(now - self._began, 1e-3)

    def _left(self, tally: Tally, now: float) -> str:
        seconds = (tally.total - tally.done) / max(self._rate(tally, now), 1e-6)
        return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s left"

    def _text(self, tally: Tally, now: float) -> str:
        parts = [f"{3600.0 * self._rate(tally, now):.0f} runs/h"]
        parts += [
            f"{count} {name.replace('_', ' ')}"
            for name, count in sorted(tally.verdicts.items(), reverse=True)
        ]
        parts += [f"{tally.retries} retried"] if tally.retries else []
        return ", ".join([*parts, *self._worst.text])


class _Worst:
    """The flight nearest to a limit, or the first that was lost."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self._use = -1.0  # of its limit

    def see(self, row: Row) -> None:
        """One flight more."""
        found = limit_use(row)
        if found is not None and found[0] > self._use:
            self._use = found[0]
            self.text = [f"worst: run {row.k}, {found[1]}"]
