"""What a board is worth, in one file that can be sent on: its arithmetic, the hash of a flight, its times."""

from collections.abc import Callable
from typing import Any

from perilune import VERSION
from perilune.wire import schema
from perilune_rig.bench import budget
from perilune_rig.bitexact import rungs_compared
from perilune_rig.boards import arithmetic
from perilune_rig.scenario.model import Scenario

__all__ = ["is_sound", "of_arithmetic", "of_flight"]

_WHO = """
import sys
print(sys.implementation._machine, '|', '.'.join([str(n) for n in tuple(sys.implementation.version)[:3]]))
"""


def of_arithmetic(run: Callable[[str], str]) -> dict[str, Any]:
    """Who the board is and whether it computes as the reference does; `run` is its REPL."""
    machine, _, version = run(_WHO).strip().partition(" | ")
    verdict = arithmetic.check(run)
    return {
        "board": {"machine": machine, "micropython": version},
        "arithmetic": {
            "values": verdict.values,
            "wrong": verdict.wrong,
            "known_of_boot_rom": verdict.known,
            "differences": verdict.differences,
        },
        "functions_that_differ": {name: n for name, n in arithmetic.functions(run).items() if n},
    }


def of_flight(scenario: Scenario, seed: int, rung: str, ticks: int | None = None) -> dict[str, Any]:
    """The flight on that rung beside the reference's, and its times by mode: quantiles 50, 99.9 and 100 % in us."""
    reference = rungs_compared.trace(scenario, seed, rungs_compared.REFERENCE, ticks)
    flown = rungs_compared.trace(scenario, seed, rung, ticks)
    difference = rungs_compared.first_difference(reference, flown)
    return {
        "perilune": VERSION,
        "flight": {
            "scenario": scenario.name,
            "seed": seed,
            "rung": rung,
            "ticks": len(flown.ticks),
            "outcome": flown.outcome,
            "trace_hash": flown.trace_hash,
            "reference_hash": reference.trace_hash,
            "first_difference": None if difference is None else str(difference),
        },
        "timing": {
            "ticks_a_second": round(len(flown.ticks) / max(flown.wall_time_s, 1e-9), 1),
            "times_real_time": round(len(flown.ticks) / schema.TICK_HZ / max(flown.wall_time_s, 1e-9), 2),
            "by_mode": budget.by_mode(flown.actuators(), flown.round_trip_us),
        },
    }


def is_sound(report: dict[str, Any]) -> bool:
    """Whether arithmetic and flight are the reference's to the last bit."""
    return report["arithmetic"]["wrong"] == 0 and report["flight"]["first_difference"] is None
