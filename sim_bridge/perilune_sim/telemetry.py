"""Ten rows a second of truth, estimate, sensors and actuators, for reports and checks."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from perilune.wire import schema
from perilune_sim.config import Vehicle
from perilune_sim.parameters import RADIUS_M
from perilune_sim.world.truth import Truth

_TRUTH = (
    "altitude_m",
    "agl_m",
    "vertical_m_s",
    "horizontal_m_s",
    "downrange_m",
    "left_m",
    "tilt_deg",
    "rate_deg_s",
    "mass_kg",
    "propellant_kg",
    "thrust_n",
    "lrf_range_m",
    "lrf_agl_m",
    "radar_agl_m",
)
_ACTUATORS = ["type"] + [item[0] for item in schema.items(schema.ACTUATORS)]
_OWN = {
    "mode": "mode",
    "nav_altitude_m": "altitude_m",
    "nav_agl_m": "agl_m",
    "nav_sigma_agl_m": "sigma_agl_m",
    "nav_sigma_v_m_s": "sigma_velocity_m_s_0",
    "nav_sigma_position_m": "sigma_position_m",
    "nav_mass_kg": "mass_kg",
    "time_to_go_s": "time_to_go_s",
    "tick_us": "tick_us",
    "gc_us": "gc_us",
    "heap_low_bytes": "heap_low_bytes",
}


class Telemetry:
    """Collects rows; `columns` gives them as arrays of equal length."""

    def __init__(self, vehicle: Vehicle) -> None:
        self._engines = len(vehicle.propulsion.engines)
        self._truth: list[Truth] = []
        self._own: list[Sequence[Any]] = []
        self._ticks: list[int] = []
        self.agl_m = math.inf

    def add(self, tick: int, truth: Truth, row: Sequence[Any]) -> None:
        """One row: truth at a tick and the actuator frame, decoded, that was the latest by then (empty: none yet)."""
        self.agl_m = truth.agl_m
        if not row:
            return
        self._ticks.append(tick)
        self._truth.append(truth)
        self._own.append(row)

    def columns(self) -> dict[str, np.ndarray]:
        """All columns (n,), metres, m/s, degrees, kg; NaN where an altimeter gave nothing."""
        columns = {"time_s": np.array(self._ticks, dtype=float) / schema.TICK_HZ}
        columns |= {name: np.array([getattr(t, name) for t in self._truth], dtype=float) for name in _TRUTH}
        columns |= {name: self._pick(source) for name, source in _OWN.items()}
        columns["throttle"] = 1e-4 * np.mean(
            [self._pick(f"throttle_{i}") for i in range(self._engines)], axis=0
        )
        columns["rcs_on_ms"] = np.sum([self._pick(f"rcs_on_ms_{i}") for i in range(schema.THRUSTERS)], axis=0)
        return columns | self._motion()

    def _pick(self, name: str) -> np.ndarray:
        i = _ACTUATORS.index(name)
        return np.array([row[i] for row in self._own], dtype=float)

    def _vectors(self, name: str, n: int) -> np.ndarray:
        return np.stack([self._pick(f"{name}_{i}") for i in range(n)], axis=1)

    def _motion(self) -> dict[str, np.ndarray]:
        v = self._vectors("velocity_m_s", 3)
        r = self._vectors("position_m", 3) + [0.0, 0.0, RADIUS_M]
        up = r / np.linalg.norm(r, axis=1, keepdims=True)
        rise = (v * up).sum(axis=1)
        q = self._vectors("attitude", 4)
        true = np.array([t.attitude for t in self._truth]).reshape(-1, 4)
        # |dot| loses small angles; the vector part of q* q_true keeps them
        across = q[:, :1] * true[:, 1:] - true[:, :1] * q[:, 1:] - np.cross(q[:, 1:], true[:, 1:])
        error = 2.0 * np.arcsin(np.clip(np.linalg.norm(across, axis=1), 0.0, 1.0))
        return {
            "nav_vertical_m_s": rise,
            "nav_horizontal_m_s": np.linalg.norm(v - rise[:, None] * up, axis=1),
            "attitude_error_deg": np.degrees(error),
        }
