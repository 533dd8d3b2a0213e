"""What a campaign proves: each requirement with its successes, bounds, worst flights and verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from perilune_rig.campaign.evidence import statistics
from perilune_rig.campaign.plan.plan import Plan
from perilune_rig.campaign.run.row import Found, Row
from perilune_rig.report.tables import SENSE
from perilune_rig.scenario import requirements
from perilune_rig.scenario.requirements import Requirement
from perilune_rig.verdict.judge import limit_of

State = Literal["demonstrated", "not demonstrated", "refuted"]
WORST = 3  # flights shown of each requirement
JUDGED = ("pass", "fail")  # without effect, or broken off by the rig, a flight says nothing of a requirement


@dataclass(frozen=True)
class Tolerance:
    """At the campaign's confidence, a share `coverage` of all flights has a value not beyond `value` (Wilks)."""

    value: float
    coverage: float
    rank: int  # the value is the rank-th worst


@dataclass(frozen=True)
class Evidence:
    """One requirement over all flights that it bound."""

    requirement: Requirement
    runs: int
    successes: int
    goals_met: int | None  # None: it has no design goal
    bound: float  # Clopper-Pearson lower bound of the success probability
    state: State
    needed: int  # more runs, without a further failure, until it is demonstrated; 0: it is
    excused: int  # flights in which it was not met but judged nothing
    tolerance: Tolerance | None
    worst: tuple[tuple[int, Found], ...]  # (k, finding), worst first

    @property
    def failures(self) -> int:
        return self.runs - self.successes


@dataclass
class _Kept:
    """Findings of one requirement while the table is read; only what is needed of each."""

    found: list[tuple[int, Found]] = field(default_factory=list)
    excused: int = 0


def gather(plan: Plan, rows: Iterable[Row]) -> list[Evidence]:
    """Evidence for every requirement that judged some flight, in the order of requirements.toml.

    Of subset simulation only the first level counts here: later ones are drawn towards the failure.
    """
    kept: dict[str, _Kept] = {}
    independent = plan.campaign.subset.level_runs if plan.campaign.subset else plan.runs
    for row in rows:
        if row.verdict in JUDGED and row.k < independent:
            for finding in row.findings:
                mine = kept.setdefault(finding.id, _Kept())
                if finding.bound:
                    mine.found.append((row.k, finding))
                else:
                    mine.excused += not finding.passed
    counted = {name for name, mine in kept.items() if mine.found}
    return [_judge(plan, need, kept[need.id]) for need in requirements.load() if need.id in counted]


@dataclass(frozen=True)
class Aside:
    """A requirement that was measured in some flights and judged in none of them."""

    requirement: Requirement
    runs: int
    met: int


def aside(rows: Iterable[Row]) -> list[Aside]:
    """Requirements of another world than the one that was flown in, in the order of requirements.toml."""
    kept: dict[str, list[Found]] = {}
    for row in rows:
        if row.verdict in JUDGED:
            for finding in row.findings:
                kept.setdefault(finding.id, []).append(finding)
    return [
        Aside(need, len(found), sum(finding.passed for finding in found))
        for need in requirements.load()
        if (found := kept.get(need.id)) and not any(finding.bound for finding in found)
    ]


def _judge(plan: Plan, need: Requirement, kept: _Kept) -> Evidence:
    campaign, found = plan.campaign, kept.found
    runs, successes = len(found), sum(finding.passed for _k, finding in found)
    met = sum(finding.design_met is True for _k, finding in found)
    bound = statistics.lower_bound(successes, runs, campaign.confidence)
    needed = statistics.runs_needed(runs - successes, campaign.reliability, campaign.confidence) - runs
    return Evidence(
        requirement=need,
        runs=runs,
        successes=successes,
        goals_met=None if need.design is None else met,
        bound=bound,
        state=_state(plan, successes, runs, needed),
        needed=max(0, needed),
        excused=kept.excused,
        tolerance=_tolerance(plan, need, found),
        worst=tuple(sorted(found, key=lambda pair: _badness(need, pair[1]), reverse=True)[:WORST]),
    )


