"""Sensor values that no unit should send: the flight computer neither stops nor carries them on. On every rung."""

import struct

import pytest

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import LAYOUTS, enframe
from tests.core.kit import Board, fly_until

SENSORS = LAYOUTS[schema.SENSORS]
NAMES = [item[0] for item in SENSORS.items]
FLOATS = [name for name, kind, *_ in SENSORS.items if kind == schema.F]
GOOD = schema.VALID | schema.FRESH
UNITS = {  # item: the unit whose status vouches for it
    name: next(
        unit
        for unit in ("imu_a", "imu_b", "star", "lrf", "radar", "velocimeter", "")
        if name.startswith(unit)
    )
    for name in FLOATS
}


def bent(payload: bytes, values: dict[str, float]) -> bytes:
    """A sensor payload with some items replaced, ranges not asked."""
    row = list(struct.unpack(schema.layout(schema.SENSORS), payload))[1:]
    for name, value in values.items():
        row[NAMES.index(name)] = value
    return SENSORS.pack(row)


def flown_over(bridge, board: Board, values: dict[str, float]) -> None:
    """Three such frames while braking; the good ones after them must give good actuator frames at once."""
    world = bridge.world
    for _ in range(3):
        board.line(enframe(bent(bytes(world.step(board.actuators)), values)))
    for _ in range(10):
        actuators = board.sense(bytes(world.step(board.actuators)))
        assert board.out_of_range() is None
    assert (actuators["mode"], actuators["engine_enable"]) == (modes.BRAKING, 1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -3e38])
def test_values_out_of_range(link, value: float):
    bridge, board = fly_until(link, modes.BRAKING), Board(link)
    for item in FLOATS:
        unit = UNITS[item]
        status = {f"{unit}_status": GOOD} if unit else {}
        beams = {"velocimeter_beams": 7} if unit == "velocimeter" else {}
        flown_over(bridge, board, {item: value} | status | beams)


@pytest.mark.parametrize("q", [(0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0), (0.01, 0.0, 0.0, 0.0)])
def test_a_star_quaternion_that_is_none(link, q: tuple[float, ...]):
    bridge = fly_until(link, modes.BRAKING)
    flown_over(
        bridge,
        Board(link),
        {f"star_q_{i}": x for i, x in enumerate(q)} | {"star_status": GOOD, "star_age_ms": 0},
    )


def test_zero_ranges_called_good(link):
    bridge = fly_until(link, modes.BRAKING)
    flown_over(
        bridge,
        Board(link),
        {"lrf_range_m": 0.0, "lrf_status": GOOD, "radar_range_m": 0.0, "radar_status": GOOD},
    )
