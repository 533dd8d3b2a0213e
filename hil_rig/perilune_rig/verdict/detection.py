"""Which source an event of the flight software names, and from that detection, isolation and false alarms."""

from collections.abc import Iterable
from dataclasses import dataclass

from perilune.flight import event_table, events, readiness
from perilune.wire.schema import TICK_HZ
from perilune_sim.flight_record import Event, InjectedFault

Sources = frozenset[str]
NOBODY: Sources = frozenset()
_IMUS: Sources = frozenset(("imu_a", "imu_b"))
_ALTIMETERS: Sources = frozenset(("lrf", "radar"))
_THRUST: Sources = frozenset(("engine", "tank"))
_CODES = {name: code for code, (name, _fault, _labels) in event_table.TABLE.items()}
_NUMBERED = {
    events.LRF: "lrf",
    events.RADAR: "radar",
    events.VELOCIMETER: "velocimeter",
    events.STAR: "star_tracker",
    events.IMU_A: "imu_a",
    events.IMU_B: "imu_b",
}
# events that always speak of the same source; those whose first number is "source" name it themselves
_FIXED: dict[int, Sources] = {
    events.DOPPLER_REJECTED: frozenset(("velocimeter",)),
    events.DOPPLER_APART: frozenset(("velocimeter", "radar")),
    events.DOPPLER_SILENT: frozenset(("velocimeter",)),
    events.STAR_REJECTED: _IMUS | {"star_tracker"},  # two that contradict each other
    events.IMU_DISAGREE: _IMUS,
    events.STAR_SILENT: frozenset(("star_tracker",)),
    events.MODELLED: _IMUS,
    events.GYROS_MODELLED: _IMUS,
    events.GYROS_DRIFT: _IMUS,
    events.ENGINE_LOST: frozenset(("engine",)),
    events.ENGINE_RESTED: frozenset(("engine",)),
    events.THROTTLE_STUCK: frozenset(("engine",)),
    events.THRUST_OFF: _THRUST,
}
_REASONS: dict[int, Sources] = {
    readiness.PROPELLANT: frozenset(("tank",)),
    readiness.INERTIAL: _IMUS,
    readiness.ALTIMETERS: _ALTIMETERS,
    readiness.PRESSURE: frozenset(("tank",)),
    readiness.ATTITUDE: frozenset(("star_tracker",)),
    readiness.ABORT_LINES: frozenset(("discretes",)),
}
# the height was wrong, not the altimeter whose number is given
_ABOUT_HEIGHT = frozenset((events.REOPENED,))


# units that events can name, by their faults' targets
NAMEABLE = frozenset((*_NUMBERED.values(), "engine", "tank"))
# events that take a unit out of use
_ISOLATES = frozenset(
    (
        events.ISOLATED,
        events.IMU_ISOLATED,
        events.IMU_LOST,
        events.MODELLED,
        events.GYROS_MODELLED,
        events.ENGINE_LOST,
        events.THROTTLE_STUCK,
    )
)


@dataclass(frozen=True)
class Detection:
    """Seconds from the onset to the first fault event that names a faulty source, and to the first that names no other
    (None: there was none); texts of the fault events that name only healthy sources."""

    detection_s: float | None
    isolation_s: float | None
    false_alarms: list[str]


def named(event: Event) -> Sources:
    """The sources that an event names; none for events about the flight as a whole."""
    code = _CODES.get(event.name)
    if code is None or code in _ABOUT_HEIGHT:
        return NOBODY
    if code in _FIXED:
        return _FIXED[code]
    if code == events.WAVED_OFF:
        return _REASONS.get(int(event.values[0]), NOBODY)
    if event_table.TABLE[code][2][0] == "source":
        return frozenset(filter(None, [_NUMBERED.get(int(event.values[0]))]))
    return NOBODY


def faulty(targets: Iterable[str]) -> Sources:
    """The sources that faults on these targets may rightly be called by."""
    return frozenset("engine" if target.startswith("engine_") else target for target in targets)


def isolations(found: Iterable[Event], injected: Iterable[InjectedFault]) -> list[str]:
    """Texts of the events that took only healthy units out of use: none had a fault injected by then."""
    begun = [(fault.from_tick, fault.target) for fault in injected if fault.from_tick is not None]

    def healthy(event: Event) -> bool:
        wrong = faulty(target for tick, target in begun if tick <= event.tick)
        return bool(named(event)) and not named(event) & wrong

    taken_out = [event for event in found if _CODES.get(event.name) in _ISOLATES]
    return [_text(event) for event in taken_out if healthy(event)]


def detect(found: Iterable[Event], targets: Iterable[str], onset_tick: int) -> Detection:
    """Judge the fault events from the onset on."""
    wrong = faulty(targets)
    later = [(event, named(event)) for event in found if event.fault and event.tick >= onset_tick]
    right = [(event.tick, sources) for event, sources in later if sources & wrong]
    exact = [tick for tick, sources in right if sources <= wrong]
    alarms = [_text(event) for event, sources in later if sources and not sources & wrong]
    return Detection(_after(onset_tick, [tick for tick, _s in right]), _after(onset_tick, exact), alarms)


def _after(onset_tick: int, ticks: list[int]) -> float | None:
    return (ticks[0] - onset_tick) / TICK_HZ if ticks else None


def _text(event: Event) -> str:
    return f"{event.tick / TICK_HZ:.2f} s {event.name}" + (f" ({event.text})" if event.text else "")
