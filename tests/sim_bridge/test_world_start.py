"""Where a descent starts."""

import numpy as np
import pytest
from msgspec.structs import replace

from perilune_sim import config
from perilune_sim.world.start import RADIUS_M, site_frame
from perilune_sim.world.vectors import rotate
from perilune_sim.world.world import World
from tests.sim_bridge.kit import CALM, VEHICLE


def test_perilune_uprange_of_the_site_tail_first():
    world = World(VEHICLE, CALM, 1)
    now = world.truth()
    assert now.altitude_m == pytest.approx(15e3, abs=1.0)
    assert now.downrange_m == pytest.approx(-630e3)
    assert now.vertical_m_s == pytest.approx(0.0, abs=0.1)
    assert now.horizontal_m_s == pytest.approx(1692.0 + 4.3, abs=1.0)  # westward, against the Moon's rotation
    z = rotate(now.attitude, [0.0, 0.0, 1.0])
    x = rotate(now.attitude, [1.0, 0.0, 0.0])
    up = np.add(now.position_m, [0, 0, RADIUS_M]) / RADIUS_M
    assert np.dot(z, now.velocity_m_s) == pytest.approx(-now.horizontal_m_s, rel=1e-4)
    assert np.dot(x, up) == pytest.approx(-1.0, abs=0.02)


@pytest.mark.parametrize("azimuth_deg", [0.0, 90.0, 200.0, 270.0])
def test_the_coasting_orbit_passes_over_the_site(azimuth_deg: float):
    orbit = replace(CALM.orbit, azimuth_deg=azimuth_deg, latitude_deg=-70.0)
    world = World(VEHICLE, replace(CALM, orbit=orbit), 1)
    while world.truth().downrange_m < 0:
        world.step(None)
    assert abs(world.truth().left_m) < 10
    assert world.truth().altitude_m > 15e3


def test_site_frame_points_the_right_way():
    frame = site_frame(config.Orbit(latitude_deg=0.0, longitude_deg=0.0, azimuth_deg=90.0))
    assert rotate(frame.from_inertial, [1.0, 0.0, 0.0]) == pytest.approx([0.0, 0.0, 1.0])  # up
    assert rotate(frame.from_inertial, [0.0, 1.0, 0.0]) == pytest.approx([1.0, 0.0, 0.0])  # east is downrange
    assert rotate(frame.from_inertial, [0.0, 0.0, 1.0]) == pytest.approx([0.0, 1.0, 0.0])  # north is left


def test_dispersions_have_the_size_asked_for():
    truths = [World(VEHICLE, config.Environment(), seed).truth() for seed in range(100)]
    assert np.std([t.left_m for t in truths]) == pytest.approx(200.0, rel=0.25)
    assert np.std([t.mass_kg for t in truths]) == pytest.approx(3.0, rel=0.25)
    assert np.std([t.vertical_m_s for t in truths]) == pytest.approx(0.3, rel=0.25)
