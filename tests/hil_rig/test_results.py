"""The data that a run leaves: plain JSON and a table of telemetry."""

import csv
import json

import numpy as np
import pytest

from hil_rig import results
from hil_rig.catalogue import load_scenario
from tests import synthetic


def test_json_has_no_numpy_and_no_nan():
    touchdown = synthetic.touchdown(tilt_deg=np.float64(0.5), miss_m=float("nan"))
    run = synthetic.run(synthetic.record(touchdown=touchdown, propellant_left_kg=np.float32(100.0)))
    data = json.loads(results.dumps(results.as_json(run)))
    assert data["touchdown"]["tilt_deg"] == 0.5
    assert data["touchdown"]["miss_m"] is None
    assert data["propellant_left_kg"] == 100.0


def test_a_flight_without_touchdown_has_null():
    run = synthetic.run(synthetic.record(touchdown=None, outcome="timeout"))
    assert results.as_json(run)["touchdown"] is None


def test_the_command_flies_the_same_run_again():
    run = synthetic.run(sets=["vehicle.mass.dry_kg=410", "title=two words"], source="calm.toml")
    assert run.command == (
        "perilune fly calm.toml --rung vm --seed 1 --set vehicle.mass.dry_kg=410 --set 'title=two words'"
    )


def test_files_hold_the_result_and_every_row(tmp_path):
    run = synthetic.run()
    result, telemetry = results.write_files(run, tmp_path / "a" / "b")
    assert json.loads(result.read_text()) == json.loads(results.dumps(results.as_json(run)))
    with telemetry.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(run.record.telemetry["time_s"])
    assert float(rows[6000]["agl_m"]) == pytest.approx(run.record.telemetry["agl_m"][6000])
    assert rows[0]["lrf_agl_m"] == "nan"


def test_a_scenario_survives_the_way_through_plain_data():
    import msgspec

    from hil_rig.scenario import Scenario, to_builtins

    scenario = load_scenario("nominal")
    assert msgspec.convert(json.loads(json.dumps(to_builtins(scenario))), Scenario) == scenario