def _state(plan: Plan, successes: int, runs: int, needed: int) -> State:
    """Only independent runs demonstrate: points of a Latin hypercube or of a Sobol sequence are not."""
    reliability, confidence = plan.campaign.reliability, plan.campaign.confidence
    if statistics.upper_bound(successes, runs, confidence) < reliability:
        return "refuted"
    by_chance = plan.campaign.sampling in ("monte_carlo", "subset")
    return "demonstrated" if needed <= 0 and by_chance else "not demonstrated"


def _tolerance(plan: Plan, need: Requirement, found: Sequence[tuple[int, Found]]) -> Tolerance | None:
    """Of flights with a number; if some had none, nothing bounds them."""
    numbers = [f.value for _k, f in found if isinstance(f.value, float | int)]
    if need.sense == "equals" or not numbers or len(numbers) < len(found):
        return None
    reliability, confidence = plan.campaign.reliability, plan.campaign.confidence
    rank = statistics.tolerance_rank(len(numbers), reliability, confidence)
    coverage = reliability if rank else statistics.coverage_of_worst(len(numbers), confidence)
    worst_first = sorted(numbers, reverse=need.sense == "at_most")
    return Tolerance(float(worst_first[max(rank, 1) - 1]), coverage, max(rank, 1))


def _badness(need: Requirement, finding: Found) -> tuple[bool, bool, float]:
    """Failures first, then those without a value, then by value."""
    number = finding.value if isinstance(finding.value, float | int) else 0.0
    return (not finding.passed, finding.value is None, -number if need.sense == "at_least" else number)


def limits(plan: Plan, need: Requirement) -> list[float]:
    """The limits that bind in the campaign's strata, each once: its own, a scenario's or vehicle's, else ours."""
    found = {limit_of(need, stratum.scenario) for stratum in plan.strata}
    return sorted(limit for limit in found if limit is not None)


def limit_text(plan: Plan, need: Requirement) -> str:
    """Those limits in words, and ours where they are others."""
    found, sign = limits(plan, need), SENSE[need.sense]
    if not found or need.limit is None:
        return ""
    span = " to ".join(f"{limit:g}" for limit in dict.fromkeys((found[0], found[-1])))
    return f"{sign} {span} {need.unit}".strip() + (
        "" if found == [need.limit] else f" (ours {sign} {need.limit:g})"
    )


def demanded(plan: Plan, found: Iterable[Evidence]) -> list[Evidence]:
    """The evidence that the campaign stands or falls with."""
    wanted = plan.campaign.requirements
    return [evidence for evidence in found if not wanted or evidence.requirement.id in wanted]


def verdict(plan: Plan, found: Sequence[Evidence], complete: bool) -> str:
    """pass: all demonstrated; fail: one was refuted, or was not met and so was not demonstrated; else inconclusive.

    complete: every run has been flown to an end that counts.
    """
    demands = demanded(plan, found)
    if any(e.state == "refuted" or (e.failures and e.state != "demonstrated") for e in demands):
        return "fail"
    if not demands or not complete or any(e.state != "demonstrated" for e in demands):
        return "inconclusive"
    return "pass"


def limit_use(row: Row) -> tuple[float, str] | None:
    """How much of its tightest limit a flight used (1: all of it; infinite: lost), and which, in words."""
    if row.verdict == "fail":
        return float("inf"), row.reason
    uses = [use for finding in row.findings if finding.bound and (use := _use(finding)) is not None]
    return max(uses, default=None)


def _use(finding: Found) -> tuple[float, str] | None:
    need = next(need for need in requirements.load() if need.id == finding.id)
    value, limit = finding.value, need.limit
    if need.sense == "equals" or not limit or not isinstance(value, float | int) or not value:
        return None
    use = value / limit if need.sense == "at_most" else limit / value
    return use, f"{need.id} {value:.3g} {need.unit} of {limit:g}"
