"""What a flight keeps across a reset of its computer: whole, of this flight, and not too old."""

import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perilune.checkpoint.memory import COPY_BYTES, MEMORY_BYTES, Keeper, bridgeable
from perilune.checkpoint.snapshot import FIELDS, LAYOUT, MODE_AT, State, _parts
from perilune.flight import events, modes
from perilune.flight.flight import Flight
from perilune_rig.rungs.python import PythonRung
from tests.core.kit import fly_until
from tests.firmware.kit import loaded, outputs

DIGEST = b"digest.."
PARAMETERS = loaded()

# attributes that need not survive: parameters, wiring, what follows from the rest, and what settles within a second
FORGOTTEN = {
    "flight": "estimate limits demand pending aside gains nav guidance propulsion readiness control touchdown surface "
    "health log refused",
    "limits": "accel_max accel_cap exhaust start_delay delta_v_left delta_v_kept load dry_mass leak_rate powered "
    "expected_accel",
    "surface": "still",
    "filter": "site walk strapdown map covariance pending any_pending",
    "reference": "",
    "attitude": "log known site_from_inertial moon_rate star_var walk axes rate turned sum seen error last rejected "
    "tick aged silent told_tick drift leapt",
    "inertial": "log a b bias usual apart apart_v wrong_angle wrong_velocity modelled extra_noise suspect quiet "
    "quiet_gyros unfelt",
    "unit_a": "source calm sums good last gyro_good accel_good saturated same_gyro same_accel",
    "strapdown": "mu radius lost_r lost_v gravity_dv coriolis centrifugal bias force altitude rho "
    "axis_up axis_downrange axis_crossrange "
    "v_up v_downrange v_crossrange downrange crossrange",
    "inertial_height": "var_h var_v",
    "lrf": "source heads maximum_m noise_m noise_ratio height_m range_m same cosine consistent jump history "
    "offset_m head switched sweep_m_s own behind",
    "altimetry": "lrf radar log contradiction parted reference tick",
    "doppler": "beams noise_m_s noise_ratio lever log last same innovations noise radar_noise versus silence "
    "radar_innovation anchors forces tick specified pointing2 whole r share",
    "versus": "mixes",
    "silence": "height_m log",
    "noise": "source log noisy",
    "covariance": "matrix rows lowest gains column direction factor",
    "propulsion": "vehicle log limits used sharing shared gauge step lag burnt cap count exhaust start_delay "
    "throttle balanced uneven held least weights full_thrust lever chambers excess",
    "chambers": "count due_kpa low high gains stuck_looks seen_opening seen_level",
    "gauge": "log",
    "command": "accel_size",
    "guidance": "gains command log hold_gate blind_gate across",
    "control": "vehicle thrust groups torques shortest fired stiffness damping slew torque_ff "
    "pulse_residual_ms on_ms fired_ms rate_modelled "
    "on_s inertia full gain",
    "touchdown": "gains log several single borne blows stood leaning lifted turning felt refuted motionless",
    "readiness": "log standing reason aborting",
}
SAME = {"unit_b": "unit_a", "radar": "lrf", "radar_noise": "noise"}


def keeper(flight: Flight, memory: bytearray, session: int = 7, digest: bytes = DIGEST) -> Keeper:
    return Keeper(flight, memory, session, digest)


def saved(memory: bytearray, *ticks: int, mode: int = modes.BRAKING) -> Flight:
    """A flight in `mode` that saved itself at those ticks."""
    flight = Flight(PARAMETERS)
    flight.mode = mode
    keeping = keeper(flight, memory)
    keeping.resume(0)
    for tick in ticks:
        flight.tick = tick
        keeping.keep()
    return flight


def resumed(memory: bytearray, tick: int, **other: Any) -> Flight:
    """A new flight that takes up what is in memory, before the frame of `tick`."""
    flight = Flight(PARAMETERS)
    keeper(flight, memory, **other).resume(tick)
    return flight


def test_what_a_command_has_changed_is_kept_at_once():
    """Armed, then reset within a fifth of a second, it was back in coast and would have flown past."""
    memory = bytearray(MEMORY_BYTES)
    flight = Flight(PARAMETERS)
    keeping = keeper(flight, memory)
    keeping.keep()
    assert not any(memory)  # nothing has begun
    keeping.resume(0)
    flight.tick, flight.mode = 100, modes.ARMED
    keeping.keep()
    assert resumed(memory, 130).mode == modes.ARMED


INTS, FLOATS = (int(part) for part in LAYOUT[:-1].split("i"))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(1, 7), min_size=INTS, max_size=INTS),
    st.lists(st.floats(width=32, min_value=2.0**-10, max_value=2.0**20), min_size=FLOATS, max_size=FLOATS),
)
def test_every_number_of_the_row_comes_back(ints, floats):
    row = [*ints, *floats]
    row[MODE_AT] = modes.APPROACH
    state = State(Flight(PARAMETERS))
    state.put(struct.unpack(LAYOUT, struct.pack(LAYOUT, *row)))
    assert state.row() == row


