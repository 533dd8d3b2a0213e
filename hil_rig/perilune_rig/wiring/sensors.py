"""A sensor frame taken apart: what goes over wires, and the frame without it."""

import struct
from dataclasses import dataclass

from perilune.ports.range_finder import check_byte
from perilune.wire import schema
from perilune_host.codec import LAYOUTS

__all__ = ["OverWires", "range_frame", "taken_apart"]

_PLACES = LAYOUTS[schema.SENSORS].places
_STATUS = _PLACES["lrf_status"]
_RANGE = _PLACES["lrf_range_m"]
_CONTACT = _PLACES["leg_contact"]
_AMPLITUDE = 1000  # of an echo, in the units of the range finder
_HEAD = b"\x59\xcc"


@dataclass(frozen=True)
class OverWires:
    """What the rig does at its ends in one tick. range_frame is empty where the unit has nothing new."""

    contacts: int
    range_m: float | None
    range_frame: bytes


def range_frame(range_m: float, seen: bool) -> bytes:
    """A frame as the range finder sends it, see perilune.ports.range_finder; without an echo its amplitude is 0."""
    echoes = struct.pack("<fHfHfHB", range_m, _AMPLITUDE if seen else 0, 0.0, 0, 0.0, 0, 0)
    return _HEAD + echoes + bytes([check_byte(_HEAD + echoes)])


def taken_apart(payload: bytes) -> tuple[bytes, OverWires]:
    """A SENSORS payload with no new range, no valid one and no contact; and what was in their places."""
    status = payload[_STATUS]
    left = bytearray(payload)
    left[_STATUS] = status & ~(schema.FRESH | schema.VALID)
    left[_RANGE : _RANGE + 4] = bytes(4)
    left[_CONTACT] = 0
    range_m = None
    frame = b""
    if status & schema.FRESH:
        (range_m,) = struct.unpack_from(">f", payload, _RANGE)
        frame = range_frame(range_m, bool(status & schema.VALID))
    return bytes(left), OverWires(payload[_CONTACT], range_m, frame)
