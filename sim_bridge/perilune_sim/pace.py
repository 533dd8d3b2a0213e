"""Flying against the wall clock: ticks at their time, and how well both sides kept it.

What is measured here is reported and decides nothing: a flight is the same at any pace.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from perilune.wire import schema

_QUANTILES = {"p50": 50.0, "p99": 99.0, "p99_9": 99.9, "max": 100.0}


class Pacer:
    """Lets a tick begin when it is due, `pace` times as often as in real time.

    A deadline is missed when the answer to a tick comes after the next one is due. The schedule then slips to where
    the flight is: late ticks are never made up for in a burst, which no sensor would do.
    """

    def __init__(self, pace: float) -> None:
        self.pace = pace
        self._period_s = 1.0 / schema.TICK_HZ / pace
        self._due: float | None = None
        self._late_us: list[float] = []
        self._round_trip_us: list[float] = []
        self._missed = 0
        self._slipped_s = 0.0

    def wait(self) -> None:
        """Until the next tick is due."""
        now = time.perf_counter()
        if self._due is None:
            self._due = now
        if now < self._due:
            time.sleep(self._due - now)
            now = time.perf_counter()
        self._late_us.append(1e6 * (now - self._due))

    def flown(self, round_trip_ns: int) -> None:
        """The tick has been answered, so long after it was sent."""
        assert self._due is not None
        self._round_trip_us.append(round_trip_ns / 1000)
        self._due += self._period_s
        late_s = time.perf_counter() - self._due
        if late_s > 0.0:
            self._missed += 1
            self._slipped_s += late_s
            self._due += late_s

    def figures(self) -> dict[str, Any]:
        """What `perilune fly --json` promises under "pace"; times in us but for the sum of all slips, in s."""
        return {
            "times_real_time": self.pace,
            "ticks": len(self._round_trip_us),
            "missed_deadlines": self._missed,
            "slipped_s": self._slipped_s,
            "round_trip_us": _quantiles(self._round_trip_us),
            "jitter_us": _quantiles(self._late_us),
        }


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    """Measured values at p50, p99, p99.9 and the greatest; none of nothing."""
    if not values:
        return {}
    found = np.percentile(values, list(_QUANTILES.values()), method="higher")
    return {name: float(value) for name, value in zip(_QUANTILES, found, strict=True)}
