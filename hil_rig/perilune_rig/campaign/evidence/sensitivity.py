"""Which causes drive an outcome: rank correlation of what was dispersed or drawn with what was measured.

Spearman's rank correlation; its significance after Bonferroni's correction for the number of causes; and the share of
the outcome's rank variance that a regression on the ranks of all causes explains (Iman and Conover 1979).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata, spearmanr

from perilune_rig.campaign.evidence.table_columns import Frame

FEWEST = 20  # runs below which nothing is said
SIGNIFICANT = 0.05
_SHOWN = 6


@dataclass(frozen=True)
class Driver:
    """One cause: its rank correlation with the outcome, and whether chance alone explains it."""

    cause: str
    rho: float
    significant: bool


@dataclass(frozen=True)
class Sensitivity:
    """An outcome and its strongest causes. explained: adjusted R^2 of the rank regression; None: too few runs."""

    outcome: str
    runs: int
    explained: float | None
    drivers: tuple[Driver, ...]


def analyse(frame: Frame, outcomes: Iterable[str]) -> tuple[str, list[Sensitivity]]:
    """The stratum with the most runs, and the sensitivities of its outcomes: other strata have other vehicles."""
    names, counts = np.unique(frame.stratum[frame.judged].astype(str), return_counts=True)
    if not len(names) or counts.max() < FEWEST:
        return "", []
    stratum = str(names[np.argmax(counts)])
    mine = frame.judged & (frame.stratum == stratum)
    causes = {name: column[mine] for name, column in frame.causes.items()}
    causes = {name: c for name, c in causes.items() if np.isfinite(c).all() and np.ptp(c) > 0.0}
    measured = {"flight lost": (frame.verdict[mine] == "fail").astype(float)}
    measured |= {name: frame.measured[name][mine] for name in outcomes if name in frame.measured}
    found = [_analyse(name, column, causes) for name, column in measured.items()]
    return stratum, [one for one in found if one is not None]


def _analyse(outcome: str, values: np.ndarray, causes: dict[str, np.ndarray]) -> Sensitivity | None:
    there = np.isfinite(values)
    values = values[there]
    if there.sum() < FEWEST or np.ptp(values) == 0.0 or not causes:
        return None
    drivers = [_driver(name, cause[there], values, len(causes)) for name, cause in causes.items()]
    drivers.sort(key=lambda driver: -abs(driver.rho))
    explained = _explained(values, np.array([cause[there] for cause in causes.values()]))
    return Sensitivity(outcome, len(values), explained, tuple(drivers[:_SHOWN]))


def _driver(name: str, cause: np.ndarray, values: np.ndarray, tests: int) -> Driver:
    if np.ptp(cause) == 0.0:
        return Driver(name, 0.0, False)
    result = spearmanr(cause, values)
    rho, p = float(result[0]), float(result[1])  # type: ignore[arg-type]
    return Driver(name, rho, p * tests < SIGNIFICANT)


def _explained(values: np.ndarray, causes: np.ndarray) -> float | None:
    """causes: (d, n)."""
    d, n = causes.shape
    if n < 3 * d:
        return None
    ranks = np.vstack([np.ones(n), *(rankdata(cause) for cause in causes)]).T
    y = rankdata(values)
    left = y - ranks @ np.linalg.lstsq(ranks, y, rcond=None)[0]
    share = 1.0 - float(left @ left) / float(((y - y.mean()) ** 2).sum())
    return max(0.0, 1.0 - (1.0 - share) * (n - 1) / (n - d - 1))
