"""What changed between two campaigns, with error bars: for the review of a change.

Proportions: Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, pages 873 and, for pairs, 2635) and
Fisher's exact test or, where the same runs were flown twice, McNemar's exact test on those that changed sides.
Values: bootstrap of the difference of medians with Mann-Whitney's test, or of the mean difference run by run with
Wilcoxon's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.stats import binomtest, fisher_exact, mannwhitneyu, wilcoxon

from perilune_rig.campaign.evidence.table_columns import Frame, frame
from perilune_rig.campaign.run.row import Row
from perilune_rig.campaign.run.session import command
from perilune_rig.campaign.run.store import Store
from perilune_rig.scenario import requirements
from perilune_rig.scenario.requirements import Requirement

Change = Literal["better", "worse", "none shown"]
SIGNIFICANT = 0.05
_RESAMPLES = 4000
_SIDES = ("pass", "fail")


@dataclass(frozen=True)
class Side:
    """One of the two campaigns."""

    folder: Path
    about: dict
    frame: Frame
    passed: dict[str, np.ndarray]  # (n,) by requirement: 1 met, 0 not, NaN: it did not count there

    def command(self, row: Row) -> str:
        """The command line that flies this run again."""
        source, policy = self.about["strata"][row.stratum]
        return command(row, source, policy, self.about["rung"])


@dataclass(frozen=True)
class Difference:
    """B less A, with its interval at 95 % and the chance of as much by luck alone."""

    what: str
    unit: str
    a: float
    b: float
    low: float
    high: float
    p: float
    change: Change


@dataclass(frozen=True)
class Flip:
    """A run that passed in one campaign and not in the other."""

    k: int
    was: str
    now: str
    reason: str
    command: str


@dataclass(frozen=True)
class Comparison:
    """Everything that can be said. paired: run by run, since both flew the same runs."""

    a: Path
    b: Path
    paired: bool
    runs: tuple[int, int]
    same_bits: int  # runs with the same trace hash in both
    proportions: list[Difference]
    values: list[Difference]
    flips: list[Flip]

    @property
    def worse(self) -> bool:
        """Whether some requirement is met less often, beyond luck."""
        return any(difference.change == "worse" for difference in self.proportions)


def compare(a: Path, b: Path) -> Comparison:
    """Read both tables. InputError where there is none."""
    with Store(a) as first, Store(b) as second:
        left, right = _side(first), _side(second)
        common = _common(left, right)
        paired = bool(len(common[0]))
        both = (left, right, common if paired else None)
        hashes = [[row.trace_hash for row in store.rows()] for store in (first, second)]
        return Comparison(
            a,
            b,
            paired,
            (len(left.frame.k), len(right.frame.k)),
            sum(hashes[0][i] == hashes[1][j] != "" for i, j in zip(*common, strict=True)),
            _corrected([d for need in requirements.load() if (d := _proportion(need, *both)) is not None]),
            _corrected([d for need in requirements.load() if (d := _value(need, *both)) is not None]),
            _flips(second, right, left, common),
        )


def _side(store: Store) -> Side:
    passed = []
    for row in store.rows():
        judged = row.verdict in _SIDES
        passed.append({f.id: float(f.passed) for f in row.findings if f.bound and judged})
    names = {name for row in passed for name in row}
    columns = {name: np.array([row.get(name, np.nan) for row in passed]) for name in names}
    return Side(store.folder, store.about(), frame(store.rows()), columns)


def _common(a: Side, b: Side) -> tuple[np.ndarray, np.ndarray]:
    """Places in both tables of the runs that are the same run: index, seed and stratum."""
    where = {key: n for n, key in enumerate(zip(b.frame.k, b.frame.seed, b.frame.stratum, strict=True))}
    keys = enumerate(zip(a.frame.k, a.frame.seed, a.frame.stratum, strict=True))
    pairs = [(n, where[key]) for n, key in keys if key in where]
    left, right = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(left, dtype=int), np.array(right, dtype=int)


def _columns(one: np.ndarray, other: np.ndarray, common: tuple | None) -> tuple[np.ndarray, np.ndarray]:
    """What both have: run by run where paired, else each side's own."""
    if common is None:
        return one[np.isfinite(one)], other[np.isfinite(other)]
    one, other = one[common[0]], other[common[1]]
    there = np.isfinite(one) & np.isfinite(other)
    return one[there], other[there]


