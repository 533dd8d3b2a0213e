"""Flights as tests see them: flown in one line, asked in plain words, explaining themselves when they disappoint."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from perilune_rig.flight.fly import fly
from perilune_rig.report.tables import requirement_rows
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Fault
from perilune_rig.scenario.overrides import inline
from perilune_rig.verdict.judge import Finding, judge
from perilune_rig.verdict.result import TOUCHDOWN_KEYS, Run
from perilune_sim.flight_record import FlightRecord


class Touchdown(NamedTuple):
    """Truth at first contact."""

    vertical_m_s: float  # down positive
    horizontal_m_s: float
    tilt_deg: float
    rate_deg_s: float
    miss_m: float  # from the site, or where obeyed diverts have moved it
    slope_deg: float  # of the ground over the footprint
    hazard_m: float  # highest ground within the footprint, above the plane that fits it


class Flight:
    """A flight that has been flown and judged. Times are simulated ones."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def record(self) -> FlightRecord:
        """Everything that was recorded, telemetry at 10 Hz included."""
        return self.run.record

    @property
    def outcome(self) -> str:
        """landed crashed tipped waved_off timeout invalid"""
        return self.record.outcome

    @property
    def landed(self) -> bool:
        """It stands on the ground, engine safed."""
        return self.outcome == "landed"

    @property
    def passed(self) -> bool:
        """Every requirement on it is met."""
        return self.run.verdict.judgement == "pass"

    @property
    def within_design(self) -> bool:
        """Every design goal, too."""
        return self.run.verdict.within_design

    @property
    def touchdown(self) -> Touchdown:
        """First contact with the ground; AssertionError if there was none."""
        found = self.record.touchdown
        assert found is not None, f"it never touched the ground: {self!r}"
        return Touchdown(*(found[key] for key in TOUCHDOWN_KEYS))

    @property
    def modes(self) -> list[str]:
        """Modes entered, in order."""
        return [change.mode for change in self.record.modes]

    @property
    def events(self) -> list[str]:
        """Names of what the flight software reported, in order."""
        return [event.name for event in self.record.events]

    @property
    def trace_hash(self) -> str:
        """SHA-256 over every decision it took."""
        return self.record.trace_hash

    @property
    def command(self) -> str:
        """Flies it again."""
        return self.run.command

    @property
    def worst(self) -> Finding:
        """The requirement that it broke most, or else came closest to breaking."""
        return max((f for f in self.run.verdict.findings if f.judged), key=_share)

    def __repr__(self) -> str:
        what = f"{self.run.scenario.name} seed {self.run.seed} on {self.run.rung}"
        return f"<Flight {what}: {self.outcome} after {self.record.sim_time_s:.1f} s>"

    def explain(self) -> str:
        """What it was, the worst of it, and the command that flies it again."""
        (row,) = requirement_rows((self.worst,))
        worst = f"worst: {row.id} {row.text}: {row.value} (limit {row.limit}): {row.result}"
        faults = [
            f"reported: {event.name} at {event.tick / 50:.1f} s"
            for event in self.record.events
            if event.fault
        ]
        lines = [repr(self)[1:-1], worst, *faults[:5], f"modes: {' '.join(self.modes)}"]
        return "\n".join([*lines, f"fly it again: {self.command}"])


def _share(finding: Finding) -> tuple[bool, float]:
    """How much of what is allowed was used up: broken requirements above all others."""
    value, limit = finding.value, finding.limit
    share = math.inf
    if isinstance(value, str) or isinstance(limit, str) or limit is None:
        share = 0.0 if finding.passed else math.inf
    elif value is not None and not math.isnan(value):
        used, allowed = (value, limit) if finding.requirement.sense == "at_most" else (limit, value)
        share = used / allowed if allowed > 0 else 0.0 if finding.passed else math.inf
    return not finding.passed, share


class Lander:
    """Flies scenarios on one rung. `seed`: of flights that name none."""

    def __init__(self, rung: str, seed: int, note: Callable[[Flight], None] = lambda _flight: None) -> None:
        self.rung, self.seed = rung, seed
        self._note = note

    def fly(
        self,
        scenario: str = "nominal",
        seed: int | None = None,
        *,
        faults: Sequence[Fault | Mapping[str, Any]] = (),
        set: Mapping[str, Any] | None = None,
        policy: str | None = None,
    ) -> Flight:
        """Fly and judge one scenario.

        scenario: a name from the catalogue, or the path of a file. faults: added to the scenario's own, each as in a
        scenario file: {"target": "radar", "effect": {"dead": True}, "start": {"mode": "braking"}}. set: changes by
        dotted key, as `perilune fly --set`. InputError for what does not exist, RigError where the rig fails;
        AssertionError for a fault that changed no signal, since such a flight shows nothing about it.
        """
        __tracebackhide__ = True
        sets = [
            f"{key}={value if isinstance(value, str) else inline(value)}"
            for key, value in (set or {}).items()
        ]
        if faults:
            known = load_scenario(scenario, sets).faults
            sets.append(f"faults={inline([*known, *faults])}")
        seed = self.seed if seed is None else seed
        plan = load_scenario(scenario, sets)
        record = fly(plan, seed, self.rung, policy=policy)
        verdict = judge(record, plan)
        flight = Flight(Run(plan, seed, self.rung, record, verdict, False, sets, scenario, policy))
        self._note(flight)
        if verdict.judgement == "invalid" and verdict.idle:
            raise AssertionError(
                f"the fault on {', '.join(verdict.idle)} changed no signal: {flight!r} shows nothing"
            )
        return flight
