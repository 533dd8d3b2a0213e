"""A whole piloted descent, against an independent simulator where it is installed."""

import pytest

from perilune_sim import config
from perilune_sim.world import validate
from perilune_sim.world.gravity import field_of
from perilune_sim.world.pilot import Pilot
from perilune_sim.world.start import site_frame
from perilune_sim.world.world import World
from tests.sim_bridge.kit import VEHICLE


def test_the_pilot_flies_to_the_aim_point():
    world, pilot = World(VEHICLE, config.Environment(), 4), Pilot(VEHICLE)
    while not pilot.done:
        world.step(pilot.command(world.truth()))
    end = world.truth()
    assert not world.crashed
    assert end.agl_m == pytest.approx(510, abs=40)
    assert abs(end.left_m) < 5 and end.horizontal_m_s == pytest.approx(12, abs=5)
    assert 650 < 0.02 * world.tick < 720


def test_basilisk_moves_the_same():
    pytest.importorskip("Basilisk")
    start, end, forcing = validate.fly(VEHICLE, 2)
    off = validate.differences(end, validate.basilisk(start, forcing))
    assert off["position_m"] < 1e-3
    assert off["velocity_m_s"] < 1e-6
    assert off["attitude_rad"] < 1e-9
    assert abs(validate.consumption_error_kg(forcing)) < 1e-9


def test_basilisk_falls_the_same_in_the_same_field():
    """The world reads its strip of nodes, Basilisk sums the series: metres in a field that moves by hundreds."""
    pytest.importorskip("Basilisk")
    environment = config.Environment(gravity=config.Gravity(degree=20), orbit=config.Orbit(coast_s=600.0))
    start, end, forcing = validate.coast(VEHICLE, 2, environment)
    field, frame = field_of(environment.gravity, 2), site_frame(environment.orbit)
    with_field = validate.differences(end, validate.basilisk(start, forcing, field, frame))
    without = validate.differences(end, validate.basilisk(start, forcing))
    assert with_field["position_m"] < 2.0 and with_field["velocity_m_s"] < 1e-2
    assert without["position_m"] > 50.0
