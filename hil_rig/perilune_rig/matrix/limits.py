"""Which bound, if any, explains a loss: computed from the base flight and the fault itself. It excuses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from perilune.wire.schema import TICK_HZ
from perilune_rig.matrix import bounds
from perilune_rig.matrix.bounds import Engine, State
from perilune_rig.matrix.cell import Task, ignition_tick
from perilune_rig.matrix.onsets import faults as faults_of
from perilune_rig.scenario.model import Fault, Scenario
from perilune_sim.config import Vehicle
from perilune_sim.flight_record import FlightRecord


@dataclass(frozen=True)
class Limit:
    """A bound that the fault runs into, in words and numbers."""

    name: str
    text: str
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A fault on its base flight."""

    scenario: Scenario
    faults: Sequence[Fault]
    base: FlightRecord
    onset_tick: int

    @property
    def burning_tick(self) -> int:
        """The onset, but not before ignition."""
        return max(self.onset_tick, ignition_tick(self.base) or self.onset_tick)

    def on(self, *targets: str) -> dict:
        """All effects on targets beginning with one of these names, together."""
        return {
            key: value
            for fault in self.faults
            if fault.target.startswith(targets)
            for key, value in fault.effect.items()
        }


def of(scenario: Scenario, task: Task, base: FlightRecord) -> Limit | None:
    """The bound that the task's faults (and the scenario's own) run into; None if none is known."""
    faults = [*scenario.faults, *faults_of(task.fault, task.onset.trigger)]
    return thrust(Case(scenario, faults, base, task.tick))


def state(base: FlightRecord, tick: int) -> State:
    """Truth of the base flight at a tick; the ground is the lowest under its track from there on."""
    t = base.telemetry
    n = min(int(np.searchsorted(t["time_s"], tick / TICK_HZ)), len(t["time_s"]) - 1)
    lowest_m = float(np.min((t["altitude_m"] - t["agl_m"])[n:]))
    return State(
        height_m=max(float(t["agl_m"][n]), float(t["altitude_m"][n]) - lowest_m),
        descent_m_s=-float(t["vertical_m_s"][n]),
        horizontal_m_s=float(t["horizontal_m_s"][n]),
        mass_kg=float(t["mass_kg"][n]),
        propellant_kg=float(t["propellant_kg"][n]),
    )


def thrust(case: Case) -> Limit | None:
    """Stopping, with the thrust and propellant that engine and tank faults leave."""
    if not any(fault.target.startswith(("engine_", "tank")) for fault in case.faults):
        return None
    engine = _engine(case)
    waited_s = (case.burning_tick - case.onset_tick) / TICK_HZ
    at = state(case.base, case.burning_tick).without(engine.leak_kg_s * waited_s)
    if engine.thrust_n <= 0.0:
        return _no_thrust(at)
    left, needed = (
        bounds.delta_v_m_s(engine.isp_s, at.mass_kg, at.propellant_kg),
        bounds.delta_v_needed_m_s(at, engine.thrust_n / (at.mass_kg - at.propellant_kg)),
    )
    if left < needed:
        text = f"delta-v left {left:.0f} m/s, no landing from here takes less than {needed:.0f} m/s"
        return Limit("delta-v", text, {"delta_v_left_m_s": left, "delta_v_needed_m_s": needed})
    return _stop(at, engine)


def _stop(at: State, engine: Engine) -> Limit | None:
    best = bounds.best_stop_height_m(at, engine)
    if not bounds.cannot_stop(best, at):
        return None
    where = f"{-best:.0f} m below the ground" if isfinite(best) else "never"
    distance = bounds.stopping_distance_m(at.descent_m_s, engine.thrust_n / at.mass_kg)
    text = (
        f"stopping: {at.descent_m_s:.1f} m/s down and {at.horizontal_m_s:.0f} m/s across at {at.height_m:.0f} m with "
        f"{engine.thrust_n:.0f} N on {at.mass_kg:.0f} kg: the best steering stops {where}"
    )
    numbers = {"height_m": at.height_m, "thrust_n": engine.thrust_n, "descent_m_s": at.descent_m_s}
    return Limit(
        "stopping distance", text, _finite(numbers | {"vertical_stop_m": distance, "best_stop_m": best})
    )


def _no_thrust(at: State) -> Limit | None:
    impact = bounds.impact_m_s(at)
    if impact == 0.0:
        text = f"no thrust: it stays in orbit, {at.horizontal_m_s:.0f} m/s at {at.height_m / 1e3:.1f} km"
        return Limit("no thrust", text, {"height_m": at.height_m, "horizontal_m_s": at.horizontal_m_s})
    if impact <= bounds.SOFT_M_S:
        return None
    text = f"no thrust: from {at.height_m:.1f} m and {at.speed_m_s:.1f} m/s it meets the ground at {impact:.1f} m/s"
    return Limit("no thrust", text, {"height_m": at.height_m, "impact_m_s": impact})


def _engine(case: Case) -> Engine:
    """Full thrust as the seed drew it, after the faults, with the attitude thrusters', at the better of their Isp."""
    vehicle, drawn = case.scenario.vehicle, case.base.drawn
    p = vehicle.propulsion
    tank = case.on("tank")
    several = len(p.engines) > 1
    names = [f"engine_{n}" if several else "engine" for n in range(len(p.engines))]
    thrusts = [
        drawn.get(f"{name}_thrust_n", engine.thrust_n) * _share(case.on(f"engine_{n}"))
        for n, (name, engine) in enumerate(zip(names, p.engines, strict=True))
    ]
    waited_s = (case.burning_tick - case.onset_tick) / TICK_HZ
    fade = min(0.0, tank.get("tank_kpa_s", 0.0)) / p.tank_kpa
    feed = max(0.0, 1.0 + fade * waited_s)
    leak = tank.get("leak_kg_s", 0.0)
    isp_s = max(drawn.get("isp_s", p.isp_s), vehicle.rcs.isp_s)
    thrust_n = feed * (sum(thrusts) + _upward_rcs_n(vehicle))
    return Engine(thrust_n, isp_s, fade / feed if feed else 0.0, leak)


def _upward_rcs_n(vehicle: Vehicle) -> float:
    """What the attitude thrusters can add to the engines' thrust, all at once."""
    return vehicle.rcs.thrust_n * sum(max(0.0, thruster.direction[2]) for thruster in vehicle.rcs.thrusters)


def _share(effect: dict) -> float:
    if effect.get("dead"):
        return 0.0
    stuck = effect.get("stuck_throttle", -1.0)
    return effect.get("thrust_factor", 1.0) * (stuck if stuck >= 0.0 else 1.0)


def _finite(numbers: dict[str, float]) -> dict[str, float]:
    return {key: value for key, value in numbers.items() if isfinite(value)}
