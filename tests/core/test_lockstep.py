"""Lock-step in C against its oracle, the bridge's own step: the same flights, to the last bit and event."""

import struct
import zlib

import numpy as np
import pytest
from cobs import cobs
from hypothesis import given, settings
from hypothesis import strategies as st

from perilune.wire import schema
from perilune_host.codec import DELIMITER, LAYOUTS, deframe, enframe
from perilune_host.link import Direct, direct
from perilune_rig.flight.fly import adopt, prepare
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario import catalogue
from perilune_rig.scenario.model import Scenario
from perilune_sim.bridge import Bridge
from perilune_sim.flight_record import FlightRecord
from perilune_sim.world.native import ffi, lib

pytestmark = pytest.mark.skipif(VmRung.available() is not None, reason="needs the VM, which C calls")
TERMINAL = catalogue.load_scenario("nominal_terminal")
# what is flown of each scenario by default: its beginning, with the faults that come early
TICKS = 3000
EVERY_KIND = (
    'faults=[{target = "lrf", effect = {bias = 40.0}, start = {altitude_m = 400.0}, end = {altitude_m = 100.0}}]',
    'faults=[{target = "radar", effect = {dead = true}, start = {time_s = 3.33}}, '
    '{target = "imu_a", effect = {frozen = true}, start = {mode = "terminal", delay_s = 1.5}, end = {time_s = 90.0}}]',
    # long without effect: its twin flies on
    'faults=[{target = "lrf", effect = {max_m = 60.0}, start = {time_s = 1.0}}]',
    'faults=[{target = "lrf", effect = {dead = true, until_power_cycle = true}, start = {time_s = 5.0}}]',
    'faults=[{target = "lrf + radar", effect = {ramp = 0.5, wave = 2.0, wave_s = 7.0}, start = {time_s = 20.0}}]',
    'faults=[{target = "imu_b", effect = {gyro_ramp = [0.0, 1e-5, 0.0], accel_scale = [0.0, 0.0, 0.01]}, '
    "start = {time_s = 20.0}, end = {time_s = 60.0}}]",
    'faults=[{target = "velocimeter", effect = {stuck = 1, stuck_at = -2.0, beams = 2}, start = {time_s = 30.0}}]',
    'faults=[{target = "gauge", effect = {ramp = -0.5, scale = 0.02}, start = {time_s = 10.0}}]',
    'faults=[{target = "computer", effect = {watchdog = true, down_s = 0.6}, start = {time_s = 20.0}}]',
    'faults=[{target = "computer", effect = {brown_out = true, down_s = 0.6}, start = {time_s = 2.0}}]',
    'faults=[{target = "computer", effect = {hang = true, down_s = 0.6}, start = {time_s = 20.0}}]',
    'faults=[{target = "computer", effect = {lost_share = 0.2, burst_s = 0.1}, '
    "start = {time_s = 9.0}, end = {time_s = 30.0}}]",
    # bursts, and a storm of resets among them
    'faults=[{target = "computer", effect = {lost_share = 0.1, burst_s = 0.2}, start = {mode = "terminal"}, '
    'end = {altitude_m = 60.0}}, {target = "computer", effect = {software = true, storm = 2, within_s = 9.0}, '
    "start = {time_s = 15.0}}]",
    # ended by a power cycle in flight; another on the same unit goes on
    'faults=[{target = "radar", effect = {dead = true, until_power_cycle = true}, start = {time_s = 5.0}}, '
    '{target = "radar", effect = {bias = 3.0}, start = {time_s = 4.0}}, '
    '{target = "imu_a", effect = {frozen = true, until_power_cycle = true}, start = {time_s = 12.0}}]',
    'faults=[{target = "computer", effect = {late_s = 0.06}, start = {time_s = 9.0}, end = {time_s = 30.0}}]',
    'faults=[{target = "downlink", effect = {drop = 0.05}, start = {time_s = 9.0}, end = {time_s = 30.0}}]',
    'faults=[{target = "engine_0", effect = {dead = true}, start = {altitude_m = 20.0}}]',
    'commands=[{command = "arm", when = {time_s = 0.1}}, '
    '{command = "divert", downrange_m = 20.0, left_m = -10.0, when = {altitude_m = 300.0}}, '
    '{command = "release_payload", when = {mode = "safed", delay_s = 3.0}}]',
)


def flown(
    scenario: Scenario, seed: int, in_c: bool, ticks: int | None = None, policy: str | None = None
) -> tuple[FlightRecord, Bridge]:
    link = VmRung()
    if policy:
        adopt(link, policy)
    bridge = prepare(scenario, seed, link)
    bridge.in_c = in_c
    bridge.fly(ticks or round(scenario.time_limit_s * schema.TICK_HZ))
    return bridge.record(), bridge


