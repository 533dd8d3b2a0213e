"""Fixed-layout CBOR: the board's codec against cbor2, and the schema both sides derive from."""

import math

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perilune.wire import schema
from perilune.wire.codec import Reader, Writer, _marks, first_out_of_range, schema_crc
from perilune.wire.items import Items, indices
from perilune.wire.sensors import SensorFrame
from perilune_host.codec import LAYOUTS, FrameError, decode, encode
from perilune_host.errors import InputError

KINDS = sorted(schema.FRAMES)


def raw_value(item):
    _name, kind, low, high, scale, offset = item
    if kind == schema.S8:
        return st.binary(min_size=8, max_size=8)
    if kind == schema.S16:
        return st.binary(min_size=16, max_size=16)
    if kind == schema.F:  # whole numbers: they survive float32 as they are
        low, high = (-1e6, 1e6) if low is None else (low, high)
        return st.integers(math.ceil(max(low, -1e6)), max(math.ceil(low), math.floor(min(high, 1e6)))).map(
            float
        )
    return st.integers(round((low - offset) / scale), round((high - offset) / scale))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15)
@given(st.data())
def test_board_payloads_are_cbor_that_any_library_reads(kind, data):
    raw = [data.draw(raw_value(item)) for item in schema.items(kind)]
    out = bytearray(300)
    n = Writer(kind).write(raw, out, 0)
    assert cbor2.loads(bytes(out[1 : 1 + n])) == [kind, *raw]
    assert decode(bytes(out[1 : 1 + n])) == [kind, *raw]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15)
@given(st.data())
def test_board_reads_what_the_host_packs(kind, data):
    raw = [data.draw(raw_value(item)) for item in schema.items(kind)]
    payload = LAYOUTS[kind].pack(raw)
    buf = bytearray(1) + payload
    assert Reader(kind).read(buf, len(payload)) == (kind, *raw)
    assert Reader(kind).read(buf, len(payload) - 1) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_payload_with_another_head_anywhere_is_none_of_this_type(kind):
    """As long, and with the CRC of whoever sent it: an integer where a float is due must not be read as one."""
    strings = {schema.S8: b"8 bytes.", schema.S16: b"sixteen bytes..."}
    payload = LAYOUTS[kind].pack([strings.get(item[1], 1) for item in LAYOUTS[kind].items])
    marks = _marks(kind)
    readers = [Reader(kind).read]
    if not any(head in (0x48, 0x50) for head in schema.heads(kind)):
        readers.append(Items(kind).take)
    for read in readers:
        assert read(b"\0" + payload, len(payload))
        for at in marks[::2]:
            other = bytearray(b"\0" + payload)
            other[1 + at] ^= 0x01
            assert not read(other, len(payload)), at


@pytest.mark.parametrize("kind", KINDS)
def test_every_payload_fits_one_cobs_block(kind):
    assert LAYOUTS[kind].size <= schema.MAX_PAYLOAD


def test_nan_is_out_of_range():
    raw = [1, 2, 3, 4, math.nan, 0.0]
    assert first_out_of_range(schema.COMMAND, raw) == 4
    assert LAYOUTS[schema.COMMAND].out_of_range([schema.COMMAND, *raw]) == "argument_0 = nan"


def test_encoding_names_the_field_at_fault():
    with pytest.raises(InputError, match=r"command\.argument = 10000000.0 is outside"):
        encode(
            schema.COMMAND, {"session": 1, "counter": 1, "command": 1, "last_tick": 1, "argument": (1e7, 0.0)}
        )
    with pytest.raises(InputError, match=r"command\.argument is missing"):
        encode(schema.COMMAND, {"session": 1, "counter": 1, "command": 1, "last_tick": 1})


def test_decoding_refuses_another_layout():
    payload = LAYOUTS[schema.REPL_ACK].pack([0])
    for bad in (payload + b"\0", payload[:-1], b"\xff", cbor2.dumps([99, 1]), cbor2.dumps({})):
        with pytest.raises(FrameError):
            decode(bad)


def test_a_number_of_another_type_than_the_schemas_is_not_read():
    payload = bytearray(LAYOUTS[schema.REPL_ACK].pack([0]))
    assert payload[-2] == 0x18
    payload[-2] = 0x38  # -1 - n: CBOR all the same, and as long
    assert cbor2.loads(bytes(payload)) == [schema.REPL_ACK, -1]
    with pytest.raises(FrameError, match="another type"):
        decode(bytes(payload))


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_the_quick_range_test_says_what_every_single_limit_says(kind, data):
    items = schema.items(kind)
    raw = [data.draw(raw_value(item)) for item in items]
    assert LAYOUTS[kind].in_range([kind, *raw])
    at = data.draw(st.integers(0, len(items) - 1))
    _name, form, low, high, scale, offset = items[at]
    if low is not None:
        outside = [(high - offset) / scale + 1, (low - offset) / scale - 1]
        raw[at] = data.draw(st.sampled_from([*outside, math.nan] if form == schema.F else outside))
        absent = form != schema.F and not 0 <= raw[at] <= {"I": 2**32 - 1, "H": 2**16 - 1, "B": 255}[form]
        if not absent:  # what the item's type cannot hold does not come over the wire
            assert not LAYOUTS[kind].in_range([kind, *raw])


