"""A campaign as data: the JSON of `perilune campaign --json`, and the summary that page and table are made of."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgspec

from perilune import VERSION
from perilune_rig.campaign.evidence import evidence
from perilune_rig.campaign.evidence.evidence import Evidence
from perilune_rig.campaign.plan.subset import Estimate, estimate
from perilune_rig.campaign.run.row import Row
from perilune_rig.campaign.run.session import Session

LOST = ("fail", "invalid", "no_effect")  # verdicts whose runs are listed


@dataclass(frozen=True)
class Cost:
    """Wall time of all runs, s: of the closed loops, and of everything else the workers did."""

    flight_s: float
    other_s: float
    simulated_s: float


@dataclass(frozen=True)
class Summary:
    """Everything counted, once over the table."""

    verdict: str
    runs: int
    verdicts: dict[str, int]
    explained: int  # lost flights that no software could have landed, by bound; among the lost all the same
    outcomes: dict[str, int]
    evidence: list[Evidence]
    lost: list[Row]
    retries: list[tuple[int, int, str, str]]
    cost: Cost
    table_hash: str
    subset: Estimate | None  # of subset simulation


def summarise(session: Session) -> Summary:
    """Read the table."""
    store, plan = session.store, session.plan
    verdicts, outcomes = Counter(), Counter()
    lost, simulated = [], 0.0
    for row in store.rows():
        verdicts[row.verdict] += 1
        outcomes[row.outcome] += 1
        simulated += row.sim_time_s
        lost += [row] if row.verdict in LOST else []
    found = evidence.gather(plan, store.rows())
    estimated = None if plan.campaign.subset is None else estimate(plan, store.rows())
    runs = verdicts.total()
    works = [work for _k, work in store.works()]
    return Summary(
        verdict=_verdict(session, found, estimated, not verdicts["invalid"]),
        runs=runs,
        verdicts=dict(verdicts.most_common()),
        explained=sum(bool(row.explained) for row in lost),
        outcomes=dict(outcomes.most_common()),
        evidence=found,
        lost=sorted(lost, key=lambda row: (LOST.index(row.verdict), row.k)),
        retries=store.failures(),
        cost=Cost(sum(w.flight_s for w in works), sum(w.other_s for w in works), simulated),
        table_hash=store.table_hash(),
        subset=estimated,
    )


def notes(session: Session, summary: Summary) -> list[tuple[str, str]]:
    """What a reader must know beside the counts, as (name, value): losses explained, requirements excused."""
    lines = []
    if lost := summary.verdicts.get("fail", 0):
        share = (
            f"{summary.explained} of {lost} lost flights"
            if summary.explained
            else f"none of {lost} lost flights"
        )
        lines.append(("Out of reach of any software", f"{share}, by bound; all count as lost"))
    excused = sorted({name for stratum in session.plan.strata for name in stratum.excused})
    beside = [a for a in evidence.aside(session.store.rows()) if a.requirement.id not in excused]
    if beside:
        told = ", ".join(f"{a.requirement.id} (met in {a.met} of {a.runs})" for a in beside)
        lines.append(("Measured, not judged in this world", told))
    missed = {e.requirement.id: e.excused for e in summary.evidence}
    if excused:
        told = ", ".join(f"{name} (not met in {missed.get(name, 0)} flights)" for name in excused)
        lines.append(("Excused in some strata", told))
    return lines


def _verdict(session: Session, found: list[Evidence], estimated: Estimate | None, valid: bool) -> str:
    """Subset simulation answers for its requirement by its own confidence statement."""
    if estimated is None:
        return evidence.verdict(session.plan, found, valid and session.complete)
    if not estimated.complete:
        return "inconclusive"
    aim = 1.0 - session.plan.campaign.reliability
    return "pass" if estimated.upper <= aim else "fail" if estimated.probability > aim else "inconclusive"


def as_json(session: Session, summary: Summary) -> dict[str, Any]:
    """The campaign under the keys that `perilune campaign --json` promises."""
    plan = session.plan
    return {
        "campaign": plan.campaign.name,
        "title": plan.campaign.title,
        "root_seed": plan.root,
        "rung": session.rung,
        "sampling": plan.campaign.sampling,
        "reliability": plan.campaign.reliability,
        "confidence": plan.campaign.confidence,
        "runs_planned": plan.runs,
        "runs": summary.runs,
        "verdict": summary.verdict,
        "verdicts": summary.verdicts,
        "explained": summary.explained,
        "not_judged": [
            {"id": a.requirement.id, "runs": a.runs, "met": a.met}
            for a in evidence.aside(session.store.rows())
        ],
        "excused": sorted({name for stratum in plan.strata for name in stratum.excused}),
        "outcomes": summary.outcomes,
        "requirements": [_evidence(session, e) for e in summary.evidence],
        "lost": [_run(session, row) for row in summary.lost],
        "retries": [
            {"run": k, "attempt": n, "worker": worker, "why": why} for k, n, worker, why in summary.retries
        ],
        "subset": None if summary.subset is None else _subset(summary.subset),
        "cost": msgspec.to_builtins(summary.cost),
        "table_hash": summary.table_hash,
        "folder": str(session.store.folder),
        "version": VERSION,
    }


def _subset(estimated: Estimate) -> dict[str, Any]:
    return msgspec.to_builtins(estimated) | {"statement": estimated.statement}


def _evidence(session: Session, e: Evidence) -> dict[str, Any]:
    need = e.requirement
    return {
        "id": need.id,
        "text": need.text,
        "unit": need.unit,
        "sense": need.sense,
        "limit": need.limit,
        "own_limits": [limit for limit in evidence.limits(session.plan, need) if limit != need.limit],
        "design": need.design,
        "runs": e.runs,
        "successes": e.successes,
        "goals_met": e.goals_met,
        "lower_bound": e.bound,
        "state": e.state,
        "runs_needed": e.needed,
        "excused": e.excused,
        "tolerance": msgspec.to_builtins(e.tolerance),
        "rung": session.rung,
        "worst": [
            {"run": k, "value": f.value, "pass": f.passed, "command": session.command(session.store.row(k))}
            for k, f in e.worst
        ],
    }


def _run(session: Session, row: Row) -> dict[str, Any]:
    return {
        "run": row.k,
        "stratum": row.stratum,
        "seed": row.seed,
        "outcome": row.outcome,
        "verdict": row.verdict,
        "reason": row.reason,
        "explained": row.explained,
        "trace_hash": row.trace_hash,
        "command": session.command(row),
    }
