"""Where two flights part: the first tick, frame and field that differ, with both values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, decode
from perilune_sim.bridge import FLIGHT_CONTENT_BYTES


@dataclass(frozen=True)
class Difference:
    """Where two flights part: `left` and `right` are the field's values, or None where a frame is missing."""

    tick: int
    frame: str
    field: str
    left: Any
    right: Any

    def __str__(self) -> str:
        return f"tick {self.tick}, {self.frame}.{self.field}: {_exact(self.left)} and {_exact(self.right)}"


def content(payload: bytes) -> bytes:
    """The part of a payload that the trace hash covers: all of an event, an actuator frame less what was measured."""
    return payload[:FLIGHT_CONTENT_BYTES] if payload[3] == schema.ACTUATORS else payload


def in_tick(tick: int, one: Sequence[bytes], other: Sequence[bytes]) -> Difference | None:
    """The first difference between two replies to one frame, as payloads in order; None where they say the same."""
    for a, b in zip(one, other, strict=False):
        if content(a) != content(b):
            return _in_frame(tick, a, b)
    if len(one) != len(other):
        return Difference(tick, "reply", "frames", len(one), len(other))
    return None


def _in_frame(tick: int, a: bytes, b: bytes) -> Difference:
    left, right = decode(a), decode(b)
    if left[0] != right[0]:
        return Difference(tick, "reply", "frame type", LAYOUTS[left[0]].name, LAYOUTS[right[0]].name)
    layout = LAYOUTS[left[0]]
    for item, x, y in zip(layout.items, left[1:], right[1:], strict=True):
        if x != y and not (x != x and y != y):
            return Difference(tick, layout.name, item[0], x, y)
    return Difference(tick, layout.name, "bits of a zero or a NaN", a.hex(), b.hex())


def _exact(value: Any) -> str:
    """With as many digits as tell neighbouring float32 values apart."""
    return f"{value:.9g}" if isinstance(value, float) else str(value)
