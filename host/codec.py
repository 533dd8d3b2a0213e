"""The host's end of the wire: payloads through struct and cbor2, frames through cobs and crcmod.

Encoding follows the schema's fixed layout; decoding goes through a general CBOR library, so that what the board
writes is held against the standard and not only against our own layout.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cbor2
import crcmod.predefined
from cobs import cobs

from host.errors import InputError
from perilune.wire import codec, schema

crc32 = crcmod.predefined.mkPredefinedCrcFun("crc-32")
DELIMITER = b"\0"
SCHEMA_CRC = codec.schema_crc()
NAMES = {kind: name for kind, (name, _fields) in schema.FRAMES.items()}


class FrameError(Exception):
    """A frame whose framing, CRC, layout or range is not what the schema says."""


class Layout:
    """One frame type: packing, checking and naming of its items."""

    def __init__(self, kind: int) -> None:
        self.kind = kind
        self.name, self.fields = schema.FRAMES[kind]
        self.items = schema.items(kind)
        self.heads = schema.heads(kind)
        self._pack = struct.Struct(schema.layout(kind, "B"))
        self.size = self._pack.size
        self.count = len(self.heads)
        self.limits = [(low, high, scale, offset) for _n, _k, low, high, scale, offset in self.items]
        # bounds in raw units, for checking at 50 Hz: strings have none
        self.raw_limits = [
            (i + 1, (low - offset) / scale - 1e-6, (high - offset) / scale + 1e-6)
            for i, (low, high, scale, offset) in enumerate(self.limits)
            if low is not None
        ]
        self.in_range = _range_test(self.raw_limits)

    def pack(self, raw: Sequence[Any]) -> bytes:
        """Payload of raw item values (type not included)."""
        flat: list[Any] = [0x98, self.count, self.heads[0], self.kind]
        for head, value in zip(self.heads[1:], raw, strict=True):
            flat += (head, value)
        return self._pack.pack(*flat)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Payload of values in units, by field name; vectors are sequences. InputError names the field at fault."""
        raw: list[Any] = []
        for name, kind, count, unit, low, high, scale, offset, _note in self.fields:
            if name not in values:
                raise InputError(f"{self.name}.{name} is missing")
            given = values[name]
            parts = list(given) if count > 1 else [given]
            if len(parts) != count:
                raise InputError(f"{self.name}.{name} needs {count} values, got {len(parts)}")
            for value in parts:
                if low is not None and not low <= value <= high:
                    raise InputError(f"{self.name}.{name} = {value} is outside {low}..{high} {unit}".rstrip())
                raw.append(_raw(value, kind, scale, offset))
        return self.pack(raw)

    def named(self, row: Sequence[Any]) -> dict[str, Any]:
        """A decoded row (type first) as values in units by field name."""
        return codec.named(self.kind, list(row)[1:])

    def out_of_range(self, row: Sequence[Any]) -> str | None:
        """The first item of a decoded row outside its legal range, as `name = value`, or None. NaN is outside."""
        if self.in_range(row):
            return None
        for i, low, high in self.raw_limits:
            if not low <= row[i] <= high:
                return f"{self.items[i - 1][0]} = {row[i]}"
        return None


def _range_test(limits: Sequence[tuple[int, float, float]]) -> Callable[[Sequence[Any]], bool]:
    """All comparisons as one compiled expression: this runs on every frame of every run."""
    tests = " and ".join(f"{low!r} <= row[{i}] <= {high!r}" for i, low, high in limits)
    return eval(f"lambda row: {tests or True}")


LAYOUTS = {kind: Layout(kind) for kind in schema.FRAMES}


def encode(kind: int, values: Mapping[str, Any]) -> bytes:
    """Payload of one frame. InputError where a field is missing or out of range."""
    return LAYOUTS[kind].encode(values)


def decode(payload: bytes) -> list[Any]:
    """Raw items of a payload, frame type first. FrameError where it is not laid out as the schema says."""
    try:
        row = cbor2.loads(payload)
    except Exception as error:  # cbor2 raises many kinds on bad bytes; all mean the same here
        raise FrameError(f"not CBOR: {error}") from error
    layout = LAYOUTS.get(row[0]) if isinstance(row, list) and row and isinstance(row[0], int) else None
    if layout is None:
        raise FrameError("no known frame type")
    if len(payload) != layout.size or len(row) != layout.count:
        raise FrameError(f"{layout.name} has {len(payload)} bytes, {layout.size} expected")
    return row


def enframe(payload: bytes) -> bytes:
    """Payload to bytes on the line: COBS over payload and CRC-32, and the delimiter."""
    return cobs.encode(payload + crc32(payload).to_bytes(4, "little")) + DELIMITER


def deframe(line: bytes) -> bytes:
    """Bytes between two delimiters to a payload. FrameError on bad framing or CRC."""
    try:
        data = cobs.decode(line)
    except cobs.DecodeError as error:
        raise FrameError(f"COBS: {error}") from error
    payload = data[:-4]
    if len(data) < 5 or crc32(payload) != int.from_bytes(data[-4:], "little"):
        raise FrameError("CRC")
    return payload


def kind_of(frame: bytes) -> int:
    """The type of a frame as on the line, with its delimiter; 0 for bytes that are none."""
    try:
        return deframe(frame[:-1])[3]
    except (FrameError, IndexError):
        return 0


def _raw(value: Any, kind: str, scale: float, offset: float) -> Any:
    if kind in (schema.S8, schema.S16):
        return value
    if kind == schema.F:
        return float(value)
    return round((value - offset) / scale)