def assert_same(a: FlightRecord, b: FlightRecord) -> None:
    assert a.trace_hash == b.trace_hash
    assert a.telemetry.keys() == b.telemetry.keys()
    for name, column in a.telemetry.items():
        assert column.dtype == b.telemetry[name].dtype
        assert np.array_equal(column, b.telemetry[name], equal_nan=True), name
    same = "outcome ticks touchdown propellant_left_kg engine_off_s payload_released modes events violations faults"
    for name in [*same.split(), "link"]:
        assert getattr(a, name) == getattr(b, name), name


@pytest.mark.parametrize("changes", EVERY_KIND)
def test_every_kind_of_fault_and_command_is_the_same_in_c(changes: str):
    scenario = catalogue.load_scenario("nominal_terminal", [changes])
    quick, bridge = flown(scenario, 3, in_c=True)
    assert_same(quick, flown(scenario, 3, in_c=False)[0])
    assert (bridge.ticks_in_c > 0) is not bridge.line.faulty


def test_a_whole_terminal_descent_is_flown_in_c_but_for_some_ticks():
    record, bridge = flown(TERMINAL, 1, in_c=True)
    assert record.outcome == "landed"
    assert bridge.ticks_in_c > 0.97 * record.ticks
    assert_same(record, flown(TERMINAL, 1, in_c=False)[0])


@pytest.mark.parametrize(
    ("effect", "share"),
    [
        ('{target = "radar", effect = {dead = true, until_power_cycle = true}', 0.95),
        ('{target = "computer", effect = {lost_share = 0.1, burst_s = 0.2}', 0.8),
    ],
)
def test_faults_that_wait_for_something_are_flown_in_c_meanwhile(effect: str, share: float):
    """Each made all ticks of such a flight Python's: four times as slow."""
    scenario = catalogue.load_scenario("nominal_terminal", [f"faults=[{effect}, start = {{time_s = 1.0}}}}]"])
    record, bridge = flown(scenario, 3, in_c=True, ticks=1500)
    assert bridge.ticks_in_c > share * record.ticks


HARD = [
    "environment.gravity.degree=20",
    "environment.terrain.preset=mare",
    "environment.dispersions.thruster_ratio=0.05",
    "vehicle.sensors.radar.beam_half_deg=3",
    "vehicle.sensors.radar.side_lobe_db=-20",
    "vehicle.sensors.lrf.slope_noise=0.3",
    "vehicle.sensors.lrf.dust_below_m=30",
    "vehicle.sensors.lrf.dust_blind=0.5",
    "vehicle.sensors.lrf.dust_short=0.1",
    "vehicle.sensors.imu_a.gyro_bias_in_run_rad_s=1e-5",
    "vehicle.sensors.imu_a.gyro_per_m_s2=1e-6",
    "vehicle.sensors.imu_b.gyro_rectified_rad_s=1e-6",
]


def test_the_hardest_world_is_the_same_in_c_and_the_same_again():
    """Gravity, rough ground and every optional error of the sensors, from the seed alone."""
    scenario = catalogue.load_scenario("nominal_terminal", HARD)
    quick, _bridge = flown(scenario, 3, in_c=True)
    assert_same(quick, flown(scenario, 3, in_c=False)[0])
    assert quick.trace_hash == flown(scenario, 3, in_c=True)[0].trace_hash
    assert quick.trace_hash != flown(TERMINAL, 3, in_c=True)[0].trace_hash


@pytest.mark.parametrize("name", catalogue.names(catalogue.SCENARIOS))
def test_the_beginning_of_every_scenario_is_the_same_in_c(name: str):
    scenario = catalogue.load_scenario(name)
    assert_same(flown(scenario, 2, True, TICKS)[0], flown(scenario, 2, False, TICKS)[0])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", catalogue.names(catalogue.SCENARIOS))
def test_every_scenario_is_the_same_in_c(name: str, seed: int):
    scenario = catalogue.load_scenario(name)
    assert_same(flown(scenario, seed, True)[0], flown(scenario, seed, False)[0])
    if scenario.policy:
        assert_same(
            flown(scenario, seed, True, policy=scenario.policy)[0],
            flown(scenario, seed, False, policy=scenario.policy)[0],
        )


class Meddling(VmRung):
    """Damages the reply of one tick, in place, as C and the link both find it."""

    def __init__(self, at: int, damage) -> None:
        super().__init__()
        self.at, self.damage = at, damage

    def transact(self, frame: bytes, time_us: int) -> bytes:
        reply = super().transact(frame, time_us)
        return self.damage(reply) if time_us == self.at * 20_000 else reply

    def direct(self) -> Direct:
        there = super().direct()
        self._step = ffi.cast("int (*)(int, uint64_t)", there.step)
        out = ffi.buffer(ffi.cast("uint8_t *", there.outbuf), 1024)

        def step(n: int, time_us: int) -> int:
            m = self._step(n, time_us)
            if time_us != self.at * 20_000 or m <= 0:
                return m
            damaged = self.damage(out[:m])
            out[: len(damaged)] = damaged
            return len(damaged)

        self._callback = ffi.callback("int(int, uint64_t)", step)
        return Direct(int(ffi.cast("uintptr_t", self._callback)), there.inbuf, there.outbuf, there.reply)


