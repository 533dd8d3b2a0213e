"""The watch in flight: what the rig reads at its ends against what was commanded, what was sent against what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from perilune.ports import pins, report
from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_rig.wiring.bench import Reading
from perilune_rig.wiring.wires import named

__all__ = ["Difference", "Watch"]

_COLUMN = {item[0]: 1 + n for n, item in enumerate(LAYOUTS[schema.ACTUATORS].items)}
_STEPS = 10000  # of a throttle
_DUTY = 1e-4  # a throttle's own resolution
_PULSE_MS = 0.3  # the board ends the pulses of the tick before one after the other; on-times are whole ms


@dataclass
class Difference:
    """One wire that does not carry what it should: since when, how often, and how it showed first."""

    pin: int
    tick: int
    mode: int
    text: str
    count: int = 1

    def __str__(self) -> str:
        return f"{named(self.pin)}: {self.text}"


@dataclass(frozen=True)
class _Asked:
    """One tick: what was sent over wires, and the answer that came over the link."""

    tick: int
    contacts: int
    range_m: float | None
    row: Sequence[Any]

    def item(self, name: str) -> int:
        return self.row[_COLUMN[name]]


class Watch:
    """Compares tick by tick. `differences` by pin; `compared` counts single comparisons."""

    def __init__(self) -> None:
        self.differences: dict[int, Difference] = {}
        self.compared = 0
        self._asked: _Asked | None = None
        self._before: _Asked | None = None  # the tick before it, whose pulses have ended
        self._ranges: int | None = None  # frames that the board counted

    def flown(self, tick: int, contacts: int, range_m: float | None, row: Sequence[Any]) -> None:
        """A tick was flown on these; `row` is the actuator frame that answered it, decoded."""
        self._before, self._asked = self._asked, _Asked(tick, contacts, range_m, row)

    def look(self, reading: Reading) -> None:
        """What is read after that tick, before the next."""
        if self._asked is None:
            return
        self._outputs(self._asked, reading)
        self._marks(self._asked, reading)
        self._report(self._asked, reading.said)

    def _outputs(self, asked: _Asked, reading: Reading) -> None:
        switches = asked.item("switches")
        for pin, wanted in (
            (pins.ENGINE_VALVE, asked.item("engine_enable") & 1),
            (pins.LEGS_DEPLOY, switches & schema.LEGS_DEPLOY),
            (pins.RANGE_FINDER_HEAD, switches & schema.LRF_DESCENT_HEAD),
        ):
            seen = reading.levels[pin]
            self._compare(asked, pin, seen == bool(wanted), f"reads {_word(seen)}, commanded {_word(wanted)}")
        throttle = asked.item("throttle_0") / _STEPS
        same = abs(reading.duty - throttle) < _DUTY
        self._compare(
            asked, pins.THROTTLE, same, f"duty {reading.duty:.4f}, commanded throttle {throttle:.4f}"
        )

    def _marks(self, asked: _Asked, reading: Reading) -> None:
        self._compare(asked, pins.MARK, reading.marks == 1, f"{reading.marks} edges in one tick")
        before = self._before
        if before is None or len(reading.intervals) != 1:
            return
        length_ms, open_ms = reading.intervals[0]
        for n, (pin, seen_ms) in enumerate(zip(pins.THRUSTERS, open_ms, strict=True)):
            wanted_ms = min(float(before.item(f"rcs_on_ms_{n}")), length_ms)
            same = abs(seen_ms - wanted_ms) < _PULSE_MS
            self._compare(before, pin, same, f"open for {seen_ms:.2f} ms, commanded {wanted_ms:.2f} ms")

    def _report(self, asked: _Asked, said: bytes) -> None:
        told = report.read(said[-report.REPORT_BYTES :])
        if told is None or told[0] != asked.tick & 255:
            self._compare(asked, pins.REPORT, False, f"no report of this tick: {said.hex(' ') or 'silence'}")
            self._ranges = None
            return
        _tick, contacts, ranges, _damaged, range_m = told
        for n, pin in enumerate(pins.CONTACTS):
            seen, sent = contacts >> n & 1, asked.contacts >> n & 1
            self._compare(asked, pin, seen == sent, f"the board sees it {_state(seen)}, it is {_state(sent)}")
        came = None if self._ranges is None else (ranges - self._ranges) & 255
        self._ranges = ranges
        if came is None:
            return
        if asked.range_m is None:
            self._compare(asked, pins.RANGE_FINDER, came == 0, f"{came} ranges came, none was sent")
        else:
            same = came == 1 and range_m == asked.range_m
            heard = f"{range_m!r} m came" if came else "none came"
            self._compare(asked, pins.RANGE_FINDER, same, f"{heard}, {asked.range_m!r} m was sent")

    def _compare(self, asked: _Asked, pin: int, same: bool, text: str) -> None:
        self.compared += 1
        if same:
            return
        if pin in self.differences:
            self.differences[pin].count += 1
        else:
            self.differences[pin] = Difference(pin, asked.tick, asked.item("mode"), text)


def _word(level: int) -> str:
    return "high" if level else "low"


def _state(closed: int) -> str:
    return "closed" if closed else "open"
