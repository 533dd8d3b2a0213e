"""The data that a run leaves: plain JSON and a table of telemetry."""

import csv
import json

import numpy as np
import pytest

from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.verdict import result
from perilune_sim.flight_record import Event, InjectedFault
from tests import synthetic


def test_json_has_no_numpy_and_no_nan():
    touchdown = synthetic.touchdown(tilt_deg=np.float64(0.5), miss_m=float("nan"))
    run = synthetic.run(synthetic.record(touchdown=touchdown, propellant_left_kg=np.float32(100.0)))
    data = json.loads(result.dumps(result.as_json(run)))
    assert data["touchdown"]["tilt_deg"] == 0.5
    assert data["touchdown"]["miss_m"] is None
    assert data["propellant_left_kg"] == 100.0


def test_a_flight_without_touchdown_has_null():
    run = synthetic.run(synthetic.record(touchdown=None, outcome="timeout"))
    assert result.as_json(run)["touchdown"] is None


def test_detection_and_isolation_are_measured_for_each_fault():
    """Inertial units that disagree are a detection of either; only a report that names the one isolates it."""
    disagree = Event(540, "inertial units disagree", "braking", (1.0, 0.0, 0.0, 0.0), True, "")
    isolated = Event(560, "inertial unit isolated", "braking", (6.0, 0.1, 0.0, 0.0), True, "")
    faults = [
        InjectedFault("imu_b", {"gyro_zero": 1}, 500, None, True),
        InjectedFault("lrf", {"dead": 1}, 500, 700, True),
        InjectedFault("radar", {"dead": 1}),
    ]
    run = synthetic.run(synthetic.record(faults=faults, events=[disagree, isolated]))
    gyro, laser, radar = result.as_json(run)["injected_faults"]
    assert (gyro["start_s"], gyro["end_s"], gyro["detection_s"], gyro["isolation_s"]) == (
        10.0,
        None,
        0.8,
        1.2,
    )
    assert (laser["end_s"], laser["detection_s"], laser["isolation_s"]) == (14.0, None, None)
    assert (radar["start_s"], radar["acted"], radar["detection_s"]) == (None, False, None)


def test_the_command_flies_the_same_run_again():
    run = synthetic.run(sets=["vehicle.mass.dry_kg=410", "title=two words"], source="calm.toml")
    assert run.command == (
        "perilune fly calm.toml --rung vm --seed 1 --set vehicle.mass.dry_kg=410 --set 'title=two words'"
    )


def test_files_hold_the_result_and_every_row(tmp_path):
    run = synthetic.run()
    file, telemetry = result.write_files(run, tmp_path / "a" / "b")
    assert json.loads(file.read_text()) == json.loads(result.dumps(result.as_json(run)))
    with telemetry.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(run.record.telemetry["time_s"])
    assert float(rows[6000]["agl_m"]) == pytest.approx(run.record.telemetry["agl_m"][6000])
    assert rows[0]["lrf_agl_m"] == "nan"


def test_a_scenario_survives_the_way_through_plain_data():
    import msgspec

    from perilune_rig.scenario.model import Scenario, to_builtins

    scenario = load_scenario("nominal")
    assert msgspec.convert(json.loads(json.dumps(to_builtins(scenario))), Scenario) == scenario
