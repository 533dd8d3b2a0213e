"""`perilune list`, `doctor`, `bench` and `--help`."""

import json
import shutil
import sys

import pytest

from perilune_rig.cli import main
from tests import synthetic


def test_list_names_scenarios_vehicles_and_rungs(capsys):
    assert main(["list"]) == 0
    seen = capsys.readouterr().out
    for word in ("scenarios", "nominal", "vehicles", "reference", "rungs", "vm", "python"):
        assert word in seen


def test_list_as_json_gives_the_reason_of_what_is_missing(monkeypatch, capsys):
    from perilune_rig.rungs import RUNGS

    monkeypatch.setattr(RUNGS["vm"], "available", classmethod(lambda cls: "no compiler"))
    assert main(["list", "--json", "-"]) == 0
    rungs = {rung["name"]: rung for rung in json.loads(capsys.readouterr().out)["rungs"]}
    assert (rungs["vm"]["available"], rungs["vm"]["reason"]) == (False, "no compiler")
    assert rungs["python"]["available"] is True


def test_doctor_never_fails_and_says_how_to_get_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name, *_more: None)
    monkeypatch.setenv("MICROPY_DIR", "/nowhere")
    assert main(["doctor", "--json", "-"]) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["make"]["found"] is None and "apt-get install make" in checks["make"]["mend"]
    assert checks["MicroPython source"]["found"] is None
    assert "MICROPY_DIR=/nowhere" in checks["MicroPython source"]["mend"]


def test_doctor_tells_people_what_to_type(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["doctor"]) == 0
    assert "pip install -e '.[report]'" in capsys.readouterr().out


def test_doctor_says_what_is_there(capsys):
    assert main(["doctor", "--json", "-"]) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["rung python"]["found"]


def test_bench_reports_its_figures_and_its_method(monkeypatch, capsys):
    monkeypatch.setattr("perilune_rig.cli.bench.fly", lambda *_args, **_more: synthetic.record())
    monkeypatch.setattr("perilune_rig.cli.bench.WORLD_TICKS", 50)
    assert main(["bench", "--rung", "python", "--runs", "3", "--json", "-"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["closed_loop_times_real_time"] == pytest.approx(400.0)
    assert result["ticks_per_s"] == pytest.approx(20e3)
    assert result["world_ticks_per_s"] > 0
    assert result["parts"] == pytest.approx(
        {"world": 8.0, "wire": 4.0, "flight": 31.0, "check": 3.0, "other": 4.0}
    )
    assert "medians of 3" in result["method"]


@pytest.mark.parametrize("words", [["--help"], ["fly", "--help"], ["bench", "--help"], ["--version"]])
def test_help_is_exit_0(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 0
    assert "perilune" in capsys.readouterr().out


def test_doctor_survives_a_broken_flight_software(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "perilune_rig.rungs", None)  # importing it fails
    assert main(["doctor", "--json", "-"]) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["rungs"]["mend"].startswith("cannot be imported")
