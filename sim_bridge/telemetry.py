"""Ten rows a second of truth, estimate, sensors and actuators, for reports and checks."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from perilune.wire import schema

from host.codec import LAYOUTS
from sim_bridge.world.world import World

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
)
_OWN = {
    "mode": "mode",
    "nav_altitude_m": "altitude_m",
    "nav_agl_m": "agl_m",
    "nav_sigma_agl_m": "sigma_agl_m",
    "nav_sigma_v_m_s": "sigma_velocity_m_s_0",
    "nav_sigma_position_m": "sigma_position_m",
    "nav_mass_kg": "mass_kg",
    "time_to_go_s": "time_to_go_s",
    "throttle": "throttle_0",
    "tick_us": "tick_us",
    "gc_us": "gc_us",
    "heap_low_bytes": "heap_low_bytes",
}
_NAMES = [item[0] for item in schema.items(schema.ACTUATORS)]
_PICK = [1 + _NAMES.index(name) for name in _OWN.values()]
_V = 1 + _NAMES.index("velocity_m_s_0")
_R = 1 + _NAMES.index("position_m_0")
_Q = 1 + _NAMES.index("attitude_0")
_RCS = 1 + _NAMES.index("rcs_on_ms_0")
_SENSED = [item[0] for item in schema.items(schema.SENSORS)]
_LRF = 1 + _SENSED.index("lrf_status")
_RADAR = 1 + _SENSED.index("radar_status")
_SENSORS = LAYOUTS[schema.SENSORS]


class Telemetry:
    """Collects rows; `columns` gives them as arrays of equal length."""

    def __init__(self) -> None:
        self._truth: list[Any] = []
        self._own: list[Any] = []
        self._extra: list[tuple[float, ...]] = []
        self.agl_m = math.inf

    def add(self, world: World, row: Sequence[Any]) -> None:
        """One row, from the world's truth and a decoded actuator frame."""
        truth = world.truth()
        self.agl_m = truth.agl_m
        self._truth.append(truth)
        self._own.append(row)

    def columns(self) -> dict[str, np.ndarray]:
        """All columns; empty arrays where nothing was flown."""
        own = np.array([[row[i] for i in _PICK] for row in self._own], dtype=float).reshape(-1, len(_PICK))
        columns = {"time_s": np.array([row[1] for row in self._own], dtype=float) / schema.TICK_HZ}
        columns |= {name: np.array([getattr(t, name) for t in self._truth]) for name in _TRUTH}
        columns |= {name: own[:, i] for i, name in enumerate(_OWN)}
        columns["throttle"] = columns["throttle"] * 1e-4
        return columns | self._derived()

    def _derived(self) -> dict[str, np.ndarray]:
        v = np.array([row[_V : _V + 3] for row in self._own]).reshape(-1, 3)
        r = np.array([row[_R : _R + 3] for row in self._own]).reshape(-1, 3) + np.array([0.0, 0.0, 1737400.0])
        up = r / np.linalg.norm(r, axis=1, keepdims=True)
        rise = (v * up).sum(axis=1)
        q = np.array([row[_Q : _Q + 4] for row in self._own]).reshape(-1, 4)
        q_true = np.array([t.attitude for t in self._truth]).reshape(-1, 4)
        dot = np.clip(np.abs((q * q_true).sum(axis=1)), 0.0, 1.0)
        return {
            "nav_vertical_m_s": rise,
            "nav_horizontal_m_s": np.linalg.norm(v - rise[:, None] * up, axis=1),
            "attitude_error_deg": np.degrees(2.0 * np.arccos(dot)),
            "rcs_on_ms": np.array([sum(row[_RCS : _RCS + schema.THRUSTERS]) for row in self._own], dtype=float),
            "lrf_agl_m": np.array([t.lrf_agl_m for t in self._truth]),
            "radar_agl_m": np.array([t.radar_agl_m for t in self._truth]),
            "lrf_range_m": np.array([t.lrf_range_m for t in self._truth]),
        }
