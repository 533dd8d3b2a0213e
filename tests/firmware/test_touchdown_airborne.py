"""Leg switches that close in the air."""

import pytest

from tests.firmware.sensing import THRUST_M_S2, Sensing, State


@pytest.mark.requirement("ENG-2")
@pytest.mark.parametrize("legs", [0b0001, 0b0011, 0b1111])
@pytest.mark.parametrize(
    ("state", "confirms"),
    [
        (State(agl=13.0, sigma_agl=0.5, v_up=-3.0), False),
        (State(agl=13.0, sigma_agl=0.5, v_up=-0.2), False),  # creeping: one leg at rest was enough
        (State(agl=2.1, sigma_agl=0.5, v_up=-0.2), False),
        (State(agl=1.9, sigma_agl=0.5, v_up=-0.2), True),
        (State(agl=13.0, sigma_agl=7.0, v_up=-0.2), True),  # the ground may be anywhere
        (State(agl=13.0, sigma_agl=0.5, v_up=-0.2, felt=THRUST_M_S2 + 0.3), True),
    ],
)
def test_switches_that_close_in_the_air_cut_no_engine(legs, state, confirms):
    """All four closed for good 13 m up, just after arming: the engine was cut, and it struck at 7 m/s."""
    sensing = Sensing.armed()
    assert sensing.feel(25, legs, state) is confirms


@pytest.mark.requirement("ENG-2")
def test_accelerometers_in_doubt_leave_it_to_the_switches():
    state = State(agl=13.0, sigma_agl=0.5)
    state.accel_suspect = True
    assert Sensing.armed().feel(3, 0b0011, state)


@pytest.mark.requirement("ENG-1")
def test_the_ground_counts_from_the_moment_that_it_is_felt():
    """The height may be wrong by 13 m: the impact is felt for a tick or two, then thrust bears the vehicle again."""
    sensing = Sensing.armed()
    sensing.feel(2, 0b0011, State(agl=13.0))
    sensing.feel(1, 0b0011, State(agl=13.0, felt=THRUST_M_S2 + 3.0))
    assert sensing.feel(2, 0b0011, State(agl=13.0))


@pytest.mark.requirement("ENG-2")
def test_a_switch_that_has_closed_for_half_a_second_in_the_air_is_stuck():
    sensing = Sensing.armed()
    assert not sensing.feel(24, 0b0011, State(agl=13.0))
    assert sensing.touchdown.stuck == 0
    sensing.feel(1, 0b0011, State(agl=13.0))
    assert sensing.touchdown.stuck == 0b0011
    assert not sensing.feel(200, 0b0011)  # nor does it count on the ground
    assert sensing.feel(3, 0b1111)


@pytest.mark.requirement("ENG-2")
def test_each_switch_that_closes_in_the_air_has_its_half_second():
    sensing = Sensing.armed()
    sensing.feel(25, 0b0011, State(agl=13.0))
    sensing.feel(24, 0b0111, State(agl=13.0))
    assert sensing.touchdown.stuck == 0b0011
    sensing.feel(1, 0b0111, State(agl=13.0))
    assert sensing.touchdown.stuck == 0b0111


@pytest.mark.requirement("ENG-2")
@pytest.mark.parametrize("v_up", [0.0, -1.0])  # it stands still in the air, and is judged, or does not
def test_half_a_second_counts_from_when_they_closed_last(v_up):
    sensing = Sensing.armed()
    sensing.feel(20, 0b0011, State(agl=13.0))
    sensing.feel(1, 0, State(agl=13.0, v_up=v_up))
    sensing.feel(24, 0b0011, State(agl=13.0))
    assert sensing.touchdown.stuck == 0
    sensing.feel(1, 0b0011, State(agl=13.0))
    assert sensing.touchdown.stuck == 0b0011


@pytest.mark.requirement("ENG-2")
@pytest.mark.parametrize("v_up", [1.0, 0.0], ids=["lifted off", "switches opened"])
def test_what_was_felt_before_the_switches_opened_counts_no_more(v_up):
    sensing = Sensing.armed()
    sensing.feel(2, 0b0011, State(agl=13.0, felt=THRUST_M_S2 + 3.0))
    sensing.feel(1, 0, State(agl=13.0, v_up=v_up))
    assert not sensing.feel(10, 0b0011, State(agl=13.0))
