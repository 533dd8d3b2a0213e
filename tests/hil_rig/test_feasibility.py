"""What cannot land is said before it is flown, and flown only if that is asked for."""

import pytest

from perilune_rig.cli import main
from perilune_rig.matrix import feasibility
from perilune_rig.scenario import catalogue


def of(*sets: str, name="nominal") -> feasibility.Feasibility:
    return feasibility.of(catalogue.load_scenario(name, sets))


@pytest.mark.parametrize("name", catalogue.names(catalogue.SCENARIOS))
def test_everything_in_the_catalogue_can_land(name):
    assert of(name=name).against == ()


@pytest.mark.parametrize(
    ("sets", "why"),
    [
        (["vehicle.mass.dry_kg=4800"], "full thrust is"),
        (
            ["vehicle.propulsion.throttle_min=0.9", "vehicle.propulsion.isp_s=2000"],
            "least thrust of one engine",
        ),
        (["vehicle.mass.propellant_kg=150"], "and no landing takes less than"),
        (["environment.orbit.downrange_m=-100e3"], "braking takes at least"),
        (["environment.orbit.downrange_m=50e3"], "the site is -50.0 km ahead"),
    ],
)
def test_what_rules_a_landing_out_is_named(sets, why):
    found = of(*sets)
    assert not found.feasible and any(why in one for one in found.against), found.text


def test_a_late_start_is_taken_from_there():
    terminal = of(name="nominal_terminal")
    assert terminal.delta_v_needed_m_s < 150.0 and terminal.to_site_m == 1750.0


def test_fly_says_it_in_one_line_and_flies_on_only_if_told_to(capsys):
    line = ["fly", "nominal_terminal", "--rung", "python", "--no-report"]
    assert main(line) == 0
    assert "thrust/weight" in capsys.readouterr().out
    heavy = [*line, "--set", "vehicle.mass.dry_kg=4800"]
    assert main(heavy) == 2
    said = capsys.readouterr().err
    assert "cannot land: full thrust is" in said and "--anyway" in said
    assert main([*heavy, "--anyway", "--set", "time_limit_s=1"]) == 1
