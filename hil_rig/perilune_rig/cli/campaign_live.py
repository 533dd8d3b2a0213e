"""`perilune campaign --live`: where the campaign stands, and every flight as it comes in, on the live page."""

from __future__ import annotations

import math

from perilune_rig.campaign.run.conduct import Tally
from perilune_rig.campaign.run.descent_profile import unpack
from perilune_rig.campaign.run.row import Row
from perilune_rig.live.feed import Feed


class Follower:
    """Told of every run that has come in; publishes it and never waits for a viewer."""

    def __init__(self, view: Feed, title: str, rung: str) -> None:
        self._view = view
        self._title = title
        self._rung = rung

    def __call__(self, tally: Tally, row: Row | None, text: str) -> None:
        """One run more, or one given up; `text` is what the terminal says of rate, time left and worst flight."""
        passed = tally.verdicts["pass"]
        stand = {"done": tally.done, "total": tally.total, "passed": passed, "failed": tally.done - passed}
        self._view.campaign({"name": self._title, "text": text, **stand})
        if row is not None and row.profile:
            self._flight(row)

    def _flight(self, row: Row) -> None:
        """A flight in another process is known by its profile: its state at sixty heights."""
        about = {"title": f"run {row.k}: {row.stratum}", "scenario": row.stratum, "vehicle": ""}
        self._view.begin(about | {"seed": row.seed, "rung": self._rung, "policy": None})
        columns = unpack(row.profile)
        last = -math.inf
        for values in zip(*(column.tolist() for column in columns.values()), strict=True):
            sample = dict(zip(columns, values, strict=True))
            if sample["time_s"] > last:  # not for heights that it never came down to
                last = sample["time_s"]
                self._view.publish(sample)
        found = {"outcome": row.outcome, "verdict": row.verdict, "trace_hash": row.trace_hash}
        self._view.end(found | {"touchdown": row.touchdown})
