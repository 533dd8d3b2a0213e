"""The numbers behind the plots: telemetry columns and what is derived from them, packed once for the whole page."""

import base64

import numpy as np

Columns = dict[str, np.ndarray]

FLOOR_M = 0.1  # lowest height on logarithmic axes


def derive(telemetry: Columns) -> Columns:
    """Telemetry (see sim_bridge.flight_record) plus errors, 3-sigma bounds and the ground under the vehicle."""
    t = {name: np.asarray(column, dtype=float) for name, column in telemetry.items()}
    sigma_agl, sigma_v = 3.0 * t["nav_sigma_agl_m"], 3.0 * t["nav_sigma_v_m_s"]
    derived = {
        "speed_m_s": np.hypot(t["vertical_m_s"], t["horizontal_m_s"]),
        "nav_speed_m_s": np.hypot(t["nav_vertical_m_s"], t["nav_horizontal_m_s"]),
        "ground_m": t["altitude_m"] - t["agl_m"],
        "downrange_km": t["downrange_m"] / 1e3,
        "altitude_km": t["altitude_m"] / 1e3,
        "agl_error_m": t["nav_agl_m"] - t["agl_m"],
        "lrf_error_m": t["lrf_agl_m"] - t["agl_m"],
        "radar_error_m": t["radar_agl_m"] - t["agl_m"],
        "agl_plus_m": sigma_agl,
        "agl_minus_m": -sigma_agl,
        "nav_agl_high_m": t["nav_agl_m"] + sigma_agl,
        "nav_agl_low_m": t["nav_agl_m"] - sigma_agl,
        "vertical_error_m_s": t["nav_vertical_m_s"] - t["vertical_m_s"],
        "horizontal_error_m_s": t["nav_horizontal_m_s"] - t["horizontal_m_s"],
        "v_plus_m_s": sigma_v,
        "v_minus_m_s": -sigma_v,
        "thrust_kn": t["thrust_n"] / 1e3,
        "throttle_percent": 100.0 * t["throttle"],
        "ground_km": (t["altitude_m"] - t["agl_m"]) / 1e3,
        "nav_altitude_km": t["nav_altitude_m"] / 1e3,
    }
    for name in ("agl_m", "nav_agl_m", "nav_agl_low_m", "nav_agl_high_m", "lrf_agl_m", "radar_agl_m", "nav_speed_m_s"):
        derived[f"{name}_log"] = np.maximum((t | derived)[name], FLOOR_M)
    return t | derived


def pack(columns: Columns, names: set[str]) -> dict[str, str]:
    """The named columns as base64 of little-endian float32; NaN stays NaN."""
    return {n: base64.b64encode(columns[n].astype("<f4").tobytes()).decode("ascii") for n in sorted(names)}
