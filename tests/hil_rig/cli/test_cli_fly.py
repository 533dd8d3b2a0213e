"""`perilune fly` around a flight that is made up: exit status, JSON, files, fallback, interruption."""

import json
import os
import signal
import subprocess
import sys

import pytest

from perilune_host.errors import RigError
from perilune_rig.cli import main
from perilune_rig.flight.fly import fly as real_fly
from perilune_rig.flight.progress import Progress
from perilune_rig.rungs import RUNGS
from tests import synthetic

CALM = str(synthetic.SCENARIO)
PROMISED = {
    "scenario",
    "vehicle",
    "seed",
    "rung",
    "outcome",
    "verdict",
    "requirements",
    "touchdown",
    "propellant_left_kg",
    "ticks",
    "sim_time_s",
    "wall_time_s",
    "times_real_time",
    "trace_hash",
    "modes",
    "faults",
    "injected_faults",
}


@pytest.fixture
def flies(monkeypatch):
    """Let every flight end as the given record; returns the arguments of the flights so far."""
    flown = []

    def prepare(record=None, error=None):
        def fly(scenario, seed, rung, pace, progress, policy=None, observers=()):
            flown.append((scenario, seed, rung, pace))
            progress(Progress(6000, 120.0, 1500.0, "braking", 14e3, -2.0, 1550.0))
            if error:
                raise error
            return record or synthetic.record()

        monkeypatch.setattr("perilune_rig.cli.fly.fly", fly)
        return flown

    return prepare


def test_json_holds_what_is_promised(flies, capsys):
    flies()
    assert main(["fly", CALM, "--rung", "python", "--seed", "7", "--no-report", "--json", "-"]) == 0
    seen = capsys.readouterr()
    result = json.loads(seen.out)  # and nothing else on standard output
    assert result.keys() >= PROMISED
    assert (result["scenario"], result["vehicle"], result["seed"], result["rung"]) == (
        "calm",
        "lander",
        7,
        "python",
    )
    assert result["touchdown"].keys() == {
        "vertical_m_s",
        "horizontal_m_s",
        "tilt_deg",
        "rate_deg_s",
        "miss_m",
        "slope_deg",
        "hazard_m",
    }
    assert all(row.keys() >= {"id", "text", "value", "limit", "pass"} for row in result["requirements"])
    assert result["modes"][3] == {"mode": "braking", "tick": 3000, "altitude_m": 15e3}
    assert [fault["name"] for fault in result["faults"]] == ["lrf_rejected"]
    assert result["times_real_time"] == pytest.approx(400.0)
    assert "PASS" in seen.err


def test_json_file_and_console(flies, tmp_path, capsys):
    flies()
    target = tmp_path / "run.json"
    assert main(["fly", CALM, "--rung", "python", "--no-report", "--json", str(target)]) == 0
    assert json.loads(target.read_text())["verdict"] == "pass"
    assert "PASS: landed after 700.0 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("record", "status", "word"),
    [
        (synthetic.record(), 0, "PASS"),
        (synthetic.record(outcome="crashed"), 1, "FAIL"),
        (synthetic.record(touchdown=synthetic.touchdown(vertical_m_s=3.4)), 1, "FAIL"),
        (synthetic.record(outcome="invalid"), 3, "INVALID"),
    ],
)
def test_exit_status_is_the_verdict(flies, capsys, record, status, word):
    flies(record)
    assert main(["fly", CALM, "--rung", "python", "--no-report"]) == status
    assert word in capsys.readouterr().out


def test_a_dead_link_is_exit_3_and_one_line(flies, capsys):
    flies(error=RigError("no actuator frame in answer to tick 12"))
    assert main(["fly", CALM, "--rung", "python", "--no-report"]) == 3
    assert capsys.readouterr().err == "perilune: error: no actuator frame in answer to tick 12\n"


def test_options_reach_the_flight(flies):
    flown = flies()
    words = ["--seed", "9", "--pace", "20", "--set", "vehicle.mass.dry_kg=410", "--set", "time_limit_s=900"]
    assert main(["fly", CALM, "--rung", "python", "--no-report", *words]) == 0
    scenario, seed, rung, pace = flown[0]
    assert (seed, rung, pace) == (9, "python", 20.0)
    assert (scenario.vehicle.mass.dry_kg, scenario.time_limit_s) == (410.0, 900.0)


def test_files_go_to_out(flies, tmp_path, capsys):
    flies()
    assert main(["fly", CALM, "--rung", "python", "--out", str(tmp_path / "new")]) == 0
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "report.html",
        "run.json",
        "telemetry.csv",
    ]
    assert str(tmp_path / "new" / "report.html") in capsys.readouterr().out


def test_default_out_is_named_after_scenario_and_seed(flies, tmp_path, monkeypatch):
    flies()
    monkeypatch.chdir(tmp_path)
    assert main(["fly", CALM, "--rung", "python", "--seed", "4"]) == 0
    assert (tmp_path / "out" / "calm-4" / "report.html").is_file()


def test_no_report_writes_nothing(flies, tmp_path, monkeypatch):
    flies()
    monkeypatch.chdir(tmp_path)
    assert main(["fly", CALM, "--rung", "python", "--no-report"]) == 0
    assert list(tmp_path.iterdir()) == []


