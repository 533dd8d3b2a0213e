"""Ten rows a second of truth, estimate, sensors and actuators, for reports and checks.

A row is kept as it came: the doubles that the world's C writes, and the bytes of the actuator frame. They become
columns once, at the end.
"""

import math
import struct

import numpy as np

from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_sim.config import Vehicle
from perilune_sim.parameters import RADIUS_M
from perilune_sim.world.truth import AGL, PLACES
from perilune_sim.world.world import TRUTH_DOUBLES

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
_OWN = {
    "mode": "mode",
    "nav_altitude_m": "altitude_m",
    "nav_agl_m": "agl_m",
    "nav_sigma_agl_m": "sigma_agl_m",
    "nav_sigma_v_m_s": "sigma_velocity_m_s_0",
    "nav_sigma_v_level_m_s": "sigma_velocity_m_s_1",
    "nav_sigma_position_m": "sigma_position_m",
    "nav_mass_kg": "mass_kg",
    "time_to_go_s": "time_to_go_s",
    "tick_us": "tick_us",
    "gc_us": "gc_us",
    "heap_low_bytes": "heap_low_bytes",
}
_LAYOUT = LAYOUTS[schema.ACTUATORS]
_FRAME = np.dtype(
    {
        "names": [item[0] for item in _LAYOUT.items],
        "formats": [">" + item[1] for item in _LAYOUT.items],
        "offsets": list(_LAYOUT.places.values()),
        "itemsize": _LAYOUT.size,
    }
)
_AGL = struct.Struct("d")


class Telemetry:
    """Collects rows; `columns` gives them as arrays of equal length."""

    def __init__(self, vehicle: Vehicle) -> None:
        self._engines = len(vehicle.propulsion.engines)
        self._truth = bytearray()
        self._frames = bytearray()
        self.agl_m = math.inf

    def add(self, truth: bytes, frame: bytes) -> None:
        """One row: truth at a tick, and the ACTUATORS payload that was the latest by then (empty: none yet)."""
        (self.agl_m,) = _AGL.unpack_from(truth, 8 * AGL)
        if frame:
            self.extend(truth, frame)

    def extend(self, truth: bytes, frames: bytes) -> None:
        """Rows, one behind the other, each with its frame."""
        self._truth += truth
        self._frames += frames
        (self.agl_m,) = _AGL.unpack_from(truth, len(truth) - 8 * (TRUTH_DOUBLES - AGL))

    def columns(self) -> dict[str, np.ndarray]:
        """All columns (n,), metres, m/s, degrees, kg; NaN where an altimeter gave nothing."""
        truth = np.frombuffer(bytes(self._truth)).reshape(-1, TRUTH_DOUBLES)
        own = np.frombuffer(bytes(self._frames), _FRAME)
        columns = {"time_s": truth[:, PLACES["tick"]] / schema.TICK_HZ}
        columns |= {name: truth[:, PLACES[name]].copy() for name in _TRUTH}
        columns |= {name: own[source].astype(float) for name, source in _OWN.items()}
        throttles = [own[f"throttle_{i}"].astype(float) for i in range(self._engines)]
        columns["throttle"] = 1e-4 * np.mean(throttles, axis=0)
        columns["rcs_on_ms"] = np.sum(_vector(own, "rcs_on_ms", schema.THRUSTERS), axis=1)
        return columns | _motion(truth, own)


def _vector(own: np.ndarray, name: str, n: int) -> np.ndarray:
    return np.stack([own[f"{name}_{i}"].astype(float) for i in range(n)], axis=1)


def _motion(truth: np.ndarray, own: np.ndarray) -> dict[str, np.ndarray]:
    v = _vector(own, "velocity_m_s", 3)
    r = _vector(own, "position_m", 3) + [0.0, 0.0, RADIUS_M]
    up = r / np.linalg.norm(r, axis=1, keepdims=True)
    rise = (v * up).sum(axis=1)
    q = _vector(own, "attitude", 4)
    true = truth[:, PLACES["attitude"] : PLACES["attitude"] + 4]
    # |dot| loses small angles; the vector part of q* q_true keeps them
    across = q[:, :1] * true[:, 1:] - true[:, :1] * q[:, 1:] - np.cross(q[:, 1:], true[:, 1:])
    error = 2.0 * np.arcsin(np.clip(np.linalg.norm(across, axis=1), 0.0, 1.0))
    return {
        "nav_vertical_m_s": rise,
        "nav_horizontal_m_s": np.linalg.norm(v - rise[:, None] * up, axis=1),
        "attitude_error_deg": np.degrees(error),
        "nav_position_error_m": _level(r - _true(truth, "position_m") - [0.0, 0.0, RADIUS_M], up),
        "nav_level_velocity_error_m_s": _level(v - _true(truth, "velocity_m_s"), up),
    }


def _true(truth: np.ndarray, name: str) -> np.ndarray:
    return truth[:, PLACES[name] : PLACES[name] + 3]


def _level(vectors: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Size of the part of each vector that lies in the local level."""
    return np.linalg.norm(vectors - (vectors * up).sum(axis=1, keepdims=True) * up, axis=1)
