"""Attitude control number by number: where it aims, what it asks for, how that becomes pulses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.flight.algebra import q_axes, q_normalise, q_turned
from perilune.flight.control import Control
from perilune.wire.schema import PARAM_VEHICLE
from tests.firmware.kit import loaded

UNEVEN = (99.0, 60.0, 80.0, 120.0, 198.0, 150.0)  # N m about +x -x +y -y +z -z
PARAMETERS = loaded((PARAM_VEHICLE, {"rcs_torque_n_m": UNEVEN}))
VEHICLE = PARAMETERS.vehicle
SMALL = st.floats(-0.02, 0.02)


def control() -> Control:
    return Control(VEHICLE, PARAMETERS.guidance)


@given(
    st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda v: np.hypot(v[0], v[2]) > 0.05),
    st.floats(0.0, 0.8),
)
def test_it_aims_along_the_thrust_and_keeps_body_y_against_left_turned_by_the_heading(aim, sine):
    one = control()
    one.heading = (1.0 - sine * sine) ** 0.5, sine
    along = np.array(aim) / np.linalg.norm(aim)
    against_left = np.array([sine, -one.heading[0], 0.0])
    across = against_left - (against_left @ along) * along
    if np.linalg.norm(across) < 0.05:
        return  # along the axis that is to be kept away from
    one.point(*aim)
    assert one.target is not None
    axes = np.array(q_axes(one.target)).reshape(3, 3)
    assert np.dot(one.target, one.target) == pytest.approx(1.0)
    assert axes[2] == pytest.approx(along, abs=1e-9)
    assert axes[1] == pytest.approx(across / np.linalg.norm(across), abs=1e-9)


def test_before_the_first_tick_nothing_is_asked_for():
    one = control()
    assert one.acceleration() == [0.0, 0.0, 0.0]
    assert (one.on_s, one.fired_ms, one.pulse_residual_ms) == (0.0, [0, 0, 0], [0.0, 0.0, 0.0])
    assert one.heading == (1.0, 0.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("angle", [(0.004, 0.0, 0.0), (0.0, -0.003, 0.002)])
def test_a_small_error_is_turned_back_at_half_the_frequency_over_the_damping(angle, sign):
    """Both quaternions of an attitude ask for the same turn: the short way."""
    one = control()
    one.point(-0.3, 0.1, 0.9)
    assert one.target is not None
    one.steer(tuple(sign * part for part in q_normalise(q_turned(one.target, *angle))))
    rate = 0.5 * PARAMETERS.guidance.attitude_wn_rad_s / PARAMETERS.guidance.attitude_zeta
    assert one.wanted == pytest.approx([-rate * part for part in angle], rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("gentle", [False, True])
def test_a_large_error_is_turned_back_at_the_slew_rate(gentle):
    one = control()
    one.rate_modelled = gentle
    one.point(-0.3, 0.1, 0.9)
    assert one.target is not None
    one.steer(q_normalise(q_turned(one.target, 0.6, 0.0, -0.8)))
    size = min(PARAMETERS.guidance.slew_rate_rad_s, 0.03) if gentle else PARAMETERS.guidance.slew_rate_rad_s
    assert one.wanted == pytest.approx([-0.6 * size, 0.0, 0.8 * size], abs=1e-9)


@pytest.mark.parametrize(("trim", "learned"), [(30.0, False), (-30.0, True)])
def test_what_is_known_counts_against_what_the_thrusters_have_left(trim, learned):
    """40 N m more than 30 are beyond the 60 there are; than -30 they are not."""
    one = control()
    one.trim[0] = trim
    one._torque(0, 40.0 / one.gain[0])
    assert one.trim[0] == pytest.approx(trim + (0.2 if learned else 0.0))


def test_what_an_axis_has_is_what_its_weaker_side_has():
    assert control().full == [60.0, 80.0, 150.0]


def test_gains_scale_trim_the_inertia():
    one = control()
    damping = 2.0 * PARAMETERS.guidance.attitude_zeta * PARAMETERS.guidance.attitude_wn_rad_s
    assert one.gain == pytest.approx([damping * i for i in VEHICLE.inertia_wet_kg_m2])
    one.set_inertia(VEHICLE.dry_mass_kg)
    assert one.gain == pytest.approx([damping * i for i in VEHICLE.inertia_dry_kg_m2])
    one.set_inertia(0.5 * (VEHICLE.dry_mass_kg + VEHICLE.wet_mass_kg))
    between = np.mean([VEHICLE.inertia_dry_kg_m2, VEHICLE.inertia_wet_kg_m2], axis=0)
    assert one.inertia == pytest.approx(between)
    assert one.gain == pytest.approx(damping * between)


def test_at_rest_nothing_is_owed():
    one = control()
    one.pulse_residual_ms = [4.0, -3.0, 1.0]
    one.rest()
    assert one.pulse_residual_ms == [0.0, 0.0, 0.0]


def asked(one: Control, axis: int, error: float) -> tuple[float, float]:
    """Torque for a rate error about one axis and the trim it leaves, N m, as the comments have it."""
    feed, trim, full = one.torque_ff[axis], one.trim[axis], one.full[axis]
    demand = one.gain[axis] * error + feed
    if abs(demand + trim) < full:
        trim = float(np.clip(trim + 0.02 / 4.0 * (demand - feed), -0.9 * full, 0.9 * full))
    return trim + (feed if abs(error) < 0.0015 else demand), trim


@given(st.lists(st.tuples(SMALL, SMALL, SMALL), min_size=1, max_size=20), st.floats(-5.0, 5.0))
def test_torques_become_pulses_and_what_is_too_short_is_owed(rates, feed):
    one = control()
    one.torque_ff = [feed, 0.0, -feed]
    owed = [0.0, 0.0, 0.0]
    for rate in rates:
        on = np.zeros(len(one.on_ms))
        pulses, trims = [], []
        for axis in range(3):
            torque, trim = asked(one, axis, -rate[axis])
            trims.append(trim)
            side = 2 * axis + (torque + owed[axis] < 0.0)
            owed[axis] = float(np.clip(owed[axis] + 20.0 * torque / UNEVEN[side], -20.0, 20.0))
            pulse = int(owed[axis]) if abs(int(owed[axis])) >= VEHICLE.rcs_min_on_ms else 0
            pulses.append(pulse)
            owed[axis] -= pulse
            for i in range(len(on)):
                on[i] += abs(pulse) * (VEHICLE.rcs_mask[side] >> i & 1)
        one.update(rate)
        assert one.fired_ms == pulses
        assert one.pulse_residual_ms == pytest.approx(owed, abs=1e-9)
        assert one.trim == pytest.approx(trims, abs=1e-9)
        assert one.on_ms == list(np.minimum(on, 20.0))


@pytest.mark.parametrize(("rate", "side"), [(-1.0, 0), (1.0, 1)])
def test_more_than_the_thrusters_have_is_a_whole_tick_and_not_learned(rate, side):
    one = control()
    one.update((rate, 0.0, 0.0))
    assert one.fired_ms == [20 if side == 0 else -20, 0, 0]
    assert one.trim == [0.0, 0.0, 0.0]
    expected = (1.0 if side == 0 else -1.0) * UNEVEN[side] / VEHICLE.inertia_wet_kg_m2[0]
    assert one.acceleration() == pytest.approx([expected, 0.0, 0.0])


@pytest.mark.parametrize(("feed", "side"), [(3.0, 0), (-3.0, 1)])
def test_within_the_deadband_only_what_is_known_is_answered(feed, side):
    one = control()
    one.torque_ff = [feed, 0.0, 0.0]
    one.update((0.001, 0.0, 0.0))
    trim = -0.005 * one.gain[0] * 0.001
    assert one.pulse_residual_ms[0] == pytest.approx(20.0 * (trim + feed) / UNEVEN[side])
