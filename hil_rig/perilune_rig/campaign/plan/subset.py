"""Subset simulation of a rare failure: S.-K. Au and J. L. Beck, Probabilistic Engineering Mechanics 16, 2001, 263-277.

The probability of failure is a product of larger ones: each level's runs are those of the level before that came
nearest to the failure, and Markov chains from them (modified Metropolis) in the space of everything dispersed, as
standard normal variables, and of the seed, which a proposal may draw anew. Everything here is a function of the root
seed and of the rows that are there, so that it goes on after a restart as if there had been none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, inf, isfinite, log, sqrt
from statistics import NormalDist

import numpy as np

from perilune_rig.campaign.plan import sampling, spec
from perilune_rig.campaign.plan.distributions import standard_normal_probability
from perilune_rig.campaign.plan.plan import Plan, Run
from perilune_rig.campaign.run.row import Row
from perilune_rig.scenario import requirements

_NORMAL = NormalDist()


@dataclass(frozen=True)
class State:
    """A flown sample. y: how bad it is, the larger the worse; infinite where there was nothing to measure."""

    k: int
    y: float
    seed: int
    place: tuple[float, ...]


@dataclass(frozen=True)
class Level:
    """One complete level. probability: of y above the threshold, given that it is above the level's before."""

    runs: int
    threshold: float
    probability: float
    gamma: float  # correlation factor of the chains; 0 where samples are independent
    acceptance: float  # share of proposals that moved their chain

    @property
    def variation(self) -> float:
        """Coefficient of variation of the probability (Au and Beck, eq. 28)."""
        return sqrt((1.0 - self.probability) / (self.probability * self.runs) * (1.0 + self.gamma))


@dataclass(frozen=True)
class Walk:
    """What the rows there are amount to: complete levels, and the runs wanted next with the states they start from."""

    levels: tuple[Level, ...]
    wanted: tuple[tuple[int, State | None], ...]
    reached: bool  # the last level's threshold is the failure itself


def walk(known: dict[int, State], subset: spec.Subset, limit: float) -> Walk:
    """Follow the levels as far as the rows go."""
    n, count = subset.level_runs, round(subset.level_runs * subset.level_probability)
    length = round(1.0 / subset.level_probability)
    missing = tuple((k, None) for k in range(n) if k not in known)
    if missing:
        return Walk((), missing, False)
    chains = [[known[k]] for k in range(n)]
    levels: list[Level] = []
    moved = 1.0
    while True:
        level = _level(chains, count, limit, moved)
        levels.append(level)
        if level.threshold >= limit or len(levels) >= subset.levels:
            return Walk(tuple(levels), (), level.threshold >= limit)
        seeds = sorted((state for chain in chains for state in chain), key=lambda s: (-s.y, s.k))[:count]
        base = n + (len(levels) - 1) * (n - count)
        chains, wanted, moved = _chains(known, seeds, level.threshold, base, length)
        if wanted:
            return Walk(tuple(levels), wanted, False)


def _level(chains: list[list[State]], count: int, limit: float, moved: float) -> Level:
    """The threshold lies between the worst `count` samples and the others, but never beyond the failure."""
    ys = np.array([[state.y for state in chain] for chain in chains])
    ordered = np.sort(ys.ravel())[::-1]
    above, below = float(ordered[count - 1]), float(ordered[count])
    middle = 0.5 * (above + below) if isfinite(above) else limit
    threshold = limit if above > limit else min(middle, limit)
    inside = ys > threshold
    share = max(float(inside.mean()), 0.5 / ys.size)
    return Level(ys.size, threshold, share, _gamma(inside), moved)


def _gamma(inside: np.ndarray) -> float:
    """inside: (chains, length) bool. Au and Beck, eq. 29: 2 sum over lags of (1 - lag / length) rho(lag)."""
    length, p = inside.shape[1], float(inside.mean())
    if length == 1 or p in (0.0, 1.0):
        return 0.0
    x = inside.astype(float)
    rho = [(float((x[:, :-lag] * x[:, lag:]).mean()) - p * p) / (p * (1.0 - p)) for lag in range(1, length)]
    return max(0.0, 2.0 * sum((1.0 - lag / length) * r for lag, r in enumerate(rho, 1)))


def _chains(
    known: dict[int, State], seeds: Sequence[State], threshold: float, base: int, length: int
) -> tuple[list[list[State]], tuple, float]:
    """Chains as far as they are flown, the runs that go on with them, and the share of proposals that were taken."""
    chains, wanted, taken = [], [], 0
    for n, start in enumerate(seeds):
        states = [start]
        for step in range(length - 1):
            k = base + step * len(seeds) + n
            if k not in known:
                wanted.append((k, states[-1]))
                break
            taken += known[k].y > threshold
            states.append(known[k] if known[k].y > threshold else states[-1])
        chains.append(states)
    return chains, tuple(wanted), taken / max(1, len(seeds) * (length - 1))


