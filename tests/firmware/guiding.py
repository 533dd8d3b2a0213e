"""Guidance over the site at rest, with changes, for tests of when it does what."""

from perilune.flight.guidance.phases import Guidance
from perilune.flight.signals import Command, Estimate, Limits
from tests.firmware.kit import loaded
from tests.firmware.records import estimate, limits

GAINS = loaded().guidance
GRAVITY = -1.6
# body axes in the site frame, one after the other: x to the left, y backwards, z up
TO_LEFT = (0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def nav(**changes) -> Estimate:
    """Over the site at rest, 500 m up, with changes; the level frame's axes are the site's z, x and y."""
    of = {
        "agl": 500.0,
        "altitude": 500.0,
        "sigma_agl": 1.0,
        "sigma_v_up": 0.1,
        "g_eff": GRAVITY,
        "tick": 1000,
        "altimeter_tick": 1000,
        "delta_v": (0.0, 0.0, 0.03),
        "axes": TO_LEFT,
    }
    return estimate(**(of | changes))


def craft(**changes) -> Limits:
    """Propulsion that has what it needs, with changes."""
    of = {
        "accel_max": 6.0,
        "delta_v_left": 400.0,
        "delta_v_kept": 0.0,
        "start_delay": 0.2,
        "mass": 900.0,
        "load": 500.0,
        "accel_cap": 20.0,
        "exhaust": 3000.0,
    }
    return limits(**(of | changes))


class Guide:
    """Guidance with what it tells."""

    def __init__(self, **state) -> None:
        self.told: list[tuple] = []
        self.guidance = Guidance(GAINS, Command(), lambda *event: self.told.append(event))
        for name, value in state.items():
            of = self.guidance.command if name in vars(self.guidance.command) else self.guidance
            assert name in vars(of), name
            setattr(of, name, value)

    def update(self, mode, state=None, vehicle=None) -> int:
        return self.guidance.update(state or nav(), vehicle or craft(), mode)

    def codes(self):
        return [event[0] for event in self.told]


def far(**changes):
    of = {"downrange": -505e3, "altitude": 20e3, "agl": 20e3, "v_downrange": 1680.0, "sigma_agl": 300.0}
    return nav(**(of | changes))


def still(**changes) -> Estimate:
    """The same 1000 m up, its height known."""
    return nav(**({"agl": 1000.0, "altitude": 1000.0, "sigma_agl": 0.0} | changes))


def engine(accel_max: float = 5.0, delta_v: float = 400.0) -> Limits:
    """What the laws read of propulsion."""
    return limits(accel_max=accel_max, delta_v_left=delta_v, delta_v_kept=0.0)
