"""Standing still for long, where the estimated height says that there is no ground."""

import pytest

from perilune.flight import events
from tests.firmware.sensing import THRUST_M_S2, Sensing, State

FAR_WRONG = {"agl": 80.6, "sigma_agl": 8.0}  # as after both altimeters died over ground lower than the map's
BORNE_AS_THRUST = THRUST_M_S2 + 0.2  # weight that the ground bears has been taken for a stronger engine


@pytest.mark.requirement("ENG-1")
@pytest.mark.parametrize("legs", [0b0011, 0b0111, 0b1111])
@pytest.mark.parametrize("height", [FAR_WRONG, {"agl": 20.0, "sigma_agl": 5.0}])
def test_ten_seconds_without_motion_on_several_legs_confirm(legs, height):
    """It stood there, engine lit, until the tanks were dry: armed too late, its switches taken for stuck."""
    sensing = Sensing()
    state = State(**height, v_up=0.0, felt=BORNE_AS_THRUST)
    assert not sensing.feel(499, legs, state)
    assert sensing.feel(1, legs, state)
    assert sensing.events[-1] == events.CONTACT


@pytest.mark.requirement("ENG-1")
@pytest.mark.parametrize(
    "noise", [{"v_up": 0.09}, {"v_up": -0.09}, {"v_up": 0.0, "v_downrange": 0.06, "v_crossrange": 0.07}]
)
def test_the_noise_of_a_velocity_is_no_motion(noise):
    assert Sensing().feel(500, 0b0101, State(**FAR_WRONG, **noise))


@pytest.mark.requirement("ENG-2")
@pytest.mark.parametrize(
    ("legs", "moving"),
    [
        (0b0000, {}),
        (0b0100, {}),
        (0b1111, {"v_up": -0.11}),
        (0b1111, {"v_up": 0.11}),
        (0b1111, {"v_downrange": 0.08, "v_crossrange": -0.08}),
    ],
)
def test_stuck_switches_and_what_moves_do_not(legs, moving):
    state = State(**{**FAR_WRONG, "v_up": 0.0, **moving})
    assert not Sensing().feel(2000, legs, state)


@pytest.mark.requirement("ENG-2")
@pytest.mark.parametrize("interruption", [(0b0001, {}), (0b1111, {"v_up": -0.2})])
def test_the_ten_seconds_are_in_a_row(interruption):
    legs, moving = interruption
    sensing, still = Sensing(), State(**FAR_WRONG, v_up=0.0)
    sensing.feel(400, 0b1111, still)
    sensing.feel(1, legs, State(**{**FAR_WRONG, "v_up": 0.0, **moving}))
    assert not sensing.feel(499, 0b1111, still)
    assert sensing.feel(1, 0b1111, still)
