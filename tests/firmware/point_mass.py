"""What guidance laws are flown on: a point mass over flat ground, and the engine beside it."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from tests.firmware.kit import MOON_RADIUS_M, MU_M3_S2, loaded

GAINS = loaded().guidance
DT = 0.1
END = GAINS.braking_end_accel_m_s2


@dataclass
class PointMass:
    """Height (m, above flat ground), distances flown (m) and velocity (m/s); what the laws read of navigation."""

    agl: float
    v_up: float
    v_ahead: float = 0.0
    v_left: float = 0.0
    ahead: float = 0.0
    left: float = 0.0
    sigma_agl: float = 0.3
    sigma_v_up: float = 0.1
    tick: int = 0
    trace: list = field(default_factory=list)
    altimetry = SimpleNamespace(may_still_speak=lambda _tick: True, used_tick=0)
    inertial = SimpleNamespace(blind=False)

    @property
    def altitude(self) -> float:
        return self.agl

    def mapped_depth(self) -> float:
        return 0.0

    @property
    def speed(self) -> float:
        return float(np.linalg.norm((self.v_up, self.v_ahead, self.v_left)))

    @property
    def gravity(self) -> float:
        """Radial acceleration without thrust: gravity less the centrifugal term."""
        rho = MOON_RADIUS_M + self.agl
        return (self.v_ahead**2 + self.v_left**2 - MU_M3_S2 / rho) / rho

    def fly(self, accel) -> None:
        """One guidance cycle of thrust acceleration (up, downrange, left)."""
        a = np.array(accel) + [self.gravity, 0.0, 0.0]
        v = np.array([self.v_up, self.v_ahead, self.v_left])
        r = np.array([self.agl, self.ahead, self.left]) + DT * v + 0.5 * DT * DT * a
        self.v_up, self.v_ahead, self.v_left = (v + DT * a).tolist()
        self.agl, self.ahead, self.left = r.tolist()
        self.trace.append((*accel, self.agl, self.v_up))


def craft(accel_max: float = 12.0, delta_v: float = 400.0) -> SimpleNamespace:
    return SimpleNamespace(
        accel_max=accel_max, delta_v_left=delta_v, delta_v_kept=0.0, load=500.0, leaks_away=lambda _s: 0.0
    )
