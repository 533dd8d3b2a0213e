"""Tables that must agree with the code around them: events, schema numbers, health bits, sensor offsets."""

import ast
from pathlib import Path

import pytest

from perilune.flight import event_table, events, health
from perilune.flight.parameters import ORDER
from perilune.wire import schema
from perilune_rig.vm.build import FIRMWARE_DIR

FLIGHT = sorted((FIRMWARE_DIR / "perilune").rglob("*.py"))
CODES = {name: value for name, value in vars(events).items() if name.isupper() and isinstance(value, int)}
SOURCES = {"LRF", "RADAR", "VELOCIMETER", "STAR", "IMU_A", "IMU_B"}


def logged(path: Path) -> set[str]:
    """Names of the events that a module logs: `log(events.NAME, ...)` with its four numbers."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if (
            called == "log"
            and isinstance(first, ast.Attribute)
            and getattr(first.value, "id", "") == "events"
        ):
            names.add(first.attr)
            assert len(node.args) == 5, f"{path.name}:{node.lineno}: {first.attr} needs four numbers"
    return names


LOGGED = {name: path for path in FLIGHT for name in logged(path)}


def test_events_are_logged_in_many_modules():
    assert len(LOGGED) > 15
    assert len(set(LOGGED.values())) > 5


@pytest.mark.parametrize("name", sorted(LOGGED))
def test_every_event_logged_is_in_the_table(name: str):
    title, fault, labels = event_table.TABLE[CODES[name]]
    assert title
    assert isinstance(fault, bool)
    assert len(labels) == 4


def test_every_row_of_the_table_is_logged_somewhere():
    assert {CODES[name] for name in LOGGED} == set(event_table.TABLE)


def test_event_codes_and_titles_are_unique_and_fit_the_wire():
    codes = [code for name, code in CODES.items() if name not in SOURCES]
    assert len(codes) == len(set(codes))
    assert all(0 < code <= 255 for code in codes)
    assert len({title for title, _, _ in event_table.TABLE.values()}) == len(event_table.TABLE)


def counts(frame: int, name: str) -> int:
    return next(field[2] for field in schema.FRAMES[frame][1] if field[0] == name)


@pytest.mark.parametrize(
    ("frame", "field", "constant"),
    [
        (schema.PARAM_VEHICLE, "thrust_max_n", schema.ENGINES),
        (schema.PARAM_VEHICLE, "engine_x_m", schema.ENGINES),
        (schema.PARAM_VEHICLE, "engine_y_m", schema.ENGINES),
        (schema.SENSORS, "chamber_kpa", schema.ENGINES),
        (schema.ACTUATORS, "throttle", schema.ENGINES),
        (schema.ACTUATORS, "rcs_on_ms", schema.THRUSTERS),
        (schema.PARAM_TERRAIN, "elevation_m", schema.TERRAIN_SAMPLES),
    ],
)
def test_literal_counts_of_the_schema_are_the_named_ones(frame: int, field: str, constant: int):
    assert counts(frame, field) == constant


def limits(frame: int, name: str) -> tuple[float, float]:
    return next((low, high) for item, _, low, high, _, _ in schema.items(frame) if item == name)


def test_literal_limits_of_the_schema_are_the_named_ones():
    assert limits(schema.PARAM_VEHICLE, "engine_count")[1] == schema.ENGINES
    assert limits(schema.PARAM_TERRAIN, "part") == (0, schema.TERRAIN_PARTS - 1)
    assert limits(schema.PARAM_VEHICLE, "rcs_mask_0")[1] == (1 << schema.THRUSTERS) - 1
    assert limits(schema.PARAM_VEHICLE, "rcs_min_on_ms")[1] == 1000 / schema.TICK_HZ
    assert limits(schema.ACTUATORS, "rcs_on_ms_0")[1] == 1000 / schema.TICK_HZ


def test_literal_frame_types_and_kinds_of_the_schema_are_the_named_ones():
    named = {
        value: name.lower()
        for name, value in vars(schema).items()
        if isinstance(value, int) and name.lower() in {row[0] for row in schema.FRAMES.values()}
    }
    assert named == {kind: name for kind, (name, _fields) in schema.FRAMES.items()}
    kinds = {schema.F, schema.W, schema.H, schema.B, schema.S8, schema.S16}
    assert {field[1] for _name, fields in schema.FRAMES.values() for field in fields} == kinds


def test_types_below_0x40_are_the_hosts():
    hosts = {kind for kind in schema.FRAMES if kind < 0x40}
    assert hosts >= {
        schema.HELLO,
        schema.SENSORS,
        schema.COMMAND,
        schema.TO_REPL,
        schema.PARAM_COMMIT,
        *ORDER,
    }
    assert set(schema.FRAMES) - hosts >= {schema.HELLO_REPLY, schema.ACTUATORS, schema.EVENT, schema.REFUSED}


def test_measured_items_come_last():
    names = [item[0] for item in schema.items(schema.ACTUATORS)]
    assert tuple(names[-len(schema.MEASURED) :]) == schema.MEASURED


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (schema, "VALID FRESH STALE SATURATED HEAD FAULT".split()),
        (
            schema,
            [
                name
                for name in vars(schema)
                if name.endswith(("_DEPLOY", "_RELEASE", "_DESCENT_HEAD", "_POWER_OFF"))
            ],
        ),
        (health, [name for name in vars(health) if name.isupper() and not name.startswith("_")]),
    ],
    ids=["status", "switches", "health"],
)
def test_bits_do_not_overlap(module, names: list[str]):
    bits = [getattr(module, name) for name in names]
    assert len(bits) > 5
    assert all(bit & (bit - 1) == 0 and 0 < bit <= 0x8000 for bit in bits)
    assert len(set(bits)) == len(bits)
