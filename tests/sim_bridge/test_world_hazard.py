"""What stands under the pads, from the true ground."""

import pytest

from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.world.world import World


def world(*sets: str) -> World:
    smooth = ["environment.terrain.crater_density=0", "environment.terrain.site_slope_deg=0"]
    scenario = load_scenario("nominal", ["environment.terrain.relief_m=0", *smooth, *sets])
    return World(scenario.vehicle, scenario.environment, 1)


def test_a_plane_has_none_whatever_its_slope():
    assert world().hazard_m(0.0, 0.0) == pytest.approx(0.0, abs=1e-9)
    ramp = "environment.terrain.steps=[{downrange_m=0.0, height_m=100.0, width_m=1000.0}]"
    assert world(ramp).hazard_m(0.0, 0.0) < 0.01


@pytest.mark.requirement("HAZ-1")
def test_a_rim_between_the_pads_is_as_high_as_it_stands_above_them():
    rim = "environment.terrain.craters=[{downrange_m=4.0, left_m=0.0, radius_m=4.0, depth_m=0.0, rim_m=1.0}]"
    assert 0.2 < world(rim).hazard_m(0.0, 0.0) < 1.0
    assert world(rim).hazard_m(60.0, 0.0) == pytest.approx(0.0, abs=1e-6)
