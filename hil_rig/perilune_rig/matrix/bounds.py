"""What physics allows: bounds on stopping, on landing blind and on dead reckoning, each a function of its numbers.

They are optimistic: perfect knowledge, instant reaction, the best steering. What they exclude no software can land.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import erf, exp, hypot, inf, log, pi, sqrt

import numpy as np

from perilune_sim.world.start import MU_M3_S2, RADIUS_M

G0_M_S2 = 9.80665
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

    leak_kg_s is lost besides what is burnt, trim_kg_s burnt by attitude thrusters that hold against the thrust.
    """

    thrust_n: float
    isp_s: float
    fade_s: float = 0.0
    leak_kg_s: float = 0.0
    trim_kg_s: float = 0.0


def aside_m(places_m: Sequence[tuple[float, float]]) -> float:
    """How far the nearest mean of the places can be from the axis: 0 if they lie about it."""
    angles = np.linspace(0.0, 2.0 * pi, 360, endpoint=False)
    along = np.array(places_m) @ np.array([np.cos(angles), np.sin(angles)])
    return max(0.0, float(along.min(axis=0).max()))


def upright_thrust_n(
    places_m: Sequence[tuple[float, float]], thrusts_n: Sequence[float], held_n_m: float
) -> float:
    """The most thrust, N, of engines at these places about the axis that thrusters of so much torque hold upright.

    The linear programme: greatest sum of f_i, 0 <= f_i <= thrust_i, |sum f_i r_i| <= held. By its dual every multiplier
    bounds it from above, so the least of a grid of them is optimistic by no more than the grid is coarse.
    """
    angles = np.linspace(0.0, 2.0 * pi, 72, endpoint=False)
    sizes = np.concatenate(([0.0], np.geomspace(0.05, 50.0, 600)))  # 1/m
    along = np.array(places_m) @ np.array([np.cos(angles), np.sin(angles)])
    priced = np.maximum(0.0, 1.0 - sizes[:, None, None] * along)
    total = np.einsum("e,sea->sa", np.array(thrusts_n), priced) + held_n_m * sizes[:, None]
    return float(total.min())


def gravity_m_s2(height_m: float, horizontal_m_s: float = 0.0) -> float:
    """Downward acceleration in free flight, less the centrifugal part of the horizontal speed, m/s2."""
    radius = RADIUS_M + height_m
    return MU_M3_S2 / (radius * radius) - horizontal_m_s * horizontal_m_s / radius


def delta_v_m_s(isp_s: float, mass_kg: float, propellant_kg: float) -> float:
    """Tsiolkovsky: what burning the propellant gives."""
    return isp_s * G0_M_S2 * log(mass_kg / (mass_kg - propellant_kg))


def delta_v_needed_m_s(state: State) -> float:
    """No landing takes less: all speed taken away at the ground, where a burn does most."""
    return sqrt(max(0.0, state.speed_m_s**2 + 2.0 * gravity_m_s2(0.0) * state.height_m))


def stopping_distance_m(descent_m_s: float, thrust_accel_m_s2: float) -> float:
    """v^2 / 2 a, with all thrust upward; infinite if thrust does not exceed weight."""
    net = thrust_accel_m_s2 - gravity_m_s2(0.0)
    return descent_m_s * abs(descent_m_s) / (2.0 * net) if net > 0.0 else inf


def stop_speed_m_s(range_m: float, thrust_accel_m_s2: float) -> float:
    """Fastest descent that can be stopped from the first range on: 85 % of thrust, 80 % of the way, 80 m of margin."""
    net = 0.85 * thrust_accel_m_s2 - gravity_m_s2(0.0)
    return sqrt(max(0.0, 1.6 * net * (range_m - 80.0)))


def impact_m_s(state: State) -> float:
    """Speed at the ground without thrust; 0 if it does not come down (it flies at orbital speed)."""
    if gravity_m_s2(state.height_m, state.horizontal_m_s) <= 0.0 and state.descent_m_s <= 0.0:
        return 0.0
    return delta_v_needed_m_s(state)


def blind_window_m(descent_m_s: float, delta_v_left_m_s: float) -> float:
    """Heights over which contact can be waited for at a slow descent: v (0.8 dv / g - 20 s)."""
    return max(0.0, descent_m_s * (0.8 * delta_v_left_m_s / gravity_m_s2(0.0) - 20.0))


