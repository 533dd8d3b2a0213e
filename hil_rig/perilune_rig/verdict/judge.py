"""Judges a flight: every requirement that applies, its measured value, and pass, fail or invalid."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from perilune_host.errors import RigError
from perilune_rig.scenario import requirements
from perilune_rig.scenario.model import Scenario
from perilune_rig.scenario.requirements import Requirement
from perilune_rig.verdict.measures import CHECKS, MEASURES, Value, nameable
from perilune_sim.flight_record import FlightRecord

Judgement = Literal["pass", "fail", "invalid"]


@dataclass(frozen=True)
class Finding:
    """One requirement against one flight. `passed` is judged by the limit, `design_met` by the design goal."""

    requirement: Requirement
    value: Value  # None: there was nothing to measure, which fails
    limit: Value  # the scenario's, the vehicle's or the campaign's own, else the requirement's
    passed: bool
    design_met: bool | None  # None: the requirement has no design goal
    judged: bool = True  # False: measured and shown, but no requirement of the world that was flown in

    @property
    def margin(self) -> float | None:
        """How far the value is within the limit, in the requirement's unit; None where one of them is no number."""
        if not isinstance(self.value, float | int) or not isinstance(self.limit, float | int):
            return None
        left = float(self.limit - self.value)
        return left if self.requirement.sense == "at_most" else -left

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
            "our_limit": need.limit,
            "margin": self.margin,
            "judged": self.judged,
            "pass": self.passed,
            "design": need.design,
            "design_pass": self.design_met,
        }


@dataclass(frozen=True)
class Verdict:
    """The judgement over a flight and the findings behind it."""

    judgement: Judgement
    findings: tuple[Finding, ...]
    idle: tuple[str, ...] = ()  # targets of faults that changed no signal: of them nothing was shown

    @property
    def within_design(self) -> bool:
        """Passed, with every design goal met."""
        return self.judgement == "pass" and all(f.design_met is not False for f in self.findings if f.judged)


def judge(record: FlightRecord, scenario: Scenario, needs: Iterable[Requirement] | None = None) -> Verdict:
    """Judge a flight by `needs` (default: all of requirements.toml); an invalid run is neither passed nor failed.

    Requirements of the mismatched world are measured in every world, and judge in theirs.

    A flight on which no injected fault changed a signal is invalid; one of several that did not is told.
    RigError for a violation that no requirement covers: it would pass unjudged.
    """
    needs = requirements.load() if needs is None else needs
    unjudged = {violation.check for violation in record.violations} - CHECKS
    if unjudged:
        raise RigError(f"no requirement covers the bridge's check {', '.join(sorted(unjudged))}")
    applicable = [need for need in needs if _applies(need, record, scenario)]
    findings = tuple(_find(need, record, scenario) for need in applicable)
    idle = tuple(fault.target for fault in record.faults if not fault.acted)
    passed = all(finding.passed for finding in findings if finding.judged)
    untested = bool(idle) and len(idle) == len(record.faults)
    if record.outcome == "invalid" or untested:
        return Verdict("invalid", findings, idle)
    return Verdict("pass" if passed else "fail", findings, idle)


def _applies(need: Requirement, record: FlightRecord, scenario: Scenario) -> bool:
    if need.outcome not in (None, scenario.expect):
        return False
    if (need.paced and record.pace is None) or (need.wired and record.wires is None):
        return False
    return not need.faulted or bool(nameable(record))


def _find(need: Requirement, record: FlightRecord, scenario: Scenario) -> Finding:
    value = MEASURES[need.measure](record)
    limit = scenario.expect if need.measure == "outcome" else limit_of(need, scenario)
    met = None if need.design is None else _meets(value, need.sense, need.design)
    judged = need.judged_in in ("every_world", scenario.world)
    return Finding(need, value, limit, _meets(value, need.sense, limit), met, judged)


def limit_of(need: Requirement, scenario: Scenario) -> float | None:
    """The limit that binds in a scenario: its own, its vehicle's, else the requirement's."""
    return scenario.limits.get(need.id, scenario.vehicle.limits.get(need.id, need.limit))


def _meets(value: Value, sense: str, bound: Value) -> bool:
    """Whether the value is within the bound; no bound: whether there is a value at all."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    if bound is None or sense == "equals":
        return bound is None or value == bound
    if isinstance(value, str) or isinstance(bound, str):
        return False
    return value <= bound if sense == "at_most" else value >= bound
