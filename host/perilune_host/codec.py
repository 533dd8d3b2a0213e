"""The host's end of the wire: payloads through struct and cbor2, frames through cobs, zlib and crcmod.

Both ways follow the schema's fixed layout, which is CBOR by construction: a payload with every head where the schema
puts it is read by struct, one and a half times as fast as by cbor2. Any other goes to cbor2, so that what a
board writes amiss is told in terms of the standard; a test holds the two readings against each other. The CRC of what
comes in is taken by crcmod, from the polynomial; of what goes out by zlib, which is quicker: the board checks it.
"""

import math
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cbor2
import crcmod.predefined
from cobs import cobs

from perilune.wire import codec, schema
from perilune_host.errors import InputError

crc32 = crcmod.predefined.mkPredefinedCrcFun("crc-32")
DELIMITER = b"\0"
SCHEMA_CRC = codec.schema_crc()
_STRINGS = (schema.S8, schema.S16)
_HIGHEST = {schema.W: 0xFFFFFFFF, schema.H: 0xFFFF, schema.B: 0xFF}
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
        self._unpack = struct.Struct(schema.layout(kind)).unpack
        self.size = self._pack.size
        self.count = len(self.heads)
        self.places = dict(zip((item[0] for item in self.items), schema.places(kind), strict=True))
        self._mask, self._marks = self._fixed()
        self.limits = [(low, high, scale, offset) for _n, _k, low, high, scale, offset in self.items]
        # bounds in raw units, for checking at 50 Hz: strings have none
        self.raw_limits = [
            (i + 1, (low - offset) / scale - 1e-6, (high - offset) / scale + 1e-6)
            for i, (low, high, scale, offset) in enumerate(self.limits)
            if low is not None
        ]
        self.in_range = _range_test(self._runs())

    def _fixed(self) -> tuple[int, int]:
        """Mask of the bytes that are the same in every payload (heads and type), and their values, as integers."""
        blank = [bytes(struct.calcsize(item[1])) if item[1] in _STRINGS else 0 for item in self.items]
        zeros = self.pack(blank)
        fixed = bytearray(self.size)
        fixed[:4] = b"\xff" * 4  # the array's head, head and value of the frame type
        for at in self.places.values():
            fixed[at - 1] = 0xFF
        mask = int.from_bytes(fixed, "big")
        return mask, int.from_bytes(zeros, "big") & mask

    def _runs(self) -> list["_Run"]:
        """Consecutive items of one range, without those whose range is all that their type can hold."""
        runs = []
        for place, low, high in self.raw_limits:
            kind = self.items[place - 1][1]
            if low <= 0 and _HIGHEST.get(kind, math.inf) <= high:
                continue
            last = runs[-1] if runs else None
            if last and (last.stop, last.kind, last.low, last.high) == (place, kind, low, high):
                last.stop += 1
            else:
                runs.append(_Run(kind, low, high, place, place + 1))
        return runs

    @property
    def fixed_bytes(self) -> tuple[bytes, bytes]:
        """Mask of the bytes that are the same in every payload, and their values."""
        return self._mask.to_bytes(self.size, "big"), self._marks.to_bytes(self.size, "big")

    def unpack(self, payload: bytes) -> list[Any] | None:
        """Raw items of a payload, type first; None where a head is not where the schema puts it."""
        if len(payload) != self.size or int.from_bytes(payload, "big") & self._mask != self._marks:
            return None
        return [*self._unpack(payload)]

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


@dataclass
class _Run:
    """Items `start` to `stop` of a row, all of one kind and range (raw units)."""

    kind: str
    low: float
    high: float
    start: int
    stop: int

    def test(self) -> str:
        """Of unsigned integers the greatest tells; of floats every one is asked, since NaN is neither less nor more."""
        if self.kind in _HIGHEST and self.low <= 0 and self.stop - self.start > 2:
            return f"max(row[{self.start}:{self.stop}]) <= {self.high!r}"
        return " and ".join(
            f"{self.low!r} <= row[{i}] <= {self.high!r}" for i in range(self.start, self.stop)
        )


def _range_test(runs: Sequence[_Run]) -> Callable[[Sequence[Any]], bool]:
    """All comparisons as one compiled expression: this runs on every frame of every run."""
    text = " and ".join(run.test() for run in runs)
    return eval(f"lambda row: {text or True}")  # noqa: S307 (made of the numbers of our own schema)


LAYOUTS = {kind: Layout(kind) for kind in schema.FRAMES}


def encode(kind: int, values: Mapping[str, Any]) -> bytes:
    """Payload of one frame. InputError where a field is missing or out of range."""
    return LAYOUTS[kind].encode(values)


def decode(payload: bytes) -> list[Any]:
    """Raw items of a payload, frame type first. FrameError where it is not laid out as the schema says."""
    layout = LAYOUTS.get(payload[3]) if len(payload) > 3 else None
    row = layout.unpack(payload) if layout else None
    if row is None:
        raise FrameError(_amiss(payload))
    return row


def _amiss(payload: bytes) -> str:
    """What is wrong with a payload that no layout reads, by the CBOR standard and by the schema."""
    try:
        row = cbor2.loads(payload)
    except Exception as error:  # cbor2 raises many kinds on bad bytes; all mean the same here
        return f"not CBOR: {error}"
    layout = LAYOUTS.get(row[0]) if isinstance(row, list) and row and isinstance(row[0], int) else None
    if layout is None:
        return "no known frame type"
    if len(payload) != layout.size or len(row) != layout.count:
        return f"{layout.name} has {len(payload)} bytes, {layout.size} expected"
    return f"{layout.name} has an item of another type than the schema's"


def enframe(payload: bytes) -> bytes:
    """Payload to bytes on the line: COBS over payload and CRC-32, and the delimiter."""
    return cobs.encode(payload + zlib.crc32(payload).to_bytes(4, "little")) + DELIMITER


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
    if kind in _STRINGS:
        return value
    if kind == schema.F:
        return float(value)
    return round((value - offset) / scale)
