"""The numbers behind the plots: telemetry columns and what is derived from them, packed once for the whole page."""

import base64

import numpy as np

Columns = dict[str, np.ndarray]

RCS_MEAN_ROWS = 50  # 5 s
FLOOR_M = 0.1  # lowest height on logarithmic axes


def derive(telemetry: Columns) -> Columns:
    """Telemetry (see perilune_sim.flight_record) plus errors, 3-sigma bounds and the ground under the vehicle."""
    t = {name: np.asarray(column, dtype=float) for name, column in telemetry.items()}
    sigma_agl, sigma_v = 3.0 * t["nav_sigma_agl_m"], 3.0 * t["nav_sigma_v_m_s"]
    derived = {
        "speed_m_s": np.hypot(t["vertical_m_s"], t["horizontal_m_s"]),
        "nav_speed_m_s": np.hypot(t["nav_vertical_m_s"], t["nav_horizontal_m_s"]),
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
        "rcs_mean_ms": _running_mean(t["rcs_on_ms"], RCS_MEAN_ROWS),
    }
    for name in (
        "agl_m",
        "nav_agl_m",
        "nav_agl_low_m",
        "nav_agl_high_m",
        "lrf_agl_m",
        "radar_agl_m",
        "nav_speed_m_s",
    ):
        derived[f"{name}_log"] = np.maximum((t | derived)[name], FLOOR_M)
    return t | derived


def _running_mean(column: np.ndarray, rows: int) -> np.ndarray:
    """Mean over a window of so many rows centred on each; of fewer at the ends."""
    ones = np.ones(min(rows, len(column)))
    return np.convolve(column, ones, "same") / np.convolve(np.ones(len(column)), ones, "same")


def pack(columns: Columns, names: set[str]) -> dict[str, str]:
    """The named columns as base64 of little-endian float32; NaN stays NaN."""
    return {n: base64.b64encode(columns[n].astype("<f4").tobytes()).decode("ascii") for n in sorted(names)}
