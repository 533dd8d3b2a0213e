"""Whether a descent could succeed at all, from the design alone, before anything is flown.

Each figure is the best that any software could do (bounds.py): what is refused here cannot land, what is not may still
fail. Thrust is that of the engines, as the data sheet has it.
"""

from dataclasses import dataclass, replace
from math import exp, hypot, sqrt

from perilune_rig.matrix import bounds
from perilune_rig.matrix.bounds import G0_M_S2, State
from perilune_rig.scenario.model import Scenario
from perilune_sim.late import partly_burnt
from perilune_sim.world.start import MU_M3_S2, RADIUS_M


@dataclass(frozen=True)
class Feasibility:
    """Ratios of thrust to weight on the ground's gravity; m/s; m. `against` says what rules a landing out."""

    thrust_over_weight_start: float  # full thrust, as heavy as at the start
    thrust_over_weight_landing: float  # full thrust, dry: the most there is
    least_over_weight_landing: float  # one engine at its least, as heavy as it can be at the ground
    delta_v_m_s: float
    delta_v_needed_m_s: float
    brakes_in_m: float  # the way that losing the horizontal speed takes at least
    to_site_m: float
    against: tuple[str, ...] = ()

    @property
    def feasible(self) -> bool:
        """Nothing rules it out."""
        return not self.against

    @property
    def text(self) -> str:
        """In one line."""
        if self.against:
            return f"cannot land: {'; '.join(self.against)}"
        weight = f"{self.thrust_over_weight_start:.2f} at the start"
        least = f"least {self.least_over_weight_landing:.2f} at landing"
        delta_v = f"{self.delta_v_m_s:.0f} m/s, at least {self.delta_v_needed_m_s:.0f} needed"
        way = f"{self.brakes_in_m / 1e3:.1f} of {self.to_site_m / 1e3:.1f} km"
        return f"thrust/weight {weight}, {least}; delta-v {delta_v}; brakes in {way}"


def of(scenario: Scenario) -> Feasibility:
    """The scenario's design against its start."""
    state, to_site_m = _start(scenario)
    p, g = scenario.vehicle.propulsion, bounds.gravity_m_s2(0.0)
    thrust_n = sum(engine.thrust_n for engine in p.engines)
    dry_kg = state.mass_kg - state.propellant_kg
    left = bounds.delta_v_m_s(p.isp_s, state.mass_kg, state.propellant_kg)
    needed = max(bounds.delta_v_needed_m_s(state, thrust_n / dry_kg), _from_orbit_m_s(state))
    heaviest_kg = max(dry_kg, state.mass_kg * exp(-needed / (p.isp_s * G0_M_S2)))
    least_n = p.throttle_min * min(engine.thrust_n for engine in p.engines)
    found = Feasibility(
        thrust_over_weight_start=thrust_n / (state.mass_kg * g),
        thrust_over_weight_landing=thrust_n / (dry_kg * g),
        least_over_weight_landing=least_n / (heaviest_kg * g),
        delta_v_m_s=left,
        delta_v_needed_m_s=needed,
        brakes_in_m=state.horizontal_m_s**2 * dry_kg / (2.0 * thrust_n),
        to_site_m=to_site_m,
    )
    return _judged(found)


def _from_orbit_m_s(state: State) -> float:
    """As `impact_m_s`, but for a vehicle that has to come down: braking does most at the ground."""
    fall = 2.0 * MU_M3_S2 * (1.0 / RADIUS_M - 1.0 / (RADIUS_M + state.height_m))
    return sqrt(state.speed_m_s**2 + fall) - hypot(bounds.SOFT_M_S, bounds.LEVEL_M_S)


def _judged(f: Feasibility) -> Feasibility:
    against = []
    if f.thrust_over_weight_landing <= 1.0:
        against.append(f"full thrust is {f.thrust_over_weight_landing:.2f} of the dry weight")
    if f.least_over_weight_landing >= 1.0:
        against.append(
            f"the least thrust of one engine is {f.least_over_weight_landing:.2f} of the weight at landing"
        )
    if f.delta_v_m_s < f.delta_v_needed_m_s:
        against.append(
            f"delta-v is {f.delta_v_m_s:.0f} m/s, and no landing takes less than {f.delta_v_needed_m_s:.0f}"
        )
    if f.brakes_in_m > max(f.to_site_m, 0.0):
        against.append(
            f"the site is {f.to_site_m / 1e3:.1f} km ahead, and braking takes at least {f.brakes_in_m / 1e3:.1f} km"
        )
    return replace(f, against=tuple(against))


def _start(scenario: Scenario) -> tuple[State, float]:
    """State at ignition at the latest, perilune of the orbit or the late start; distance of the site ahead, m."""
    late, orbit = scenario.start, scenario.environment.orbit
    if late is not None:
        mass = partly_burnt(scenario.vehicle, late.propellant_kg).mass
        wet_kg = mass.dry_kg + mass.propellant_kg
        state = State(late.altitude_m, -late.vertical_m_s, late.forward_m_s, wet_kg, mass.propellant_kg)
        return state, -late.downrange_m
    mass = scenario.vehicle.mass
    low, high = RADIUS_M + orbit.perilune_m, RADIUS_M + orbit.apolune_m
    speed = sqrt(MU_M3_S2 * (2.0 / low - 2.0 / (low + high)))
    return State(
        orbit.perilune_m, 0.0, speed, mass.dry_kg + mass.propellant_kg, mass.propellant_kg
    ), -orbit.downrange_m
