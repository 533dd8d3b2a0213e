"""Faults over onsets: what became of the runs of each stratum."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from perilune_rig.campaign.evidence.table_columns import Frame
from perilune_rig.campaign.plan.plan import Plan
from perilune_rig.campaign.plan.strata import Stratum

WORST_FIRST = ("fail", "invalid", "pass", "no_effect")


@dataclass(frozen=True)
class Square:
    """One stratum: its worst verdict, how many of its runs passed, and what it is called."""

    verdict: str
    text: str
    hover: str


@dataclass(frozen=True)
class Line:
    """One fault over all onsets."""

    kind: str
    squares: list[Square]


@dataclass(frozen=True)
class Heat:
    """All faults of one scenario; groups are (target, lines)."""

    scenario: str
    onsets: list[str]
    groups: list[tuple[str, list[Line]]]


_EMPTY = Square("none", "", "not flown")


def heat(plan: Plan, frame: Frame) -> list[Heat]:
    """A table for every scenario that has strata with faults."""
    faulty = [s for s in plan.strata if s.fault is not None]
    return [
        _heat(scenario, list(mine), frame) for scenario, mine in groupby(faulty, lambda s: s.scenario.name)
    ]


def _heat(scenario: str, strata: list[Stratum], frame: Frame) -> Heat:
    onsets = list(dict.fromkeys(s.onset.name for s in strata if s.onset))
    groups = []
    for group, mine in groupby(strata, lambda s: s.fault.group if s.fault else ""):
        lines = [
            Line(kind, _squares(list(same), onsets, frame))
            for kind, same in groupby(mine, lambda s: s.fault.kind if s.fault else "")
        ]
        groups.append((group, lines))
    return Heat(scenario, onsets, groups)


def _squares(strata: list[Stratum], onsets: list[str], frame: Frame) -> list[Square]:
    by_onset = {s.onset.name: s for s in strata if s.onset}
    return [_square(by_onset[name], frame) if name in by_onset else _EMPTY for name in onsets]


def _square(stratum: Stratum, frame: Frame) -> Square:
    mine = frame.stratum == stratum.name
    verdicts = [str(v) for v in frame.verdict[mine]]
    if not verdicts:
        return _EMPTY
    worst = min(verdicts, key=WORST_FIRST.index)
    waved = worst == "pass" and bool(np.all(frame.outcome[mine] == "waved_off"))
    counts = ", ".join(f"{verdicts.count(v)} {v.replace('_', ' ')}" for v in dict.fromkeys(verdicts))
    counted = len(verdicts) - verdicts.count("no_effect")
    text = f"{verdicts.count('pass')}/{counted}" if counted else "no effect"
    colour = {"no_effect": "invalid"}.get(worst, "waved_off" if waved else worst)
    runs = ", ".join(str(k) for k in frame.k[mine][:6])
    return Square(colour, text, f"{stratum.name}: {counts}; runs {runs}")
