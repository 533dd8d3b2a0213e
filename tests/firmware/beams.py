"""Navigation as far as velocity measurements know it: what the filter is given is noted and not applied."""

import numpy as np

from perilune.flight.navigation.altimeter import Altimeter
from perilune.flight.navigation.covariance import Covariance
from perilune.flight.navigation.doppler import Doppler
from perilune.wire import schema
from perilune.wire.schema import FRESH, HEAD, VALID
from tests.firmware import navigating
from tests.firmware.kit import axes, loaded

GOOD = VALID | FRESH
SENSORS = loaded(
    (
        schema.PARAM_SENSORS,
        {
            "velocimeter_beam": [0.6, 0.0, -0.8, -0.3, 0.5, -0.8, -0.3, -0.5, -0.8],
            "velocimeter_noise_m_s": 0.02,
            "velocimeter_noise_ratio": 0.001,
            "velocimeter_max_m": 5000.0,
            "altimeter_height_m": 2.5,
            "imu_height_m": 1.0,
            "radar_head": [0.0, 0.0, -1.0, 0.6, 0.0, -0.8],
        },
    )
).sensors
BEAMS, RADAR = SENSORS.velocimeter_beam, SENSORS.radar_head
UPRIGHT = axes(np.eye(3))


def silent(unit: Altimeter) -> Altimeter:
    """One that has said nothing, of which a test sets the variance `own` that the instrument itself has."""
    unit.used_tick, unit.own = 0, 0.0
    unit.own_variance = lambda: unit.own
    return unit


class Nav:
    """A real Navigation that is given samples. The level frame is (z, x, y)."""

    def __init__(self, velocity=(0.0, 0.0, 0.0), variance=1.0, body=UPRIGHT, rate=(0.0, 0.0, 0.0)):
        self.told: list[tuple] = []
        self.velocity = velocity
        self.asked: list[float] = []
        self.taken_in: list[tuple] = []
        self.reverted: list[tuple] = []
        self.applied = 0
        self.owed = 0.0  # what the beams before have corrected
        self.n = 0
        nav = self.nav = navigating.new()
        self.estimate, self.filter = nav.estimate, nav.filter
        self.estimate.tick, self.estimate.speed = 1000, 50.0
        self.estimate.v_downrange, self.estimate.v_crossrange = 2.0, -1.0
        self.estimate.sigma_v_up, self.estimate.sigma_v_level = 0.11, 0.22
        self.covariance = self.filter.covariance = Covariance([100.0] * 4 + [variance] * 3 + [1e-6] * 3)
        nav.attitude.axes, nav.attitude.rate = body, rate
        nav.strapdown.to_level = lambda x, y, z: (z, x, y)
        nav._velocity_at = self.velocity_at
        self.filter.pending_along = lambda _direction: self.owed
        self.filter.take_velocity = self.filter.correct_velocity = lambda *values: self.taken_in.append(
            values
        )
        self.filter.apply_pending = self.apply_pending
        self.filter.revert_velocity = lambda *values: self.reverted.append(values)
        self.doppler = nav.doppler = Doppler(SENSORS, lambda *event: self.told.append(event))
        self.lrf, self.radar = silent(nav.lrf), silent(nav.radar)
        self.radar.heads = (RADAR[0:3], RADAR[3:6])

    @property
    def tick(self) -> int:
        return self.estimate.tick

    @tick.setter
    def tick(self, tick: int) -> None:
        self.estimate.tick = tick

    def velocity_at(self, age_s):
        self.asked.append(age_s)
        return self.velocity

    def apply_pending(self):
        self.applied += 1

    def beams(self, off=0.0, status=GOOD, which=7, age_ms=0, ticks=5):
        """A velocimeter sample `ticks` later, each beam `off` (one number or three) from what is expected."""
        self.tick += ticks
        self.n += 1
        off = np.broadcast_to(off, 3) + 1e-9 * self.n
        body = np.reshape(self.nav.attitude.axes, (3, 3)).T
        expected = np.reshape(BEAMS, (3, 3)) @ body.T @ np.array(self.velocity)
        self.nav._take_beams((status, which, age_ms, *(expected + off)))
        return self

    def echo(self, off=0.0, status=GOOD, age_ms=0, ticks=5):
        """A radar sample `ticks` later."""
        self.tick += ticks
        head = 1 if status & HEAD else 0
        body = np.reshape(self.nav.attitude.axes, (3, 3)).T
        expected = body @ np.array(self.radar.heads[head]) @ np.array(self.velocity)
        self.nav._take_radar_rate((status, age_ms, 900.0, expected + off))
        return self

    def codes(self):
        return [event[0] for event in self.told]

    def believed(self):
        self.doppler.isolated = False
        return self


def gate(nav, r) -> float:
    return 5.0 * (nav.covariance.velocity_variance((-0.8, 0.6, 0.0)) + r) ** 0.5
