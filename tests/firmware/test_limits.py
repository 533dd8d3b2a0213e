"""Parameters at and near every limit: what the board accepts it can fly, 200 ticks in every mode, without an exception.

Each mode is entered as after a reset: with the state of a nominal flight in that mode, under other parameters; then the
sensor frames that followed in that flight are flown.
"""

import math
import os
import struct
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perilune.checkpoint.snapshot import MODE_AT, State
from perilune.flight import modes
from perilune.flight.flight import Flight
from perilune.flight.parameters import Parameters
from perilune.wire import schema
from perilune.wire.items import Items
from perilune.wire.sensors import SensorFrame
from perilune_host.codec import LAYOUTS
from perilune_host.session import Session
from perilune_rig.flight.fly import prepare
from perilune_rig.rungs.python import PythonRung
from perilune_rig.scenario.catalogue import load_scenario
from tests.firmware.kit import raw

TICKS = 200
SHOWN = int(os.environ.get("PERILUNE_FUZZ_EXAMPLES", "40"))
PARAMETERS = (
    schema.PARAM_VEHICLE,
    schema.PARAM_SENSORS,
    schema.PARAM_SITE,
    schema.PARAM_TERRAIN,
    schema.PARAM_GUIDANCE,
)
MODES = {
    "coast": modes.COAST,
    "armed": modes.ARMED,
    "braking": modes.BRAKING,
    "approach": modes.APPROACH,
    "terminal": modes.TERMINAL,
    "hold": modes.HOLD,
    "touchdown": modes.TOUCHDOWN,
    "safed": modes.SAFED,
    "wave off": modes.WAVE_OFF,
}


