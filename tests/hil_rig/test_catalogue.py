"""Loading scenarios and vehicles, and changing them with KEY=VALUE."""

from pathlib import Path

import pytest

from perilune.wire import schema
from perilune_host.errors import InputError
from perilune_rig.scenario import catalogue
from tests import synthetic


@pytest.mark.parametrize("name", catalogue.names(catalogue.SCENARIOS))
def test_every_catalogue_scenario_loads_under_its_own_name(name):
    assert catalogue.load_scenario(name).name == name


@pytest.mark.parametrize("name", catalogue.names(catalogue.VEHICLES))
def test_every_catalogue_vehicle_loads_under_its_own_name(name):
    assert catalogue.load_vehicle(name).name == name


def test_a_scenario_carries_its_vehicle_and_defaults():
    scenario = synthetic.scenario()
    assert scenario.vehicle.name == "lander"
    assert scenario.environment.terrain.relief_m == 100.0
    assert scenario.environment.orbit.perilune_m == 15e3  # not in the file
    assert [(c.command, c.code) for c in scenario.commands] == [
        ("arm", schema.ARM),
        ("release_payload", schema.RELEASE_PAYLOAD),
    ]


def test_changes_are_typed_by_the_structures():
    scenario = synthetic.scenario(
        "time_limit_s=900",
        "title=A title, not a table",
        "environment.map_prior.available=false",
        "environment.orbit.latitude_deg=-45",
        "environment.terrain.craters=[{downrange_m=0, left_m=0, radius_m=50, depth_m=5, rim_m=1}]",
        "commands.0.when.time_s=9",
        "vehicle.mass.com_dry_m=[0, 0.1, 0]",
        "vehicle.propulsion.engines.0.thrust_n=4000",
        "vehicle.guidance.touchdown_m_s=1.5",
        "vehicle.sensors.imu_a.gyro_bias_rad_s=1e-5",
    )
    assert scenario.time_limit_s == 900.0
    assert scenario.title == "A title, not a table"
    assert scenario.environment.map_prior.available is False
    assert scenario.environment.orbit.latitude_deg == -45.0
    assert scenario.environment.terrain.craters[0].radius_m == 50.0
    assert scenario.commands[0].when.time_s == 9.0
    assert scenario.vehicle.mass.com_dry_m == (0.0, 0.1, 0.0)
    assert scenario.vehicle.propulsion.engines[0].thrust_n == 4000.0
    assert scenario.vehicle.guidance == {"touchdown_m_s": 1.5}
    assert scenario.vehicle.sensors.imu_a.gyro_bias_rad_s == 1e-5
    assert scenario.vehicle.sensors.imu_b.gyro_bias_rad_s != 1e-5


def test_the_last_of_two_changes_stands():
    assert synthetic.scenario("time_limit_s=900", "time_limit_s=800").time_limit_s == 800.0


def test_another_vehicle_from_the_catalogue():
    assert synthetic.scenario("vehicle=reference").vehicle.name == "reference"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("time_limit_s=soon", "expected float, got str"),
        ("time_limit_s=0", "expected float > 0.0"),
        ("expect=crashed", "invalid enum value 'crashed'"),
        ("environment=5", "expected object, got int"),
        ("environment.terrain.relief_m.x=5", "no such key: what is before it is a single value"),
        ("commands.2.when.time_s=9", "commands.2: no such item: the file has 2"),
        ("vehicle.propulsion.engines.3.thrust_n=1", "engines.3: no such item: the file has 1"),
        ("vehicle.mass.com_dry_m.5=1", "com_dry_m.5: no such item: there are 3"),
        ("vehicle.mass.com_dry_m=[1, 2]", "expected array of length 3, got 2"),
        ("vehicle.propulsion.throttle_min=1.5", "expected float <= 1.0"),
        ("vehicle.guidance.touchdown=1", "guidance.touchdown: unknown key; did you mean touchdown_m_s?"),
        ("vehicle.nose=1", "vehicle.nose: unknown key"),
        ("vehicle=nobody", "no vehicle 'nobody' in the catalogue"),
        ("=5", "give KEY=VALUE"),
    ],
)
def test_a_wrong_change_is_refused(change, complaint):
    with pytest.raises(InputError) as refusal:
        synthetic.scenario(change)
    assert complaint in str(refusal.value)


def test_a_scenario_file_may_name_its_vehicle_relative_to_itself(tmp_path, monkeypatch):
    (tmp_path / "craft").mkdir()
    (tmp_path / "craft" / "mine.toml").write_text((synthetic.DATA / "lander.toml").read_text())
    text = synthetic.SCENARIO.read_text().replace("./lander.toml", "craft/mine.toml")
    (tmp_path / "own.toml").write_text(text)
    monkeypatch.chdir(Path("/"))
    assert catalogue.load_scenario(str(tmp_path / "own.toml")).vehicle.name == "lander"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('command = "arm"', 'command = "land"', "commands.0.command: invalid enum value 'land'"),
        ('command = "arm"', 'command = "divert"', "commands.0: divert needs downrange_m and left_m"),
        (
            'command = "arm"',
            'command = "arm"\nleft_m = 3.0',
            "commands.0: arm takes neither downrange_m nor left_m",
        ),
        ("{ time_s = 5.0 }", "{}", "commands.0.when: give exactly one of time_s, altitude_m, mode, not none"),
        ("{ time_s = 5.0 }", '{ mode = "sleep" }', "commands.0.when.mode: invalid enum value 'sleep'"),
        ('name = "calm"', 'name = "Calm down"', "name: expected str matching regex"),
        (
            'vehicle = "./lander.toml"',
            "vehicle = 4",
            "vehicle: give a catalogue name or the path of a vehicle file",
        ),
        (
            "[environment.terrain]",
            "[environment.terrein]",
            "environment.terrein: unknown key; did you mean terrain?",
        ),
        ("[[commands]]", "[commands]", "Cannot"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_key(tmp_path, old, new, complaint):
    (tmp_path / "lander.toml").write_text((synthetic.DATA / "lander.toml").read_text())
    path = tmp_path / "wrong.toml"
    path.write_text(synthetic.SCENARIO.read_text().replace(old, new))
    with pytest.raises(InputError) as refusal:
        catalogue.load_scenario(str(path))
    assert str(refusal.value).startswith(str(path))
    assert complaint in str(refusal.value)


def test_binary_rubbish_is_refused(tmp_path):
    (tmp_path / "rubbish.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8 text"):
        catalogue.load_scenario(str(tmp_path / "rubbish.toml"))
