"""Two altimeters over flat ground, for tests of how they are judged."""

import numpy as np

from perilune.flight import events
from perilune.flight.navigation import altimeter_fdi
from perilune.flight.navigation.altimeter import Altimeter
from perilune.flight.navigation.altimeter_fdi import Altimetry
from perilune.flight.navigation.covariance import AGL, Covariance
from tests.firmware.records import estimate

HEADS = (0.0, 0.0, -1.0, 0.9, 0.0, -0.43)


HEIGHT_M = 9000.0


class Over:
    """Level flight over flat ground; the filter is its height alone."""

    def __init__(self, witness_sigma_m=1500.0):
        self.events: list[tuple] = []
        self.lrf = Altimeter(events.LRF, HEADS, 10e3, 0.1, 0.001, 1.0)
        self.radar = Altimeter(events.RADAR, HEADS, 14e3, 0.5, 0.01, 1.0)
        self.altimetry = Altimetry(self.lrf, self.radar, lambda *event: self.events.append(event))
        self.covariance = Covariance([300.0**2] + [1.0] * 9)
        self.estimate = estimate(agl=HEIGHT_M, tick=1000)
        self.range_m = HEIGHT_M
        self.speed_m_s = 60.0
        self.witness_sigma_m = witness_sigma_m
        self.random = np.random.default_rng(5)

    @property
    def tick(self) -> int:
        return self.estimate.tick

    @tick.setter
    def tick(self, tick: int) -> None:
        self.estimate.tick = tick

    @property
    def agl(self) -> float:
        return self.estimate.agl

    def judge(self, unit, height, r, inertial) -> None:
        """Have one height judged, and the filter do what is found."""
        variance = self.covariance.rows[AGL][AGL]
        self.estimate.sigma_agl = variance**0.5
        innovation = height - self.agl
        found = self.altimetry.judge(unit, height, self.agl, r, variance, inertial, self.estimate)
        if found == altimeter_fdi.USE:
            self.estimate.agl += self.covariance.observe(AGL, innovation, r)[AGL]
        elif found == altimeter_fdi.REOPEN:
            self.covariance.add_variance(AGL, innovation * innovation)

    def fly(self, seconds, lrf=None, radar=None):
        """Samples at 10 Hz with these errors, m; None: the unit is silent."""
        for _ in range(round(10 * seconds)):
            self.tick += 5
            self.covariance.add_variance(AGL, 1.0)
            for unit, error in ((self.lrf, lrf), (self.radar, radar)):
                if error is not None:
                    unit.range_m, unit.alive_tick, unit.sweep_m_s = self.range_m, self.tick, self.speed_m_s
                    height = HEIGHT_M + error + 5.0 * self.random.standard_normal()
                    witness = (HEIGHT_M, self.witness_sigma_m, 0.0)
                    self.judge(unit, height, 100.0 + unit.noise, witness)
        return self


def near(over):
    """Low above the ground, where ranges are good to a few metres."""
    over.range_m = 400.0
    over.covariance.rows[AGL][AGL] = 100.0
    return over


def feed(over: Over, unit: Altimeter, error: float, times: int = 1) -> None:
    """Samples of one unit without noise, `error` m off, at 10 Hz."""
    for _ in range(times):
        over.tick += 5
        unit.range_m, unit.alive_tick, unit.sweep_m_s = over.range_m, over.tick, over.speed_m_s
        over.judge(unit, HEIGHT_M + error, 100.0, (HEIGHT_M, 1500.0, 0.0))
