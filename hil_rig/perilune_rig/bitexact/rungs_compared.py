"""Bit for bit: the same flight on several rungs, compared frame by frame.

`python -m perilune_rig.bitexact.rungs_compared SCENARIO --rung rp2040 --rung stm32` flies the scenario on rung vm and
on those, and names the first tick and field that differ.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from perilune.wire import schema
from perilune_host.codec import DELIMITER, decode, deframe
from perilune_host.errors import PeriluneError, RigError
from perilune_host.link import Link, reset
from perilune_rig import rungs
from perilune_rig.bench import budget
from perilune_rig.bitexact.difference import Difference, in_tick
from perilune_rig.flight import fly
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Scenario

REFERENCE = "vm"
IN_PROCESS = ("vm", "python")


@dataclass(frozen=True)
class Trace:
    """All replies of one flight: payloads of events and actuator frames, in order, tick by tick."""

    rung: str
    outcome: str
    trace_hash: str
    ticks: list[list[bytes]]
    wall_time_s: float
    round_trip_us: list[float]  # per tick, in the board's own time; empty on rungs that have none

    def actuators(self) -> list[list[Any]]:
        """Decoded actuator frames."""
        return [decode(payloads[-1]) for payloads in self.ticks]


class Recorder:
    """A link that passes everything on and keeps the replies to sensor frames."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.ticks: list[list[bytes]] = []

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """See `perilune_host.link.Link`."""
        reply = self.link.transact(frame, time_us)
        if deframe(frame[:-1])[3] == schema.SENSORS:
            self.ticks.append([deframe(line) for line in reply.split(DELIMITER)[:-1]])
        return reply

    def reset(self, cause: str, time_us: int) -> None:
        """See `perilune_host.link.Resettable`."""
        reset(self.link, cause, time_us)

    def close(self) -> None:
        """Close the link itself."""
        self.link.close()


def trace(scenario: Scenario, seed: int, rung: str, ticks: int | None = None) -> Trace:
    """Fly and keep every reply; at most `ticks` of them. RigError where the rung is not available."""
    kind = rungs.find(rung)
    reason = kind.available()
    if reason:
        raise RigError(f"rung {rung} is not available here: {reason}")
    link = kind()
    recorder = Recorder(link)
    try:
        bridge = fly.prepare(scenario, seed, recorder)
        bridge.fly(ticks or round(scenario.longest_s * schema.TICK_HZ))
    finally:
        recorder.close()
    record = bridge.record()
    taken = getattr(link, "round_trip_us", [])[-record.ticks :]
    return Trace(rung, record.outcome, record.trace_hash, recorder.ticks, record.wall_time_s, taken)


def traces(scenario: Scenario, seed: int, names: Sequence[str], ticks: int | None = None) -> Iterator[Trace]:
    """`trace` on several rungs at once, in the order of `names`.

    Each board is a process of its own, so this takes as long as the slowest, given the cores; rungs that run in this
    process (vm, python) have but one machine and come alone.
    """
    alone = [name for name in names if name in IN_PROCESS]
    with ThreadPoolExecutor(max_workers=max(1, len(names))) as pool:
        flying = {
            name: pool.submit(trace, scenario, seed, name, ticks) for name in names if name not in alone
        }
        for name in names:
            yield trace(scenario, seed, name, ticks) if name in alone else flying[name].result()


def first_difference(left: Trace, right: Trace) -> Difference | None:
    """The first field of flight content that differs; None if every tick of both is the same."""
    for n, (one, other) in enumerate(zip(left.ticks, right.ticks, strict=False), 1):
        found = in_tick(n, one, other)
        if found:
            return found
    if len(left.ticks) != len(right.ticks):
        n = min(len(left.ticks), len(right.ticks)) + 1
        return Difference(n, "flight", "ticks", len(left.ticks), len(right.ticks))
    return None


def report(scenario: Scenario, seed: int, names: Sequence[str], ticks: int | None, with_budget: bool) -> bool:
    """Fly and print; whether all rungs flew the same flight."""
    reference = trace(scenario, seed, REFERENCE, ticks)
    _print(reference, None)
    same = True
    for other in traces(scenario, seed, names, ticks):
        difference = first_difference(reference, other)
        _print(other, difference)
        same = same and difference is None
        if with_budget:
            print(
                budget.table(other.actuators(), other.round_trip_us) or "  nothing is measured on this rung"
            )
    return same


def _print(flown: Trace, difference: Difference | None) -> None:
    speed = len(flown.ticks) / schema.TICK_HZ / max(flown.wall_time_s, 1e-9)
    length = f"{len(flown.ticks):6} ticks, {speed:6.2f} x real time"
    head = f"{flown.rung:8} {flown.trace_hash[:16]} {flown.outcome:8} {length}"
    print(
        head if difference is None else f"{head}\n  DIFFERS from {REFERENCE} first at {difference}",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: all the same; 1: some rung differs; 2, 3: as the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m perilune_rig.bitexact.rungs_compared", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("scenario", nargs="+")
    parser.add_argument(
        "--rung", action="append", required=True, help="compare this rung with vm; may be repeated"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ticks", type=int, help="at most so many ticks")
    parser.add_argument(
        "--budget", action="store_true", help="print tick times, collections and heap by mode"
    )
    given = parser.parse_args(arguments)
    try:
        same = True
        for name in given.scenario:
            print(f"{name}, seed {given.seed}", flush=True)
            same &= report(load_scenario(name), given.seed, given.rung, given.ticks, given.budget)
    except PeriluneError as error:
        print(f"compare: error: {error}", file=sys.stderr)
        return error.exit_code
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
