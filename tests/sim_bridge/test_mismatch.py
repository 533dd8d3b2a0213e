"""The truth apart from what the flight computer is told: drawn once a run, nothing of it uploaded."""

import math

import numpy as np
import pytest

from perilune_rig.flight.fly import site_of
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim import config
from perilune_sim.mismatch import Site
from perilune_sim.parameters import flight_parameters


def at(seed: int, *sets: str, name="nominal") -> Site:
    return site_of(load_scenario(name, ["mismatch.gravity=false", *sets]), seed)


APART = "world=mismatched"


def test_as_designed_the_truth_is_the_design():
    scenario = load_scenario("nominal")
    place = site_of(scenario, 3)
    assert place.vehicle is scenario.vehicle and place.environment is scenario.environment
    world = place.world()
    assert place.knowledge(world) == world.knowledge()


def test_one_seed_is_one_truth_and_another_is_another():
    assert at(5, APART) == at(5, APART) != at(6, APART)


def test_what_is_drawn_spreads_as_it_says():
    design = load_scenario("nominal").vehicle
    true = [at(seed, APART).vehicle for seed in range(400)]
    for found, sigma in (
        ([v.mass.dry_kg / design.mass.dry_kg for v in true], 0.005),
        ([v.mass.propellant_kg / design.mass.propellant_kg for v in true], 0.005),
        ([v.propulsion.isp_s / design.propulsion.isp_s for v in true], 0.005),
        ([v.propulsion.engines[0].thrust_n / design.propulsion.engines[0].thrust_n for v in true], 0.01),
        ([v.propulsion.lag_s / design.propulsion.lag_s for v in true], 0.2),
        ([v.rcs.thrust_n / design.rcs.thrust_n for v in true], 0.05),
    ):
        assert np.mean(found) == pytest.approx(1.0, abs=4 * sigma / 20)
        assert np.std(found) == pytest.approx(sigma, rel=0.15)


def test_launch_turns_each_sensor_by_itself():
    design, true = (
        load_scenario("nominal").vehicle.sensors,
        [at(seed, APART).vehicle.sensors for seed in range(200)],
    )
    for name in ("lrf", "radar"):
        told, heads = getattr(design, name).heads[0], [getattr(one, name).heads[0] for one in true]
        norm = math.sqrt(sum(x * x for x in told))
        turned = [math.acos(min(1.0, np.dot(head, told) / norm**2)) for head in heads]
        assert math.degrees(np.sqrt(np.mean(np.square(turned)) / 2)) == pytest.approx(
            0.1, rel=0.2
        )  # per axis
    assert true[0].lrf.heads != true[0].radar.heads


@pytest.mark.parametrize("factor", [1.0, 3.3])
def test_sigmas_are_wrong_by_up_to_a_factor_either_way(factor):
    design = load_scenario("nominal").vehicle.sensors
    wrong = [at(s, APART, f"mismatch.sigma_factor={factor}").vehicle.sensors.lrf.noise_m for s in range(200)]
    shares = np.log(np.array(wrong) / design.lrf.noise_m)
    assert np.max(np.abs(shares)) <= math.log(factor) + 1e-12
    if factor > 1.0:
        assert np.min(shares) < -0.9 * math.log(factor) and np.max(shares) > 0.9 * math.log(factor)


def test_only_the_design_and_the_data_sheets_sigmas_are_told():
    scenario = load_scenario("nominal", [APART, "mismatch.sigma_factor=3", "mismatch.gravity=false"])
    place, clean = site_of(scenario, 2), load_scenario("nominal")
    known = place.knowledge(place.world())
    for group, sent in flight_parameters(place.told_vehicle, known, scenario.environment.map_prior):
        designed = dict(
            flight_parameters(clean.vehicle, site_of(clean, 2).world().knowledge(), config.MapPrior())
        )
        for name in sent:
            if name not in (
                "position_m",
                "velocity_m_s",
                "site_elevation_m",
                "elevation_m",
                "part",
                "start_m",
            ):
                assert sent[name] == designed[group][name], (group, name)


def test_a_state_that_is_old_is_where_the_vehicle_was():
    place = at(1, "truth.epoch_s=2")
    world = place.world()
    old, now = place.knowledge(world), world.knowledge()
    behind = np.subtract(now["position_m"], old["position_m"])
    assert np.linalg.norm(behind - 2.0 * np.array(now["velocity_m_s"])) < 4.0  # half g t squared
    assert old["epoch_tick"] == 0


def test_one_difference_can_be_said_in_one_line_and_moves_nothing_else():
    plain, light = at(1), at(1, "truth.load_kg=-30")
    assert light.world().propellant_loaded_kg == pytest.approx(plain.world().propellant_loaded_kg - 30.0)
    assert light.told_vehicle == plain.told_vehicle
    assert light.vehicle.sensors == plain.vehicle.sensors
    assert light.vehicle.propulsion == plain.vehicle.propulsion
    shifted = at(1, "truth.map_shift_m=-500")
    assert (
        shifted.environment.map_prior.offset_m == -500.0
        and shifted.told_environment.map_prior.offset_m == 0.0
    )
    weak = at(1, "truth.isp_ratio=-0.03", "truth.start_delay_s=0.3").vehicle.propulsion
    design = plain.vehicle.propulsion
    assert weak.isp_s == pytest.approx(0.97 * design.isp_s)
    assert weak.start_delay_s == pytest.approx(design.start_delay_s + 0.3)


def test_a_late_start_has_its_share_of_the_load():
    place = at(1, "truth.load_kg=-60", name="nominal_terminal")
    scenario = load_scenario("nominal_terminal")
    assert scenario.start is not None
    share = 1.0 - 60.0 / scenario.vehicle.mass.propellant_kg
    assert place.world().propellant_loaded_kg == pytest.approx(scenario.start.propellant_kg * share)
    assert place.told_vehicle.mass.propellant_kg == scenario.start.propellant_kg
