"""Faults of the flight computer: when they act, from scenario and seed alone."""

import pytest

from perilune_host.errors import InputError
from perilune_rig.faults.on_computer import ComputerFaults
from perilune_rig.scenario.model import Fault, Trigger
from perilune_sim.flight_computer import WATCHDOG_TICKS, Outage
from perilune_sim.held import Held
from tests import synthetic
from tests.sim_bridge import kit


def fault(start=1.0, end=None, **effect) -> Fault:
    until = None if end is None else Trigger(time_s=end)
    return Fault(target="computer", effect=effect, start=Trigger(time_s=start), end=until)


def outages(*faults: Fault, seconds: float = 60.0, seed: int = 1) -> list[Outage]:
    """What befalls the computer tick by tick."""
    schedule = ComputerFaults(faults, seed)
    return [schedule.update(tick, 15e3, "coast") for tick in range(round(seconds * 50))]


def resets(found: list[Outage]) -> list[tuple[int, str, int]]:
    return [(tick, one.reset, one.down_ticks) for tick, one in enumerate(found) if one.reset]


def test_a_reset_happens_once_and_takes_its_time():
    assert resets(outages(fault(watchdog=True, down_s=0.5))) == [(50, "watchdog", 25)]


def test_a_hung_tick_takes_the_watchdogs_time_too():
    assert resets(outages(fault(hang=True, down_s=0.5))) == [(50, "watchdog", 25 + WATCHDOG_TICKS)]


def test_a_storm_is_drawn_from_the_seed():
    storm = fault(software=True, storm=5, within_s=40.0)
    first, again, other = (resets(outages(storm, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == 5
    assert all(50 <= tick <= 50 + 2000 for tick, _cause, _down in first)


def test_ticks_are_lost_in_bursts_that_make_up_their_share():
    found = outages(fault(end=41.0, lost_share=0.13, burst_s=0.2))
    lost = [tick for tick, one in enumerate(found) if one.lost]
    assert len(lost) == pytest.approx(0.13 * 2000, rel=0.05)
    assert min(lost) >= 50
    assert max(lost) < 2050
    starts = [tick for tick in lost if tick - 1 not in lost]
    assert len(starts) >= 20


def test_a_late_answer_acts_when_it_is_due_and_nothing_fires_meanwhile():
    held = Held(hold_ticks=5)
    pulse = kit.actuators(enable=1, rcs={0: 20})
    held.take(pulse, 10, late_ticks=2)
    assert held.payload is None
    held.miss(11)
    held.miss(12)
    assert held.payload == pulse


@pytest.mark.parametrize(
    ("effect", "complaint"),
    [
        ("{watchdog=true, software=true}", "a reset has one cause, not watchdog and software"),
        ("{down_s=0.6}", "this effect on computer changes nothing"),
        ("{watchdgo=true}", "computer has no effect 'watchdgo'; did you mean watchdog?"),
        ("{lost_share=1.0}", "lost_share = 1.0 is outside 0 to 0.9"),
    ],
)
def test_a_wrong_fault_of_the_computer_is_refused(effect, complaint):
    with pytest.raises(InputError) as refusal:
        synthetic.scenario(f"faults=[{{target='computer', effect={effect}, start={{time_s=0}}}}]")
    assert complaint in str(refusal.value)
