"""A line with faults: what they do to bytes, who counts them, and that the flight goes on."""

from random import Random

import pytest
from msgspec.structs import replace

from perilune.wire import schema
from perilune_host.codec import LAYOUTS, enframe
from perilune_host.errors import InputError, RigError
from perilune_rig.faults.on_link.damage import Damage
from perilune_rig.faults.on_link.receiver import Receiver
from perilune_rig.faults.on_link.uart import resample
from perilune_rig.flight.fly import fly
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Fault, Scenario, Trigger
from perilune_sim.held import HOLD_TICKS, Held
from tests import synthetic
from tests.sim_bridge import kit

TERMINAL = load_scenario("nominal_terminal")


def frames(count: int) -> list[bytes]:
    """Actuator frames of ticks 1, 2, ..."""
    pack = LAYOUTS[schema.ACTUATORS].pack
    zeros = [0] * (LAYOUTS[schema.ACTUATORS].count - 2)
    return [enframe(pack([tick, *zeros])) for tick in range(1, count + 1)]


def through(effect: dict[str, float], sent: list[bytes], seed: int = 1) -> tuple[list[bytes], Damage]:
    """What is left of one frame a tick."""
    damage = Damage(effect, Random(seed))
    out = [damage.feed([frame], tick, True) for tick, frame in enumerate(sent)]
    return [piece for pieces in out for piece in pieces], damage


def on_link(*faults: dict, seconds: float = 20.0, target: str = "link") -> Scenario:
    """The first seconds of terminal descent with faults on the line from 2 s to 10 s."""
    between = {"start": Trigger(time_s=2.0), "end": Trigger(time_s=10.0)}
    listed = [Fault(target=target, effect=effect, **between) for effect in faults]
    return replace(TERMINAL, faults=listed, time_limit_s=seconds)


def test_a_line_without_its_fault_passes_everything_on():
    damage = Damage({"drop": 1.0}, Random(1))
    assert damage.feed([b"a\0", b"b\0"], 0, active=False) == [b"a\0", b"b\0"]
    assert damage.hits == 0


@pytest.mark.parametrize(
    ("effect", "left"),
    [
        ({"drop": 1.0}, []),
        ({"outage": 1.0}, []),
        ({"duplicate": 1.0}, [1, 1, 2, 2, 3, 3, 4, 4]),
        ({"reorder": 1.0}, [2, 1, 4, 3]),
        ({"delay": 1.0, "delay_ticks": 1}, [1, 2, 3]),
    ],
)
def test_what_happens_to_whole_frames(effect: dict[str, float], left: list[int]):
    sent = frames(4)
    out, damage = through(effect, sent)
    assert out == [sent[tick - 1] for tick in left]
    assert damage.hits > 0


def test_a_bit_error_rate_is_met():
    sent = [bytes(1000)] * 1000
    out, _damage = through({"bit_error_rate": 1e-4}, sent)
    flipped = sum(byte.bit_count() for piece in out for byte in piece)
    assert flipped == pytest.approx(800, abs=90)  # 3 sigma of a Poisson count


def test_a_frame_cut_at_any_length_is_bad_and_the_next_is_good():
    first, second = frames(2)
    for size in range(1, len(first) - 1):
        cut, _damage = through({"cut_bytes": size}, [first])
        receiver = Receiver()
        good = receiver.lines(b"".join(cut) + second)
        assert (receiver.bad, len(good)) == (1, 1), size


@pytest.mark.parametrize("chunk", [1, 63, 64, 65, 128])
def test_frames_arrive_in_chunks_of_any_size(chunk: int):
    stream = b"".join(frames(20))
    receiver = Receiver()
    good = [p for at in range(0, len(stream), chunk) for p in receiver.lines(stream[at : at + chunk])]
    assert (receiver.bad, len(good)) == (0, 20)


def test_old_and_missing_actuator_frames_are_counted():
    receiver = Receiver()
    one, two, three = (receiver.lines(frame) for frame in frames(3))
    assert receiver.newest(two, 2) == two[0]
    assert receiver.newest([*one, *two], 3) is None
    assert receiver.newest(three, 3) == three[0]
    assert (receiver.old, receiver.silent) == (2, 1)