class SubsetPlanner:
    """Hands out the runs of subset simulation; see conduct.Planner."""

    def __init__(self, plan: Plan, rows: Iterable[Row]) -> None:
        assert plan.campaign.subset is not None
        self._plan, self._subset = plan, plan.campaign.subset
        self._limit = _limit(self._subset)
        self._known: dict[int, State] = {}
        for row in rows:
            self.take(row)
        self._handed = set(self._known)
        self._wanted: list[tuple[int, State | None]] = []

    def take(self, row: Row) -> None:
        """A run has been flown."""
        self._known[row.k] = State(row.k, _badness(self._subset, row), row.seed, row.place)

    def walk(self) -> Walk:
        """How far it is."""
        return walk(self._known, self._subset, self._limit)

    def ready(self) -> Iterator[Run]:
        """Runs that start from what is known."""
        if not self._wanted:
            self._wanted = [pair for pair in self.walk().wanted if pair[0] not in self._handed]
        while self._wanted:
            k, start = self._wanted.pop(0)
            self._handed.add(k)
            yield self._run(k, start)

    def _run(self, k: int, start: State | None) -> Run:
        plan, stratum = self._plan, self._plan.strata[0]
        keys = [dispersion.key for dispersion in stratum.dispersions]
        fresh = tuple(_NORMAL.inv_cdf(sampling.probability(plan.root, k, key)) for key in keys)
        place, seed = (fresh, sampling.seed(plan.root, k)) if start is None else self._propose(k, start, keys)
        point = [standard_normal_probability(z) for z in place]
        return plan.build(k, stratum, k, seed, point, place)

    def _propose(self, k: int, start: State, keys: list[str]) -> tuple[tuple[float, ...], int]:
        """Modified Metropolis: each component by itself; a seed drawn anew is a proposal as likely as the old one."""
        root = self._plan.root
        place = tuple(self._component(k, z, key) for z, key in zip(start.place, keys, strict=True))
        redraw = sampling.probability(root, k, "seed/redraw") < self._subset.redraw or not keys
        return place, sampling.seed(root, k) if redraw else start.seed

    def _component(self, k: int, z: float, key: str) -> float:
        step = 2.0 * sampling.probability(self._plan.root, k, f"{key}/step") - 1.0
        proposed = z + self._subset.spread * step
        ratio = exp(min(0.0, 0.5 * (z * z - proposed * proposed)))
        return proposed if sampling.probability(self._plan.root, k, f"{key}/take") < ratio else z


def _limit(subset: spec.Subset) -> float:
    need = next(need for need in requirements.load() if need.id == subset.requirement)
    limit = need.limit or 0.0
    return -limit if need.sense == "at_least" else limit


def _badness(subset: spec.Subset, row: Row) -> float:
    found = next((f for f in row.findings if f.id == subset.requirement), None)
    if found is None or not isinstance(found.value, float | int):
        return inf
    need = next(need for need in requirements.load() if need.id == subset.requirement)
    return -float(found.value) if need.sense == "at_least" else float(found.value)


@dataclass(frozen=True)
class Estimate:
    """The probability of not meeting a requirement, and how sure that is."""

    requirement: str
    levels: tuple[Level, ...]
    reached: bool  # False: the estimate is of coming nearer than the last threshold, a bound on the failure
    complete: bool
    probability: float
    variation_low: float  # coefficient of variation if levels were independent ...
    variation_high: float  # ... and if fully dependent
    upper: float  # one-sided, at the campaign's confidence, with the larger variation, log-normal
    confidence: float

    @property
    def statement(self) -> str:
        """In words."""
        if not self.levels:
            return "The first level is not complete: nothing can be said yet."
        what = "" if self.reached else "less than "
        spread = f"coefficient of variation {self.variation_low:.2f} to {self.variation_high:.2f}"
        end = "" if self.complete else " Not all levels are flown."
        bound = f"at {100 * self.confidence:g} % confidence at most {self.upper:.2e}"
        return f"{what}{self.probability:.2e}, {spread}; {bound} (levels fully dependent, log-normal).{end}"


def estimate(plan: Plan, rows: Iterable[Row]) -> Estimate:
    """Au and Beck, eqs. 15, 31 and 33."""
    planner = SubsetPlanner(plan, rows)
    assert plan.campaign.subset is not None
    way = planner.walk()
    variations = [level.variation for level in way.levels]
    low, high = sqrt(sum(v * v for v in variations)), sum(variations)
    probability = exp(sum(log(level.probability) for level in way.levels))
    spread = sqrt(log(1.0 + high * high))
    upper = min(1.0, probability * exp(_NORMAL.inv_cdf(plan.campaign.confidence) * spread))
    return Estimate(
        plan.campaign.subset.requirement,
        way.levels,
        way.reached,
        not way.wanted,
        probability if way.levels else 1.0,
        low,
        high,
        upper if way.levels else 1.0,
        plan.campaign.confidence,
    )
