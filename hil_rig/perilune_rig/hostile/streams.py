"""Byte streams that an attacker, a broken cable or a wrong program might send to a port, drawn from a seed."""

from collections.abc import Callable
from random import Random

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, SCHEMA_CRC, encode, enframe

__all__ = ["KEYS", "hello", "stream"]

KEYS = b"\r\n\1\2\3\4\5"  # what a prompt heeds
_TELLING = KEYS + b"\0\x98\x18\x1a\xfa\x48\x50\x01\x1f\x20\x30\x3f"
_STRINGS = {schema.S8: 8, schema.S16: 16}
_HEADS = (*range(0x10, 0x15), schema.PARAM_COMMIT, schema.SENSORS, schema.COMMAND, schema.TO_REPL)


def hello(session: int = 0, *, version: int = schema.WIRE_VERSION, crc: int = SCHEMA_CRC) -> bytes:
    """A hello, framed; session 0 changes nothing."""
    values = {"wire_version": version, "schema_crc": crc, "session": session}
    return enframe(encode(schema.HELLO, values))


def _frame(kind: int, rng: Random) -> bytes:
    """A frame of a type, well formed, with any values."""
    values = []
    for _name, form, *_limits in LAYOUTS[kind].items:
        if form in _STRINGS:
            values.append(rng.randbytes(_STRINGS[form]))
        elif form == schema.F:
            values.append(rng.choice((0.0, 1.0, -1e30, float("nan"), rng.uniform(-1e6, 1e6))))
        else:
            most = {schema.W: 0xFFFFFFFF, schema.H: 0xFFFF, schema.B: 0xFF}[form]
            values.append(rng.choice((0, 1, 7, most, rng.randrange(most))))
    return enframe(LAYOUTS[kind].pack(values))


def _damaged(rng: Random) -> bytes:
    frame = bytearray(_frame(rng.choice(_HEADS), rng))
    for _ in range(rng.choice((1, 3))):  # an odd number: two could meet
        frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
    return bytes(frame)


def _part(rng: Random) -> bytes:
    frame = _frame(rng.choice(_HEADS), rng)
    return frame[: rng.randrange(1, len(frame) - 1)]


def _looks_whole(rng: Random) -> bytes:
    """Short lines whose fifth byte is a frame type: what was acted on before its CRC was looked at."""
    return (
        b"\1\1\1\1"
        + bytes([rng.choice(_HEADS)])
        + rng.randbytes(rng.randrange(3)).replace(b"\0", b"\1")
        + b"\0"
    )


_HARMLESS: dict[str, Callable[[Random], bytes]] = {
    "noise": lambda rng: rng.randbytes(rng.randrange(1, 200)),
    "telling bytes": lambda rng: bytes(rng.choices(_TELLING, k=rng.randrange(1, 60))),
    "damaged frame": _damaged,
    "part of a frame": _part,
    "looks whole": _looks_whole,
    "line without end": lambda rng: rng.randbytes(rng.randrange(300, 900)).replace(b"\0", b"\1"),
    "foreign hello": lambda rng: hello(rng.randrange(1 << 32), crc=rng.randrange(1 << 32)),
    "question": lambda _rng: hello(),
    "unsigned command": lambda rng: _frame(schema.COMMAND, rng),
    "unsigned commit": lambda rng: _frame(schema.PARAM_COMMIT, rng),
    "delimiters": lambda rng: bytes(rng.randrange(1, 300)),
}
_ALLOWED_TO_THE_RIG: dict[str, Callable[[Random], bytes]] = {
    "sensors": lambda rng: _frame(schema.SENSORS, rng),
    "way to the REPL": lambda rng: _frame(schema.TO_REPL, rng),
    "parameters": lambda rng: _frame(rng.randrange(0x10, 0x15), rng),
    "keys": lambda rng: bytes(rng.choices(KEYS, k=rng.randrange(1, 20))),
    "new session": lambda rng: hello(rng.randrange(1, 1 << 32)),
}


def stream(rng: Random, *, flight: bool) -> bytes:
    """One stream, of a few pieces. flight: also of what the rig's build rightly obeys."""
    kinds = list((_HARMLESS | (_ALLOWED_TO_THE_RIG if flight else {})).values())
    return b"".join(rng.choice(kinds)(rng) for _ in range(rng.randrange(1, 5)))