@pytest.mark.parametrize("change", ["name", "kind", "high", "scale"])
def test_a_change_on_one_side_only_changes_the_crc(monkeypatch, change):
    before = schema_crc()
    name, fields = schema.FRAMES[schema.REPL_ACK]
    field = list(fields[0])
    field[{"name": 0, "kind": 1, "high": 5, "scale": 6}[change]] = {
        "name": "other",
        "kind": schema.H,
        "high": 7,
        "scale": 2,
    }[change]
    monkeypatch.setitem(schema.FRAMES, schema.REPL_ACK, (name, (tuple(field),)))
    assert schema_crc() != before


def sensor_frame(values: dict[str, float]) -> SensorFrame:
    """A sensor frame with these items, the others 0."""
    frame = SensorFrame()
    at = indices(schema.SENSORS)
    kinds = {item[0]: item[1] for item in schema.items(schema.SENSORS)}
    for name, value in values.items():
        if kinds[name] == schema.F:
            frame.items.floats[at[name]] = value
        else:
            frame.items.whole[at[name]] = int(value)
    frame.group()
    return frame


def test_sensor_groups_are_cut_where_the_schema_says():
    at = {item[0]: float(i) for i, item in enumerate(schema.items(schema.SENSORS), start=1)}
    units = [f"{unit}_status" for unit in ("star", "lrf", "radar", "velocimeter")]
    at |= {name: at[name] - at[name] % 4 + schema.FRESH for name in units}
    frame = sensor_frame(at)
    assert frame.tick == at["tick"]
    for unit in "ab":
        imu = [f"imu_{unit}_{k}_{i}" for k in ("dtheta", "dvel") for i in range(3)]
        group = frame.imu_a if unit == "a" else frame.imu_b
        assert group == tuple(at[name] for name in (f"imu_{unit}_status", *imu))
    assert frame.star == tuple(
        at[name] for name in ("star_status", "star_age_ms", *(f"star_q_{i}" for i in range(4)))
    )
    assert frame.lrf == tuple(at[name] for name in ("lrf_status", "lrf_age_ms", "lrf_range_m"))
    names = ("radar_status", "radar_age_ms", "radar_range_m", "radar_rate_m_s")
    assert frame.radar == tuple(at[name] for name in names)
    names = ("velocimeter_status", "velocimeter_beams", "velocimeter_age_ms")
    assert frame.velocimeter == tuple(
        at[name] for name in (*names, *(f"velocimeter_m_s_{i}" for i in range(3)))
    )
    assert (frame.legs, frame.discretes) == (int(at["leg_contact"]) & 15, at["discretes"])
    assert frame.chamber_kpa == tuple(at[f"chamber_kpa_{i}"] for i in range(6))
    assert (frame.tank_kpa, frame.pressurant_kpa) == (at["tank_kpa"], at["pressurant_kpa"])
    assert frame.propellant_kg == at["propellant_kg"]


def test_of_what_is_not_fresh_only_the_status_can_be_read():
    frame = sensor_frame({f"{unit}_status": schema.VALID for unit in ("star", "lrf", "radar", "velocimeter")})
    assert frame.star == frame.lrf == frame.radar == frame.velocimeter == (schema.VALID,)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e30])
def test_a_group_with_a_number_that_cannot_be_counts_as_silent(bad):
    fresh = schema.VALID | schema.FRESH
    units = dict.fromkeys(("imu_a_status", "imu_b_status", "lrf_status", "radar_status"), fresh)
    frame = sensor_frame(units | {"imu_b_dvel_2": bad, "lrf_range_m": bad})
    assert (frame.imu_a[0], frame.imu_b[0], frame.lrf[0], frame.radar[0]) == (3, 0, 0, 3)


@pytest.mark.parametrize("kind", [schema.SENSORS, schema.ACTUATORS])
@given(st.data())
def test_items_in_place_are_what_the_host_packs_and_reads(kind, data):
    raw = [data.draw(raw_value(item)) for item in schema.items(kind)]
    payload = LAYOUTS[kind].pack(raw)
    came, sent = Items(kind), bytearray(300)
    assert came.take(bytearray(1) + payload, len(payload))
    assert came.put(sent, 3) == len(payload)
    assert sent[4 : 4 + len(payload)] == payload
    kinds = [item[1] for item in schema.items(kind)]
    assert list(came.floats) == [value for value, form in zip(raw, kinds, strict=True) if form == schema.F]
    assert list(came.whole) == [
        kind,
        *(value for value, form in zip(raw, kinds, strict=True) if form != schema.F),
    ]


@pytest.mark.parametrize("at", [1, 2, 3, 5, 120])
def test_items_of_another_layout_are_not_taken(at):
    payload = bytearray(1) + LAYOUTS[schema.SENSORS].pack([1] * (LAYOUTS[schema.SENSORS].count - 1))
    items = Items(schema.SENSORS)
    assert items.take(payload, len(payload) - 1)
    assert not items.take(payload, len(payload) - 2)
    while payload[at] not in (0x98, items.count, 0x18, 0x19, 0x1A, 0xFA):
        at += 1
    payload[at] ^= 0x20
    assert not items.take(payload, len(payload) - 1)


@given(st.integers(0, 255))
def test_there_are_four_legs_whatever_a_frame_claims(mask):
    """A fifth leg stopped the flight software on the ground: IndexError in counting them."""
    frame = SensorFrame()
    frame.items.whole[indices(schema.SENSORS)["leg_contact"]] = mask
    frame.group()
    assert frame.legs == mask & 0b1111
