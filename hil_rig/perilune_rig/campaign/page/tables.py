"""The tables of a campaign's report, as rows of text."""

from dataclasses import dataclass

import numpy as np

from perilune_rig.campaign.evidence.evidence import Evidence, limit_text
from perilune_rig.campaign.evidence.summary import Summary, notes
from perilune_rig.campaign.evidence.table_columns import Frame
from perilune_rig.campaign.run.row import Row, Value
from perilune_rig.campaign.run.session import Session
from perilune_rig.report.tables import SENSE, show


@dataclass(frozen=True)
class Requirement:
    """One requirement as shown."""

    id: str
    text: str
    limit: str
    met: str
    bound: str
    goal: str
    tolerance: str
    worst: str
    run: int
    state: str
    more: str
    how: str
    source: str


def requirement(session: Session, e: Evidence) -> Requirement:
    """Evidence in words."""
    need, (run, finding) = e.requirement, e.worst[0]
    return Requirement(
        id=need.id,
        text=need.text,
        limit=limit_text(session.plan, need),
        met=f"{e.successes} / {e.runs}",
        bound=percent(e.bound),
        goal="" if e.goals_met is None else f"{e.goals_met} ({SENSE[need.sense]} {need.design:g})",
        tolerance=_tolerance(e),
        worst=show(finding.value, need.unit),
        run=run,
        state=e.state,
        more=f"{e.needed} more runs needed" if e.state == "not demonstrated" and e.needed else "",
        how=need.how,
        source=need.source,
    )


def _tolerance(e: Evidence) -> str:
    if e.tolerance is None or not e.requirement.unit:
        return ""
    value = show(e.tolerance.value, e.requirement.unit)
    return f"{SENSE[e.requirement.sense]} {value} for {percent(e.tolerance.coverage)}"


def percent(share: float) -> str:
    """With the digits that tell it from 100 %."""
    return f"{100.0 * share:.2f} %"


def facts(session: Session, summary: Summary) -> list[tuple[str, str]]:
    """What was flown, as (name, value)."""
    plan, cost = session.plan, summary.cost
    listed = lambda counts: ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())  # noqa: E731
    done = f"{summary.runs} of {plan.runs}, {cost.simulated_s / 3600.0:.1f} h of flight"
    speed = cost.simulated_s / max(cost.flight_s + cost.other_s, 1e-9)
    return [
        ("Runs", done),
        ("Verdicts", listed(summary.verdicts)),
        *notes(session, summary),
        ("Outcomes", listed(summary.outcomes)),
        ("Strata", str(len(plan.strata))),
        ("Sampling", plan.campaign.sampling.replace("_", " ")),
        ("Root seed", str(plan.root)),
        ("Rung", session.rung),
        ("Aim", f"{percent(plan.campaign.reliability)} at {percent(plan.campaign.confidence)} confidence"),
        ("Flown again for the rig", str(len(summary.retries))),
        (
            "Flown in",
            f"{(cost.flight_s + cost.other_s) / 60.0:.1f} min of workers' time, {speed:.0f} × real time",
        ),
    ]


@dataclass(frozen=True)
class Case:
    """One flight worth looking at."""

    what: str
    run: int
    stratum: str
    value: str
    verdict: str
    reason: str
    command: str


def worst(session: Session, summary: Summary) -> list[Case]:
    """The worst flights of every requirement that has a number to be worst by."""
    cases = []
    for e in summary.evidence:
        alike = len({finding.value for _k, finding in e.worst}) == 1
        for k, finding in e.worst[:1] if alike else e.worst:
            if isinstance(finding.value, float) or not finding.passed:
                cases.append(
                    _case(session, session.store.row(k), e.requirement.id, finding.value, e.requirement.unit)
                )
    return cases


def _case(session: Session, row: Row, what: str, value: Value, unit: str) -> Case:
    return Case(what, row.k, row.stratum, show(value, unit), row.verdict, row.reason, session.command(row))


def lost(session: Session, summary: Summary) -> list[Case]:
    """Every flight that was not a pass."""
    return [_case(session, row, "", row.outcome, "") for row in summary.lost]


@dataclass(frozen=True)
class StratumRow:
    """One stratum's count."""

    name: str
    runs: int
    passed: int
    other: str
    touchdown: str
    verdict: str


def strata(session: Session, frame: Frame) -> list[StratumRow]:
    """Strata without faults, where there are several."""
    plain = [s.name for s in session.plan.strata if s.fault is None]
    rows = [_stratum(name, frame) for name in plain] if len(plain) > 1 else []
    return [row for row in rows if row.runs]


def _stratum(name: str, frame: Frame) -> StratumRow:
    mine = frame.stratum == name
    verdicts = [str(v) for v in frame.verdict[mine]]
    passed = verdicts.count("pass")
    others = {v: verdicts.count(v) for v in dict.fromkeys(verdicts) if v != "pass"}
    colour = "fail" if "fail" in others else "pass" if passed else "invalid"
    text = ", ".join(f"{n} {v.replace('_', ' ')}" for v, n in others.items())
    return StratumRow(name, len(verdicts), passed, text, _speeds(frame, mine), colour)


def _speeds(frame: Frame, mine: np.ndarray) -> str:
    pairs = [
        frame.measured[name][mine] for name in ("vertical_m_s", "horizontal_m_s") if name in frame.measured
    ]
    if len(pairs) < 2 or not np.isfinite(pairs[0]).any():
        return ""
    return " / ".join(f"{np.nanmax(values):.2f}" for values in pairs)


def timing(session: Session) -> list[tuple[str, str]]:
    """Where a run's time goes, means over all runs."""
    works = [work for _k, work in session.store.works()]
    if not works:
        return []
    mean = lambda values: sum(values) / len(works)  # noqa: E731
    rows = [
        ("Closed loop of a run", f"{mean(w.flight_s for w in works):.3f} s"),
        ("Everything else of a run", f"{1000.0 * mean(w.other_s for w in works):.1f} ms"),
    ]
    for part in ("world", "wire", "flight", "check"):
        rows.append((f"A tick: {part}", f"{mean(w.parts_us.get(part, 0.0) for w in works):.1f} µs"))
    return rows + _on_target([work.tick_us for work in works if work.tick_us], [work.gc_us for work in works])


def _on_target(ticks: list[tuple[float, ...]], collections: list[float]) -> list[tuple[str, str]]:
    if not ticks:
        return []
    names = ("median", "99.9 %", "longest")
    worst = [max(run[n] for run in ticks) / 1000.0 for n in range(3)]
    rows = [
        (f"Tick on the flight computer, {name}, worst run", f"{ms:.2f} ms")
        for name, ms in zip(names, worst, strict=True)
    ]
    return [*rows, ("Longest collection there", f"{max(collections) / 1000.0:.2f} ms")]