@pytest.mark.parametrize(
    ("ratio", "same"), [(1.0, True), (1.03, True), (0.97, True), (0.5, False), (2.0, False)]
)
def test_a_uart_stands_a_few_percent_of_another_rate(ratio: float, same: bool):
    data = frames(1)[0]
    assert (resample(data, ratio) == data) == same


def test_a_pulse_is_not_repeated_and_engines_are_held_for_a_while():
    thrust = {"throttle_0": 5000, "engine_enable": 1, "switches": 1}
    held = Held()
    held.take(kit.actuators(**thrust, rcs_on_ms_3=10))
    assert held.running
    held.miss()
    assert held.payload == kit.actuators(**thrust)
    for _ in range(HOLD_TICKS - 1):
        assert held.running
        held.miss()
    assert held.payload == kit.actuators(switches=1)


@pytest.mark.parametrize(
    ("effect", "counted"),
    [
        ({"drop": 0.05}, {"missed", "silent"}),
        ({"bit_error_rate": 1e-4}, {"refused", "bad", "missed"}),
        ({"burst": 0.05}, {"refused", "bad"}),
        ({"duplicate": 0.1}, {"old", "stale"}),
        ({"reorder": 0.1}, {"old", "missed"}),
        ({"delay": 0.1}, {"old", "missed"}),
        ({"truncate": 0.1}, {"refused", "bad"}),
        ({"garbage": 0.2}, {"refused", "bad"}),
        ({"outage": 1.0}, {"missed", "silent"}),
    ],
)
def test_every_fault_is_counted_at_both_ends_and_none_gets_through(effect: dict, counted: set[str]):
    record = fly(on_link(effect), 3, "python")
    assert record.faults[0].acted
    assert counted <= {name for name, count in record.link.items() if count}
    assert record.link["accepted"] == 0
    assert record.violations == []


@pytest.mark.parametrize(
    "effect", [{"stuck_byte": 255}, {"stuck_byte": 0}, {"cut_bytes": 20}, {"baud_ratio": 1.1}]
)
def test_a_line_that_says_nothing_usable_is_an_outage(effect: dict):
    record = fly(on_link(effect, seconds=12.0), 3, "python")
    assert record.link["missed"] in (400, 401)  # at most one frame more until the line is in step again
    assert record.link["accepted"] == 0


def test_a_flight_on_a_faulty_line_repeats_itself_and_is_the_same_on_every_byte_exact_rung():
    scenario = on_link({"drop": 0.05, "truncate": 0.05, "garbage": 0.05}, {"delay": 0.1}, seconds=12.0)
    one, other = fly(scenario, 5, "vm"), fly(scenario, 5, "vm")
    assert one.trace_hash == other.trace_hash
    assert one.link == other.link == fly(scenario, 5, "python").link
    assert one.trace_hash != fly(scenario, 6, "vm").trace_hash


def test_a_fault_that_nobody_counts_makes_the_run_invalid(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("perilune_rig.faults.on_link.faulty_line._NOTICES", ())
    with pytest.raises(RigError, match=r"link fault \(drop = 0\.1\) acted .* nobody counted"):
        fly(on_link({"drop": 0.1}, seconds=12.0), 3, "python")


def test_a_command_is_sent_again_until_it_is_answered():
    listed = "commands=[{command='arm', when={time_s=5}}]"
    lost = "faults=[{target='uplink', effect={outage=1}, start={time_s=4.9}, end={time_s=6}}]"
    record = fly(synthetic.scenario(listed, lost, "time_limit_s=10"), 1, "python")
    armed = [change.tick for change in record.modes if change.mode == "armed"]
    assert armed and armed[0] > 300


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{target='link', effect={drop=2}, start={time_s=0}}", "drop = 2.0 is outside 0 to 1"),
        ("{target='link', effect={lose=1}, start={time_s=0}}", "link has no effect 'lose'"),
        ("{target='uplink', effect={outage=0}, start={time_s=0}}", "changes nothing"),
        ("{target='downlink', effect={drop=[1, 2, 3]}, start={time_s=0}}", "give a number"),
    ],
)
def test_a_wrong_fault_of_the_link_is_refused_by_name(text: str, complaint: str):
    with pytest.raises(InputError) as refusal:
        synthetic.scenario(f"faults=[{text}]")
    assert complaint in str(refusal.value)
