"""A command that the flight computer does not obey: an event in the flight, a line in the result, nothing else."""

import json

import pytest

from perilune_rig.cli import main
from perilune_rig.flight.fly import fly
from perilune_rig.logs import Log
from perilune_rig.scenario.catalogue import load_scenario

ARM = {"command": "arm", "when": {"time_s": 1.0}}
LATE = {
    "divert": {"command": "divert", "when": {"altitude_m": 40.0}, "downrange_m": 0.0, "left_m": 200.0},
    "release_payload": {"command": "release_payload", "when": {"altitude_m": 300.0}},
    "wave_off": {"command": "wave_off", "when": {"altitude_m": 50.0}},
}


def commands(*given) -> str:
    from perilune_rig.scenario.overrides import inline

    return f"commands={inline(list(given))}"


@pytest.mark.parametrize("name", LATE)
def test_it_stands_in_the_result_and_the_flight_is_as_without_it(name, tmp_path, capsys):
    result = tmp_path / "run.json"
    line = ["fly", "nominal_terminal", "--rung", "python", "--no-report", "--json", str(result)]
    assert main([*line, "--set", commands(ARM, LATE[name])]) == 0
    assert f"refused  {name.replace('_', ' ')} at " in capsys.readouterr().out
    found = json.loads(result.read_text())
    (refused,) = found["refused_commands"]
    assert (refused["command"], refused["reason"]) == (name, "not in this state")
    (event,) = [event for event in found["events"] if event["name"] == "command refused"]
    assert event["text"] == f"{name}: not in this state" and event["tick"] == refused["tick"]
    assert not event["fault"]
    assert main([*line, "--set", commands(ARM)]) == 0
    calm = json.loads(result.read_text())
    assert calm["trace_hash"] == found["trace_hash"] and calm["refused_commands"] == []


def test_it_stands_in_the_log(tmp_path):
    pytest.importorskip("mcap")
    from mcap.reader import make_reader

    with Log(tmp_path / "a.mcap") as log:
        fly(
            load_scenario("nominal_terminal", [commands(ARM, ARM), "time_limit_s=5"]),
            1,
            "python",
            observers=[log],
        )
    with (tmp_path / "a.mcap").open("rb") as file:
        told = [json.loads(m.data) for _s, _c, m in make_reader(file).iter_messages(["/events"])]
    assert [event["text"] for event in told if event["name"] == "command refused"] == [
        "arm: not in this state"
    ]
