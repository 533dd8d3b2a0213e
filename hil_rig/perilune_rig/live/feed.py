"""What viewers see, kept bounded. One thread writes, many read, nobody ever waits for anybody.

There is no queue per viewer: each has a cursor into one shared history and is given what is new since it last came,
thinned out if that is much. A viewer that is slow, gone or suspended costs the writer nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

ROWS = 8192  # kept of a flight; when they are full every other one goes
HAPPENINGS = 400  # modes and events kept of a flight
FIRST_ROWS, NEXT_ROWS = 2000, 60  # given to a viewer at once: who has just come, who has seen the rest

Sample = Mapping[str, float]
_numbers = count(1)


@dataclass
class _Flight:
    heading: Mapping[str, Any] = field(default_factory=dict)
    number: int = field(default_factory=lambda: next(_numbers))
    rows: list[Sample] = field(default_factory=list)
    happenings: list[Mapping[str, Any]] = field(default_factory=list)
    result: Mapping[str, Any] | None = None
    stride: int = 1
    published: int = 0


@dataclass
class Cursor:
    """How much of what one viewer has seen."""

    flight: int = 0
    time_s: float = float("-inf")
    happenings: int = 0
    result: Mapping[str, Any] | None = None
    campaign: int = 0


class Feed:
    """`begin`, `publish`, `happen`, `end` for a flight; `campaign` for the whole of several."""

    def __init__(self) -> None:
        self._flight = _Flight()
        self._campaign: tuple[int, Mapping[str, Any]] = (0, {})

    def begin(self, heading: Mapping[str, Any]) -> None:
        """A flight starts: title, scenario, vehicle, seed, rung. The page is cleared."""
        self._flight = _Flight(heading)

    def publish(self, sample: Sample) -> None:
        """One row of numbers by column name: `time_s`, rising, and any of those that the page plots (see Show)."""
        flight = self._flight
        flight.published += 1
        if flight.published % flight.stride == 0:
            flight.rows.append(sample)
            if len(flight.rows) >= ROWS:
                flight.rows, flight.stride = flight.rows[::2], 2 * flight.stride

    def happen(self, time_s: float, kind: str, text: str) -> None:
        """Something to be listed and marked in the plots. kind: mode, event or fault; text of a mode: its name."""
        if len(self._flight.happenings) < HAPPENINGS:
            self._flight.happenings.append({"time_s": time_s, "kind": kind, "text": text})

    def end(self, result: Mapping[str, Any]) -> None:
        """The flight is over: outcome, verdict, trace_hash, as far as they are known; again when more is."""
        self._flight.result = result

    def campaign(self, progress: Mapping[str, Any]) -> None:
        """Where a campaign stands: name, done, total, passed, failed, text (such as the time left)."""
        self._campaign = (self._campaign[0] + 1, progress)

    def since(self, seen: Cursor) -> dict[str, Any]:
        """What is new to a viewer, as one message, and its cursor moved on; empty if nothing is."""
        flight, message = self._flight, {}
        if seen.flight != flight.number:
            campaign = seen.campaign
            seen.__init__(flight.number, campaign=campaign)
            message["flight"] = flight.heading
        most = NEXT_ROWS if seen.time_s > float("-inf") else FIRST_ROWS
        result = flight.result  # before the rows: who is told of the end has all of them
        rows = flight.rows
        rows = rows[bisect_right(rows, seen.time_s, key=lambda row: row["time_s"]) :]
        if rows:
            seen.time_s = rows[-1]["time_s"]
            message["columns"] = _columns(_thinned(rows, most))
        if len(flight.happenings) > seen.happenings:
            message["happenings"] = flight.happenings[seen.happenings :]
            seen.happenings += len(message["happenings"])
        if result is not seen.result:
            seen.result = message["result"] = result
        if self._campaign[0] != seen.campaign:
            seen.campaign, message["campaign"] = self._campaign
        return message


def _thinned(rows: Sequence[Sample], most: int) -> Sequence[Sample]:
    """At most so many rows, evenly chosen, always with the last."""
    stride = -(-len(rows) // most)
    return rows[(len(rows) - 1) % stride :: stride]


def _columns(rows: Sequence[Sample]) -> dict[str, list[float | None]]:
    """By column, with as many digits as a plot can show; None for what a row does not have."""
    return {name: [_short(row.get(name)) for row in rows] for name in rows[-1]}


def _short(value: float | None) -> float | None:
    return None if value is None or value != value else float(f"{value:.6g}")
