"""What so many runs prove: exact binomial bounds, order-statistic tolerance limits, rank correlation.

Clopper and Pearson, Biometrika 26, 1934; Wilks, Annals of Mathematical Statistics 12, 1941.
"""

from math import ceil, log

from scipy.stats import beta, binom


def lower_bound(successes: int, runs: int, confidence: float) -> float:
    """Clopper-Pearson: the probability of success is at least this, at the confidence given (one-sided)."""
    return 0.0 if successes == 0 else float(beta.ppf(1.0 - confidence, successes, runs - successes + 1))


def upper_bound(successes: int, runs: int, confidence: float) -> float:
    """Clopper-Pearson: the probability of success is at most this, at the confidence given (one-sided)."""
    return 1.0 if successes >= runs else float(beta.ppf(confidence, successes + 1, runs - successes))


def runs_needed(failures: int, reliability: float, confidence: float) -> int:
    """The fewest runs, with so many failures among them, whose lower bound reaches the reliability."""
    if failures == 0:
        return ceil(log(1.0 - confidence) / log(reliability) - 1e-9)
    low, high = failures, 2 * (failures + 1)
    while not _enough(failures, high, reliability, confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _enough(failures, middle, reliability, confidence) else (middle, high)
    return high


def _enough(failures: int, runs: int, reliability: float, confidence: float) -> bool:
    return float(binom.cdf(failures, runs, 1.0 - reliability)) <= 1.0 - confidence


def tolerance_rank(runs: int, coverage: float, confidence: float) -> int:
    """Which of the worst values bounds a share `coverage` of all flights at the confidence given (Wilks).

    1: the worst, 2: the second worst, ...; 0: so few runs bound it with none.
    """
    # the r-th worst of n is such a bound with probability P(B(n, 1 - coverage) >= r)
    rank = 0
    while rank < runs and float(binom.sf(rank, runs, 1.0 - coverage)) >= confidence:
        rank += 1
    return rank


def coverage_of_worst(runs: int, confidence: float) -> float:
    """The share of all flights that the worst value of so many runs bounds, at the confidence given."""
    return 0.0 if runs == 0 else float((1.0 - confidence) ** (1.0 / runs))
