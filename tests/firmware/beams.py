"""Navigation as far as velocity measurements know it."""

from types import SimpleNamespace

import numpy as np

from perilune.flight.navigation.covariance import Covariance
from perilune.flight.navigation.doppler import Doppler
from perilune.wire.schema import FRESH, HEAD, VALID
from tests.firmware import kit
from tests.firmware.kit import axes

GOOD = VALID | FRESH


BEAMS = (0.6, 0.0, -0.8, -0.3, 0.5, -0.8, -0.3, -0.5, -0.8)


RADAR = (0.0, 0.0, -1.0, 0.6, 0.0, -0.8)


SENSORS = SimpleNamespace(
    velocimeter_beam=BEAMS,
    velocimeter_noise_m_s=0.02,
    velocimeter_noise_ratio=0.001,
    velocimeter_max_m=5000.0,
    altimeter_height_m=2.5,
    imu_height_m=1.0,
    radar_head=RADAR,
)


UPRIGHT = axes(np.eye(3))


class Nav:
    """Navigation that takes nothing in, and remembers what it was given. The level frame is (z, x, y)."""

    def __init__(self, velocity=(0.0, 0.0, 0.0), variance=1.0, body=UPRIGHT, rate=(0.0, 0.0, 0.0)):
        self.told: list[tuple] = []
        self.velocity = velocity
        self.tick, self.speed = 1000, 50.0
        self.covariance = Covariance([100.0] * 4 + [variance] * 3 + [1e-6] * 3)
        self.attitude = SimpleNamespace(axes=body, rate=rate)
        self.inertial = SimpleNamespace(suspect=False, blind=False)
        self.strapdown = SimpleNamespace(to_level=lambda x, y, z: (z, x, y))
        self.sigma_v_up, self.sigma_v_level = 0.11, 0.22
        self.pull = self.bias = (0.0, 0.0, 0.0)
        self.renounced: list[tuple] = []
        self.asked: list[float] = []
        self.taken_in: list[tuple] = []
        self.settled = 0
        self.owed = 0.0
        self.doppler = Doppler(SENSORS, lambda *event: self.told.append(event))
        self.unit = SimpleNamespace(isolated=False, same=0, heads=(RADAR[0:3], RADAR[3:6]))
        self.v_ahead, self.v_left = 2.0, -1.0
        self.lrf, self.radar = kit.altimeter(used_tick=0), kit.altimeter(used_tick=0)
        self.n = 0

    def velocity_at(self, age_s):
        self.asked.append(age_s)
        return self.velocity

    def taken(self, _direction):
        return self.owed

    def take_velocity(self, *values):
        self.taken_in.append(values)

    correct_velocity = take_velocity

    def settle(self):
        self.settled += 1

    def renounce(self, *values):
        self.renounced.append(values)

    def beams(self, off=0.0, status=GOOD, which=7, age_ms=0, ticks=5):
        """A velocimeter sample `ticks` later, each beam `off` (one number or three) from what is expected."""
        self.tick += ticks
        self.n += 1
        off = np.broadcast_to(off, 3) + 1e-9 * self.n
        body = np.reshape(self.attitude.axes, (3, 3)).T
        expected = np.reshape(BEAMS, (3, 3)) @ body.T @ np.array(self.velocity)
        self.doppler.velocimeter((status, which, age_ms, *(expected + off)), self)
        return self

    def echo(self, off=0.0, status=GOOD, age_ms=0, ticks=5):
        """A radar sample `ticks` later."""
        self.tick += ticks
        head = 1 if status & HEAD else 0
        body = np.reshape(self.attitude.axes, (3, 3)).T
        expected = body @ np.array(self.unit.heads[head]) @ np.array(self.velocity)
        self.doppler.radar((status, age_ms, 900.0, expected + off), self.unit, self)
        return self

    def codes(self):
        return [event[0] for event in self.told]

    def believed(self):
        self.doppler.isolated = False
        return self


def gate(nav, r) -> float:
    return 5.0 * (nav.covariance.velocity_variance((-0.8, 0.6, 0.0)) + r) ** 0.5
