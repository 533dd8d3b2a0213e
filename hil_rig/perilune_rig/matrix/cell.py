"""A cell of the matrix: one fault class, one onset, one seed; what was flown, what was seen, and the verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from perilune.flight import modes
from perilune.wire.schema import TICK_HZ
from perilune_rig.matrix.classes import FaultClass
from perilune_rig.matrix.onsets import Onset
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict.cause import cause
from perilune_rig.verdict.detection import detect
from perilune_rig.verdict.judge import judge
from perilune_sim.flight_record import Event, FlightRecord

Judgement = Literal["pass", "fail", "invalid"]
TOUCHDOWN = ("vertical_m_s", "horizontal_m_s", "tilt_deg", "rate_deg_s", "miss_m")
# A fault may cost reserves and prompt cut-off, which are noted; it may not cost the lander.
_MAY_COST = ("touchdown_rate_deg_s", "engine_off_s", "propellant_left_percent")
_EVENTS = 12  # fault events kept for reading


@dataclass(frozen=True)
class Task:
    """What is flown: fault, onset, seed and the tick at which the onset comes."""

    fault: FaultClass
    onset: Onset
    seed: int
    tick: int


@dataclass
class Cell:
    """One flown cell. Times in seconds of simulated time; touchdown numbers are truth at first contact."""

    fault: str
    group: str
    kind: str
    pair: tuple[str, str] | None
    effects: list[tuple[str, dict[str, Any]]]
    onset: str
    seed: int
    onset_s: float
    command: str  # flies it straight
    outcome: str = "invalid"
    expected: list[str] = field(default_factory=list)
    verdict: Judgement = "invalid"
    reason: str = ""
    bound: str = ""  # why no software could have landed it; a loss all the same
    numbers: dict[str, float] = field(default_factory=dict)  # behind that bound
    acted: list[bool] = field(
        default_factory=list
    )  # per target: some signal came out otherwise for the fault
    touchdown: dict[str, float] | None = None
    propellant_left_kg: float | None = None
    sim_time_s: float = 0.0
    missed: list[str] = field(default_factory=list)  # requirements not met, by id
    broken: list[str] = field(default_factory=list)  # those of them that the fault had no right to cost
    cause: str = ""  # of a flight that is not within its requirements
    not_judged: list[str] = field(default_factory=list)  # not met, but no requirement of the world flown in
    detection_s: float | None = None
    isolation_s: float | None = None
    false_alarms: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)  # the first fault events after the onset
    modes: list[tuple[str, float]] = field(default_factory=list)  # entered after the onset, at s
    trace_hash: str = ""

    def as_json(self) -> dict[str, Any]:
        """All of it, as plain values."""
        return asdict(self)


def blank(task: Task, command: str) -> Cell:
    """A cell that has not been flown."""
    fault = task.fault
    return Cell(
        fault=fault.name,
        group=fault.group,
        kind=fault.kind,
        pair=fault.pair,
        effects=list(fault.effects),
        onset=task.onset.name,
        seed=task.seed,
        onset_s=task.tick / TICK_HZ,
        command=command,
    )


def measure(cell: Cell, task: Task, record: FlightRecord, scenario: Scenario) -> Cell:
    """Fill in what the flight showed; the verdict is left to `conclude`."""
    verdict = judge(record, scenario)
    findings, found = verdict.findings, cause(record, verdict)
    cell.cause = "" if found is None else found.text
    seen = detect(record.events, task.fault.targets, task.tick)
    cell.outcome = record.outcome
    cell.acted = [fault.acted for fault in record.faults[-len(task.fault.effects) :]]
    if record.touchdown is not None:
        cell.touchdown = {key: float(record.touchdown[key]) for key in TOUCHDOWN}
    cell.propellant_left_kg = record.propellant_left_kg
    cell.sim_time_s = record.sim_time_s
    missed = [finding.requirement for finding in findings if finding.judged and not finding.passed]
    cell.missed = [need.id for need in missed]
    cell.broken = [need.id for need in missed if need.measure not in _MAY_COST]
    cell.not_judged = [f.requirement.id for f in findings if not f.judged and not f.passed]
    cell.detection_s, cell.isolation_s = seen.detection_s, seen.isolation_s
    cell.false_alarms = seen.false_alarms
    cell.events = _texts(record.events, task.tick)
    cell.modes = [(change.mode, change.tick / TICK_HZ) for change in record.modes if change.tick > task.tick]
    cell.trace_hash = record.trace_hash
    return cell


def _texts(events: Sequence[Event], onset_tick: int) -> list[str]:
    later = [event for event in events if event.fault and event.tick >= onset_tick]
    return [f"{event.tick / TICK_HZ:.2f} s {event.name}: {event.text}" for event in later[:_EVENTS]]


def expected(task: Task, scenario: Scenario, ignition_tick: int | None) -> list[str]:
    """Outcomes that are right: the scenario's own; before ignition waving off is right too."""
    before = ignition_tick is None or task.tick < ignition_tick
    return list(dict.fromkeys([scenario.expect, "waved_off"] if before else [scenario.expect]))


def ignition_tick(record: FlightRecord) -> int | None:
    """When braking began; None if it never did."""
    return next((change.tick for change in record.modes if change.mode == modes.NAMES[modes.BRAKING]), None)


def survived(cell: Cell) -> bool:
    """The flight ended as it may, with nothing essential broken."""
    if cell.outcome not in cell.expected:
        return False
    if cell.outcome == "waved_off":
        # requirements on a touchdown do not apply to a flight that goes back to orbit
        return not any(broken.startswith("ACT") for broken in cell.broken)
    return not cell.broken
