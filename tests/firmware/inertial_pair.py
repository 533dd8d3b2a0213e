"""Two inertial units fed by hand, and what each may say."""

from perilune.flight.navigation.imu import Inertial
from perilune.flight.schedule import COMPARE, SLOTS
from perilune.wire.schema import VALID


class Pair:
    """Two units whose samples are given as (dtheta), (dvel) per tick; a dither of 1e-9 keeps them from repeating."""

    def __init__(self) -> None:
        self.told: list[tuple] = []
        self.units = Inertial(lambda *event: self.told.append(event))
        self.n = 0
        self.now = COMPARE - SLOTS  # compared at the end of each SLOTS ticks

    def sample(self, turn, push, status=VALID, frozen=False):
        self.n += 1
        d = 0.0 if frozen else 1e-9 * self.n
        return (status, *(x + d for x in turn), *(x + d for x in push))

    def tick(self, a, b, ticks=1, on=True, expected=3.0):
        """a, b: (turn, push[, status[, frozen]])."""
        for _ in range(ticks):
            self.now += 1
            self.units.update(self.sample(*a), self.sample(*b), self.now, on, expected)
        return self.units

    def named(self, code):
        return [event[1:] for event in self.told if event[0] == code]


STILL = (0.0, 0.0, 0.0)
PUSH = (0.0, 0.0, 0.06)  # 3 m/s2
FINE = (STILL, PUSH)
DEAD = (STILL, STILL, 0)
