"""What one flight leaves behind."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class ModeChange:
    """A mode entered, at which tick and true height above ground."""

    mode: str
    tick: int
    altitude_m: float


@dataclass
class Event:
    """Something the flight computer reported, with the numbers behind it."""

    tick: int
    name: str
    mode: str
    values: tuple[float, float, float, float]
    fault: bool
    text: str


@dataclass
class RefusedCommand:
    """A command of the scenario that the flight computer did not obey, in which mode, and why."""

    tick: int
    command: str
    argument: tuple[float, float]
    mode: str
    reason: str


@dataclass
class Violation:
    """An actuator frame that broke a rule: range, rate, one_per_tick, mode_transition, engine_after_safing, or
    that never came: computer_stopped; or a wire that does not carry what it should: wiring."""

    tick: int
    check: str
    text: str


@dataclass
class InjectedFault:
    """A fault of the scenario: first and last+1 tick of it, and whether any sensor signal came out otherwise for it."""

    target: str
    effect: dict[str, Any]
    from_tick: int | None = None  # None: its moment never came
    to_tick: int | None = None  # None: to the end of the flight
    acted: bool = (
        False  # some SENSORS frame, or for the link some byte, differed from what it would have been
    )


@dataclass
class FlightRecord:
    """Outcome, evidence and telemetry of one flight. Truth unless a name begins with nav_."""

    outcome: str  # landed crashed tipped waved_off timeout invalid
    ticks: int
    sim_time_s: float
    wall_time_s: float
    trace_hash: str  # SHA-256 over the flight content of all actuator frames, in order
    touchdown: dict[str, float] | None  # at first contact: vertical_m_s down, horizontal_m_s, tilt_deg, ...
    propellant_left_kg: float
    propellant_loaded_kg: float
    engine_off_s: float | None  # last thrust command after confirmed touchdown; negative: cut before it
    payload_released: bool
    modes: list[ModeChange] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refused: list[RefusedCommand] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    faults: list[InjectedFault] = field(default_factory=list)
    link: dict[str, int] = field(default_factory=dict)  # what both ends of a faulty line counted
    parts_us: dict[str, float] = field(default_factory=dict)  # mean per tick: world, wire, flight, check
    telemetry: dict[str, np.ndarray] = field(default_factory=dict)  # 10 Hz columns of equal length
    drawn: dict[str, float] = field(default_factory=dict)  # by the seed: thrust, mass, constant sensor errors
    pace: dict[str, Any] | None = None  # how well a paced flight kept time, see perilune_sim.pace; wall time
    wires: dict[str, int] | None = None  # of a wired board: how many wires, comparisons, wires that differed
