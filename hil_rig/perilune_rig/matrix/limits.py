"""Which bound of physics, if any, a fault runs into: computed from the base flight and the fault itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import hypot, isfinite

import numpy as np

from perilune.wire.schema import TICK_HZ
from perilune_rig.matrix import bounds
from perilune_rig.matrix.bounds import Engine, State
from perilune_rig.matrix.cell import Task, ignition_tick
from perilune_rig.matrix.onsets import faults as faults_of
from perilune_rig.scenario.model import Fault, Scenario
from perilune_sim.config import Vehicle
from perilune_sim.flight_record import FlightRecord

SOFT_M_S = 3.0  # vertical limit of a landing
LEVEL_M_S = 1.0  # horizontal one
SURE = 0.99  # below this chance a loss is physics' own
_SLOW_M_S = 2.5  # descent on which contact can be waited for
_SIGHTED_M = 2.0  # 1 sigma of the height that a working altimeter leaves
_SIGHTED_M_S = 0.05  # ... of the velocity that a working velocimeter leaves
_UNSPENT_BIAS_M_S2 = 5e-4  # accelerometer bias after calibration in coast
_POINTING_RAD = 1e-3  # misalignment and attitude
_SLOPE = 0.1  # how fast the ground may change with distance where the map is no help
_ON_AXIS_M = 0.02  # thrust this close to the axis is held by tilting it or by an offset of the centre of mass
_NEAR = 0.8  # of its specified range a slanted beam reaches this height


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
    """The first bound that the task's faults (and the scenario's own) run into; None if physics lets it land."""
    faults = [*scenario.faults, *faults_of(task.fault, task.onset.trigger)]
    case = Case(scenario, faults, base, task.tick)
    return next(filter(None, (check(case) for check in (thrust, turning, height, drift))), None)


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
    craft, engine = case.scenario.vehicle, _engine(case)
    waited_s = (case.burning_tick - case.onset_tick) / TICK_HZ
    at = state(case.base, case.burning_tick).without(engine.leak_kg_s * waited_s)
    if engine.thrust_n <= 0.0:
        return _no_thrust(at)
    weight = engine.thrust_n / (craft.mass.dry_kg * bounds.gravity_m_s2(0.0))
    if weight < 1.0:
        text = f"thrust left {engine.thrust_n:.0f} N is {weight:.2f} of the dry vehicle's weight"
        return Limit("thrust/weight", text, {"thrust_n": engine.thrust_n, "thrust_to_weight": weight})
    left, needed = (
        bounds.delta_v_m_s(engine.isp_s, at.mass_kg, at.propellant_kg),
        bounds.delta_v_needed_m_s(at),
    )
    if left < needed:
        text = f"delta-v left {left:.0f} m/s, no landing from here takes less than {needed:.0f} m/s"
        return Limit("delta-v", text, {"delta_v_left_m_s": left, "delta_v_needed_m_s": needed})
    return _stop(at, engine)


def _stop(at: State, engine: Engine) -> Limit | None:
    best = bounds.best_stop_height_m(at, engine)
    if best >= 0.0:
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
    if impact <= SOFT_M_S:
        return None
    text = f"no thrust: from {at.height_m:.1f} m and {at.speed_m_s:.1f} m/s it meets the ground at {impact:.1f} m/s"
    return Limit("no thrust", text, {"height_m": at.height_m, "impact_m_s": impact})


def _engine(case: Case) -> Engine:
    """Full thrust as the seed drew it, after the faults; held upright by the thrusters if it is all to one side."""
    p, drawn = case.scenario.vehicle.propulsion, case.base.drawn
    tank = case.on("tank")
    several = len(p.engines) > 1
    names = [f"engine_{n}" if several else "engine" for n in range(len(p.engines))]
    thrusts = [
        drawn.get(f"{name}_thrust_n", engine.thrust_n) * _share(case.on(f"engine_{n}"))
        for n, (name, engine) in enumerate(zip(names, p.engines, strict=True))
    ]
    full, trim = _held(case.scenario.vehicle, thrusts)
    waited_s = (case.burning_tick - case.onset_tick) / TICK_HZ
    fade = min(0.0, tank.get("tank_kpa_s", 0.0)) / p.tank_kpa
    feed = max(0.0, 1.0 + fade * waited_s)
    leak = tank.get("leak_kg_s", 0.0)
    return Engine(feed * full, drawn.get("isp_s", p.isp_s), fade / feed if feed else 0.0, leak, trim)


def _held(vehicle: Vehicle, thrusts_n: Sequence[float]) -> tuple[float, float]:
    """Thrust, N, that can be held upright, by balance and by the attitude thrusters; what these burn for it, kg/s."""
    engines = vehicle.propulsion.engines
    places = [engine.position_m[:2] for engine in engines]
    arms = np.array([np.cross(thruster.position_m, thruster.direction) for thruster in vehicle.rcs.thrusters])
    most = vehicle.rcs.thrust_n * np.clip(arms[:, :2], 0.0, None).sum(axis=0)
    full = sum(thrusts_n)
    held = bounds.upright_thrust_n(places, thrusts_n, float(hypot(*most)) + _ON_AXIS_M * full)
    running = [place for place, thrust in zip(places, thrusts_n, strict=True) if thrust > 0.0]
    aside = bounds.aside_m(running) if len(engines) > 1 and running else 0.0
    if aside < _ON_AXIS_M:
        return held, 0.0
    lever = float(np.hypot(arms[:, 0], arms[:, 1]).max())
    return held, held * aside / lever / (vehicle.rcs.isp_s * bounds.G0_M_S2)


def _share(effect: dict) -> float:
    if effect.get("dead"):
        return 0.0
    stuck = effect.get("stuck_throttle", -1.0)
    return effect.get("thrust_factor", 1.0) * (stuck if stuck >= 0.0 else 1.0)


def turning(case: Case) -> Limit | None:
    """Torque of thrusters stuck open for good against what the others can give about the same axis."""
    rcs = replace(case, faults=[fault for fault in case.faults if fault.end is None]).on("rcs")
    if not rcs:
        return None
    vehicle = case.scenario.vehicle
    arms = [
        np.cross(thruster.position_m, thruster.direction) * vehicle.rcs.thrust_n
        for thruster in vehicle.rcs.thrusters
    ]
    stuck_open, stuck_shut = (int(rcs.get(bits, 0)) for bits in ("on_bits", "off_bits"))  # floats from a file
    is_open = [bool(stuck_open >> n & 1) for n in range(len(arms))]
    useful = [not o and not stuck_shut >> n & 1 for n, o in enumerate(is_open)]
    pushed = sum((arm for arm, o in zip(arms, is_open, strict=True) if o), np.zeros(3))
    for axis, name in enumerate("xyz"):
        for sign in (1.0, -1.0):
            there = sum(max(0.0, sign * arm[axis]) for arm, ok in zip(arms, useful, strict=True) if ok)
            against = max(0.0, -sign * pushed[axis])
            if there <= against:
                text = f"torque about {'+' if sign > 0 else '-'}{name}: {there:.0f} N m left against {against:.0f} N m"
                return Limit("torque", text, {"torque_n_m": float(there), "against_n_m": float(against)})
    return None


def sight_m(effect: dict, specified_m: float) -> float:
    """Range below which an altimeter with this fault still tells the height; 0: never.

    An error that averages out, is declared, shrinks with the range or ends with a power cycle leaves it of use.
    """
    if effect.get("until_power_cycle"):
        return specified_m
    if effect.get("dead") or effect.get("frozen") or effect.get("intermittent", 0.0) >= 1.0:
        return 0.0
    if abs(effect.get("bias", 0.0)) > 3.0 * _SIGHTED_M:
        return 0.0
    reach = effect.get("max_m", 0.0)
    return min(reach, specified_m) if reach > 0.0 else specified_m


def height(case: Case) -> Limit | None:
    """Landing without altimeters, or with one that speaks late, on the uncertainty that dead reckoning leaves."""
    sensors = case.scenario.vehicle.sensors
    reach_m = max(
        sight_m(case.on(name), spec.max_m) for name, spec in (("lrf", sensors.lrf), ("radar", sensors.radar))
    )
    if reach_m >= min(sensors.lrf.max_m, sensors.radar.max_m):
        return None
    if 0.0 < state(case.base, case.onset_tick).height_m < reach_m:
        return None
    end = state(case.base, _touchdown_tick(case.base))
    left = bounds.delta_v_m_s(case.scenario.vehicle.propulsion.isp_s, end.mass_kg, end.propellant_kg)
    full_n = sum(engine.thrust_n for engine in case.scenario.vehicle.propulsion.engines)
    speed = bounds.stop_speed_m_s(reach_m, full_n / end.mass_kg) if reach_m > 0.0 else _SLOW_M_S
    sigma = blind_sigma_m(case)
    window = bounds.blind_window_m(speed, left)
    chance = bounds.within(window, sigma)
    if chance >= SURE:
        return None
    text = (
        f"blind {f'above {reach_m:.0f} m' if reach_m else 'to the ground'}: height known to {sigma:.0f} m (1 sigma), "
        f"window {window:.0f} m at {speed:.1f} m/s with {left:.0f} m/s left: {100 * chance:.0f} % can land"
    )
    numbers = {"sigma_m": sigma, "window_m": window, "delta_v_left_m_s": left, "chance": chance}
    return Limit("blind window", text, numbers)


def blind_sigma_m(case: Case) -> float:
    """1 sigma of the height at the ground.

    Dead reckoning from the last sight (or from the orbit determination) to where the velocimeter speaks, its own drift
    from there, and the ground's elevation.
    """
    t, env = case.base.telemetry, case.scenario.environment
    time = t["time_s"]
    onset_s, end_s = case.onset_tick / TICK_HZ, _touchdown_tick(case.base) / TICK_HZ
    before = time <= onset_s
    sighted = bool(np.any(np.isfinite(t["lrf_agl_m"][before]) | np.isfinite(t["radar_agl_m"][before])))
    since_s = onset_s if sighted else 0.0
    spoken = time[t["agl_m"] < _NEAR * case.scenario.vehicle.sensors.velocimeter.max_m]
    speaks_s = max(since_s, float(spoken[0]) if len(spoken) else end_s)
    burnt_s = max(since_s, case.burning_tick / TICK_HZ) if not sighted else since_s
    height0 = _SIGHTED_M if sighted else env.orbit_determination.position_m[0]
    rate0 = _SIGHTED_M_S if sighted else env.orbit_determination.velocity_m_s[0]
    alone = _dead_reckoning_m(case, since_s, burnt_s, speaks_s, rate0)
    ground = _ground_sigma_m(case, sighted, onset_s)
    return hypot(height0, alone, _SIGHTED_M_S * (end_s - speaks_s), ground)


def _dead_reckoning_m(case: Case, since_s: float, burnt_s: float, until_s: float, rate_m_s: float) -> float:
    span_s, burn_s = until_s - since_s, max(0.0, until_s - burnt_s)
    spent = _spent_m_s(case, burnt_s, until_s)
    bias = 0.5 * _UNSPENT_BIAS_M_S2 * burn_s**2
    return hypot(rate_m_s * span_s, bias, 0.5 * _POINTING_RAD * spent * burn_s)


def _spent_m_s(case: Case, from_s: float, to_s: float) -> float:
    """Delta-v of the base flight between two times."""
    t = case.base.telemetry
    first, last = np.interp([from_s, to_s], t["time_s"], t["mass_kg"])
    return bounds.delta_v_m_s(case.scenario.vehicle.propulsion.isp_s, first, max(0.0, first - last))


def _ground_sigma_m(case: Case, sighted: bool, onset_s: float) -> float:
    """How well the ground at the site is known from the map or from the ground last seen."""
    env, t = case.scenario.environment, case.base.telemetry
    known = env.map_prior.site_sigma_m if env.map_prior.available else env.terrain.relief_m
    if not sighted:
        return known
    end_s = _touchdown_tick(case.base) / TICK_HZ
    places = [np.interp([onset_s, end_s], t["time_s"], t[name]) for name in ("downrange_m", "left_m")]
    return min(known, _SLOPE * hypot(*(float(end - start) for start, end in places)))


def drift(case: Case) -> Limit | None:
    """Horizontal velocity by dead reckoning, when neither velocimeter nor the radar's Doppler tells it."""
    if not _speechless(case.on("velocimeter")) or not _speechless(case.on("radar")):
        return None
    end_s, onset_s = _touchdown_tick(case.base) / TICK_HZ, case.onset_tick / TICK_HZ
    spent = _spent_m_s(case, onset_s, end_s)
    od = case.scenario.environment.orbit_determination.velocity_m_s
    spoken = (
        state(case.base, case.onset_tick).height_m < _NEAR * case.scenario.vehicle.sensors.velocimeter.max_m
    )
    start = _SIGHTED_M_S if spoken else hypot(od[1], od[2])
    sigma = hypot(start, _UNSPENT_BIAS_M_S2 * (end_s - onset_s), _POINTING_RAD * spent)
    chance = bounds.slower_than(LEVEL_M_S, sigma)
    if chance >= SURE:
        return None
    known = f"horizontal velocity known to {sigma:.2f} m/s (1 sigma)"
    text = f"dead reckoning: {known}: {100 * chance:.0f} % are below {LEVEL_M_S:g} m/s"
    return Limit("dead reckoning", text, {"sigma_m_s": sigma, "chance": chance})


def _speechless(effect: dict) -> bool:
    quiet = effect.get("dead") or effect.get("frozen") or effect.get("intermittent", 0.0) >= 1.0
    return bool(quiet) and not effect.get("until_power_cycle")


def _touchdown_tick(base: FlightRecord) -> int:
    return base.ticks if base.touchdown is None else int(base.touchdown["tick"])


def _finite(numbers: dict[str, float]) -> dict[str, float]:
    return {key: value for key, value in numbers.items() if isfinite(value)}
