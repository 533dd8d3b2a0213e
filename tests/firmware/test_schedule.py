"""Everyone runs in the slot that the schedule gives, whatever frames are lost."""

import pytest

from perilune.flight import schedule
from perilune.flight.schedule import COLLECT, COMPARE, GRAVITY, SLOTS
from tests.firmware.navigating import attitude_known, frame, navigation

HEAVY = ("PROPAGATE", "GUIDANCE", "MONITOR")


def slots() -> dict[str, tuple[int, ...]]:
    """Slot or slots of every task."""
    found = {name: value for name, value in vars(schedule).items() if name.isupper()}
    return {
        name: value if isinstance(value, tuple) else (value,)
        for name, value in found.items()
        if name != "SLOTS" and not name.endswith("_TICKS")
    }


def test_every_task_has_a_slot_and_no_heavy_one_shares_its():
    assert all(0 <= slot < SLOTS for found in slots().values() for slot in found)
    heavy = [slot for name in HEAVY for slot in slots()[name]]
    assert len(set(heavy)) == len(heavy)
    assert COLLECT not in heavy and COLLECT not in slots()["TELL"]


@pytest.mark.parametrize("lost", [1, 2, 3, 4, 7])
def test_lost_frames_move_no_task_to_another_slot(lost):
    """One lost frame moved the comparison of the inertial units to another slot for good; three put it beside the
    collection that its comment promised to avoid. Gravity was looked up every five ticks from the gap on."""
    nav = attitude_known(navigation())
    done = {"compare": [], "gravity": []}
    nav.inertial._compare = lambda *_: done["compare"].append(nav.estimate.tick % SLOTS)
    look = nav.strapdown.update_gravity
    nav.strapdown.update_gravity = lambda: (look(), done["gravity"].append(nav.estimate.tick % SLOTS))
    tick = nav.estimate.tick
    for gap in (0, lost, 0):
        if gap:
            nav.bridge_gap(frame(tick + gap + 1), gap, True)
            assert done["gravity"].pop() is not None  # once after the gap, where it lies
            tick += gap
        for _ in range(20):
            tick += 1
            nav.update(frame(tick, dvel=(0.0, 0.0, 0.06)), True, 3.0)
    assert set(done["compare"]) == {COMPARE}
    assert set(done["gravity"]) == {GRAVITY}
    assert 11 <= len(done["compare"]) <= 12


def test_after_a_reset_the_comparison_is_in_its_slot_again():
    """The counter began anew with the computer: in whatever slot it came back."""
    for start in range(1000, 1005):
        nav = attitude_known(navigation())
        nav.resume(start)
        compared = []
        nav.inertial._compare = lambda *_, at=nav, into=compared: into.append(at.estimate.tick % SLOTS)
        for tick in range(start + 1, start + 11):
            nav.update(frame(tick, dvel=(0.0, 0.0, 0.06)), True, 3.0)
        assert compared == [COMPARE] * 2
