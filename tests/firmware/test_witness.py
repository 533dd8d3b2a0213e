"""The inertial height: dead reckoning of the vertical channel, and how far it may be off."""

import pytest

from perilune.flight.navigation.inertial_height import InertialHeight
from perilune.wire.schema import PARAM_SITE
from tests.firmware.kit import loaded

SITE = loaded(
    (PARAM_SITE, {"sigma_position_m": [200.0, 7.0, 7.0], "sigma_velocity_m_s": [0.5, 7.0, 7.0]})
).site


@pytest.mark.parametrize("steps", [1, 100])
def test_a_constant_acceleration_gives_a_parabola(steps: int):
    height = InertialHeight(SITE, 15e3, -20.0, 0)
    for _ in range(steps):
        height.propagate(1.5 * 10.0 / steps, 10.0 / steps)
    assert height.altitude == pytest.approx(15e3 - 20.0 * 10.0 + 0.5 * 1.5 * 10.0**2)
    assert height.v_up == pytest.approx(-20.0 + 1.5 * 10.0)
    assert height.age_s == pytest.approx(10.0)


@pytest.mark.parametrize("seconds", [0.0, 100.0, 600.0])
def test_its_sigma_grows_with_start_velocity_and_bias(seconds: float):
    """Root of the squares of height, velocity x t and bias x t2/2 (0.5 mm/s2); 1.3 times for what orbits do to it."""
    height = InertialHeight(SITE, 15e3, 0.0, 0)
    height.propagate(0.0, seconds)
    expected = (200.0**2 + (0.5 * seconds) ** 2 + (0.5 * 5e-4 * seconds**2) ** 2) ** 0.5
    assert height.sigma() == pytest.approx(1.3 * expected)


def test_what_no_measurement_has_changed_of_the_vertical_speed_drives_it():
    height = InertialHeight(SITE, 15e3, -20.0, 1000)
    height.update(1050, -17.0)
    assert (height.v_up, height.driven_v_up, height.tick) == (-17.0, -17.0, 1050)
    assert height.altitude == pytest.approx(15e3 - 18.5)
    height.v_up = -40.0  # it may part from what drives it: only changes count
    height.update(1100, -16.0)
    assert height.v_up == -39.0