def within(window_m: float, sigma_m: float) -> float:
    """Probability that a normal error of 1 sigma `sigma_m` lies in a centred window: 2 Phi(W / 2 sigma) - 1."""
    return erf(window_m / (2.0 * sqrt(2.0) * max(sigma_m, 1e-9)))


def slower_than(limit_m_s: float, sigma_m_s: float) -> float:
    """Probability that a horizontal velocity, unknown by `sigma_m_s` in each axis, is below the limit (Rayleigh)."""
    return 1.0 - exp(-0.5 * (limit_m_s / max(sigma_m_s, 1e-9)) ** 2)


def _comes_down(
    h: np.ndarray, mass: np.ndarray, tank: np.ndarray, force_n: float, engine: Engine
) -> np.ndarray:
    """Whether what is left in the tank lands from rest at the heights h.

    Falling first and then full thrust takes least, v^2 = 2 g h a / (a - g) of delta-v; a as of the dry vehicle, its
    highest. The fall alone takes sqrt(2 h / g), in which the tank leaks.
    """
    g, h = gravity_m_s2(0.0), np.maximum(h, 0.0)
    dry = mass - np.maximum(tank, 0.0)
    tank = np.maximum(0.0, tank - engine.leak_kg_s * np.sqrt(2.0 * h / g))
    left = engine.isp_s * G0_M_S2 * np.log((dry + tank) / dry)
    accel = force_n / dry
    return left >= np.sqrt(2.0 * g * h * accel / np.maximum(accel - g, 1e-9))


def best_stop_height_m(state: State, engine: Engine) -> float:
    """The highest that the vehicle can stop above the ground and still come down from, m; below zero: never in time.

    Full thrust; its direction follows the linear tangent law (optimal over flat ground, Bryson and Ho, sect. 2.4) while
    there is horizontal speed, all laws of a grid at once, and is upward from then on. -inf: propellant or thrust do not
    suffice for any of them.
    """
    thrust = max(engine.thrust_n, 1e-9)
    dt = min(1.0, max(0.05, 0.01 * state.speed_m_s * state.mass_kg / thrust))
    beside = engine.leak_kg_s + engine.trim_kg_s
    lasts_s = state.propellant_kg / (thrust / (engine.isp_s * G0_M_S2) + beside)
    tangents = np.tan(np.linspace(-0.2, 1.5, _ANGLES))
    first, last = (axis.ravel() for axis in np.meshgrid(tangents, tangents))
    burn_s = max(state.horizontal_m_s * state.mass_kg / thrust, dt)
    h, down, ahead = (
        np.full(first.shape, x) for x in (state.height_m, state.descent_m_s, state.horizontal_m_s)
    )
    mass, tank = np.full(first.shape, state.mass_kg), np.full(first.shape, state.propellant_kg)
    best, lowest = np.full(first.shape, -inf), np.full(first.shape, inf)
    for n in range(int(min(_LONGEST_S, lasts_s) / dt) + 1):
        t = n * dt
        force = thrust * max(0.0, 1.0 + engine.fade_s * t)
        tangent = np.where(ahead > 0.0, first + (last - first) * min(1.0, t / burn_s), inf)
        across = np.where(ahead > 0.0, 1.0 / np.sqrt(1.0 + tangent * tangent), 0.0)
        upward = np.where(ahead > 0.0, np.where(ahead > 0.0, tangent, 0.0) * across, 1.0)
        accel = np.where(tank > 0.0, force / mass, 0.0)
        radius = RADIUS_M + h
        fall = MU_M3_S2 / (radius * radius) - ahead * ahead / radius - accel * upward
        h = h - (down + 0.5 * fall * dt) * dt
        down = down + fall * dt
        ahead = np.maximum(0.0, ahead - accel * across * dt)
        used = (force / (engine.isp_s * G0_M_S2) + beside) * dt
        tank, mass = tank - used, mass - np.minimum(used, np.maximum(tank, 0.0))
        stopped = (ahead <= 0.0) & (down <= 0.0) & (tank > 0.0) & (force > mass * gravity_m_s2(0.0))
        stopped &= _comes_down(h, mass, tank, force, engine)
        lowest = np.minimum(lowest, h)
        best = np.where(stopped & (best == -inf), np.where(lowest < 0.0, lowest, h), best)
        if np.all((best > -inf) | (h < -_DEEPEST_M)):
            break
    return float(best.max())
