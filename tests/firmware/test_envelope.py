"""What thrust leaves to brake with: the formulae against the motion they describe, and that they stand once."""

import re

import pytest

from perilune.flight.guidance import envelope
from perilune.flight.moon import LUNAR_G_M_S2
from tests.firmware.test_house import FLIGHT


def fallen(v_up: float, decel: float, end: float = 0.0) -> float:
    """Height that is lost until a constant deceleration has brought the sink down to `end`, m, in steps of 1 ms."""
    height, v = 0.0, -v_up
    while v > end:
        height += (v - 0.0005 * decel) * 0.001
        v -= decel * 0.001
    return height


@pytest.mark.parametrize(("accel_max", "net"), [(4.0, 0.85 * 4.0 - 1.62), (2.0, 0.15), (0.0, 0.15)])
def test_net_acceleration_is_what_a_share_of_thrust_leaves_beside_weight_or_the_least(accel_max, net):
    assert envelope.net_accel(accel_max, envelope.LAST_NET_M_S2) == pytest.approx(net)


def test_where_the_vehicle_stops_first_it_steers_with_less():
    steered = envelope.net_accel(4.0, 0.2)
    assert envelope.net_accel(4.0, 0.2, envelope.UPRIGHT_SHARE) - steered == pytest.approx(0.07 * 4.0)


@pytest.mark.parametrize(("v_up", "net"), [(-10.0, 1.5), (-40.0, 2.5)])
def test_the_stopping_distance_is_that_of_the_motion_and_of_four_tenths_of_a_second_before_it(v_up, net):
    distance = envelope.stopping_distance(v_up, net)
    assert distance == pytest.approx(fallen(v_up, net) - 0.4 * v_up, rel=1e-3)


@pytest.mark.parametrize(("decel", "height"), [(0.8, 50.0), (0.3, 400.0)])
def test_who_flies_the_profile_from_a_height_ends_at_its_end_speed(decel, height):
    speed = envelope.profile_speed(1.2, decel, height)
    assert fallen(-speed, decel, end=1.2) == pytest.approx(height, rel=1e-3)


def test_the_stopping_deceleration_stops_above_the_ground_with_room_in_hand():
    decel = envelope.stopping_decel(108.0, -20.0)
    assert decel == pytest.approx(1.15 * 400.0 / 200.0)
    assert fallen(-20.0, decel) < 100.0
    assert envelope.stopping_decel(9.0, -20.0) == envelope.stopping_decel(28.0, -20.0)


def test_hovering_costs_lunar_gravity_and_is_reckoned_with_for_five_seconds_at_the_least():
    assert envelope.hover_time(162.0) == pytest.approx(100.0)
    assert envelope.hover_time(-3.0) == 5.0


def test_lunar_gravity_is_that_of_the_mass_and_radius():
    assert pytest.approx(4902.8e9 / 1737.4e3**2, rel=0.005) == LUNAR_G_M_S2


def test_lunar_gravity_and_no_limit_are_written_down_once():
    """They stood in ten and four places, net thrust in six with four floors."""
    for path in FLIGHT.rglob("*.py"):
        found = re.findall(r"(?<![\d.])(?:1\.62|-1000\.0)(?!\d)", re.sub(r"#.*", "", path.read_text()))
        assert len(found) == (1 if path.stem in ("moon", "envelope") else 0), path
