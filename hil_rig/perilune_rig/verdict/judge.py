"""Judges a flight: every requirement that applies, its measured value, and pass, fail or invalid."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from perilune_host.errors import RigError
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict import requirements
from perilune_rig.verdict.requirements import Requirement
from perilune_sim.flight_record import FlightRecord

Value = float | str | None
CHECKS = frozenset(
    "range rate one_per_tick mode_transition engine_after_safing computer_stopped wiring".split()
)  # those of the bridge, and the rig's own at the ends of wires
Judgement = Literal["pass", "fail", "invalid"]


@dataclass(frozen=True)
class Finding:
    """One requirement against one flight. `passed` is judged by the limit, `design_met` by the design goal."""

    requirement: Requirement
    value: Value  # None: there was nothing to measure, which fails
    limit: Value
    passed: bool
    design_met: bool | None  # None: the requirement has no design goal

    def as_json(self) -> dict:
        """The finding under the keys that `perilune fly --json` promises."""
        need = self.requirement
        return {
            "id": need.id,
            "text": need.text,
            "value": self.value,
            "unit": need.unit,
            "sense": need.sense,
            "limit": self.limit,
            "pass": self.passed,
            "design": need.design,
            "design_pass": self.design_met,
        }


@dataclass(frozen=True)
class Verdict:
    """The judgement over a flight and the findings behind it."""

    judgement: Judgement
    findings: tuple[Finding, ...]
    idle: tuple[str, ...] = ()  # targets of faults that changed no signal: what was to be shown was not

    @property
    def within_design(self) -> bool:
        """Passed, with every design goal met."""
        return self.judgement == "pass" and all(f.design_met is not False for f in self.findings)


def judge(record: FlightRecord, scenario: Scenario, needs: Iterable[Requirement] | None = None) -> Verdict:
    """Judge a flight by `needs` (default: all of requirements.toml); an invalid run is neither passed nor failed.

    A flight on which an injected fault never changed a signal is invalid, unless it was lost to the others.
    RigError for a violation that no requirement covers: it would pass unjudged.
    """
    needs = requirements.load() if needs is None else needs
    unjudged = {violation.check for violation in record.violations} - CHECKS
    if unjudged:
        raise RigError(f"no requirement covers the bridge's check {', '.join(sorted(unjudged))}")
    applicable = [
        need
        for need in needs
        if need.outcome in (None, scenario.expect)
        and (record.pace is not None or not need.paced)
        and (record.wires is not None or not need.wired)
    ]
    findings = tuple(_find(need, record, scenario) for need in applicable)
    idle = tuple(fault.target for fault in record.faults if not fault.acted)
    passed = all(finding.passed for finding in findings)
    untested = bool(idle) and (passed or len(idle) == len(record.faults))
    if record.outcome == "invalid" or untested:
        return Verdict("invalid", findings, idle)
    return Verdict("pass" if passed else "fail", findings, idle)


def _find(need: Requirement, record: FlightRecord, scenario: Scenario) -> Finding:
    value = MEASURES[need.measure](record)
    limit = scenario.expect if need.measure == "outcome" else need.limit
    met = None if need.design is None else _meets(value, need.sense, need.design)
    return Finding(need, value, limit, _meets(value, need.sense, limit), met)


def _meets(value: Value, sense: str, bound: Value) -> bool:
    """Whether the value is within the bound; no bound: whether there is a value at all."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    if bound is None or sense == "equals":
        return bound is None or value == bound
    if isinstance(value, str) or isinstance(bound, str):
        return False
    return value <= bound if sense == "at_most" else value >= bound


def _touchdown(key: str) -> Callable[[FlightRecord], Value]:
    return lambda record: None if record.touchdown is None else float(record.touchdown[key])


def _violations(check: str) -> Callable[[FlightRecord], Value]:
    return lambda record: sum(violation.check == check for violation in record.violations)


def _propellant_left_percent(record: FlightRecord) -> Value:
    return 100.0 * record.propellant_left_kg / record.propellant_loaded_kg


MEASURES: dict[str, Callable[[FlightRecord], Value]] = {
    "outcome": lambda record: record.outcome,
    "touchdown_vertical_m_s": _touchdown("vertical_m_s"),
    "touchdown_horizontal_m_s": _touchdown("horizontal_m_s"),
    "touchdown_tilt_deg": _touchdown("tilt_deg"),
    "touchdown_rate_deg_s": _touchdown("rate_deg_s"),
    "engine_off_s": lambda record: record.engine_off_s,
    "propellant_left_percent": _propellant_left_percent,
    "missed_deadlines": lambda record: None if record.pace is None else record.pace["missed_deadlines"],
    **{f"violations_{check}": _violations(check) for check in sorted(CHECKS)},
}