class Recorder(PythonRung):
    """Keeps every frame of a flight, and the flight's state when a mode has lasted for ten ticks."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[bytes] = []
        self.states: dict[int, tuple[int, tuple]] = {}  # mode: frames before it, row

    def transact(self, frame: bytes, time_us: int) -> bytes:
        answer = super().transact(frame, time_us)
        flight = self.computer.flight
        if self.computer.done == schema.SENSORS:
            assert flight is not None
            self.frames.append(bytes(self._in[1 : 1 + LAYOUTS[schema.SENSORS].size]))
            if flight.mode not in self.states and flight.tick >= flight.entered_tick + 10:
                self.states[flight.mode] = len(self.frames), tuple(State(flight).row())
        return answer


@cache
def flights() -> dict[int, tuple[list[bytes], tuple]]:
    """For each mode the frames that followed, and the state to begin with."""
    recorder = Recorder()
    bridge = prepare(load_scenario("nominal_terminal"), 1, recorder)
    bridge.fly(9000)
    frames = recorder.frames + recorder.frames[-1:] * TICKS
    found = {mode: (frames[at : at + TICKS], row) for mode, (at, row) in recorder.states.items()}
    for mode, like in (
        (modes.HOLD, modes.APPROACH),
        (modes.WAVE_OFF, modes.ARMED),
    ):  # which that flight does not enter
        frames, row = found[like]
        found[mode] = frames, (*row[:MODE_AT], mode, *row[MODE_AT + 1 :])
    return found


@cache
def groups() -> tuple:
    return tuple(prepare_groups())


def prepare_groups() -> list[tuple[int, dict]]:
    session: Session = prepare(load_scenario("nominal_terminal"), 1, PythonRung()).session
    return [(kind, dict(values)) for kind, values in session.groups]


def loaded(changes: dict[tuple[int, int], float]) -> Parameters | None:
    """The nominal parameters with other raw values in (frame type, item); None if they are refused."""
    parameters = Parameters()
    for kind, values in groups():
        row = list(raw(kind, values))
        for (of, at), value in changes.items():
            if of == kind:
                row[at] = value
        if not parameters.accept(kind, tuple(row))[0]:
            return None
    return parameters


def fly(parameters: Parameters, mode: int) -> None:
    """200 ticks from that mode on; AssertionError, or whatever the flight raises."""
    frames, row = flights()[mode]
    flight = Flight(parameters)
    State(flight).put(row)
    sensors, actuators = SensorFrame(), Items(schema.ACTUATORS)
    for frame in frames:
        assert sensors.items.take(b"\0" + frame, len(frame))
        sensors.items.whole[1] = flight.tick + 1
        sensors.group()
        flight.step(sensors)
        flight.pending.clear()
        flight.outputs(actuators.floats, actuators.whole)
        assert not any(math.isnan(x) for x in actuators.floats)


def near(item: tuple) -> list[float]:
    """Raw values of an item at its limits and one step of its type inside, and the smallest there are beside zero."""
    _name, kind, low, high, scale, offset = item
    if kind != schema.F:
        least, most = round((low - offset) / scale), round((high - offset) / scale)
        return sorted({least, least + 1, most - 1, most})
    found = {low, high, stepped(low, 1), stepped(high, -1), 0.0, 1e-3, -1e-3, 1e-9, -1e-9}
    return sorted(x for x in found if low <= x <= high)


def stepped(x: float, by: int) -> float:
    """The next float32 above or below."""
    x = struct.unpack("f", struct.pack("f", x))[0]
    if x == 0.0:
        return by * 1e-30
    bits = struct.unpack("i", struct.pack("f", x))[0] + (by if x > 0 else -by)
    return struct.unpack("f", struct.pack("i", bits))[0]


ITEMS = [(kind, at, item) for kind in PARAMETERS for at, item in enumerate(schema.items(kind))]
CHANGE = st.sampled_from(ITEMS).flatmap(
    lambda each: st.sampled_from(near(each[2])).map(lambda value: ((each[0], each[1]), value))
)


ATTITUDE = next(
    at for kind, at, item in ITEMS if kind == schema.PARAM_SITE and item[0] == "site_from_inertial_0"
)
ATTITUDES = [  # its four items can change only together
    {(schema.PARAM_SITE, ATTITUDE + n): sign * (n == axis) for n in range(4)}
    for axis in range(4)
    for sign in (1.0, -1.0)
]


@pytest.mark.parametrize(
    ("number", "kind", "at"),
    [(number, kind, at) for number, (kind, at, _item) in enumerate(ITEMS)],
    ids=[item[0] if kind != schema.PARAM_TERRAIN else f"terrain_{item[0]}" for kind, _at, item in ITEMS],
)
def test_each_limit_that_is_accepted_can_be_flown(number: int, kind: int, at: int):
    """Every limit of every item: of guidance, where modes differ most, in every mode; else in one, in turn.

    With more examples asked for, in every mode.
    """
    turns = list(MODES.values())
    everywhere = kind == schema.PARAM_GUIDANCE or SHOWN > 40
    for n, value in enumerate(near(ITEMS[number][2])):
        parameters = loaded({(kind, at): value})
        if parameters is not None:
            for mode in turns if everywhere else [turns[(number + n) % len(turns)]]:
                fly(parameters, mode)


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_attitudes_of_the_site_along_each_axis_can_be_flown(mode: int):
    for changes in ATTITUDES:
        parameters = loaded(changes)
        assert parameters is not None
        fly(parameters, mode)


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
@pytest.mark.parametrize("start_m", [-1e6, 0.0, 900e3])
@pytest.mark.parametrize("spacing_m", [1.0, 1250.0])
def test_terrain_at_its_limits_can_be_flown(mode: int, start_m: float, spacing_m: float):
    parameters = Parameters()
    part = 0
    for kind, values in groups():
        changed = dict(values)
        if kind == schema.PARAM_TERRAIN:
            changed["start_m"] = start_m + part * schema.TERRAIN_SAMPLES * spacing_m
            changed["spacing_m"] = spacing_m
            part += 1
        assert parameters.accept(kind, raw(kind, changed)) == (True, 0), (kind, changed)
    fly(parameters, mode)


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
@settings(max_examples=SHOWN, deadline=None)
@given(changes=st.lists(CHANGE, min_size=1, max_size=4))
def test_parameters_that_are_accepted_can_be_flown(mode: int, changes: list):
    parameters = loaded(dict(changes))
    if parameters is not None:
        fly(parameters, mode)


def test_the_nominal_parameters_lead_through_every_mode():
    assert set(MODES.values()) <= set(flights())
    for mode in MODES.values():
        fly(loaded({}), mode)  # type: ignore[arg-type]
