"""What no software can land: bounds from the rocket equation and from the best steering, derived in docs/bounds.md.

They are optimistic in everything: perfect knowledge of state and fault, instant reaction, all thrust wherever it is
wanted, no limit on turning, no reserve, no target. A touchdown just within the limits is enough.
"""

from dataclasses import dataclass, replace
from math import hypot, inf, log, sqrt

import numpy as np

from perilune_sim.world.start import MU_M3_S2, RADIUS_M

G0_M_S2 = 9.80665
SOFT_M_S = 3.0  # vertical limit of a touchdown, TD-1
LEVEL_M_S = 1.0  # horizontal one, TD-2
_LONGEST_S = 2000.0
_DEEPEST_M = 20e3  # below the ground: stopping there or not at all is the same
_ANGLES = 24  # thrust directions tried at each end of the steering law


@dataclass(frozen=True)
class State:
    """A vehicle in flight: footpads above ground, m; speeds, m/s (descent positive down); masses, kg."""

    height_m: float
    descent_m_s: float
    horizontal_m_s: float
    mass_kg: float
    propellant_kg: float

    @property
    def speed_m_s(self) -> float:
        """Relative to the ground."""
        return hypot(self.descent_m_s, self.horizontal_m_s)

    def without(self, propellant_kg: float) -> "State":
        """The same with less in the tank."""
        gone = min(propellant_kg, self.propellant_kg)
        return replace(self, mass_kg=self.mass_kg - gone, propellant_kg=self.propellant_kg - gone)


@dataclass(frozen=True)
class Engine:
    """Thrust there is, N; it changes by `fade_s` of itself per second.

    leak_kg_s is lost besides what is burnt.
    """

    thrust_n: float
    isp_s: float
    fade_s: float = 0.0
    leak_kg_s: float = 0.0


def gravity_m_s2(height_m: float, horizontal_m_s: float = 0.0) -> float:
    """Downward acceleration in free flight, less the centrifugal part of the horizontal speed, m/s2."""
    radius = RADIUS_M + height_m
    return MU_M3_S2 / (radius * radius) - horizontal_m_s * horizontal_m_s / radius


def delta_v_m_s(isp_s: float, mass_kg: float, propellant_kg: float) -> float:
    """Tsiolkovsky: what burning the propellant gives."""
    return isp_s * G0_M_S2 * log(mass_kg / (mass_kg - propellant_kg))


def impact_m_s(state: State) -> float:
    """Speed at the ground without thrust; 0 if it does not come down (it flies at orbital speed)."""
    if gravity_m_s2(state.height_m, state.horizontal_m_s) <= 0.0 and state.descent_m_s <= 0.0:
        return 0.0
    fall = 2.0 * MU_M3_S2 * (1.0 / RADIUS_M - 1.0 / (RADIUS_M + max(0.0, state.height_m)))
    return sqrt(state.speed_m_s**2 + fall)


def delta_v_needed_m_s(state: State, thrust_accel_m_s2: float = inf) -> float:
    """No touchdown within the limits takes less, whatever thrust does on the way; the greater of two bounds.

    By energy: one burn at the ground, where it does most, down to those limits. By the vertical alone: to fall first
    and brake last, with no more than `thrust_accel_m_s2`.
    """
    energy = max(0.0, impact_m_s(state) - hypot(SOFT_M_S, LEVEL_M_S))
    return max(energy, _vertical_delta_v_m_s(state, thrust_accel_m_s2))


def _vertical_delta_v_m_s(state: State, accel: float) -> float:
    """a (v - v_t) / (a - g), where v is the speed at which braking at a ends with v_t at the ground; 0: no bound."""
    h, g = state.height_m, gravity_m_s2(state.height_m, state.horizontal_m_s)
    if accel <= g or g <= 0.0 or h <= 0.0:
        return 0.0
    share = 1.0 if accel == inf else (accel - g) / accel
    brake = 0.0 if accel == inf else SOFT_M_S**2 / (2.0 * (accel - g))
    begin = max(state.descent_m_s, 0.0)
    speed = sqrt(2.0 * g * share * (h + begin * begin / (2.0 * g) + brake))
    return max(0.0, speed - SOFT_M_S) / share


def stopping_distance_m(descent_m_s: float, thrust_accel_m_s2: float) -> float:
    """v^2 / 2 a, with all thrust upward; infinite if thrust does not exceed weight."""
    net = thrust_accel_m_s2 - gravity_m_s2(0.0)
    return descent_m_s * abs(descent_m_s) / (2.0 * net) if net > 0.0 else inf


def best_stop_height_m(state: State, engine: Engine) -> float:
    """The highest at which the vehicle can be as slow as a touchdown may be, m; below zero: never above the ground.

    Full thrust, as long as it takes, the vehicle getting lighter down to its dry mass; its direction follows the linear
    tangent law (optimal over flat ground, Bryson and Ho, sect. 2.4) while there is horizontal speed, all laws of a grid
    at once, and is upward from then on. How much propellant that takes is the other bound's concern. -inf: thrust does
    not suffice for any of them.
    """
    thrust = max(engine.thrust_n, 1e-9)
    dt = min(1.0, max(0.05, 0.01 * state.speed_m_s * state.mass_kg / thrust))
    tangents = np.tan(np.linspace(-0.2, 1.5, _ANGLES))
    first, last = (axis.ravel() for axis in np.meshgrid(tangents, tangents))
    burn_s = max(state.horizontal_m_s * state.mass_kg / thrust, dt)
    h, down, ahead = (
        np.full(first.shape, x) for x in (state.height_m, state.descent_m_s, state.horizontal_m_s)
    )
    mass, dry = state.mass_kg, state.mass_kg - state.propellant_kg
    lifts = thrust > dry * gravity_m_s2(0.0)  # at any time; else only a touch in time helps
    best, lowest = np.full(first.shape, -inf), np.full(first.shape, inf)
    for n in range(int(_LONGEST_S / dt)):
        t = n * dt
        force = thrust * max(0.0, 1.0 + engine.fade_s * t)
        across, upward = _direction(ahead, first + (last - first) * min(1.0, t / burn_s))
        accel = force / mass
        radius = RADIUS_M + h
        fall = MU_M3_S2 / (radius * radius) - ahead * ahead / radius - accel * upward
        h = h - (down + 0.5 * fall * dt) * dt
        down = down + fall * dt
        ahead = np.maximum(0.0, ahead - accel * across * dt)
        mass = max(dry, mass - (force / (engine.isp_s * G0_M_S2) + engine.leak_kg_s) * dt)
        slow = (ahead <= LEVEL_M_S) & (down <= SOFT_M_S) & (best == -inf)
        touches = (h <= 0.0) & (lowest >= 0.0)  # comes to the ground in this very step
        lowest = np.minimum(lowest, h)
        best = np.where(slow & lifts, np.where(lowest < 0.0, lowest, h), best)
        best = np.where(slow & touches, 0.0, best)
        if np.all((best > -inf) | (h < -_DEEPEST_M)):
            break
    return float(best.max())


def cannot_stop(best_stop_m: float, state: State) -> bool:
    """Whether a best stop is below the ground by more than steps in time and a grid of directions leave open."""
    return best_stop_m < -(2.0 + 0.03 * state.height_m)


def _direction(ahead: np.ndarray, tangent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the thrust against the horizontal speed and upward; all upward once that speed may be landed with."""
    fast = ahead > LEVEL_M_S
    across = np.where(fast, 1.0 / np.sqrt(1.0 + tangent * tangent), 0.0)
    return across, np.where(fast, tangent * across, 1.0)
