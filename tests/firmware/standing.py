"""A flight whose stations only note what they are asked, over an estimate that a test makes."""

from collections.abc import Callable
from typing import Any

from perilune.flight import modes
from perilune.flight.flight import Flight
from tests.firmware.kit import loaded
from tests.firmware.records import filled, frame

UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
FLYING = (modes.COAST, modes.ARMED, modes.BRAKING, modes.APPROACH, modes.TERMINAL, modes.HOLD)
STANDING = (modes.TOUCHDOWN, modes.SAFED)

# what each station is asked in a tick or beside it, and what it answers
ASKED: dict[str, Any] = {
    "nav.update": None,
    "nav.update_on_surface": None,
    "nav.bridge_gap": None,
    "nav.widen_on_surface": None,
    "nav.monitor_velocimeter": None,
    "nav.manage_sensors": 0,
    "nav.take_thruster_turn": None,
    "nav.stand": None,
    "nav.resume": None,
    "guidance.update": lambda _nav, _propulsion, mode: mode,
    "guidance.divert": None,
    "guidance.bridge_gap": None,
    "propulsion.update": None,
    "propulsion.monitor": None,
    "propulsion.bridge_gap": None,
    "propulsion.resume": None,
    "readiness.unfit": False,
    "touchdown.update": None,
    "touchdown.stands": True,
    "control.point": None,
    "control.turn": None,
    "control.set_inertia": None,
    "control.steer": None,
    "control.update": None,
    "control.steady": None,
    "control.stop_turn": None,
    "control.follow_gyros": None,
    "control.acceleration": (0.1, 0.2, 0.3),
    "control.rest": None,
}


class Stand:
    """The real flight and its stations; of the stations' methods in ASKED only the questions are kept."""

    def __init__(self, mode: int = modes.COAST, tick: int = 1000, **estimate: Any) -> None:
        flight = self.flight = Flight(loaded())
        flight.mode, flight.tick, flight.entered_tick = mode, tick, tick - 500
        usual = {
            "v_up": -3.0,
            "v_downrange": 4.0,
            "v_crossrange": 12.0,
            "altitude": 90.0,
            "agl": 80.0,
            "sigma_agl": 1.0,
            "sigma_v_up": 2.0,
            "sigma_v_level": 3.0,
            "sigma_position": 4.0,
            "attitude_known": True,
            "imu_good": True,
            "q": (1.0, 0.0, 0.0, 0.0),
            "axes": UPRIGHT,
            "rate": (0.0, 0.0, 0.0),
            "delta_v": (0.0, 0.0, 0.05),
            "sources": 0x23,
            "position": (1.0, 2.0, 3.0),
            "velocity": (4.0, 5.0, 6.0),
            "axis_up": (1.0, 0.0, 0.0),  # so that a level-frame vector is the same in the site frame
            "axis_downrange": (0.0, 1.0, 0.0),
            "axis_crossrange": (0.0, 0.0, 1.0),
            "velocimeter_lost": False,
            "rate_modelled": False,
            "accel_suspect": False,
            "gyros_disagree": False,
        }
        self.estimate = filled(flight.estimate, usual | estimate)
        flight.estimate.to_site = lambda *level: level
        demand = flight.demand
        demand.accel, demand.accel_size, demand.tgo = (2.0, 3.0, 6.0), 7.0, 33.0
        filled(flight.limits, {"mass": 800.0, "powered": True, "expected_accel": 2.5})
        filled(flight.propulsion, {"delivered": 0.5, "enable": 1, "throttle": [100, 0, 0, 0, 0, 0]})
        filled(flight.control, {"on_s": 0.125, "target": (1.0, 0.0, 0.0, 0.0)})
        self.calls: dict[str, list[tuple]] = {}
        for name, answer in ASKED.items():
            self.answer(name, answer)

    def answer(self, name: str, answer: Any) -> None:
        """Have a station answer so from now on; a function is asked in turn."""
        *path, method = name.split(".")
        part: Any = self.flight
        for step in path:
            part = getattr(part, step)
        assert callable(getattr(part, method)), name
        calls = self.calls.setdefault(name, [])
        setattr(part, method, noting(calls, answer))

    def count(self, *names: str) -> tuple[int, ...] | int:
        """How often each was asked."""
        counts = tuple(len(self.calls[name]) for name in names)
        return counts if len(names) > 1 else counts[0]

    def last(self, name: str) -> tuple:
        """The arguments of the last question."""
        return self.calls[name][-1]

    def step(self, *ticks: int, **groups: Any) -> Flight:
        """Frames of the given ticks, or of the next one."""
        for tick in ticks or (self.flight.tick + 1,):
            usual = {"legs": 5, "chamber_kpa": (7, 0, 0, 0, 0, 0), "propellant_kg": 9.0}
            self.flight.step(frame(tick, **(usual | groups)))
        return self.flight

    def five(self, **groups: Any) -> Flight:
        """Five ticks: every slot once."""
        first = self.flight.tick + 1
        return self.step(*range(first, first + 5), **groups)


def noting(calls: list[tuple], answer: Any) -> Callable:
    """A method that notes its arguments and answers."""

    def asked(*arguments: Any) -> Any:
        calls.append(arguments)
        return answer(*arguments) if callable(answer) else answer

    return asked
