"""What guidance laws are flown on: a point mass over flat ground, and the engine beside it."""

from typing import Any

import numpy as np

from perilune.flight.signals import Estimate, Limits
from tests.firmware.kit import MOON_RADIUS_M, MU_M3_S2, loaded
from tests.firmware.records import filled, limits

GAINS = loaded().guidance
DT = 0.1
END = GAINS.braking_end_accel_m_s2


class PointMass(Estimate):
    """An estimate that is true: heights are above flat ground."""

    def __init__(
        self, agl: float, v_up: float, v_downrange: float = 0.0, v_crossrange: float = 0.0, **others: Any
    ) -> None:
        super().__init__()
        filled(self, {"sigma_agl": 0.3, "sigma_v_up": 0.1} | others)
        self.v_up, self.v_downrange, self.v_crossrange = v_up, v_downrange, v_crossrange
        self.trace: list[tuple] = []
        self.at(agl)

    def at(self, agl: float) -> None:
        """There, with what follows from it and from the velocity."""
        self.agl = self.altitude = agl
        self.speed = float(np.linalg.norm((self.v_up, self.v_downrange, self.v_crossrange)))
        rho = MOON_RADIUS_M + agl
        self.g_eff = (self.v_downrange**2 + self.v_crossrange**2 - MU_M3_S2 / rho) / rho

    def fly(self, accel) -> None:
        """One guidance cycle of thrust acceleration (up, downrange, crossrange)."""
        a = np.array(accel) + [self.g_eff, 0.0, 0.0]
        v = np.array([self.v_up, self.v_downrange, self.v_crossrange])
        r = np.array([self.agl, self.downrange, self.crossrange]) + DT * v + 0.5 * DT * DT * a
        self.v_up, self.v_downrange, self.v_crossrange = (v + DT * a).tolist()
        agl, self.downrange, self.crossrange = r.tolist()
        self.at(agl)
        self.trace.append((*accel, self.agl, self.v_up))


def craft(accel_max: float = 12.0, delta_v: float = 400.0) -> Limits:
    return limits(accel_max=accel_max, delta_v_left=delta_v, load=500.0)
