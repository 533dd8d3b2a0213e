"""Generates docs/wire.md from the wire's schema: `python -m perilune_host.wire_docs`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from perilune.flight import events, health, modes
from perilune.link.authentication import HIL_KEY
from perilune.wire import schema
from perilune_host.codec import LAYOUTS, SCHEMA_CRC

FILE = Path(__file__).resolve().parents[2] / "docs" / "wire.md"
KINDS = {"f": "float32", "I": "u32", "H": "u16", "B": "u8", "8s": "8 bytes", "16s": "16 bytes"}
BITS = ("VALID", "FRESH", "STALE", "SATURATED", "HEAD", "FAULT")
COMMANDS = ("ARM", "WAVE_OFF", "DIVERT", "RELEASE_PAYLOAD")
SWITCHES = (
    "LEGS_DEPLOY",
    "PAYLOAD_RELEASE",
    "LRF_DESCENT_HEAD",
    "RADAR_DESCENT_HEAD",
    "LRF_POWER_OFF",
    "RADAR_POWER_OFF",
    "VELOCIMETER_POWER_OFF",
    "IMU_A_POWER_OFF",
    "IMU_B_POWER_OFF",
)
STATUS = (
    "OK",
    "BAD_RANGE",
    "BAD_ORDER",
    "BAD_HASH",
    "BAD_STATE",
    "BAD_FRAME",
    "BAD_VERSION",
    "BAD_MAC",
    "BAD_SESSION",
    "BAD_COUNTER",
    "TOO_LATE",
)
INTRODUCTION = """\
# The wire

Generated from `firmware/perilune/wire/schema.py` by `make docs`; do not edit.

Version {version}, {hz} ticks a second. A frame is `COBS(payload + CRC-32) + 0x00`, the CRC little-endian. A payload
is one CBOR array (RFC 8949) of definite length whose items all have a fixed width: the frame's type first, then
its fields in the order below. So every field sits at a constant offset, and any CBOR library reads it. A payload
has at most {most} bytes.

**Heads.** Items are not in canonical CBOR: each has the one head of its kind, whatever its value. The array `0x98` and
the number of items in one byte, also below 24; u8 `0x18`, u16 `0x19`, u32 `0x1a`, float32 `0xfa`, all big-endian;
8 bytes `0x48`, 16 bytes `0x50`. The first item, the frame's type, is a u8. A frame with other heads is no frame.

**Lock-step.** The host sends one `sensors` frame a tick, with the tick's number and the simulated time at its end.
The flight computer acts only on it, never on a clock, and answers with any number of `event` frames and exactly
one `actuators` frame of the same tick, last. Those commands act from the next tick on. Any other frame is answered
by its acknowledgement.

**A session.** `hello` carries the version and the CRC-32 of the schema as the host has them; a board that has others
answers with its own, changes nothing, and the host stops. Then the parameter frames, each acknowledged; then
`param_commit` with the digest of all of them, which both sides must agree on before the first `sensors` frame.

**The schema's CRC** is 0x{crc:08x}: send it in `hello` and compare it with `schema_crc` of `hello_reply`. A client that
was written from this page speaks this version and no other.

**Signed frames** are `param_commit` and `command`. `mac` is the first 16 bytes of HMAC-SHA256, under the board's key of
32 bytes, over `boot_nonce` of the last `hello_reply` as four bytes, big-endian, and then the payload up to `mac`'s own
16 bytes (its head 0x50 included). `counter` is greater than any accepted since boot, by at most 4096; `hello_reply`
tells the highest. `key_id` is the first 8 bytes of SHA-256 over `perilune key ` and the key. A board of the rig has the
key that everybody knows, in hexadecimal `{key}`.

**To fly.** `hello` with a session of your own, not 0; the parameter frames; `param_commit`; then `sensors`. `command` 1
(arm) is accepted in mode coast once the attitude is known and an inertial unit works (bits of `health`, below); until
then it is refused with 4, and may be sent again with a new counter. A command is answered at once, between two ticks.

**What is no frame** changes nothing: it is counted, and answered with `refused` once its 0x00 has come. The rest of a
frame that does not go on for 100 ms is dropped, so whatever an earlier host left half sent costs nothing; a single
0x00 before the first frame does the same at once.

