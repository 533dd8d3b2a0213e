"""Replay: equal where it is equal, the first difference where it is not, one line for a bad file."""

import json
import random
from pathlib import Path

import pytest
from mcap.writer import Writer

from perilune.wire import schema
from perilune_host.codec import DELIMITER, LAYOUTS, decode, deframe, enframe
from perilune_host.errors import RigError
from perilune_rig import rungs
from perilune_rig.cli import main
from perilune_rig.flight.fly import fly
from perilune_rig.logs import Log
from perilune_rig.rungs.python import PythonRung
from perilune_rig.scenario.catalogue import load_scenario

WORDS = ["time_limit_s=8", 'commands=[{command="divert", when={time_s=2.0}, downrange_m=20.0, left_m=5.0}]']
VELOCITY = [item[0] for item in LAYOUTS[schema.ACTUATORS].items].index("velocity_m_s_2") + 1


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    """400 ticks on rung vm with a command in them."""
    path = tmp_path_factory.mktemp("logs") / "flight.mcap"
    with Log(path) as made:
        fly(load_scenario("nominal_terminal", WORDS), 1, observers=[made])
    return path


def test_the_rung_that_flew_gives_the_logged_hash(log, capsys):
    assert main(["replay", str(log), "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["replayed"]["trace_hash"] == found["logged"]["trace_hash"]
    assert (found["replayed"]["ticks"], found["replayed"]["differing"]) == (400, 0)


def test_doubles_differ_from_the_first_tick_and_it_says_why(log, capsys):
    assert main(["replay", str(log), "--rung", "python"]) == 1
    said = capsys.readouterr().out
    assert "at tick 1, actuators." in said
    assert "logged with 32-bit floats, replayed with 64-bit floats" in said


class Faulty(rungs.VmRung):
    """A VM whose vertical velocity is off by one unit in the last place at tick 30."""

    name = "faulty"

    def transact(self, frame: bytes, time_us: int) -> bytes:
        reply = super().transact(frame, time_us)
        if time_us != 30 * 20_000:
            return reply
        *events, payload = [deframe(line) for line in reply.split(DELIMITER)[:-1]]
        row = decode(payload)
        row[VELOCITY] += abs(row[VELOCITY]) * 2.0**-23
        return b"".join(map(enframe, [*events, LAYOUTS[schema.ACTUATORS].pack(row[1:])]))


def test_one_bit_in_one_value_is_found_by_tick_and_field(log, monkeypatch, capsys):
    monkeypatch.setitem(rungs.RUNGS, "faulty", Faulty)
    assert main(["replay", str(log), "--rung", "faulty"]) == 1
    said = capsys.readouterr().out
    assert "400 ticks, 1 differ" in said
    assert "at tick 30, actuators.velocity_m_s_2: " in said


def test_a_rig_failure_is_exit_3(log, monkeypatch, capsys):
    def dead(_self, _frame, _time_us):
        raise RigError("no answer")

    monkeypatch.setattr(PythonRung, "transact", dead)
    assert main(["replay", str(log), "--rung", "python"]) == 3
    assert capsys.readouterr().err == "perilune: error: no answer\n"


def foreign(path: Path, **about: str) -> None:
    """An MCAP file by someone else, or one of ours with other metadata."""
    with path.open("wb") as stream:
        writer = Writer(stream)
        writer.start()
        if about:
            writer.add_metadata("perilune", about)
        writer.finish()


def damaged(path: Path, data: bytes, what: str) -> None:
    if what == "flipped":
        at = len(data) // 2
        data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    path.write_bytes(
        {"empty": b"", "text": b"time,altitude\n" * 9, "cut": data[: len(data) // 2]}.get(what, data)
    )


@pytest.mark.parametrize(
    ("what", "complaint"),
    [
        ("empty", "not an MCAP file"),
        ("text", "not an MCAP file"),
        ("cut", "cut short: its end is missing"),
        ("flipped", "damaged: "),
        ("missing", "cannot be read: No such file"),
        ("foreign", "an MCAP file, but not a Perilune log"),
        ("format", "a Perilune log of another format"),
        ("wire", "logged with wire 00000000, Perilune 9.9"),
    ],
)
def test_bad_files_are_one_line_and_exit_2(log, tmp_path, capsys, what, complaint):
    path = tmp_path / "bad.mcap"
    ours = {
        "format": "1",
        "scenario": "x",
        "seed": "1",
        "rung": "vm",
        "version": "9.9",
        "schema_crc": "00000000",
    }
    if what in ("foreign", "format", "wire"):
        foreign(path, **{"foreign": {}, "format": {"format": "0"}, "wire": ours}[what])
    elif what != "missing":
        damaged(path, log.read_bytes(), what)
    assert main(["replay", str(path), "--rung", "python"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{path}: {complaint}" in line


def test_no_damage_is_more_than_one_line(log, tmp_path, capsys):
    """Bytes changed, dropped, and lengths made huge: the replay is right, or one line says that the file is bad."""
    path, draw = tmp_path / "bad.mcap", random.Random(1)
    with Log(path) as made:
        fly(load_scenario("nominal_terminal", ["time_limit_s=0.4"]), 1, "python", observers=[made])
    whole = path.read_bytes()
    for _ in range(150):
        at, how = draw.randrange(len(whole) - 50), draw.randrange(3)
        put = (draw.randbytes(1), b"", (1 << draw.randrange(64)).to_bytes(8, "little"))[how]
        path.write_bytes(whole[:at] + put + whole[at + (1, draw.randrange(50), 8)[how] :])
        status = main(["replay", str(path), "--rung", "python"])
        complaint = capsys.readouterr().err.splitlines()
        assert (status, len(complaint)) in ((0, 0), (2, 1)), complaint


def test_no_frame_but_a_hosts_own_reaches_a_board(log, tmp_path, capsys, monkeypatch):
    """A log from elsewhere must not be able to send a board to its REPL."""
    path = tmp_path / "evil.mcap"
    monkeypatch.setattr("perilune_rig.logs.log.Log._exchange", evil)
    with Log(path) as made:
        fly(load_scenario("nominal_terminal", ["time_limit_s=0.1"]), 1, "python", observers=[made])
    assert main(["replay", str(path), "--rung", "python"]) == 2
    assert "is none that a host sends" in capsys.readouterr().err


def evil(self: Log, _frame: bytes, reply: bytes, time_us: int) -> None:
    frame = enframe(LAYOUTS[schema.TO_REPL].pack([1]))
    self._file.bytes("/wire/to_board", time_us, frame, 1)
    self._file.bytes("/wire/from_board", time_us, reply, 1)


@pytest.mark.boards
@pytest.mark.parametrize("rung", ["process", "rp2040"])
def test_a_log_of_one_rung_flies_on_another_and_back(rung, tmp_path, log, capsys):
    if reason := rungs.RUNGS[rung].available():
        pytest.skip(reason)
    assert main(["replay", str(log), "--rung", rung]) == 0
    path = tmp_path / "board.mcap"
    with Log(path) as made:
        fly(load_scenario("nominal_terminal", WORDS), 1, rung, observers=[made])
    assert main(["replay", str(path), "--rung", "vm"]) == 0
    assert "the logged one" in capsys.readouterr().out


def test_a_flight_on_a_faulty_line_is_logged_and_replayed(tmp_path, capsys):
    path = tmp_path / "faulty.mcap"
    fault = "{target='link', effect={drop=0.1, truncate=0.1, garbage=0.1}, start={time_s=0}}"
    with Log(path) as made:
        scenario = load_scenario("nominal_terminal", [*WORDS, f"faults=[{fault}]"])
        fly(scenario, 1, observers=[made])
    made.check()
    assert main(["replay", str(path)]) == 0
    assert " 0 differ" in capsys.readouterr().out


@pytest.mark.parametrize("cause", ["watchdog", "brown_out"])
def test_resets_are_logged_and_replayed(cause, tmp_path, capsys):
    path = tmp_path / "reset.mcap"
    fault = f"{{target='computer', effect={{{cause}=true}}, start={{time_s=3.0}}}}"
    with Log(path) as made:
        scenario = load_scenario("nominal_terminal", [*WORDS, f"faults=[{fault}]"])
        record = fly(scenario, 1, observers=[made])
    assert record.faults[0].acted
    assert main(["replay", str(path)]) == 0
    assert main(["replay", str(path), "--rung", "process"]) == 0
    assert capsys.readouterr().out.count(" 0 differ") == 2
