"""A flight in a kilobyte: its state at fixed heights, so that thousands can be drawn and compared height by height."""

import numpy as np

HEIGHTS_M = np.geomspace(16e3, 0.5, 60).round(3)  # above the ground, from high to low
COLUMNS = (
    "time_s",
    "downrange_m",
    "vertical_m_s",
    "horizontal_m_s",
    "tilt_deg",
    "nav_agl_m",
    "agl_m",
    "nav_sigma_agl_m",
)


def pack(telemetry: dict[str, np.ndarray]) -> bytes:
    """The columns where the flight first is at or below each height; NaN for heights that it never came down to."""
    heights = np.asarray(telemetry["agl_m"], dtype=float)
    if not len(heights):
        return b""
    lowest = np.minimum.accumulate(heights)
    # the first row whose lowest height so far is not above h
    rows = np.searchsorted(-lowest, -HEIGHTS_M, side="left")
    reached = (rows < len(lowest)) & (heights[0] >= HEIGHTS_M)
    rows = np.minimum(rows, len(lowest) - 1)
    table = np.array([np.where(reached, np.asarray(telemetry[name])[rows], np.nan) for name in COLUMNS])
    return table.astype("<f4").tobytes()


def unpack(data: bytes) -> dict[str, np.ndarray]:
    """Columns by name, one value a height of HEIGHTS_M."""
    table = np.frombuffer(data, dtype="<f4").reshape(len(COLUMNS), -1)
    return dict(zip(COLUMNS, table, strict=True))