**Flight time** is the tick of the last `sensors` frame flown; `hello_reply` tells it. A `command` names the last tick
at which it may be obeyed, so that one held back on its way cannot be delivered later.

**Ranges.** A frame with a field outside `low` to `high` is refused. Integer fields travel as `raw`, with
`value = raw x scale + offset`; floats travel as they are.

Frames of reference: body (z up through the deck, x to the ground side while braking), inertial (Moon-centred, not
rotating), site (origin at the landing site on the reference sphere; x downrange, y left, z up; turns with the
Moon).
"""


def generate() -> str:
    """The whole document."""
    parts = [
        INTRODUCTION.format(
            version=schema.WIRE_VERSION,
            hz=schema.TICK_HZ,
            most=schema.MAX_PAYLOAD,
            crc=SCHEMA_CRC,
            key=HIL_KEY.hex(),
        ),
        _overview(),
    ]
    parts += [_frame(frame) for frame in sorted(schema.FRAMES)]
    parts += [
        _bits("Status of a sensor", BITS),
        _bits("Switches", SWITCHES),
        _numbers("Commands", COMMANDS),
        _numbers("Acknowledgements", STATUS),
        _table("Modes", "number", enumerate(modes.NAMES)),
        _table("Health", "bit", ((bit.bit_length() - 1, name) for name, bit in _constants(health))),
        _table("Events", "number", ((code, name) for name, code in _constants(events))),
        _flight_content(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _overview() -> str:
    rows = ["## Frames", "", "| type | name | direction | items | payload, bytes |", "|---|---|---|---|---|"]
    for frame in sorted(schema.FRAMES):
        name, way = schema.FRAMES[frame][0], "to the board" if frame < 0x40 else "from the board"
        rows.append(
            f"| 0x{frame:02x} | [`{name}`](#{name}) | {way} | {1 + len(schema.items(frame))} | {LAYOUTS[frame].size} |"
        )
    return "\n".join(rows) + "\n"


def _frame(frame: int) -> str:
    name = schema.FRAMES[frame][0]
    head = [f"## {name}", "", f"Type 0x{frame:02x}.", ""]
    rows = [
        "| field | kind | count | unit | low | high | scale | offset | meaning |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, *_fields(frame)]) + "\n"


def _fields(frame: int) -> Iterator[str]:
    for name, kind, count, unit, low, high, scale, offset, note in schema.FRAMES[frame][1]:
        whole = kind in ("I", "H", "B")
        scaling = (_number(scale), _number(offset)) if whole and (scale != 1 or offset) else ("", "")
        cells = (f"`{name}`", KINDS[kind], str(count), unit, _number(low), _number(high), *scaling, note)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:g}"


def _bits(title: str, names: tuple[str, ...]) -> str:
    rows = [f"| {getattr(schema, name).bit_length() - 1} | `{name}` |" for name in names]
    return "\n".join([f"## {title}", "", "| bit | name |", "|---|---|", *rows]) + "\n"


def _numbers(title: str, names: tuple[str, ...]) -> str:
    rows = [f"| {getattr(schema, name)} | `{name}` |" for name in names]
    return "\n".join([f"## {title}", "", "| number | name |", "|---|---|", *rows]) + "\n"


def _constants(module: ModuleType) -> Iterator[tuple[str, int]]:
    """The module's first list of whole numbers with names in capitals: as long as they rise."""
    last = 0
    for name, value in vars(module).items():
        if name.isupper() and name[0] != "_" and type(value) is int:
            if value <= last:
                return
            last = value
            yield name, value


def _table(title: str, what: str, pairs: Iterable[tuple[int, str]]) -> str:
    rows = [f"| {number} | `{name}` |" for number, name in pairs]
    return "\n".join([f"## {title}", "", f"| {what} | name |", "|---|---|", *rows]) + "\n"


def _flight_content() -> str:
    measured = ", ".join(f"`{name}`" for name in schema.MEASURED)
    return (
        "## Flight content and the trace hash\n\n"
        f"The last fields of `actuators` ({measured}) are measured on the board.\n"
        "Everything before them is flight content: the trace hash of a flight is the SHA-256 over the flight\n"
        "content of all its actuator frames, in order, as they came over the wire. It is the same on every rung\n"
        "that flies bit for bit.\n"
    )


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(generate(), encoding="utf-8")
    print(FILE)
