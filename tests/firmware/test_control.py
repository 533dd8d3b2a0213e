"""Attitude control closed over a rigid body: it arrives, turns no faster than told, and learns a constant torque."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight.algebra import q_axes, q_normalise, q_turned
from perilune.flight.control import Control
from tests.firmware.kit import loaded

PARAMETERS = loaded()
VEHICLE, GUIDANCE = PARAMETERS.vehicle, PARAMETERS.guidance
DT = 0.02
STEER_TICKS = 5


class Body:
    """A rigid body whose thrusters do what the control says, steered at 10 Hz; torque (N m) disturbs it."""

    def __init__(self, torque=(0.0, 0.0, 0.0)):
        self.control = Control(VEHICLE, GUIDANCE)
        self.q = (1.0, 0.0, 0.0, 0.0)
        self.rate = np.zeros(3)
        self.disturbance = np.array(torque)
        self.inertia = np.array(VEHICLE.inertia_wet_kg_m2)
        self.fastest = 0.0
        self.pulses: list[int] = []
        self.spent_s = 0.0

    def fly(self, seconds: float, *, on_ground: bool = False) -> None:
        for tick in range(round(seconds / DT)):
            if on_ground:
                self.control.steady(tuple(self.rate))
            else:
                if tick % STEER_TICKS == 0:
                    self.control.steer(self.q)
                self.control.update(tuple(self.rate))
            self.pulses += self.control.on_ms
            self.spent_s += self.control.on_s
            impulse = self.disturbance * DT
            for axis in range(3):
                for sign, group in ((1, 2 * axis), (-1, 2 * axis + 1)):
                    thrusters = [i for i in range(16) if VEHICLE.rcs_mask[group] & 1 << i]
                    on_s = np.mean([self.control.on_ms[i] for i in thrusters]) / 1000
                    impulse[axis] += sign * on_s * VEHICLE.rcs_torque_n_m[group]
            self.rate = self.rate + impulse / self.inertia
            self.q = q_normalise(q_turned(self.q, *(self.rate * DT)))
            self.fastest = max(self.fastest, float(np.linalg.norm(self.rate)))

    def off_deg(self, aim) -> float:
        """Angle between body z and where it should point."""
        z = np.array(q_axes(self.q)[6:9])
        return float(np.degrees(np.arccos(np.clip(z @ aim / np.linalg.norm(aim), -1, 1))))


AIMS = [(-0.9, 0.05, 0.3), (0.0, 0.0, 1.0), (-1.0, 0.1, -0.2), (0.3, 0.3, 0.9)]


@pytest.mark.parametrize("aim", AIMS)
def test_it_turns_the_thrust_axis_where_it_is_told(aim):
    body = Body()
    body.control.point(*aim)
    body.fly(60.0)
    assert body.off_deg(aim) < 0.5
    assert np.degrees(np.linalg.norm(body.rate)) < 0.3


@pytest.mark.parametrize("aim", AIMS)
def test_body_y_keeps_away_from_the_left_axis(aim):
    """So that body x, where the descent heads look, is on the ground side."""
    body = Body()
    body.control.point(*aim)
    body.fly(60.0)
    y = np.array(q_axes(body.q)[3:6])
    expected = np.array([0.0, -1.0, 0.0]) + np.array(aim) * aim[1] / np.dot(aim, aim)
    assert y @ expected / np.linalg.norm(expected) > 0.999


def test_it_turns_no_faster_than_the_slew_rate():
    body = Body()
    body.control.point(-1.0, 0.05, -0.3)
    body.fly(40.0)
    assert 0.8 * GUIDANCE.slew_rate_rad_s < body.fastest < 1.15 * GUIDANCE.slew_rate_rad_s


@pytest.mark.parametrize("torque", [(6.0, 0.0, 0.0), (-4.0, 9.0, 2.0)])
def test_it_learns_a_constant_torque(torque):
    body = Body(torque)
    body.control.point(0.0, 0.0, 1.0)
    body.fly(60.0)
    assert body.off_deg((0.0, 0.0, 1.0)) < 0.3
    assert body.control.trim == pytest.approx(-np.array(torque), abs=1.0)


def test_holding_still_costs_next_to_nothing():
    body = Body()
    body.control.point(0.0, 0.0, 1.0)
    body.fly(20.0)
    before = body.spent_s
    body.fly(60.0)
    assert body.spent_s - before < 2.0  # thruster seconds, some 40 g a minute


@given(
    st.tuples(*[st.floats(-1.0, 1.0)] * 4).filter(lambda q: sum(x * x for x in q) > 0.1),
    st.lists(st.tuples(*[st.floats(-1.0, 1.0)] * 3), min_size=1, max_size=30),
)
def test_pulses_are_none_or_long_enough(q, rates):
    control = Control(VEHICLE, GUIDANCE)
    control.point(-0.5, 0.0, 0.8)
    control.steer(q_normalise(q))
    for rate in rates:
        control.update(rate)
        assert all(on == 0 or VEHICLE.rcs_min_on_ms <= on <= 20 for on in control.on_ms)
        assert control.on_s == pytest.approx(sum(control.on_ms) / 1000)


def test_short_pulses_are_carried_until_they_can_fire():
    """A small steady demand: the mean torque is right although single pulses would be too short."""
    body = Body((0.5, 0.0, 0.0))  # 5 ms at full torque are more than this in a tick
    body.control.point(0.0, 0.0, 1.0)
    body.fly(120.0)
    assert body.off_deg((0.0, 0.0, 1.0)) < 0.5
    assert min(on for on in body.pulses if on) >= VEHICLE.rcs_min_on_ms


def test_at_rest_nothing_fires():
    body = Body((5.0, 0.0, 0.0))
    body.control.point(1.0, 0.0, 0.5)
    body.fly(0.5)
    assert any(body.control.on_ms)
    body.control.rest()
    assert (body.control.on_ms, body.control.on_s) == ([0] * 16, 0.0)


def test_on_the_ground_it_takes_the_turn_out_and_what_it_learned_in_flight_is_gone():
    body = Body(torque=(5.0, 0.0, 0.0))
    body.control.point(0.0, 0.0, 1.0)
    body.fly(20.0)
    assert body.control.trim[0] < -2.0
    body.disturbance, body.rate = np.zeros(3), np.array([0.05, -0.03, 0.02])
    body.fly(5.0, on_ground=True)
    assert np.abs(body.rate).max() < 0.005
    spent_s = body.spent_s
    body.fly(5.0, on_ground=True)
    assert body.spent_s - spent_s < 0.05


def test_inertia_follows_the_mass():
    control = Control(VEHICLE, GUIDANCE)
    for mass, expected in (
        (VEHICLE.wet_mass_kg, VEHICLE.inertia_wet_kg_m2),
        (VEHICLE.dry_mass_kg, VEHICLE.inertia_dry_kg_m2),
    ):
        control.set_inertia(mass)
        assert control.inertia == pytest.approx(expected)


def test_the_acceleration_it_expects_is_the_one_its_pulses_give():
    """Without gyros this is what is known of the rotation; known torques count against the pulses."""
    body = Body()
    body.control.point(0.3, 0.3, 0.9)
    for _ in range(3):
        before = body.rate.copy()
        body.fly(DT)
        assert body.control.acceleration() == pytest.approx((body.rate - before) / DT, abs=2e-3)
        if np.any(body.rate != before):
            return
    pytest.fail("no pulse")


def test_it_turns_gently_while_only_a_star_tracker_tells_the_rotation():
    body = Body()
    body.control.rate_modelled = True
    body.control.point(0.9, 0.3, -0.3)
    body.fly(120.0)
    assert body.fastest < 0.04
    assert body.off_deg((0.9, 0.3, -0.3)) < 1.0


def test_what_a_turn_under_way_has_put_into_the_torque_learned_is_taken_out():
    """Both units at zero in the pitch-up: the model of the turn was 0.012 rad/s2 off, 17 deg by the next star sample.

    Nothing else disturbs this body: what the integral has learned half way is of the turn alone.
    """
    body = Body()
    body.control.point(-1.0, 0.0, 0.2)
    while np.linalg.norm(body.rate) < 0.9 * GUIDANCE.slew_rate_rad_s:
        body.fly(0.1)
    learned = np.linalg.norm(body.control.trim)
    assert learned > 0.15 * np.linalg.norm(body.inertia * body.rate)
    body.control.remove_turn_from_trim(tuple(body.rate))
    assert np.linalg.norm(body.control.trim) < 0.25 * learned


def test_without_gyros_the_torque_learned_goes_with_the_thrust():
    """Both units dead: at the gate the throttle halved, the trim stayed, and no one felt the vehicle turn over."""
    control = Control(PARAMETERS.vehicle, PARAMETERS.guidance)
    control.trim = [8.0, -4.0, 1.0]
    control.scale_trim(0.0)  # gyros until now: nothing to compare with
    for thrust in (0.9, 0.6, 0.3):
        control.scale_trim(thrust)
    assert control.trim == pytest.approx([8.0 / 3.0, -4.0 / 3.0, 1.0])
    control.scale_trim(0.0)  # engine off and on: what was learned is kept
    control.scale_trim(0.5)
    assert control.trim == pytest.approx([8.0 / 3.0, -4.0 / 3.0, 1.0])


def test_a_slow_turn_ends_when_the_descent_heads_look_half_sideways():
    control = Control(VEHICLE, GUIDANCE)
    control.heading = 1.0, 0.0
    sines = []
    for _ in range(400):
        control.turn()
        sines.append(control.heading[1])
    assert sines[0] == pytest.approx(0.006, rel=1e-4)  # 3.4 deg/s at 10 Hz
    assert sines[-1] == pytest.approx(0.8, abs=0.006)
    assert sines[-1] == sines[-100] >= 0.8 > sines[100]
    assert np.hypot(*control.heading) == pytest.approx(1.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_torque_is_learned_up_to_nine_tenths_of_what_the_thrusters_have(sign):
    control = Control(VEHICLE, GUIDANCE)
    control.trim[0] = sign * 0.8999 * control.full[0]
    error = sign * 0.09 * control.full[0] / control.gain[0]
    control._torque(0, error)
    assert control.trim[0] == pytest.approx(sign * 0.9 * control.full[0])


def test_two_axes_that_ask_the_same_thruster_do_not_open_it_for_longer_than_a_tick():
    control = Control(VEHICLE, GUIDANCE)
    control._fire((3, 5), 12)
    control._fire((3,), 12)
    assert (control.on_ms[3], control.on_ms[5]) == (20, 12)
    assert control.on_s == pytest.approx(0.032)


@pytest.mark.parametrize(
    ("rate", "stopped"),
    [((0.0, 0.029, 0.0), False), ((0.018, 0.018, 0.018), True), ((0.0, 0.0, -0.031), True)],
)
def test_before_the_attitude_is_known_only_a_fast_turn_is_stopped(rate, stopped):
    """Above 0.03 rad/s a star tracker tells nothing."""
    control = Control(VEHICLE, GUIDANCE)
    fired = 0.0
    for _ in range(10):
        control.stop_turn(rate)
        fired += control.on_s
    assert (fired > 0.0) is stopped


def test_what_a_turn_has_put_into_the_torque_learned_is_taken_out_once_when_gyros_go():
    """From then on it goes with the thrust, of which there is nothing to compare with at first."""
    control = Control(VEHICLE, GUIDANCE)
    asked = []
    control.remove_turn_from_trim = lambda rate: asked.append(rate)
    control.scale_trim = lambda thrust: asked.append(thrust)
    told = []
    for modelled in (False, True, True, False):
        control.follow_gyros(modelled, (0.1, 0.2, 0.3), 0.5)
        told.append((list(asked), control.rate_modelled))
        asked.clear()
    assert told == [([], False), ([(0.1, 0.2, 0.3), 0.0], True), ([0.5], True), ([], False)]
