"""The rows of docs/exit_status.md, each tried; readers that go and streams that are closed must not change them."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perilune_rig.cli import exit_status, main
from tests import synthetic

ROOT = synthetic.DATA.parents[1]
PERILUNE = [sys.executable, "-m", "perilune_rig.cli"]
SHORT = ["fly", "nominal_terminal", "--rung", "python", "--no-report"]
FAILS = [*SHORT, "--set", "time_limit_s=1"]
CRASHES = [*SHORT, "--set", "commands=[]", "--set", "start.altitude_m=60", "--set", "start.vertical_m_s=-30"]


def shell(line: str, **more) -> subprocess.CompletedProcess:
    """A line of bash, from the root of the clone; $P stands for perilune."""
    text = f"set -o pipefail; P='{' '.join(PERILUNE)}'; {line}"
    paths = os.pathsep.join(str(ROOT / name) for name in ("firmware", "host", "sim_bridge", "hil_rig"))
    given = os.environ | {"PYTHONPATH": paths} | more.pop("env", {})
    return subprocess.run(
        ["bash", "-c", text],
        capture_output=True,
        text=True,
        errors="replace",
        cwd=ROOT,
        env=given,
        timeout=240,
    )


def words(line: list[str]) -> str:
    return "$P " + " ".join(f"'{word}'" for word in line)


def test_0_a_flight_that_passes():
    assert main(SHORT) == exit_status.PASSED == 0


def test_1_a_crash_also_through_head_and_with_standard_output_closed(tmp_path):
    result = tmp_path / "run.json"
    assert main([*CRASHES, "--json", str(result)]) == exit_status.FAILED == 1
    assert json.loads(result.read_text())["outcome"] == "crashed"
    for more in ("| head -n 1", "| true", ">&-", ">&- 2>&-", "<&- >&- 2>&-"):
        assert shell(f"{words(CRASHES)} --json '{tmp_path / 'again.json'}' {more}").returncode == 1, more
    assert json.loads((tmp_path / "again.json").read_text())["outcome"] == "crashed"
    assert shell(f"{words(CRASHES)} --json - | true").returncode == 1


def test_2_bad_input(capsys):
    assert main(["fly", "nowhere"]) == exit_status.BAD_INPUT == 2
    assert main(["fly", "nominal", "--seed", "x"]) == 2


def test_3_a_rig_that_fails_memory_that_runs_out_an_output_that_is_missing(monkeypatch, capsys, tmp_path):
    assert main(["command", "arm", "--port", "socket://127.0.0.1:1"]) == exit_status.RIG == 3

    def out_of_memory(*_args, **_more):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("perilune_rig.cli.fly.fly", out_of_memory)
        assert main(FAILS) == 3
    assert "out of memory" in capsys.readouterr().err
    if os.path.exists("/dev/full"):
        assert shell(f"{words(FAILS)} --json '{tmp_path / 'r.json'}' >/dev/full").returncode == 3
        assert json.loads((tmp_path / "r.json").read_text())["verdict"] == "fail"


def test_4_an_inconclusive_campaign(tmp_path, capsys):
    (tmp_path / "few.toml").write_text(
        'name = "few"\ntitle = "Few"\nabout = "Too few."\nruns = 1\nrequirements = ["TD-1"]\n'
        '[[strata]]\nscenario = "nominal_terminal"\n'
    )
    line = ["campaign", str(tmp_path / "few.toml"), "--rung", "python", "--workers", "1", "--log", "none"]
    status = main([*line, "--out", str(tmp_path / "out")])
    assert "INCONCLUSIVE" in capsys.readouterr().out
    assert status == exit_status.INCONCLUSIVE == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_130_and_others_a_signal_in_flight_leaves_a_whole_log(number, tmp_path):
    log = tmp_path / "cut.mcap"
    line = [*PERILUNE, "fly", "nominal", "--rung", "python", "--pace", "20", "--no-report", "--log", str(log)]
    heeds = lambda: signal.signal(number, signal.SIG_DFL)  # noqa: E731 - these tests may run under nohup
    flight = subprocess.Popen(
        line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heeds
    )
    _until(lambda: log.exists() and log.stat().st_size > 100_000, flight)
    flight.send_signal(number)
    said, err = flight.communicate(timeout=120)
    assert flight.returncode == 128 + number, said + err
    assert "interrupted at" in said
    from perilune_rig.logs.reader import read

    assert read(log).result["outcome"] == "invalid"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_130_and_others_a_signal_leaves_a_matrix_with_what_there_is(number, tmp_path, monkeypatch):
    from perilune_rig.cli.matrix import Watch

    def after_three_cells(watch, matrix, total):
        if len(matrix.cells) == 3:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(Watch, "__call__", after_three_cells)
    line = ["matrix", "--scenario", "nominal_terminal", "--quick", "--rung", "python", "--workers", "1"]
    before = signal.signal(number, signal.SIG_DFL)  # these tests may run under nohup
    try:
        assert main([*line, "--out", str(tmp_path / "m")]) == 128 + number
    finally:
        signal.signal(number, before)
    found = json.loads((tmp_path / "m" / "matrix.json").read_text())
    assert found["interrupted"] and len(found["cells"]) >= 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_130_and_others_a_signal_leaves_a_campaign_to_go_on_with(number, tmp_path):
    (tmp_path / "long.toml").write_text(
        'name = "long"\ntitle = "Long"\nabout = "Cut short."\nruns = 500\nrequirements = ["TD-1"]\n'
        '[[strata]]\nscenario = "nominal_terminal"\n'
    )
    out = tmp_path / "c"
    line = [*PERILUNE, "campaign", str(tmp_path / "long.toml"), "--rung", "python", "--workers", "1"]
    heeds = lambda: signal.signal(number, signal.SIG_DFL)  # noqa: E731
    campaign = subprocess.Popen(
        [*line, "--log", "none", "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=heeds,
    )
    _until(lambda: _rows(out) > 0, campaign)
    campaign.send_signal(number)
    said, _ = campaign.communicate(timeout=120)
    assert campaign.returncode == 128 + number, said
    assert "go on with: perilune campaign" in said and _rows(out) > 0


def _rows(folder: Path) -> int:
    table = folder / "campaign.sqlite"
    if not table.exists():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{table}?mode=ro", uri=True, timeout=10)) as base:
        try:
            return base.execute("select count(*) from runs").fetchone()[0]
        except sqlite3.OperationalError:  # being made
            return 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_130_an_interrupted_start(number):
    start = subprocess.Popen([*PERILUNE, *SHORT], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.3)  # in the imports; later makes no difference to what is right
    start.send_signal(number)
    start.communicate(timeout=120)
    assert start.returncode in (128 + number, -number)  # -number: Python itself was not up yet


def test_a_job_that_ignores_hangups_goes_on_ignoring_them():
    done = shell(f"trap '' HUP; ({words(FAILS)} & p=$!; sleep 1; kill -HUP $p; wait $p)")
    assert done.returncode == 1, done.stderr


def test_the_table_in_the_docs_has_a_test_for_every_row():
    rows = re.findall(r"^\| ([\d, ]+) \|", (ROOT / "docs/exit_status.md").read_text(), re.M)
    tests = " ".join(name for name in globals() if name.startswith("test_"))
    for row in rows:
        assert f"test_{row.partition(',')[0]}_" in tests or row.startswith("129"), row
    named = {value for name, value in vars(exit_status).items() if name.isupper()}
    assert named <= {int(number) for row in rows for number in row.split(",")}


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8", "cp437"])
def test_an_encoding_that_lacks_a_character_costs_no_output(encoding, tmp_path):
    line = [*FAILS, "--set", "title=Zażółć → 月", "--json", str(tmp_path / "run.json")]
    done = shell(words(line), env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 1, done.stderr
    assert json.loads((tmp_path / "run.json").read_text())["verdict"] == "fail"
    assert json.loads(
        shell(f"{words(FAILS)} --json - 2>/dev/null", env={"PYTHONIOENCODING": encoding}).stdout
    )


@pytest.mark.skipif(sys.platform != "linux", reason="paths are bytes on Linux")
def test_a_path_with_a_byte_that_is_no_text_costs_no_output(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/raw\xff"))
    folder.mkdir()
    (folder / "a.toml").write_text((synthetic.SCENARIO).read_text().replace("./lander.toml", "reference"))
    line = [
        "fly",
        str(folder / "a.toml"),
        "--rung",
        "python",
        "--set",
        "time_limit_s=1",
        "--out",
        str(folder),
    ]
    line += ["--log", str(folder / "a.mcap"), "--json", str(folder / "j.json")]
    for encoding in ("utf-8", "ascii"):
        done = subprocess.run(
            [*PERILUNE, *line], cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": encoding}, timeout=240
        )
        assert done.returncode == 1
    assert {"a.mcap", "j.json", "run.json", "telemetry.csv", "report.html"} <= {
        p.name for p in folder.iterdir()
    }
    assert "raw" in json.loads((folder / "j.json").read_text())["command"]


def test_two_flights_do_not_write_to_one_place(tmp_path, capsys):
    from perilune_host.claim import claim_output

    with claim_output("--log", tmp_path / "a.mcap"), claim_output("--out", tmp_path / "out"):
        assert main([*FAILS, "--log", str(tmp_path / "a.mcap")]) == 2
        assert (
            f"--log {tmp_path}/a.mcap: another flight (process {os.getpid()}) writes there"
            in capsys.readouterr().err
        )
        assert main([*FAILS, "--out", str(tmp_path / "out" / ".." / "out")]) == 2
        assert "writes there: give another" in capsys.readouterr().err
    assert main([*FAILS, "--log", str(tmp_path / "a.mcap"), "--out", str(tmp_path / "out")]) == 1


def _until(true, process):
    while not true():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