def _proportion(need: Requirement, a: Side, b: Side, common: tuple | None) -> Difference | None:
    if need.id not in a.passed or need.id not in b.passed:
        return None
    one, other = _columns(a.passed[need.id], b.passed[need.id], common)
    if not len(one) or not len(other):
        return None
    alike = 0.0 if common is None else _phi(one, other)
    low, high = newcombe(int(other.sum()), len(other), int(one.sum()), len(one), alike)
    p = _changed_sides(one, other) if common is not None else _fisher(one, other)
    text = f"{need.id}: {need.text}"
    return Difference(
        text, "", float(one.mean()), float(other.mean()), low, high, p, _better(other.mean() - one.mean())
    )


def newcombe(
    x: int, n: int, y: int, m: int, phi: float = 0.0, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval for x/n less y/m, from Wilson's score intervals of both; phi: correlation of pairs."""
    p, q = x / n, y / m
    (pl, pu), (ql, qu) = _wilson(x, n, confidence), _wilson(y, m, confidence)
    return p - q - _joined(p - pl, qu - q, phi), p - q + _joined(pu - p, q - ql, phi)


def _joined(a: float, b: float, phi: float) -> float:
    return max(0.0, a * a - 2.0 * phi * a * b + b * b) ** 0.5


def _phi(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two rows of 0 and 1; 0 where either does not vary."""
    return float(np.corrcoef(one, other)[0, 1]) if np.ptp(one) and np.ptp(other) else 0.0


def _wilson(x: int, n: int, confidence: float) -> tuple[float, float]:
    found = binomtest(x, n).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def _fisher(one: np.ndarray, other: np.ndarray) -> float:
    table = [[int(side.sum()), len(side) - int(side.sum())] for side in (one, other)]
    return float(fisher_exact(table)[1])  # type: ignore[arg-type]


def _changed_sides(one: np.ndarray, other: np.ndarray) -> float:
    """McNemar's exact test."""
    lost, won = int(((one == 1) & (other == 0)).sum()), int(((one == 0) & (other == 1)).sum())
    return 1.0 if lost + won == 0 else float(binomtest(lost, lost + won).pvalue)


def _value(need: Requirement, a: Side, b: Side, common: tuple | None) -> Difference | None:
    if not need.unit or any(need.id not in side.frame.measured for side in (a, b)):
        return None
    one, other = _columns(a.frame.measured[need.id], b.frame.measured[need.id], common)
    if len(one) < 2 or len(other) < 2:
        return None
    sign = 1.0 if need.sense == "at_least" else -1.0
    low, high, p = _paired(other - one) if common is not None else _unpaired(one, other)
    ends = (float(np.median(one)), float(np.median(other)))
    direction = _better(sign * 0.5 * (low + high))
    return Difference(f"{need.id}: {need.text}", need.unit, *ends, low, high, p, direction)


def _paired(difference: np.ndarray) -> tuple[float, float, float]:
    """Bootstrap interval of the mean difference, and Wilcoxon's signed-rank test."""
    if not difference.any():
        return 0.0, 0.0, 1.0
    means = _resampled(difference, np.mean)
    return (*means, float(wilcoxon(difference)[1]))  # type: ignore[index]


def _unpaired(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    rng = np.random.default_rng(1)
    draws = [np.median(rng.choice(x, (_RESAMPLES, len(x))), axis=1) for x in (one, other)]
    low, high = np.percentile(draws[1] - draws[0], (2.5, 97.5))
    return float(low), float(high), float(mannwhitneyu(one, other).pvalue)


def _resampled(values: np.ndarray, statistic) -> tuple[float, float]:
    rng = np.random.default_rng(1)
    low, high = np.percentile(
        [statistic(rng.choice(values, len(values))) for _ in range(_RESAMPLES)], (2.5, 97.5)
    )
    return float(low), float(high)


def _better(difference: float) -> Change:
    return "better" if difference > 0 else "worse" if difference < 0 else "none shown"


def _corrected(found: Sequence[Difference]) -> list[Difference]:
    """A change counts when luck explains it with less than 5 %, over all lines together (Holm, 1979)."""
    shown: set[int] = set()
    for rank, n in enumerate(sorted(range(len(found)), key=lambda n: found[n].p)):
        if found[n].p * (len(found) - rank) >= SIGNIFICANT:
            break
        shown.add(n)
    return [d if n in shown else _unshown(d) for n, d in enumerate(found)]


def _unshown(d: Difference) -> Difference:
    return Difference(d.what, d.unit, d.a, d.b, d.low, d.high, d.p, "none shown")


def _flips(store: Store, b: Side, a: Side, common: tuple) -> list[Flip]:
    found = []
    for i, j in zip(*common, strict=True):
        was, now = str(a.frame.verdict[i]), str(b.frame.verdict[j])
        if was != now:
            row = store.row(int(b.frame.k[j]))
            found.append(Flip(row.k, was, now, row.reason, b.command(row)))
    return sorted(found, key=lambda flip: (flip.now != "fail", flip.k))
