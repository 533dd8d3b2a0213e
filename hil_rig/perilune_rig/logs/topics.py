"""The decoded topics of a log: names, JSON schemas with units, and how a tick becomes their messages."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_rig.scenario.docs import field_notes
from perilune_sim.world.truth import Truth

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
_ESTIMATE = (
    "position_m velocity_m_s attitude rate_rad_s altitude_m agl_m sigma_agl_m sigma_velocity_m_s "
    "sigma_position_m mass_kg time_to_go_s"
).split()
_ACTUATORS = "switches engine_enable throttle rcs_on_ms accel_command_m_s2".split()
_COMPUTER = "mode health tick_us gc_us heap_low_bytes".split()
_SUFFIX_UNITS = {
    "m_s2": "m/s2",
    "rad_s": "rad/s",
    "deg_s": "deg/s",
    "m_s": "m/s",
    "deg": "deg",
    "kpa": "kPa",
    "kg": "kg",
    "m": "m",
    "n": "N",
}


@dataclass(frozen=True)
class Topic:
    """One stream of JSON messages; `pick` takes what the tick gave and makes the message."""

    name: str
    schema: Schema
    pick: Callable[[Any], dict[str, Any]]


def frame_topic(name: str, kind: int, about: str, only: Iterable[str] | None = None) -> Topic:
    """Fields of one frame type of the wire; `pick` takes the decoded row. Vectors are arrays, values in units."""
    chosen = [field for field in LAYOUTS[kind].fields if only is None or field[0] in set(only)]
    properties = {"tick": _number("tick number since the run began", "1/50 s", "integer")}
    spots: list[tuple[str, int, int, float, float]] = []
    for field_name, code, count, unit, low, high, scale, offset, note in chosen:
        whole = code != schema.F and scale == 1
        one = _number(note, unit, "integer" if whole else "number") | {"minimum": low, "maximum": high}
        properties[field_name] = one if count == 1 else _array(one, count)
        start = 1 + [item[0] for item in LAYOUTS[kind].items].index(field_name + ("_0" if count > 1 else ""))
        spots.append((field_name, start, count, scale, offset))
    return Topic(name, _object(f"perilune.{name[1:].capitalize()}", about, properties), _picker(spots))


def _picker(spots: Sequence[tuple[str, int, int, float, float]]) -> Callable[[Sequence[Any]], dict[str, Any]]:
    def pick(row: Sequence[Any]) -> dict[str, Any]:
        message: dict[str, Any] = {"tick": row[1]}
        for name, at, count, scale, offset in spots:
            if scale == 1:
                message[name] = row[at] if count == 1 else row[at : at + count]
            else:
                values = [round(value * scale + offset, 6) for value in row[at : at + count]]
                message[name] = values[0] if count == 1 else values
        return message

    return pick


def truth_topic() -> Topic:
    """Everything the simulated world knows; names say the units, fields without a value are left out."""
    notes, hints = field_notes(Truth), get_type_hints(Truth)
    properties = {name: _truth_field(name, hints[name], notes.get(name, "")) for name in Truth._fields}

    def pick(truth: Truth) -> dict[str, Any]:
        return {name: value for name, value in zip(Truth._fields, truth, strict=True) if value == value}

    return Topic(
        "/truth", _object("perilune.Truth", "True state. " + (Truth.__doc__ or ""), properties), pick
    )


def _truth_field(name: str, kind: Any, note: str) -> Schema:
    if kind is bool:
        return {"type": "boolean", "description": note or name.replace("_", " ")}
    whole = kind is int
    one = _number(note or name.replace("_", " "), unit_of(name), "integer" if whole else "number")
    args = getattr(kind, "__args__", ())
    return _array(one, len(args)) if args else one


def unit_of(name: str) -> str:
    """The unit that a name's ending says."""
    endings = (unit for suffix, unit in _SUFFIX_UNITS.items() if name.endswith("_" + suffix))
    return next(endings, "")


def _number(note: str, unit: str, kind: str = "number") -> Schema:
    described = f"{note} [{unit}]" if unit else note
    return {"type": kind, "description": described, **({"unit": unit} if unit else {})}


def _array(one: Schema, count: int) -> Schema:
    return {
        "type": "array",
        "items": one,
        "minItems": count,
        "maxItems": count,
        "description": one["description"],
    }


def _object(title: str, about: str, properties: dict[str, Schema]) -> Schema:
    about = " ".join(about.split())
    return {
        "$schema": DRAFT,
        "title": title,
        "description": about,
        "type": "object",
        "properties": properties,
    }


SENSORS = frame_topic(
    "/sensors", schema.SENSORS, "What the flight computer was given; vectors in the body frame."
)
ESTIMATE = frame_topic(
    "/estimate", schema.ACTUATORS, "What the flight software believes; site frame.", _ESTIMATE
)
ACTUATORS = frame_topic("/actuators", schema.ACTUATORS, "What the flight software commands.", _ACTUATORS)
COMPUTER = frame_topic("/computer", schema.ACTUATORS, "The flight computer's own state.", _COMPUTER)
TRUTH = truth_topic()

_TIME = {
    "tick": _number("tick number since the run began", "1/50 s", "integer"),
    "time_s": _number("simulated", "s"),
}
_TEXT = {"type": "string"}
MODES = Topic(
    "/modes",
    _object(
        "perilune.Mode",
        f"A mode of flight entered: {', '.join(modes.NAMES)}.",
        {
            **_TIME,
            "mode": _TEXT,
            "number": {"type": "integer"},
            "agl_m": _number("true height above ground", "m"),
        },
    ),
    lambda message: message,
)
EVENTS = Topic(
    "/events",
    _object(
        "perilune.Event",
        "Something the flight software reported, with the numbers behind it.",
        {
            **_TIME,
            "name": _TEXT,
            "mode": _TEXT,
            "fault": {"type": "boolean"},
            "values": _array({"type": "number", "description": "meaning by event, see text"}, 4),
            "text": _TEXT,
        },
    ),
    lambda message: message,
)
COMMANDS = Topic(
    "/commands",
    _object(
        "perilune.Command",
        "A telecommand as sent, and the answer to it.",
        {
            **_TIME,
            "command": {"type": "integer", "description": "1 arm, 2 wave off, 3 divert, 4 release payload"},
            "argument": _array(_number("divert: new site downrange, left", "m"), 2),
            "status": {"type": "integer", "description": "0 accepted, else refused, see docs/wire.md"},
        },
    ),
    lambda message: message,
)
RESETS = Topic(
    "/resets",
    _object("perilune.Reset", "A reset of the flight computer, by its cause.", {**_TIME, "cause": _TEXT}),
    lambda message: message,
)
FAULTS = Topic(
    "/faults",
    _object(
        "perilune.Fault",
        "A fault of the scenario that began or ended.",
        {**_TIME, "target": _TEXT, "effect": {"type": "object"}, "active": {"type": "boolean"}},
    ),
    lambda message: message,
)
