"""Golden traces: flights kept as reviewed files, so that a change of the flight software shows where it first matters.

`python -m perilune_rig.bitexact.golden` flies them on rung vm and compares; `--update` (`make golden`) writes them
anew. For each, NAME.json holds what a review reads: outcome, trace hash, and the flight computer's view every five
seconds.
NAME.npz holds check codes that place a difference: one for every tick, and one for every field every tenth of a second.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_host.errors import InputError, PeriluneError
from perilune_rig.bitexact.rungs_compared import REFERENCE, Trace, trace
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.bridge import FLIGHT_CONTENT_BYTES

FOLDER = Path(__file__).resolve().parents[3] / "tests" / "golden"
SCENARIOS = ("nominal_terminal", "resilience_terminal")
SEED = 1
SAMPLE_TICKS = 250
BLOCK_TICKS = 5
SHOWN = ("agl_m", "velocity_m_s_0", "velocity_m_s_2", "throttle_0", "attitude_0", "mass_kg")
_FIELDS = [item[0] for item in LAYOUTS[schema.ACTUATORS].items if item[0] not in schema.MEASURED]
_COLUMNS = ["events", *_FIELDS]


@dataclass(frozen=True)
class Golden:
    """A kept flight. `ticks`: a code of everything up to each tick; `blocks`: codes per block of ticks and column."""

    summary: dict[str, Any]
    ticks: np.ndarray
    blocks: np.ndarray


def of(flown: Trace, scenario: str) -> Golden:
    """What is kept of a flight."""
    rows = [row[: len(_FIELDS) + 1] for row in flown.actuators()]
    summary = {
        "scenario": scenario,
        "seed": SEED,
        "outcome": flown.outcome,
        "ticks": len(rows),
        "trace_hash": flown.trace_hash,
        "samples": [_sample(row) for row in rows[SAMPLE_TICKS - 1 :: SAMPLE_TICKS]],
    }
    return Golden(summary, _running(flown), _blocks(flown, rows))


def _sample(row: Sequence[Any]) -> dict[str, Any]:
    named = dict(zip(_FIELDS, row[1:], strict=True))
    values = {name: float(f"{named[name]:.7g}") for name in SHOWN}
    return {"tick": named["tick"], "mode": modes.NAMES[named["mode"]], **values}


def _running(flown: Trace) -> np.ndarray:
    digest, codes = sha256(), []
    for payloads in flown.ticks:
        digest.update(b"".join(payloads[:-1]) + payloads[-1][:FLIGHT_CONTENT_BYTES])
        codes.append(int.from_bytes(digest.digest()[:2], "big"))
    return np.array(codes, np.uint16)


def _blocks(flown: Trace, rows: Sequence[Sequence[Any]]) -> np.ndarray:
    columns = [[b"".join(payloads[:-1]) for payloads in flown.ticks]]
    columns += [[repr(row[n]).encode() for row in rows] for n in range(1, len(_COLUMNS))]
    starts = range(0, len(rows), BLOCK_TICKS)
    codes = [
        [zlib.crc32(b" ".join(column[at : at + BLOCK_TICKS])) & 255 for column in columns] for at in starts
    ]
    return np.array(codes, np.uint8)


def difference(kept: Golden, new: Golden) -> str | None:
    """Where the flights part, in words: first tick, the fields that differ there, and values before and after."""
    if kept.summary["trace_hash"] == new.summary["trace_hash"]:
        return None
    n = min(len(kept.ticks), len(new.ticks))
    apart = np.flatnonzero(kept.ticks[:n] != new.ticks[:n])
    if not len(apart):
        return f"the flights part at their end: {len(kept.ticks)} and {len(new.ticks)} ticks"
    at = int(apart[0])
    fields = np.flatnonzero(kept.blocks[at // BLOCK_TICKS] != new.blocks[at // BLOCK_TICKS])
    names = ", ".join(_COLUMNS[field] for field in fields) or "a bit that no field shows"
    return f"first at tick {at + 1}, in {names}{_values(kept, new)}"


def _values(kept: Golden, new: Golden) -> str:
    """The first values of the reviewed samples that changed."""
    for old, now in zip(kept.summary["samples"], new.summary["samples"], strict=False):
        if old != now:
            parts = [f"{name} {old[name]} is {now[name]}" for name in old if old[name] != now[name]]
            return f"; at tick {old['tick']} " + ", ".join(parts)
    return ""


def load(name: str, folder: Path = FOLDER) -> Golden:
    """A kept flight. InputError if it is missing."""
    try:
        codes = np.load(folder / f"{name}.npz")
        return Golden(json.loads((folder / f"{name}.json").read_text()), codes["ticks"], codes["blocks"])
    except OSError as error:
        raise InputError(f"{error.filename}: no golden trace: make golden writes it") from None


def save(name: str, golden: Golden, folder: Path = FOLDER) -> None:
    """Write both files, one sample a line."""
    folder.mkdir(parents=True, exist_ok=True)
    head = {key: value for key, value in golden.summary.items() if key != "samples"}
    samples = ",\n".join(f"  {json.dumps(sample)}" for sample in golden.summary["samples"])
    text = json.dumps(head, indent=1)[:-2] + f',\n "samples": [\n{samples}\n ]\n}}\n'
    (folder / f"{name}.json").write_text(text)
    np.savez_compressed(folder / f"{name}.npz", ticks=golden.ticks, blocks=golden.blocks)


def fly(name: str, rung: str = REFERENCE) -> Golden:
    """The flight as it is now. RigError where the rung is not available."""
    return of(trace(load_scenario(name), SEED, rung), name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: all as kept, or written; 1: one differs; 2, 3: as the command line."""
    parser = argparse.ArgumentParser(prog="python -m perilune_rig.bitexact.golden", allow_abbrev=False)
    parser.add_argument("--update", action="store_true", help="write what is flown now, for review")
    update = parser.parse_args(arguments).update
    same = True
    try:
        for name in SCENARIOS:
            new = fly(name)
            found = (
                difference(load(name), new) if (FOLDER / f"{name}.json").is_file() else "no golden trace yet"
            )
            print(f"{name}: {new.summary['trace_hash'][:16]}, {found or 'as kept'}")
            same &= found is None
            if update and found:
                save(name, new)
    except PeriluneError as error:
        print(f"golden: error: {error}", file=sys.stderr)
        return error.exit_code
    return 0 if same or update else 1


if __name__ == "__main__":
    sys.exit(main())
