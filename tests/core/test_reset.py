"""Resets of the flight computer in flight, lost time and hung ticks: it comes back, knows where it is, and lands."""

import pytest
from msgspec.structs import replace

from perilune_rig.flight.fly import fly, prepare
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Fault, Trigger
from perilune_rig.verdict.judge import judge
from perilune_sim.flight_computer import DOWN_TICKS
from perilune_sim.flight_record import FlightRecord
from tests.core.kit import NOMINAL

TERMINAL = load_scenario("nominal_terminal")  # braking, approach, terminal descent
INSTANTS = {
    "armed": Trigger(time_s=1.5),
    "braking": Trigger(mode="braking", delay_s=3.0),
    "approach": Trigger(altitude_m=700.0),
    "terminal": Trigger(mode="terminal", delay_s=2.0),
    "near the ground": Trigger(altitude_m=3.0),
    "touchdown": Trigger(mode="touchdown"),
}


def reset(when: Trigger, end: Trigger | None = None, **effect) -> Fault:
    return Fault(target="computer", effect=effect or {"watchdog": True}, start=when, end=end)


def flown(rung: str, *faults: Fault, scenario=TERMINAL, seed: int = 1) -> FlightRecord:
    """A flight with these faults, each of which acted, within every limit."""
    scenario = replace(scenario, faults=list(faults))
    record = fly(scenario, seed, rung)
    assert [f.target for f in record.faults if not f.acted] == []
    assert [f.requirement.id for f in judge(record, scenario).findings if f.judged and not f.passed] == []
    return record


def resumptions(record: FlightRecord) -> list[float]:
    """Ticks bridged by each taking up of the kept state."""
    return [event.values[0] for event in record.events if event.name == "resumed after a reset"]


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_reset_at_any_moment(instant: str):
    record = flown("vm", reset(INSTANTS[instant]))
    (bridged,) = resumptions(record)
    assert DOWN_TICKS < bridged <= DOWN_TICKS + 10
    assert bridged <= 50  # 1 s


def test_three_resets_in_one_descent(rung: str):
    storm = reset(Trigger(mode="braking"), software=True, storm=3, within_s=80.0)
    assert len(resumptions(flown(rung, storm))) == 3


@pytest.mark.requirement("ACT-6")
def test_a_hung_tick_is_the_watchdogs():
    assert resumptions(flown("vm", reset(INSTANTS["approach"], hang=True))) != []


@pytest.mark.parametrize(
    "effect", [{"lost_share": 0.13, "burst_s": 0.2}, {"late_s": 0.06}], ids=["lost", "late"]
)
def test_a_processor_without_enough_time(effect: dict[str, float]):
    """As Apollo 11's, whose alarms had ceased before it touched down."""
    flown("vm", reset(Trigger(mode="braking"), Trigger(altitude_m=5.0), **effect))


def begun(record: FlightRecord) -> list[str]:
    """Modes from the last coast on."""
    names = [change.mode for change in record.modes]
    return names[len(names) - 1 - names[::-1].index("coast") :]


def test_after_a_reset_it_goes_on_in_the_mode_it_was_in():
    record = flown("vm", reset(INSTANTS["terminal"]))
    assert [change.mode for change in record.modes].count("coast") == 1


def test_a_brown_out_takes_all_it_knew_and_it_starts_from_the_last_telemetry():
    """In coast, engine off, biases unknown, to be armed again: there has to be height left for that."""
    record = flown("vm", reset(INSTANTS["braking"], brown_out=True))
    assert resumptions(record) == []
    assert begun(record)[:3] == ["coast", "armed", "braking"]
    assert [change.mode for change in record.modes].count("coast") == 2


HUNG = """
def hang(*arguments):
    if computer.flight.tick >= {tick}:
        while True:
            pass
    return original(*arguments)
from perilune.{module} import {name} as owner
original = owner.{method}
owner.{method} = hang
"""


@pytest.mark.requirement("ACT-6")
@pytest.mark.parametrize(
    ("module", "name", "method"),
    [
        ("flight.navigation.estimator", "Navigation", "update"),
        ("flight.guidance.phases", "Guidance", "update"),
        ("flight.control", "Control", "update"),
        ("checkpoint.memory", "Keeper", "save"),
    ],
)
def test_a_loop_without_end_in_any_module_costs_less_than_a_second(module: str, name: str, method: str):
    """The watchdog, here the VM's limit of loops, is quiet only after a tick that ends."""
    link = VmRung()
    bridge = prepare(TERMINAL, 1, link)
    link._vm.exec(HUNG.format(tick=1500, module=module, name=name, method=method))
    bridge.fly(1700)
    record = bridge.record()
    (back,) = [event.tick for event in record.events if event.name == "resumed after a reset"]
    assert 1543 <= back < 1553  # not every module works in every tick
    assert max(resumptions(record)) <= 55
    assert [violation.check for violation in record.violations] == ["computer_stopped"]
    assert judge(record, TERMINAL).judgement == "fail"  # it comes back, but it shall not hang


@pytest.mark.slow
@pytest.mark.parametrize(
    "when",
    [
        Trigger(time_s=60.0),
        Trigger(mode="braking"),
        Trigger(mode="braking", delay_s=300.0),
        Trigger(altitude_m=5000.0),
        Trigger(mode="approach", delay_s=2.0),
        Trigger(altitude_m=100.0),
    ],
)
def test_a_reset_in_a_whole_descent(when: Trigger):
    assert len(resumptions(flown("vm", reset(when), scenario=NOMINAL, seed=12))) == 1
