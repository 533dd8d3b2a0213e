"""Touchdown sensing: what confirms it, and what never does."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight import events
from perilune.flight.touchdown import Touchdown
from tests.firmware.kit import loaded

GAINS = loaded().guidance
THRUST_M_S2 = 1.5


@dataclass
class State:
    """What touchdown sensing reads of navigation."""

    agl: float = 0.2
    sigma_agl: float = 0.1
    v_up: float = -1.2
    v_ahead: float = 0.0
    v_left: float = 0.0
    felt: float = THRUST_M_S2
    inertial: SimpleNamespace = field(init=False)

    def __post_init__(self) -> None:
        self.inertial = SimpleNamespace(dvel=(0.0, 0.0, self.felt / 50.0), suspect=False)

    @property
    def speed(self) -> float:
        return (self.v_up**2 + self.v_ahead**2 + self.v_left**2) ** 0.5


class Sensing:
    """Touchdown sensing and the events it logs; `feel` gives it ticks."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.touchdown = Touchdown(GAINS, lambda code, *_values: self.events.append(code))

    def feel(self, ticks: int, legs: int = 0, state: State | None = None) -> bool:
        for _ in range(ticks):
            self.touchdown.update(state or State(), SimpleNamespace(expected_accel=THRUST_M_S2), legs)
        return self.touchdown.confirmed

    @classmethod
    def armed(cls) -> "Sensing":
        sensing = cls()
        sensing.feel(1, 0, State(agl=5.0))
        assert sensing.touchdown.armed
        return sensing


@pytest.mark.parametrize(
    "state",
    [
        State(agl=40.0),
        State(agl=5.0, v_up=-8.0),
        State(agl=5.0, v_ahead=9.0),
    ],
    ids=["high", "falling", "drifting"],
)
def test_it_is_armed_only_low_and_slow(state: State):
    sensing = Sensing()
    sensing.feel(200, 0, state)
    assert not sensing.touchdown.armed


def test_arming_counts_on_the_lower_bound_of_the_height():
    sensing = Sensing()
    sensing.feel(1, 0, State(agl=30.0, sigma_agl=8.0))
    assert sensing.touchdown.armed
    assert sensing.events == [events.CONTACT_ARMED]


@pytest.mark.requirement("ENG-2")
@pytest.mark.parametrize("ticks", [1, 2])
def test_a_transient_when_the_legs_unfold_is_forgotten(ticks: int):
    """Mars Polar Lander: the switches rang at 1500 m, the latched signal cut the engines at 40 m."""
    sensing = Sensing()
    sensing.feel(ticks, 0b1111, State(agl=1500.0, v_up=-40.0))
    sensing.feel(50, 0, State(agl=60.0, v_up=-4.0))
    assert not sensing.feel(200, 0, State(agl=8.0))


@pytest.mark.requirement("ENG-2")
def test_a_switch_stuck_from_the_air_on_does_not_count():
    sensing = Sensing()
    sensing.feel(100, 0b0011, State(agl=100.0, v_up=-4.0))
    sensing.feel(5, 0b0011, State(agl=8.0))
    assert sensing.touchdown.armed
    assert not sensing.feel(200, 0b0011, State(agl=6.0))
    assert sensing.feel(3, 0b1111)


@pytest.mark.requirement("ENG-1")
@pytest.mark.parametrize("legs", [0b0011, 0b1010, 0b1111])
def test_two_legs_for_three_ticks_confirm(legs: int):
    sensing = Sensing.armed()
    assert not sensing.feel(2, legs)
    assert sensing.feel(1, legs)
    assert sensing.events[-1] == events.CONTACT


@pytest.mark.parametrize("legs", [0b0011, 0b1111])
def test_single_ticks_are_ignored(legs: int):
    sensing = Sensing.armed()
    for _ in range(50):
        assert not sensing.feel(2, legs)
        assert not sensing.feel(1, 0)


def test_one_leg_confirms_only_after_half_a_second_at_rest():
    moving, still = Sensing.armed(), Sensing.armed()
    assert not moving.feel(300, 0b0100, State(v_up=-1.2))
    assert not still.feel(24, 0b0100, State(v_up=-0.1))
    assert still.feel(1, 0b0100, State(v_up=-0.1))


def test_standing_on_dead_switches_confirms():
    """Surveyor 3: the ground bears what the thrust does not."""
    standing = State(v_up=0.05, felt=THRUST_M_S2 + 0.3)
    sensing = Sensing.armed()
    assert not sensing.feel(39, 0, standing)
    assert sensing.feel(1, 0, standing)


@pytest.mark.requirement("ENG-2")
def test_hovering_does_not_confirm():
    sensing = Sensing.armed()
    assert not sensing.feel(5000, 0, State(agl=0.0, v_up=0.0))


states = st.builds(
    State,
    agl=st.floats(-2000.0, 3000.0),
    sigma_agl=st.floats(0.0, 300.0),
    v_up=st.floats(-50.0, 20.0),
    v_ahead=st.floats(-20.0, 20.0),
    v_left=st.floats(-20.0, 20.0),
    felt=st.floats(0.0, THRUST_M_S2 + 0.2),
)


@pytest.mark.requirement("ENG-2")
@given(st.lists(st.tuples(states, st.integers(1, 100)), min_size=1, max_size=20))
def test_no_estimate_alone_cuts_the_engine(flight):
    """Schiaparelli, HAKUTO-R M1: however low the estimate says, without legs or load it is not the ground."""
    sensing = Sensing()
    assert not any(sensing.feel(ticks, 0, state) for state, ticks in flight)


@pytest.mark.requirement("ENG-2")
@given(st.lists(st.tuples(states, st.integers(0, 15)), min_size=1, max_size=100))
def test_nothing_confirms_before_arming(flight):
    sensing = Sensing()
    for state, legs in flight:
        armed = sensing.touchdown.armed
        assert not sensing.feel(1, legs, state) or armed
        if sensing.touchdown.confirmed:
            break


def test_it_is_disarmed_when_the_height_turns_out_wrong():
    """Armed on an altimeter that read 400 m too little: switches that ring on the way down must not cut the engine."""
    sensing = Sensing.armed()
    assert not sensing.feel(50, 0b1111, State(agl=400.0))
    assert not sensing.touchdown.armed
