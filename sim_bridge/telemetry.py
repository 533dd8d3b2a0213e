"""Ten rows a second of truth, estimate, sensors and actuators, for reports and checks."""

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from perilune.wire import schema

from sim_bridge.config import Altimeter, Vehicle
from sim_bridge.parameters import RADIUS_M
from sim_bridge.world.truth import Truth

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
)
_ACTUATORS = ["type"] + [item[0] for item in schema.items(schema.ACTUATORS)]
_SENSORS = ["type"] + [item[0] for item in schema.items(schema.SENSORS)]
_SENSOR_LAYOUT = struct.Struct(schema.layout(schema.SENSORS))
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
_OLD_MS = 100  # an altimeter sample older than a row belongs to an earlier one


class Telemetry:
    """Collects rows; `columns` gives them as arrays of equal length."""

    def __init__(self, vehicle: Vehicle) -> None:
        self._vehicle = vehicle
        self._truth: list[Truth] = []
        self._sensed: list[tuple[Any, ...]] = []
        self._own: list[Sequence[Any]] = []
        self.agl_m = math.inf

    def add(self, truth: Truth, sensors: bytes, row: Sequence[Any]) -> None:
        """One row: truth, the SENSORS payload and the decoded actuator frame of one tick."""
        self.agl_m = truth.agl_m
        self._truth.append(truth)
        self._sensed.append(_SENSOR_LAYOUT.unpack(sensors))
        self._own.append(row)

    def columns(self) -> dict[str, np.ndarray]:
        """All columns (n,), metres, m/s, degrees, kg; NaN where an altimeter gave nothing."""
        columns = {"time_s": self._pick("tick") / schema.TICK_HZ}
        columns |= {name: np.array([getattr(t, name) for t in self._truth], dtype=float) for name in _TRUTH}
        columns |= {name: self._pick(source) for name, source in _OWN.items()}
        columns["thrust_n"] = np.array([sum(t.thrust_n) for t in self._truth])
        count = len(self._vehicle.propulsion.engines)
        columns["throttle"] = 1e-4 * np.mean([self._pick(f"throttle_{i}") for i in range(count)], axis=0)
        columns["rcs_on_ms"] = np.sum([self._pick(f"rcs_on_ms_{i}") for i in range(schema.THRUSTERS)], axis=0)
        return columns | self._motion() | self._altimeters()

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

    def _altimeters(self) -> dict[str, np.ndarray]:
        sensors = self._vehicle.sensors
        lrf_range, lrf_agl = self._altimeter("lrf", sensors.lrf)
        _, radar_agl = self._altimeter("radar", sensors.radar)
        return {"lrf_range_m": lrf_range, "lrf_agl_m": lrf_agl, "radar_agl_m": radar_agl}

    def _altimeter(self, name: str, unit: Altimeter) -> tuple[np.ndarray, np.ndarray]:
        """Slant range and what it says of the footpads' height, projected with the true attitude."""
        columns = [_SENSORS.index(f"{name}_{part}") for part in ("status", "age_ms", "range_m")]
        status, age, slant = (np.array([row[i] for row in self._sensed], dtype=float) for i in columns)
        bits = status.astype(int)
        good = (bits & schema.VALID > 0) & (age <= _OLD_MS)
        slant = np.where(good, slant, np.nan)
        heads = np.array(unit.heads)[(bits & schema.HEAD > 0).astype(int)]
        down = np.array([_body_up(t) for t in self._truth]).reshape(-1, 3)
        height = unit.position_m[2] - self._vehicle.legs.pad_z_m
        return slant, -(heads * down).sum(axis=1) * slant - height * down[:, 2]


def _body_up(truth: Truth) -> np.ndarray:
    """The local vertical in the body frame."""
    w, *vector = truth.attitude
    v = np.array(vector)
    x, y, z = truth.position_m
    up = np.array([x, y, z + RADIUS_M])
    up /= np.linalg.norm(up)
    t = 2.0 * np.cross(up, v)
    return up + w * t + np.cross(t, v)