def rewritten(**values: int):
    """A sound frame with these raw values in place of its own."""
    layout = LAYOUTS[schema.ACTUATORS]
    names = [item[0] for item in layout.items]

    def damage(reply: bytes) -> bytes:
        row = layout.unpack(deframe(reply[:-1]))
        assert row is not None
        for name, value in values.items():
            row[1 + names.index(name)] = value
        return enframe(layout.pack(row[1:]))

    return damage


DAMAGE = {
    "a bit": lambda reply: reply[:40] + bytes([reply[40] ^ 4 or 8]) + reply[41:],
    "the end": lambda reply: reply[:-9] + b"\0",
    "nothing but a delimiter": lambda _reply: b"\0",
    "twice": lambda reply: reply + reply,
    "a mode out of turn": rewritten(mode=7),
    "a mode that is none": rewritten(mode=200),
    "another tick": rewritten(tick=17),
    "a leap of the throttle": rewritten(throttle_0=9999),
    "a throttle out of range": rewritten(throttle_0=12000),
    "a thruster out of range": rewritten(rcs_on_ms_3=200),
    "no number": rewritten(altitude_m=float("nan")),
    "a number out of range": rewritten(sigma_agl_m=-5.0),
}


def ends(damage, in_c: bool) -> tuple[str, FlightRecord | None]:
    """What 400 ticks end with whose reply at tick 333 is damaged: the complaint, or the record."""
    bridge = prepare(TERMINAL, 1, Meddling(333, damage))
    bridge.in_c = in_c
    try:
        bridge.fly(400)
    except Exception as error:
        return f"{type(error).__name__}: {error}", None
    return "", bridge.record()


def judged_alike(damage) -> tuple[str, FlightRecord | None]:
    quick, oracle = ends(damage, True), ends(damage, False)
    assert quick[0] == oracle[0]
    if quick[1] is not None and oracle[1] is not None:
        assert_same(quick[1], oracle[1])
    return quick


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_or_illegal_answer_is_judged_the_same(what: str):
    complaint, record = judged_alike(DAMAGE[what])
    assert complaint or (record and record.violations), "it had to be noticed"


@given(st.integers(0, LAYOUTS[schema.ACTUATORS].size - 1), st.integers(1, 255), st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_byte_of_an_answer_may_be_another(place: int, change: int, sealed: bool):
    """Sealed: with the CRC of what it says now, so that only what is written in it can give it away."""

    def damage(reply: bytes) -> bytes:
        frame = bytearray(cobs.decode(reply[:-1]))
        frame[place] ^= change
        return enframe(bytes(frame[:-4])) if sealed else cobs.encode(frame) + DELIMITER

    judged_alike(damage)


def test_who_listens_to_what_is_said_hears_every_tick():
    class Listener:
        def __init__(self, link) -> None:
            self.link, self.heard = link, 0

        def transact(self, frame: bytes, time_us: int) -> bytes:
            self.heard += 1
            return self.link.transact(frame, time_us)

        def close(self) -> None: ...

    listener = Listener(VmRung())
    assert direct(listener) is None
    bridge = prepare(TERMINAL, 1, listener)
    said = listener.heard
    bridge.fly(100)
    assert listener.heard - said >= 100


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_crc_and_framing_of_c_are_those_of_zlib_and_cobs(data: bytes):
    out = ffi.new("uint8_t[]", 2 * len(data) + 8)
    assert lib.pl_checksum(data, len(data)) == zlib.crc32(data)
    n = lib.pl_stuff(data, len(data), out)
    assert ffi.buffer(out, n)[:] == cobs.encode(data)
    back = ffi.new("uint8_t[]", 2 * len(data) + 8)
    assert ffi.buffer(back, lib.pl_unstuff(out, n, back))[:] == data


@given(st.binary(min_size=1, max_size=200).filter(lambda data: 0 not in data))
@settings(max_examples=300, deadline=None)
def test_what_is_no_cobs_is_none_in_c_either(data: bytes):
    back = ffi.new("uint8_t[]", len(data) + 8)
    n = lib.pl_unstuff(data, len(data), back)
    try:
        wanted = cobs.decode(data)
    except cobs.DecodeError:
        wanted = b""
    assert ffi.buffer(back, n)[:] == wanted


def test_places_of_the_wire_are_where_struct_puts_them():
    for layout in LAYOUTS.values():
        payload = layout.pack([1 if item[1] in "fIHB" else b"" for item in layout.items])
        for item, place in zip(layout.items, layout.places.values(), strict=True):
            if item[1] in "fIHB":
                assert struct.unpack_from(">" + item[1], payload, place)[0] == 1
