"""Stopping distance against the thrust that is left, in every mode that comes down."""

import pytest

from perilune.flight import events, modes
from tests.firmware.guiding import GAINS, Guide, craft, far, nav


def needed(v_up, accel_max):
    """Braking with 92 % of thrust after 0.4 s."""
    net = max(0.15, 0.92 * accel_max - 1.62)
    return v_up**2 / (2.0 * net) + 0.4 * abs(v_up)


@pytest.mark.parametrize("accel_max", [4.0, 1.8])
@pytest.mark.parametrize(("sigma", "margin"), [(1.0, 3.0 + 2.0), (39.0, None)])
@pytest.mark.parametrize("mode", [modes.APPROACH, modes.TERMINAL, modes.HOLD])
def test_what_could_not_stop_any_more_stops_now(mode, accel_max, sigma, margin):
    v_up = -25.0
    agl = needed(v_up, accel_max) + (margin or 119.0)
    if margin is None and agl * 0.5 < 117.0:
        agl = 2.0 * (needed(v_up, accel_max) + 2.0)
    for more, stops in ((1.0, False), (-1.0, True)):
        guide = Guide(accel=(1.0, 2.0, 0.0))
        state = nav(agl=agl + more, v_up=v_up, sigma_agl=sigma)
        after = guide.guidance._stoppable(state, craft(accel_max=accel_max), mode)
        assert (after, guide.guidance.stopping) == ((modes.TERMINAL, True) if stops else (mode, False))
        assert guide.codes() == [events.STOP_DISTANCE] * stops


def test_stopping_is_full_thrust_nearly_upright_and_a_steeper_profile():
    state = nav(agl=150.0, v_up=-30.0)
    guide = Guide(accel=(1.0, 5.0, 0.0))
    vehicle = craft(accel_max=4.0)
    guide.guidance._stoppable(state, vehicle, modes.TERMINAL)
    guide.guidance._stoppable(state, vehicle, modes.TERMINAL)
    assert guide.told == [(events.STOP_DISTANCE, 150.0, -30.0, pytest.approx(needed(-30.0, 4.0)), 0.0)]
    assert guide.guidance.command.accel == pytest.approx((0.97 * 4.0, 0.17 * 0.97 * 4.0, 0.0))
    net = 0.92 * 4.0 - 1.62
    steep = 1.15 * 900.0 / (2.0 * 142.0)
    assert guide.guidance.decel == pytest.approx(min(0.9 * net, steep))
    slow = Guide(accel=(1.0, 0.0, 0.0))
    slow.guidance._stoppable(nav(agl=4.0, v_up=-4.0), vehicle, modes.TERMINAL)
    assert slow.guidance.decel == pytest.approx(max(GAINS.terminal_decel_m_s2, 1.15 * 16.0 / 40.0))


@pytest.mark.parametrize(("accel_max", "aside"), [(2.62, False), (2.64, True)])
def test_thrust_little_above_weight_is_all_upward_until_the_fall_is_stopped(accel_max, aside):
    """A throttle stuck at 35 % in approach: 10 deg aside all the way down, 5.7 m/s at the ground and 8.6 across."""
    guide = Guide(accel=(1.0, 5.0, 0.0))
    guide.guidance._stoppable(nav(agl=150.0, v_up=-30.0), craft(accel_max=accel_max), modes.TERMINAL)
    up = 0.97 * accel_max
    assert guide.guidance.command.accel == pytest.approx(
        (up, 0.17 * up, 0.0) if aside else (accel_max, 0.0, 0.0)
    )


@pytest.mark.parametrize(
    "changes", [{"v_up": -2.9, "agl": 0.1}, {"v_up": -30.0, "agl": 50.0, "sigma_agl": 40.1}]
)
def test_slow_or_without_a_height_there_is_nothing_to_stop_for(changes):
    guide = Guide()
    assert guide.guidance._stoppable(nav(**changes), craft(), modes.TERMINAL) == modes.TERMINAL
    assert not guide.guidance.stopping


def test_braking_is_not_stopped():
    guide = Guide()
    guide.update(
        modes.BRAKING, far(downrange=-100e3, v_downrange=900.0, agl=100.0, sigma_agl=1.0, v_up=-80.0)
    )
    assert not guide.guidance.stopping


def test_no_more_is_asked_for_than_thrust_gives():
    guide = Guide(accel=(3.0, 4.0, 12.0))
    guide.guidance._bound(craft(accel_max=6.5))
    assert guide.guidance.command.accel == pytest.approx((1.5, 2.0, 6.0))
    guide.guidance._bound(craft(accel_max=6.6))
    assert guide.guidance.command.accel == pytest.approx((1.5, 2.0, 6.0))
