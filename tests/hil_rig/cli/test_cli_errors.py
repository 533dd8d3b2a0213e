"""Every bad input ends in exit status 2 and one line that says what is wrong and where."""

import json
from pathlib import Path

import pytest

from perilune_rig.cli import main
from tests import synthetic

CALM = str(synthetic.SCENARIO)


@pytest.fixture
def refused(capsys):
    """Run a command line that must be refused; returns its one line of complaint."""

    def run(*words: str) -> str:
        assert main(words) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("perilune: error: ")
        return lines[0]

    return run


def changed(folder: Path, old: str, new: str) -> str:
    """The made-up scenario with a change, beside its vehicle."""
    (folder / "lander.toml").write_text((synthetic.DATA / "lander.toml").read_text())
    text = synthetic.SCENARIO.read_text()
    assert old in text
    (folder / "changed.toml").write_text(text.replace(old, new))
    return str(folder / "changed.toml")


def test_missing_file_is_named(refused):
    assert "nowhere.toml: no such file" in refused("fly", "nowhere.toml")


def test_unknown_scenario_suggests_the_near_one(refused):
    assert "no scenario 'nominel' in the catalogue; did you mean nominal" in refused("fly", "nominel")


def test_broken_toml_names_the_line(refused, tmp_path):
    line = refused("fly", changed(tmp_path, 'name = "calm"', 'name = "calm'))
    assert "changed.toml: not valid TOML" in line
    assert "line 1" in line


def test_unknown_key_is_named_with_its_place(refused, tmp_path):
    line = refused("fly", changed(tmp_path, "relief_m", "releif_m"))
    assert "changed.toml: environment.terrain.releif_m: unknown key; did you mean relief_m?" in line


def test_wrong_type_in_a_list_names_the_item(refused, tmp_path):
    line = refused("fly", changed(tmp_path, "{ time_s = 5.0 }", '{ time_s = "soon" }'))
    assert "changed.toml: commands.0.when.time_s: expected float" in line


def test_a_trigger_needs_exactly_one_moment(refused, tmp_path):
    line = refused("fly", changed(tmp_path, "{ time_s = 5.0 }", "{ time_s = 5.0, altitude_m = 100.0 }"))
    assert "commands.0.when: give exactly one of time_s, altitude_m, mode, not time_s and altitude_m" in line


def test_missing_key_is_named(refused, tmp_path):
    assert "missing required field source" in refused("fly", changed(tmp_path, 'source = "Made up."', ""))


def test_missing_vehicle_names_the_scenario(refused, tmp_path):
    line = refused("fly", changed(tmp_path, "./lander.toml", "landr"))
    assert "changed.toml: vehicle: no vehicle 'landr'" in line


def test_negative_mass_in_the_vehicle_file(refused, tmp_path):
    path = changed(tmp_path, "calm", "calm")
    lander = tmp_path / "lander.toml"
    lander.write_text(lander.read_text().replace("dry_kg = 400.0", "dry_kg = -400.0"))
    assert "lander.toml: mass.dry_kg: expected float > 0.0" in refused("fly", path)


def test_negative_mass_on_the_command_line(refused):
    line = refused("fly", CALM, "--set", "vehicle.mass.dry_kg=-1")
    assert "--set vehicle.mass.dry_kg=-1: expected float > 0.0" in line


def test_unknown_key_on_the_command_line(refused):
    line = refused("fly", CALM, "--set", "environment.terain.relief_m=0")
    assert "environment.terain: unknown key; did you mean terrain?" in line


def test_guidance_obeys_the_wires_ranges(refused):
    line = refused("fly", CALM, "--set", "vehicle.guidance.touchdown_m_s=50")
    assert "guidance.touchdown_m_s: 50 is outside 0.1 to 5" in line


def test_set_without_a_value(refused):
    assert "--set vehicle.mass.dry_kg: give KEY=VALUE" in refused("fly", CALM, "--set", "vehicle.mass.dry_kg")


def test_unknown_rung_lists_those_there_are(refused):
    line = refused("fly", CALM, "--rung", "abacus")
    assert "--rung abacus: unknown rung" in line
    assert "python" in line and "vm" in line


@pytest.mark.parametrize("pace", ["slow", "0", "-1", "nan", "inf"])
def test_bad_pace(refused, pace):
    assert f"argument --pace: {pace!r} is neither max nor a positive number" in refused(
        "fly", CALM, f"--pace={pace}"
    )


@pytest.mark.parametrize("seed", ["x", "-1", "1.5"])
def test_bad_seed(refused, seed):
    assert f"argument --seed: {seed!r}" in refused("fly", CALM, f"--seed={seed}")


def test_unknown_verb(refused):
    assert "invalid choice: 'land'" in refused("land")


def test_json_into_a_missing_directory_is_refused_before_the_flight(refused, tmp_path):
    assert "no such directory" in refused("fly", CALM, "--json", str(tmp_path / "none" / "run.json"))


def test_a_directory_is_no_scenario(refused, tmp_path):
    (tmp_path / "folder.toml").mkdir()
    assert "folder.toml: cannot be read: Is a directory" in refused("fly", str(tmp_path / "folder.toml"))


def test_a_fault_of_the_rig_is_never_a_failed_verdict(monkeypatch, capsys):
    def broken(*_args, **_more):
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr("perilune_rig.cli.fly.fly", broken)
    monkeypatch.delenv("PERILUNE_DEBUG", raising=False)
    assert main(["fly", CALM, "--rung", "python"]) == 3
    assert "internal: ZeroDivisionError: a fault of ours" in capsys.readouterr().err


def test_list_says_what_is_wrong_with_a_broken_file(monkeypatch, tmp_path, capsys):
    (tmp_path / "bad.toml").write_text("name = 3\nvehicle = 4\n")
    monkeypatch.setattr("perilune_rig.scenario.catalogue.SCENARIOS", tmp_path)
    assert main(["list", "--json", "-"]) == 0
    listed = json.loads(capsys.readouterr().out)["scenarios"]
    assert listed[0]["about"].startswith("broken: ")
