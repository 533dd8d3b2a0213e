"""What is kept of a run: everything that (root, k) decides in a `Row`, everything measured by a clock in `Work`."""

from dataclasses import dataclass, field
from typing import Literal

Judgement = Literal["pass", "fail", "no_effect", "invalid"]
Value = float | str | None


@dataclass(frozen=True)
class Found:
    """One requirement against one run. bound: the run counts as evidence for it (it is not excused there)."""

    id: str
    value: Value
    passed: bool
    design_met: bool | None
    bound: bool


@dataclass(frozen=True)
class Row:
    """One run, the same on every farm and, but for doubles on `python`, on every rung. Truth at touchdown, SI."""

    k: int
    stratum: str
    replicate: int
    seed: int
    values: dict[str, float | str | bool]  # of the dispersed parameters
    sets: tuple[str, ...]  # KEY=VALUE changes that make the run's scenario
    place: tuple[float, ...]  # of subset simulation
    outcome: str  # landed crashed tipped waved_off timeout stopped invalid
    verdict: Judgement
    reason: str  # why it is not a pass
    explained: str  # the bound by which no software could have landed it; a loss all the same; "" without one
    findings: tuple[Found, ...]
    touchdown: dict[str, float] = field(default_factory=dict)  # vertical_m_s down, downrange_m, left_m, ...
    propellant_left_kg: float = 0.0
    sim_time_s: float = 0.0
    ticks: int = 0
    fault_events: int = 0
    trace_hash: str = ""
    drawn: dict[str, float] = field(default_factory=dict)
    profile: bytes = b""  # see profile.py

    def value(self, requirement: str) -> Value:
        """What was measured for a requirement; None where it did not apply or there was nothing to measure."""
        return next((found.value for found in self.findings if found.id == requirement), None)


@dataclass(frozen=True)
class Work:
    """What a run cost and where: none of it decides anything."""

    worker: str
    flight_s: float  # wall time of the closed loop
    other_s: float  # of everything else the worker did for the run
    parts_us: dict[str, float]  # mean per tick: world, wire, flight, check
    tick_us: tuple[float, ...] = ()  # p50, p99.9, max on the flight computer; empty where it measures nothing
    gc_us: float = 0.0  # longest collection there
    fingerprint: str = ""  # of the source that flew
