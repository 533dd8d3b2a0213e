"""Touchdown sensing: what confirms it, and what never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight import events
from perilune.flight.touchdown import Touchdown
from tests.firmware.records import limits
from tests.firmware.sensing import GAINS, THRUST_M_S2, Sensing, State


@pytest.mark.parametrize(
    "state",
    [
        State(agl=40.0),
        State(agl=5.0, v_up=-8.0),
        State(agl=5.0, v_downrange=9.0),
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


def test_counts_begin_when_the_legs_do():
    """A leg that has touched before, at speed, is neither two legs nor one at rest."""
    sensing = Sensing.armed()
    sensing.feel(5, 0b0001)
    assert not sensing.feel(2, 0b0011)
    sensing = Sensing.armed()
    sensing.feel(5, 0b0001)
    assert not sensing.feel(24, 0b0001, State(v_up=-0.1))
    assert sensing.feel(1, 0b0001, State(v_up=-0.1))


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
    v_downrange=st.floats(-20.0, 20.0),
    v_crossrange=st.floats(-20.0, 20.0),
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


@pytest.mark.parametrize(
    ("state", "confirms"),
    [
        (State(v_up=-0.49), True),
        (State(v_up=0.49), True),
        (State(v_up=-0.51), False),
        (State(v_up=0.0, v_downrange=0.29), True),
        (State(v_up=0.0, v_crossrange=-0.31), False),
        (State(v_up=0.0, v_downrange=0.22, v_crossrange=0.22), False),
    ],
)
def test_one_leg_counts_only_at_rest(state: State, confirms: bool):
    assert Sensing.armed().feel(25, 0b1000, state) is confirms


@pytest.mark.parametrize(
    ("state", "confirms"),
    [
        (State(v_up=0.34, felt=THRUST_M_S2 + 0.26), True),
        (State(v_up=-0.36, felt=THRUST_M_S2 + 0.26), False),
        (State(v_up=0.0, v_crossrange=0.34, felt=THRUST_M_S2 + 0.26), True),
        (State(v_up=0.0, v_downrange=0.36, felt=THRUST_M_S2 + 0.26), False),
        (State(v_up=0.0, felt=THRUST_M_S2 + 0.24), False),
    ],
)
def test_the_ground_has_to_bear_something_of_a_vehicle_at_rest(state: State, confirms: bool):
    assert Sensing.armed().feel(40, 0, state) is confirms


def test_accelerometers_in_doubt_say_nothing_of_the_ground():
    standing = State(v_up=0.0, felt=THRUST_M_S2 + 1.0)
    standing.accel_suspect = True
    assert not Sensing.armed().feel(100, 0, standing)


@pytest.mark.parametrize("interruption", [State(v_up=-1.2), State(v_up=0.0, v_downrange=1.0)])
def test_what_is_interrupted_is_counted_anew(interruption: State):
    still, standing = State(v_up=0.0), State(v_up=0.0, felt=THRUST_M_S2 + 0.3)
    sensing = Sensing.armed()
    assert not sensing.feel(24, 0b0001, still)
    sensing.feel(1, 0b0001, interruption)
    assert not sensing.feel(24, 0b0001, still)
    sensing = Sensing.armed()
    assert not sensing.feel(39, 0, standing)
    sensing.feel(1, 0, interruption)
    assert not sensing.feel(39, 0, standing)


def test_counts_begin_with_the_arming():
    """Two ticks of two legs and 24 of one before the height turned out wrong are no part of the touchdown later."""
    legs = State(agl=5.0, v_up=0.0, felt=THRUST_M_S2 + 0.3)
    sensing = Sensing.armed()
    assert not sensing.feel(2, 0b0011, legs)
    sensing.feel(1, 0, State(agl=400.0))
    sensing.feel(1, 0, State(agl=5.0))
    assert sensing.touchdown.armed
    assert not sensing.feel(2, 0b0011, legs)
    sensing = Sensing.armed()
    assert not sensing.feel(24, 0b0001, legs)
    sensing.feel(1, 0, State(agl=400.0))
    sensing.feel(1, 0, State(agl=5.0))
    assert not sensing.feel(24, 0b0001, legs)
    assert sensing.feel(1, 0b0001, legs)
    sensing = Sensing.armed()
    assert not sensing.feel(39, 0, legs)
    sensing.feel(1, 0, State(agl=400.0))
    sensing.feel(1, 0, State(agl=5.0))
    assert not sensing.feel(39, 0, legs)
    assert sensing.feel(1, 0, legs)


@pytest.mark.parametrize(("above_m", "armed"), [(-0.1, True), (0.0, False), (0.1, False)])
def test_the_height_of_arming(above_m: float, armed: bool):
    sensing = Sensing()
    sensing.feel(1, 0, State(agl=GAINS.arm_altitude_m + above_m, sigma_agl=0.0))
    assert sensing.touchdown.armed is armed


@pytest.mark.parametrize(("more_m_s", "armed"), [(-0.01, True), (0.0, False), (0.01, False)])
def test_the_speed_of_arming(more_m_s: float, armed: bool):
    sensing = Sensing()
    sensing.feel(1, 0, State(agl=5.0, v_up=-GAINS.arm_speed_m_s - more_m_s))
    assert sensing.touchdown.armed is armed


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (State(agl=29.0, sigma_agl=0.0, v_up=-6.0), True),  # low already: it may be a touch, though too fast
        (State(agl=31.0, sigma_agl=0.0, v_up=-6.0), False),
        (State(agl=40.0, sigma_agl=4.0, v_up=-6.0), True),  # three sigma below it may be low
    ],
)
def test_a_switch_closed_high_up_is_stuck_and_one_closed_low_is_not(state: State, counts: bool):
    sensing = Sensing()
    sensing.feel(5, 0b0011, state)
    assert not sensing.touchdown.armed
    sensing.feel(1, 0b0011, State(agl=5.0))
    assert sensing.touchdown.armed
    assert sensing.feel(3, 0b0011, State(agl=1.0)) is counts


def test_a_stuck_switch_that_has_opened_counts_again():
    sensing = Sensing()
    sensing.feel(10, 0b0011, State(agl=100.0))
    sensing.feel(1, 0b0010, State(agl=100.0))
    sensing.feel(1, 0, State(agl=5.0))
    assert not sensing.feel(2, 0b0011, State(agl=1.0))
    assert sensing.feel(1, 0b0011, State(agl=1.0))


@pytest.mark.parametrize("legs", [0b0011, 0b0101, 0b1001, 0b0110, 0b1010, 0b1100, 0b0111, 0b1110])
def test_any_two_legs_are_two(legs: int):
    assert Sensing.armed().feel(3, legs)


@pytest.mark.parametrize("legs", range(16))
def test_it_stands_on_three_legs_whose_switches_opened_in_the_air(legs: int):
    sensing = Sensing.armed()
    assert sensing.touchdown.stands(legs) is (legs.bit_count() >= 3)
    sensing.touchdown.stuck = 0b0001
    assert sensing.touchdown.stands(legs) is (legs & 0b1110 == 0b1110)


@pytest.mark.parametrize("leg", [0b0001, 0b0010, 0b0100, 0b1000])
def test_one_leg_is_not_two(leg: int):
    assert not Sensing.armed().feel(24, leg, State(v_up=0.0))


@pytest.mark.parametrize(
    ("state", "armed"), [(State(agl=29.9, sigma_agl=0.0), True), (State(agl=30.1, sigma_agl=0.0), False)]
)
def test_it_stays_armed_up_to_thirty_metres(state: State, armed: bool):
    sensing = Sensing.armed()
    sensing.feel(1, 0, state)
    assert sensing.touchdown.armed is armed


def test_what_it_tells():
    told: list[tuple] = []
    touchdown = Touchdown(GAINS, lambda *event: told.append(event))
    craft = limits(expected_accel=THRUST_M_S2)
    touchdown.update(State(agl=60.0, sigma_agl=0.0), craft, 0b1000)
    low = State(agl=5.0, sigma_agl=0.5, v_up=-1.0)
    touchdown.update(low, craft, 0b1000)
    down = State(agl=0.1, v_up=-1.0, v_downrange=0.3, v_crossrange=0.4)
    for _ in range(3):
        touchdown.update(down, craft, 0b1011)
    assert told == [
        (events.CONTACT_ARMED, 5.0, 0.5, 1.0, 0b1000),
        (events.CONTACT, 0b0011, 0.1, -1.0, 0.5),
    ]


ONE_LEG = State(v_up=-0.2, felt=THRUST_M_S2 + 0.3)


def test_one_leg_that_stops_the_sink_is_to_be_leant_over():
    """50 m tall on 9 deg: upright over one leg at rest, engines cut, and the others fell 1.7 m; or it tipped over."""
    sensing = Sensing.armed()
    sensing.feel(2, 0b0100, ONE_LEG)
    assert not sensing.touchdown.leaning
    sensing.feel(1, 0b0100, ONE_LEG)
    assert sensing.touchdown.leaning
    assert not sensing.feel(200, 0b0100, State(v_up=-0.4, felt=THRUST_M_S2 + 0.3, turning=0.02))
    assert sensing.feel(3, 0b1100, State(v_up=-0.4, turning=0.02))


def test_it_leans_on_over_a_leg_that_jumps():
    sensing = Sensing.armed()
    sensing.feel(3, 0b0100, ONE_LEG)
    sensing.feel(49, 0, State(turning=0.02))
    assert sensing.touchdown.leaning
    sensing.feel(1, 0b0001, State(turning=0.02))
    sensing.feel(49, 0, State(turning=0.02))
    assert sensing.touchdown.leaning
    sensing.feel(1, 0, State(turning=0.02))
    assert not sensing.touchdown.leaning


@pytest.mark.parametrize(
    ("legs", "state"),
    [
        (0b0001, State(v_up=-0.2)),  # a switch stuck, creeping: the ground bears nothing
        (0b0001, State(v_up=-1.2, felt=THRUST_M_S2 + 1.0)),
        (0b0011, State(v_up=-0.2, felt=THRUST_M_S2 + 1.0)),
        (0, State(v_up=-0.2, felt=THRUST_M_S2 + 1.0)),
    ],
    ids=["not borne", "sinking", "two legs", "no leg"],
)
def test_nothing_else_is_leant_over(legs, state):
    sensing = Sensing.armed()
    sensing.feel(10, legs, state)
    assert not sensing.touchdown.leaning


def test_while_it_turns_over_a_leg_it_does_not_stand():
    still = State(v_up=0.0, felt=THRUST_M_S2 + 0.3, turning=0.006)
    assert not Sensing.armed().feel(999, 0b0001, still)
    assert Sensing.armed().feel(40, 0b0001, State(v_up=0.0, felt=THRUST_M_S2 + 0.3, turning=0.004))


def test_without_gyros_a_rate_says_nothing():
    assert Sensing.armed().feel(40, 0b0001, State(v_up=0.0, turning=0.006, blind=True))


@pytest.mark.parametrize("legs", [0, 0b0001])
def test_a_turn_that_does_not_end_is_the_gyros(legs):
    """Engines that run until the tank is dry because a gyro drifts: no better than Surveyor 3."""
    still = State(v_up=0.0, felt=THRUST_M_S2 + 0.3, turning=0.02)
    sensing = Sensing.armed()
    assert not sensing.feel(1023, legs, still)
    assert sensing.feel(20, legs, still)