def test_the_numbers_written_out_are_those_of_the_table_in_its_order():
    """Read by one list and set by another: two numbers swapped would be flown on after a reset."""
    flight = Flight(PARAMETERS)
    parts, state = _parts(flight), State(flight)
    at = 0
    for part, _kind, count, names in FIELDS:
        for name in names.split():
            setattr(parts[part], name, at if count == 1 else tuple(range(at, at + count)))
            at += count
    assert state.row()[:at] == list(range(at))


def test_nothing_that_is_state_is_left_behind():
    """An attribute new to the flight code is kept (perilune/flight/state.py) or named above as one that need not be."""
    kept: dict[str, set[str]] = {}
    for part, _kind, _count, names in FIELDS:
        kept.setdefault(part, set()).update(names.split())
    flight = Flight(PARAMETERS)
    parts = _parts(flight)
    for altimeter in (parts["lrf"], parts["radar"]):
        altimeter.offset_m = 0.0
    for name, part in parts.items():
        forgotten = set(FORGOTTEN[SAME.get(name, name)].split())
        assert set(vars(part)) - kept.get(name, set()) - forgotten == set(), name


@pytest.mark.parametrize("mode", [modes.ARMED, modes.BRAKING])
def test_a_flight_taken_up_again_goes_on_as_the_one_that_was_never_reset(mode):
    link = PythonRung()
    bridge = fly_until(link, mode)
    for _ in range(9):
        bridge.step()
    flight, sensors = link.computer.flight, link.computer.sensors
    assert flight is not None
    other = Flight(PARAMETERS)
    State(other).put(struct.unpack(LAYOUT, struct.pack(LAYOUT, *State(flight).row())))
    sensors.tick += 1
    for one in (flight, other):
        one.step(sensors)
    told = outputs(other)
    for name, left in outputs(flight).items():
        if name == "health":
            continue  # gathered anew within five ticks
        right = told[name]
        assert right == pytest.approx(left, rel=1e-5, abs=1.1 if name.startswith("rcs") else 1e-4), name


@settings(max_examples=200, deadline=None)
@given(st.integers(0, COPY_BYTES))
def test_a_reset_in_the_middle_of_writing_leaves_the_record_before(written):
    memory = bytearray(MEMORY_BYTES)
    saved(memory, 100)
    before = bytes(memory)
    flight = Flight(PARAMETERS)
    keeping = keeper(flight, memory)
    keeping.resume(101)
    flight.tick = 110
    keeping.keep()
    at = 0 if memory[:COPY_BYTES] != before[:COPY_BYTES] else COPY_BYTES
    memory[at + written : at + COPY_BYTES] = before[at + written : at + COPY_BYTES]
    assert resumed(memory, 120).tick == (110 if written == COPY_BYTES else 100)


@given(st.integers(0, MEMORY_BYTES - 1), st.integers(1, 255))
def test_a_damaged_copy_is_never_taken(at, flip):
    memory = bytearray(MEMORY_BYTES)
    saved(memory, 100, 110)
    memory[at] ^= flip
    assert resumed(memory, 120).tick in (100, 110)
    memory[(at + COPY_BYTES) % MEMORY_BYTES] ^= flip
    assert resumed(memory, 120).tick == 0


@pytest.mark.parametrize("other", [{"session": 8}, {"digest": b"another."}])
def test_the_record_of_other_parameters_or_another_session_is_refused(other):
    memory = bytearray(MEMORY_BYTES)
    saved(memory, 100)
    assert resumed(memory, 110, **other).mode == modes.COAST


@pytest.mark.parametrize(
    ("mode", "gap", "taken"),
    [
        (modes.BRAKING, 150, True),
        (modes.BRAKING, 151, False),
        (modes.COAST, 3000, True),
        (modes.COAST, 3001, False),
        (modes.SAFED, 100_000, True),
        (modes.BRAKING, 0, False),  # a record from after the frame: of an earlier flight
    ],
)
def test_how_old_a_record_may_be_depends_on_what_moves(mode, gap, taken):
    memory = bytearray(MEMORY_BYTES)
    saved(memory, 100, mode=mode)
    flight = resumed(memory, 100 + gap)
    assert flight.mode == (mode if taken else modes.COAST)
    assert [event[0] for event in flight.pending] == [events.RESUMED if taken else events.NOT_RESUMED][
        : max(gap, 0)
    ]
    assert any(memory) is taken  # what was refused cannot be taken later


def test_a_port_without_such_memory_keeps_nothing():
    keeping = Keeper(Flight(PARAMETERS), bytearray(), 1, DIGEST)
    keeping.resume(1)
    keeping.save(1, True)
    assert keeping.found is None


