"""The tables of the report: requirements, facts, modes and events, as rows of text."""

from dataclasses import dataclass

import numpy as np

from perilune.wire.schema import TICK_HZ
from perilune_rig.report import modes, style
from perilune_rig.verdict.judge import Finding, Value
from perilune_rig.verdict.result import Run, injected_faults
from perilune_sim.flight_record import Event, Violation

SENSE = {"at_most": "≤", "at_least": "≥", "equals": "="}


def show(value: Value, unit: str = "") -> str:
    """A value with its unit, to three or four figures; a dash when there is none."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return value.replace("_", " ")
    text = str(value) if isinstance(value, int) else f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"
    return f"{text} {unit}".strip()


@dataclass(frozen=True)
class RequirementRow:
    """One requirement as shown."""

    id: str
    text: str
    value: str
    design: str
    limit: str
    result: str  # pass, goal missed, fail; where it is not judged: met, not met
    how: str
    source: str


def requirement_rows(findings: tuple[Finding, ...]) -> list[RequirementRow]:
    """Every requirement that applied."""
    return [_requirement_row(finding) for finding in findings]


def _requirement_row(finding: Finding) -> RequirementRow:
    need = finding.requirement
    words = ("pass", "goal missed", "fail") if finding.judged else ("met", "met", "not met")
    result = words[2 if not finding.passed else 1 if finding.design_met is False else 0]
    design = None if need.design is None else f"{SENSE[need.sense]} {need.design:g}"
    limit = finding.limit if isinstance(finding.limit, str) else _bound(need.sense, finding.limit)
    if finding.limit != need.limit and need.limit is not None:  # a limit of its own
        limit = f"{limit} (ours {SENSE[need.sense]} {need.limit:g})"
    value = show(finding.value, need.unit)
    return RequirementRow(need.id, need.text, value, show(design), show(limit), result, need.how, need.source)


def _bound(sense: str, limit: Value) -> str | None:
    return None if limit is None else f"{SENSE[sense]} {limit:g}" if not isinstance(limit, str) else limit


def facts(run: Run) -> list[tuple[str, str]]:
    """What was flown and how it ended, as (name, value)."""
    record, touchdown = run.record, run.record.touchdown or {}
    return [
        ("Scenario", run.scenario.name),
        ("Vehicle", run.scenario.vehicle.name),
        ("World", show(run.scenario.world)),
        ("Seed", str(run.seed)),
        ("Rung", run.rung + (" (fallback, not bit-exact)" if run.fallback else "")),
        ("Outcome", show(record.outcome)),
        ("Miss distance", show(touchdown.get("miss_m"), "m")),
        ("Propellant left", f"{record.propellant_left_kg:.1f} of {record.propellant_loaded_kg:.1f} kg"),
        ("Payload", "released" if record.payload_released else "not released"),
        ("Flight time", f"{record.sim_time_s:.1f} s, {record.ticks} ticks"),
        ("Flown in", f"{record.wall_time_s:.2f} s, {run.times_real_time:.0f} × real time"),
    ]


def not_judged(run: Run) -> str:
    """Which requirements the world that was flown in leaves unjudged, and which of them are not met; "" if none."""
    aside = [finding for finding in run.verdict.findings if not finding.judged]
    missed = [finding.requirement.id for finding in aside if not finding.passed]
    if not aside:
        return ""
    told = f"not met: {', '.join(missed)}" if missed else "all met"
    return f"{len(aside)} requirements are measured and not judged in the world as designed; {told}"


@dataclass(frozen=True)
class ModeRow:
    """One stretch of one mode, with the true state at its start."""

    mode: str
    colour: str
    start_s: str
    duration_s: str
    height_m: str
    vertical_m_s: str
    horizontal_m_s: str
    tilt_deg: str
    propellant_kg: str  # used in this mode
    window_s: tuple[float, float]


def mode_rows(run: Run) -> list[ModeRow]:
    """The modes in order."""
    return [_mode_row(run, segment) for segment in modes.segments(run.record)]


def _mode_row(run: Run, part: modes.Segment) -> ModeRow:
    t = run.record.telemetry
    last = len(t["time_s"]) - 1
    first = min(int(np.searchsorted(t["time_s"], part.start_s)), last)
    end = min(int(np.searchsorted(t["time_s"], part.end_s)), last)
    used = float(t["propellant_kg"][first] - t["propellant_kg"][end])
    return ModeRow(
        mode=part.mode.replace("_", " "),
        colour=style.MODE_COLOURS[part.mode][1],
        start_s=f"{part.start_s:.2f}",
        duration_s=f"{part.end_s - part.start_s:.2f}",
        height_m=_fixed(t["agl_m"][first], 1),
        vertical_m_s=_fixed(t["vertical_m_s"][first], 2),
        horizontal_m_s=_fixed(t["horizontal_m_s"][first], 2),
        tilt_deg=_fixed(t["tilt_deg"][first], 1),
        propellant_kg=_fixed(used, 1),
        window_s=(part.start_s, part.end_s),
    )


def _fixed(value: float, digits: int) -> str:
    """So many decimals, and no minus before a zero."""
    return f"{round(float(value), digits) + 0.0:.{digits}f}"


@dataclass(frozen=True)
class FaultRow:
    """One fault that was injected, and when the flight software reported it; times in s."""

    target: str
    effect: str
    start: str
    end: str
    detection: str  # after the start
    isolation: str
    acted: bool


def fault_rows(run: Run) -> list[FaultRow]:
    """Injected faults, in the order of the scenario."""
    return [_fault_row(fault) for fault in injected_faults(run.record)]


def _fault_row(fault: dict) -> FaultRow:
    effect = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in fault["effect"].items())
    return FaultRow(
        target=fault["target"].replace("_", " "),
        effect=effect,
        start=show(fault["start_s"]),
        end=show(fault["end_s"]),
        detection=show(fault["detection_s"]),
        isolation=show(fault["isolation_s"]),
        acted=fault["acted"],
    )


@dataclass(frozen=True)
class EventRow:
    """One thing that the flight software reported, or that the bridge objected to."""

    time_s: str
    mode: str
    name: str
    text: str
    kind: str  # event, fault, violation


def event_rows(run: Run) -> list[EventRow]:
    """Events and violations in order of time."""
    record = run.record
    rows = [(event.tick, _event_row(event)) for event in record.events]
    rows += [(broken.tick, _violation_row(broken)) for broken in record.violations]
    return [row for _tick, row in sorted(rows, key=lambda pair: pair[0])]


def _event_row(event: Event) -> EventRow:
    numbers = ", ".join(f"{value:.4g}" for value in event.values)
    return EventRow(
        _time(event.tick), event.mode, event.name, event.text or numbers, "fault" if event.fault else "event"
    )


def _violation_row(broken: Violation) -> EventRow:
    return EventRow(_time(broken.tick), "", broken.check, broken.text, "violation")


def _time(tick: int) -> str:
    return f"{tick / TICK_HZ:.2f}"
