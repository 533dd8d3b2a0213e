"""The blow of the ground, where no switch tells of it."""

import pytest

from perilune.flight import events
from perilune.flight.touchdown import Touchdown
from tests.firmware.records import limits
from tests.firmware.sensing import GAINS, THRUST_M_S2, Sensing, State


def blow(**changes) -> State:
    return State(**{"agl": 0.3, "v_up": -1.0, "felt": THRUST_M_S2 + 2.1} | changes)


@pytest.mark.requirement("ENG-1")
@pytest.mark.parametrize("stuck", [0b0000, 0b1111])
def test_the_blow_of_the_ground_counts_where_no_switch_tells_of_it(stuck):
    """With all switches dead, or all stuck, it stood on the ground with its engine on for one to five seconds."""
    sensing = Sensing.armed()
    sensing.touchdown.stuck = stuck
    sensing.feel(3, stuck, blow())
    assert not sensing.feel(
        3, stuck, blow(felt=THRUST_M_S2)
    )  # the others may come down, or a switch may close
    assert sensing.feel(1, stuck, blow(felt=THRUST_M_S2))
    assert sensing.events.count(events.CONTACT) == 1


def test_what_a_blow_tells():
    told = []
    touchdown = Touchdown(GAINS, lambda *event: told.append(event))
    touchdown.update(State(agl=5.0), limits(expected_accel=THRUST_M_S2), 0)
    for _ in range(7):
        touchdown.update(
            blow(v_up=0.0, v_downrange=0.3, v_crossrange=-0.4), limits(expected_accel=THRUST_M_S2), 0
        )
    assert told[1:] == [(events.CONTACT, 0, 0.3, 0.0, pytest.approx(0.5))]


@pytest.mark.requirement("ENG-2")
def test_a_blow_from_before_it_was_armed_anew_counts_no_more():
    sensing = Sensing.armed()
    sensing.feel(4, 0, blow())
    sensing.feel(1, 0, State(agl=60.0))
    assert not sensing.touchdown.armed
    assert not sensing.feel(20, 0, State(agl=5.0))


@pytest.mark.requirement("ENG-2")
@pytest.mark.parametrize(
    "state",
    [
        blow(felt=THRUST_M_S2 + 1.9),
        blow(agl=1.6, sigma_agl=0.5),  # from here it might be too far to fall
        blow(agl=-1.0, sigma_agl=3.1),
    ],
)
def test_what_is_no_blow_cuts_nothing(state):
    assert not Sensing.armed().feel(200, 0, state)


@pytest.mark.requirement("ENG-2")
def test_a_blow_takes_three_ticks_and_accelerometers_that_are_believed():
    sensing = Sensing.armed()
    for _ in range(10):
        sensing.feel(2, 0, blow())
        assert not sensing.feel(1, 0, blow(felt=THRUST_M_S2))
    doubted = blow()
    doubted.accel_suspect = True
    assert not sensing.feel(50, 0, doubted)


@pytest.mark.requirement("ENG-2")
def test_a_switch_that_closes_after_the_blow_decides():
    sensing = Sensing.armed()
    sensing.feel(6, 0, blow())
    assert not sensing.feel(2, 0b0011, blow())
    assert sensing.feel(1, 0b0011, blow())
