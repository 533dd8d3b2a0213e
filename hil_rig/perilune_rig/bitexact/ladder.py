"""The ladder of rungs in one table: how fast each flies, what a tick takes where a clock counts, and the heap.

`python -m perilune_rig.bitexact.ladder [--rung NAME ...] [--ticks N] [--to FILE]`; all rungs that are available here,
else those named. Ticks a second are of this machine and what else runs on it: compare them within one table.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from perilune_host.errors import InputError, PeriluneError
from perilune_rig import rungs
from perilune_rig.bench import budget
from perilune_rig.bitexact.rungs_compared import Trace, trace
from perilune_rig.boards.qemu_machines import MACHINES
from perilune_rig.scenario.catalogue import load_scenario

_SCENARIO, _SEED = "nominal_terminal", 1
_CYCLES = ("rp2040", "wired")  # processors whose cycles are counted
_HEAD = (
    "| rung | ticks | ticks a second here | time counted in | longest tick ms | longest collection ms "
    "| longest of both ms | lowest free heap KiB | trace hash |\n|---|---|---|---|---|---|---|---|---|"
)


def clock(rung: str) -> str:
    """What the times of a tick on that rung are made of."""
    if rung in MACHINES:
        return "instructions of 8 ns"
    return "cycles at 125 MHz" if rung in _CYCLES else "-"


def row(flown: Trace) -> str:
    """One rung."""
    speed = len(flown.ticks) / max(flown.wall_time_s, 1e-9)
    counted = clock(flown.rung)
    figures = _figures(flown) if counted != "-" else ["-"] * 4
    cells = [
        f"`{flown.rung}`",
        str(len(flown.ticks)),
        f"{speed:.3g}",
        counted,
        *figures,
        flown.trace_hash[:8],
    ]
    return f"| {' | '.join(cells)} |"


def _figures(flown: Trace) -> list[str]:
    modes = budget.by_mode(flown.actuators()).values()
    longest = [max(mode[name][-1] for mode in modes) / 1000.0 for name in ("tick", "collection", "both")]
    return [*(f"{ms:.2f}" for ms in longest), f"{min(mode['heap'][0] for mode in modes) / 1024.0:.1f}"]


def rows(names: Sequence[str], ticks: int | None) -> Iterator[str]:
    """The table's lines, one rung after the other, so that they do not slow one another down."""
    yield _HEAD
    for name in names:
        yield row(trace(load_scenario(_SCENARIO), _SEED, name, ticks))


def available() -> list[str]:
    """Rungs that fly here and compute as a board does."""
    return [
        name
        for name, kind in rungs.RUNGS.items()
        if name not in ("python", "board", "rp2040py") and kind.available() is None
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and write it to `--to` too."""
    parser = argparse.ArgumentParser(
        prog="python -m perilune_rig.bitexact.ladder", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--rung", action="append", help="this rung; may be repeated")
    parser.add_argument("--ticks", type=int, help=f"at most so many ticks of {_SCENARIO}")
    parser.add_argument("--to", metavar="FILE", type=Path, help="write the table here")
    given = parser.parse_args(arguments)
    done: list[str] = []
    try:
        if given.to and not given.to.resolve().parent.is_dir():
            raise InputError(f"--to {given.to}: no such directory: {given.to.parent}")
        for line in rows(given.rung or available(), given.ticks):
            print(line, flush=True)
            done.append(line)
    except PeriluneError as error:
        print(f"ladder: error: {error}", file=sys.stderr)
        return error.exit_code
    finally:
        if given.to and done:
            given.to.write_text("\n".join(done) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