def test_it_keeps_itself_ten_times_a_second_whatever_the_mode():
    """A new mode kept at once made guidance's tick 11.1 ms long on an RP2040, one only gathered 10.1."""
    memory = bytearray(MEMORY_BYTES)
    flight = Flight(PARAMETERS)
    keeping = keeper(flight, memory)
    keeping.save(1, True)
    assert not any(memory)  # the first frame has not come
    keeping.resume(0)
    written = []
    for tick in range(1, 51):
        before = bytes(memory)
        flight.tick = tick
        keeping.save(tick, False)
        written += [tick] if bytes(memory) != before else []
    assert len(written) == 9
    assert {after - tick for tick, after in pairwise(written)} == {5}
    assert resumed(memory, 60).tick == written[-1] - 2  # as it was two ticks before
    kept = []
    for tick in range(51, 67):
        flight.tick = tick
        keeping.save(tick, tick == 59)
        kept.append(resumed(bytearray(memory), 67).tick)
    assert kept == [49] * 5 + [54] * 10 + [64]


def stood(memory: bytearray, mode: int = modes.TOUCHDOWN) -> tuple[Flight, Keeper]:
    """A flight kept at tick 100 in terminal descent, that has stood in `mode` since tick 110."""
    flight = Flight(PARAMETERS)
    flight.mode, flight.tick = modes.TERMINAL, 100
    keeping = keeper(flight, memory)
    keeping.resume(0)
    keeping.keep()
    flight.tick = 109
    keeping.save(109, False)  # gathers what would be written at 111
    flight.tick = flight.entered_tick = flight.surface.contact_tick = 110
    flight.mode = mode
    keeping.save(110, True)
    return flight, keeping


@pytest.mark.parametrize("mode", [modes.TOUCHDOWN, modes.SAFED])
def test_that_it_stands_is_kept_in_the_tick_of_contact(mode):
    """Back in terminal descent, the engine would start again on the ground."""
    memory = bytearray(MEMORY_BYTES)
    stood(memory, mode)
    back = resumed(memory, 111)
    assert (back.mode, back.entered_tick, back.surface.contact_tick) == (mode, 110, 110)
    assert back.tick == 100  # all else as it was last kept


def test_what_was_gathered_in_the_air_is_not_written_over_it():
    memory = bytearray(MEMORY_BYTES)
    flight, keeping = stood(memory)
    flight.tick = 111
    keeping.save(111, False)
    back = resumed(memory, 112)
    assert (back.mode, back.tick) == (modes.TOUCHDOWN, 111)  # the whole state, a tick later
    before = bytes(memory)
    keeping.save(112, False)
    assert bytes(memory) == before


@given(st.integers(0, COPY_BYTES))
def test_a_reset_while_contact_is_being_kept_leaves_the_record_before(written):
    memory = bytearray(MEMORY_BYTES)
    flight, keeping = stood(memory, modes.TERMINAL)
    assert flight.tick == 110
    before = bytes(memory)
    flight.mode = modes.TOUCHDOWN
    keeping.save(110, True)
    at = 0 if memory[:COPY_BYTES] != before[:COPY_BYTES] else COPY_BYTES
    memory[at + written : at + COPY_BYTES] = before[at + written : at + COPY_BYTES]
    assert resumed(memory, 120).mode == (modes.TOUCHDOWN if written == COPY_BYTES else modes.TERMINAL)


def test_copies_are_written_in_turn():
    memory = bytearray(MEMORY_BYTES)
    flight = Flight(PARAMETERS)
    keeping = keeper(flight, memory)
    keeping.resume(0)
    halves = []
    for tick in (10, 20, 30):
        before = bytes(memory)
        flight.tick = tick
        keeping.keep()
        halves.append(
            [before[:COPY_BYTES] != memory[:COPY_BYTES], before[COPY_BYTES:] != memory[COPY_BYTES:]]
        )
    assert halves in (
        [[True, False], [False, True], [True, False]],
        [[False, True], [True, False], [False, True]],
    )
    assert keeping.sequence == 3
    assert keeper(Flight(PARAMETERS), memory).sequence == 3  # it goes on counting after a reset


@pytest.mark.parametrize(
    ("mode", "ticks", "taken"),
    [
        (modes.TOUCHDOWN, 1, True),
        (modes.TOUCHDOWN, 0, False),
        (modes.SAFED, 10**6, True),
        (modes.SAFED, -1, False),
        (modes.WAVE_OFF, 3000, True),
        (modes.WAVE_OFF, 3001, False),
        (modes.ARMED, 3000, True),
        (modes.APPROACH, 151, False),
        (modes.TERMINAL, 150, True),
        (modes.HOLD, 151, False),
        (modes.COAST, 1, True),
    ],
)
def test_what_can_be_bridged(mode, ticks, taken):
    assert bridgeable(mode, ticks) is taken


def test_what_it_tells_of_a_reset():
    memory = bytearray(MEMORY_BYTES)
    saved(memory, 100, mode=modes.BRAKING)
    flight = resumed(memory, 130)
    assert flight.pending == [(events.RESUMED, 30, modes.BRAKING, flight.estimate.agl, flight.estimate.speed)]
    assert resumed(memory, 1000).pending == [(events.NOT_RESUMED, 900, modes.BRAKING, 0.0, 0.0)]
