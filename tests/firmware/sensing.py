"""Contact sensing of a lander that comes down, tick by tick."""

from perilune.flight.signals import Estimate
from perilune.flight.touchdown import Touchdown
from tests.firmware.kit import loaded
from tests.firmware.records import estimate, limits

GAINS = loaded().guidance
THRUST_M_S2 = 1.5


def State(felt: float = THRUST_M_S2, turning: float = 0.0, blind: bool = False, **changes) -> Estimate:
    """Just above the ground; felt: m/s2 along body z, turning: rad/s, blind: without gyros."""
    of = {"agl": 0.2, "sigma_agl": 0.1, "v_up": -1.2, "delta_v": (0.0, 0.0, felt / 50.0)}
    made = estimate(**(of | {"rate": (0.0, turning, 0.0), "rate_modelled": blind} | changes))
    made.speed = (made.v_up**2 + made.v_downrange**2 + made.v_crossrange**2) ** 0.5
    return made


class Sensing:
    """Touchdown sensing and the events it logs; `feel` gives it ticks."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.touchdown = Touchdown(GAINS, lambda code, *_values: self.events.append(code))

    def feel(self, ticks: int, legs: int = 0, state: Estimate | None = None) -> bool:
        for _ in range(ticks):
            self.touchdown.update(state or State(), limits(expected_accel=THRUST_M_S2), legs)
        return self.touchdown.confirmed

    @classmethod
    def armed(cls) -> "Sensing":
        sensing = cls()
        sensing.feel(1, 0, State(agl=5.0))
        assert sensing.touchdown.armed
        return sensing
