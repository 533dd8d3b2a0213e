"""Contact sensing of a lander that comes down, tick by tick."""

from dataclasses import dataclass, field
from types import SimpleNamespace

from perilune.flight.touchdown import Touchdown
from tests.firmware.kit import loaded

GAINS = loaded().guidance
THRUST_M_S2 = 1.5


@dataclass
class State:
    """What touchdown sensing reads of navigation."""

    agl: float = 0.2
    sigma_agl: float = 0.1
    v_up: float = -1.2
    v_ahead: float = 0.0
    v_left: float = 0.0
    felt: float = THRUST_M_S2
    turning: float = 0.0  # rad/s
    blind: bool = False
    inertial: SimpleNamespace = field(init=False)
    attitude: SimpleNamespace = field(init=False)

    def __post_init__(self) -> None:
        self.inertial = SimpleNamespace(
            dvel=(0.0, 0.0, self.felt / 50.0), suspect=False, blind=self.blind, wrong_angle=0
        )
        self.attitude = SimpleNamespace(rate=(0.0, self.turning, 0.0))

    @property
    def speed(self) -> float:
        return (self.v_up**2 + self.v_ahead**2 + self.v_left**2) ** 0.5


class Sensing:
    """Touchdown sensing and the events it logs; `feel` gives it ticks."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.touchdown = Touchdown(GAINS, lambda code, *_values: self.events.append(code))

    def feel(self, ticks: int, legs: int = 0, state: State | None = None) -> bool:
        for _ in range(ticks):
            self.touchdown.update(state or State(), SimpleNamespace(expected_accel=THRUST_M_S2), legs)
        return self.touchdown.confirmed

    @classmethod
    def armed(cls) -> "Sensing":
        sensing = cls()
        sensing.feel(1, 0, State(agl=5.0))
        assert sensing.touchdown.armed
        return sensing