def test_unwritable_out_is_named_before_anything_is_flown(flies, tmp_path, capsys):
    """A flight at real time takes a quarter of an hour: its report must not be lost to a slip of the pen."""
    flies()
    (tmp_path / "file").write_text("")
    assert main(["fly", CALM, "--rung", "python", "--out", str(tmp_path / "file")]) == 2
    seen = capsys.readouterr()
    assert f"{tmp_path / 'file'}: cannot be written" in seen.err
    assert seen.out == ""


@pytest.fixture
def no_vm(monkeypatch):
    """A machine without a compiler."""
    monkeypatch.setattr(
        RUNGS["vm"], "available", classmethod(lambda cls: "cc: not found: install a C compiler")
    )


def test_without_a_compiler_the_default_falls_back_and_says_so(no_vm, flies, capsys):
    flown = flies()
    assert main(["fly", CALM, "--no-report", "--json", "-"]) == 0
    seen = capsys.readouterr()
    assert flown[0][2] == "python"
    result = json.loads(seen.out)
    assert (result["rung"], result["fallback"]) == ("python", True)
    labels = [line for line in seen.err.splitlines() if "NOT bit-exact" in line]
    assert len(labels) >= 2 and "cc: not found" in labels[0]


def test_the_last_line_says_so_again(no_vm, flies, capsys):
    flies()
    main(["fly", CALM, "--no-report"])
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert last.startswith("flown on python, NOT bit-exact: rung vm is not available here: cc: not found")


def test_without_a_compiler_vm_by_name_is_refused(no_vm, flies, capsys):
    flown = flies()
    assert main(["fly", CALM, "--rung", "vm", "--no-report"]) == 3
    assert "--rung vm: not available here: cc: not found" in capsys.readouterr().err
    assert not flown


def test_where_a_rung_is_required_nothing_passes_on_doubles(no_vm, flies, capsys):
    flown = flies()
    assert main(["fly", CALM, "--require-rung", "--no-report"]) == 3
    assert "--require-rung: vm: not available here: cc: not found" in capsys.readouterr().err
    assert not flown


def test_ctrl_c_is_130_with_what_there_is(monkeypatch, capsys):
    def fly(scenario, seed, rung, pace, progress, policy=None, observers=()):
        def stop(state):
            progress(state)
            if state.time_s >= 2.0:
                os.kill(os.getpid(), signal.SIGINT)

        return real_fly(scenario, seed, rung, pace, stop)

    monkeypatch.setattr("perilune_rig.cli.fly.fly", fly)
    assert main(["fly", CALM, "--rung", "python", "--no-report", "--json", "-"]) == 130
    seen = capsys.readouterr()
    assert "interrupted at     2.0 s  coast" in seen.err
    result = json.loads(seen.out)
    assert (result["verdict"], result["ticks"]) == ("invalid", 100)


def test_plain_progress_is_a_line_a_simulated_minute(flies, capsys):
    flies()
    main(["fly", CALM, "--rung", "python", "--no-report"])
    lines = [line for line in capsys.readouterr().out.splitlines() if " s  braking" in line]
    assert lines == [
        "  120.0 s  braking    height   14000.0 m  vertical   -2.00 m/s  horizontal  1550.00 m/s",
    ]


def test_the_logic_that_flew_then_can_be_flown_again(capsys):
    assert (
        main(["fly", "resilience_terminal", "--rung", "python", "--policy", "nonesuch", "--no-report"]) == 2
    )
    assert "nonesuch" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_under_one_output_costs_no_other(flies, tmp_path, capsys):
    flies()
    (tmp_path / "telemetry.csv").symlink_to("/dev/full")
    words = ["--out", str(tmp_path), "--json", str(tmp_path / "my.json")]
    assert main(["fly", CALM, "--rung", "python", *words]) == 2
    seen = capsys.readouterr()
    assert (
        seen.err == f"perilune: error: {tmp_path}/telemetry.csv: cannot be written: No space left on device\n"
    )
    assert "PASS" in seen.out
    assert {"my.json", "run.json", "report.html"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words",
    [["fly", "nominal_terminal", "--rung", "python", "--set", "time_limit_s=1", "--no-report"], ["list"]],
    ids=["fly", "list"],
)
def test_a_full_disk_under_standard_output_is_one_line(words, unbuffered):
    """Buffered, it was found again when Python ended: two lines more, and exit status 120."""
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "perilune_rig.cli", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=synthetic.DATA.parents[1],
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
    assert ended.returncode == 3
    assert ended.stderr == "perilune: error: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words",
    [["fly", "nominal_terminal", "--rung", "python", "--set", "time_limit_s=1", "--no-report"], ["list"]],
    ids=["fly", "list"],
)
def test_a_reader_that_has_gone_is_no_failed_verdict(words, unbuffered):
    """`perilune list | head -1` ended with 1."""
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-m", "perilune_rig.cli", *words],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        cwd=synthetic.DATA.parents[1],
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )
    os.close(writer)
    verdict = 1 if words[0] == "fly" else 0  # a second in orbit is no landing
    assert (ended.returncode, ended.stderr) == (verdict, "")
