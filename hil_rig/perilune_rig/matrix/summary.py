"""The matrix as data: the JSON of `perilune matrix --json`, and its summary."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from shlex import join
from statistics import median
from typing import Any

from perilune import VERSION
from perilune.wire.schema import TICK_HZ
from perilune_rig.matrix.branches import Base, Matrix
from perilune_rig.matrix.cell import Cell
from perilune_rig.verdict.result import TOUCHDOWN_KEYS

VERDICTS = ("fail", "invalid", "pass")  # worst first


@dataclass(frozen=True)
class Summary:
    """Counts over all cells; times in s."""

    verdicts: dict[str, int]
    explained: int  # lost cells that no software could have landed, by bound; among the lost all the same
    outcomes: dict[str, int]
    detected: int  # cells with a detection
    detection_median_s: float | None
    false_alarm_cells: int
    bases_lost: list[int]  # seeds whose flight without any of these faults did not end as expected

    @property
    def failed(self) -> bool:
        """A cell was lost, whatever explains it, or a base flight was."""
        return self.verdicts["fail"] > 0 or bool(self.bases_lost)


def summarise(matrix: Matrix) -> Summary:
    """Count."""
    cells = matrix.cells
    found = Counter(cell.verdict for cell in cells)
    times = [cell.detection_s for cell in cells if cell.detection_s is not None]
    return Summary(
        verdicts={name: found[name] for name in VERDICTS},
        explained=sum(bool(cell.bound) for cell in cells),
        outcomes=dict(Counter(cell.outcome for cell in cells).most_common()),
        detected=len(times),
        detection_median_s=median(times) if times else None,
        false_alarm_cells=sum(bool(cell.false_alarms) for cell in cells),
        bases_lost=[base.seed for base in matrix.bases if base.record.outcome != matrix.plan.scenario.expect],
    )


def worst(cells: Iterable[Cell]) -> str:
    """The worst verdict of some cells."""
    return min((cell.verdict for cell in cells), key=VERDICTS.index)


def unreached(matrix: Matrix) -> list[str]:
    """Onsets that came in no base flight."""
    reached = {name for base in matrix.bases for name in base.onsets}
    return [onset.name for onset in matrix.plan.onsets if onset.name not in reached]


def ordered(matrix: Matrix) -> list[Cell]:
    """Cells by fault, onset and seed, in the order of the plan, whichever ended first."""
    faults = {fault.name: n for n, fault in enumerate(matrix.plan.classes)}
    onsets = {onset.name: n for n, onset in enumerate(matrix.plan.onsets)}
    seeds = {seed: n for n, seed in enumerate(matrix.plan.seeds)}
    return sorted(matrix.cells, key=lambda c: (faults[c.fault], onsets[c.onset], seeds[c.seed]))


def command(matrix: Matrix) -> str:
    """The command line that flies the matrix again."""
    plan = matrix.plan
    words = ["perilune", "matrix", "--scenario", plan.source, "--rung", plan.rung]
    words += ["--seed", str(plan.seeds[0]), "--seeds", str(len(plan.seeds)), *plan.options]
    return join([*words, *(word for item in plan.sets for word in ("--set", item))])


def as_json(matrix: Matrix, fallback: bool = False) -> dict[str, Any]:
    """The matrix under the keys that `perilune matrix --json` promises."""
    plan, summary = matrix.plan, summarise(matrix)
    return {
        "scenario": plan.scenario.name,
        "vehicle": plan.scenario.vehicle.name,
        "rung": plan.rung,
        "fallback": fallback,
        "seeds": list(plan.seeds),
        "interrupted": matrix.interrupted,
        "summary": {
            "verdicts": summary.verdicts,
            "explained": summary.explained,
            "outcomes": summary.outcomes,
            "detected": summary.detected,
            "detection_median_s": summary.detection_median_s,
            "false_alarm_cells": summary.false_alarm_cells,
            "bases_lost": summary.bases_lost,
        },
        "onsets": [{"name": onset.name, "about": onset.about} for onset in plan.onsets],
        "onsets_not_reached": unreached(matrix),
        "bases": [_base(base) for base in matrix.bases],
        "cells": [cell.as_json() for cell in ordered(matrix)],
        "version": VERSION,
        "command": command(matrix),
    }


def _base(base: Base) -> dict[str, Any]:
    record = base.record
    touchdown = record.touchdown
    return {
        "seed": base.seed,
        "outcome": record.outcome,
        "touchdown": None if touchdown is None else {key: touchdown[key] for key in TOUCHDOWN_KEYS},
        "propellant_left_kg": record.propellant_left_kg,
        "fault_events": sum(event.fault for event in record.events),
        "onsets_s": {name: tick / TICK_HZ for name, tick in base.onsets.items()},
        "trace_hash": record.trace_hash,
    }
