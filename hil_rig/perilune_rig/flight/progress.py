"""What a flight in progress tells those who watch it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a flight stands; heights and speeds are true ones."""

    tick: int
    time_s: float  # simulated
    time_limit_s: float
    mode: str
    agl_m: float  # footpads above the ground
    vertical_m_s: float  # positive up
    horizontal_m_s: float
