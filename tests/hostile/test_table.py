"""The hostile table: a bounded part of it, and that it can go red."""

import json

import pytest

from perilune_rig.hostile import forgeries, table
from perilune_rig.hostile.__main__ import main
from perilune_rig.hostile.cases import CASES, Case
from perilune_rig.rungs import RUNGS
from perilune_rig.scenario.catalogue import load_scenario

if RUNGS["vm"].available():
    pytest.skip("rung vm is not available", allow_module_level=True)


def test_the_bounded_table_is_sound(tmp_path, capsys):
    assert main(["--quick", "--seed", "50001", "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "hostile.json").read_text())
    assert len(found) > 12
    assert all(row["sound"] and row["tries"] == row["detected"] > 0 for row in found)
    assert (tmp_path / "hostile.html").read_text().count("<tr class=sound>") == len(found)
    assert "outage of 0.3 s at 30 m" in capsys.readouterr().out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_row_is_a_scenario(case: Case):
    assert load_scenario(case.scenario, case.sets).faults


def test_a_forgery_that_is_obeyed_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setitem(forgeries.KINDS, "replayed", lambda session, good, rng: good)
    assert main(["--quick", "--only", "command: replayed", "--out", str(tmp_path)]) == 1
    (row,) = json.loads((tmp_path / "hostile.json").read_text())
    assert row["accepted"] > 0


def test_a_flight_that_is_lost_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path):
    deaf = Case("deaf", "{target='link', effect={outage=1}, start={time_s=2}}", "nominal_terminal", True)
    monkeypatch.setattr(table, "CASES", [deaf])
    assert main(["--only", "deaf", "--out", str(tmp_path)]) == 1
    (row,) = json.loads((tmp_path / "hostile.json").read_text())
    assert (row["survived"], row["failed"]) == (0, [1])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(["--only", "nothing"], "no row of the table fits"), (["--seeds", "0"], "at least 1")],
)
def test_bad_input_is_one_line(words: list[str], complaint: str, tmp_path, capsys):
    assert main([*words, "--out", str(tmp_path)]) == 2
    assert complaint in capsys.readouterr().err


def test_a_table_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert main(["--quick", "--only", "command: cut short", "--out", str(tmp_path / "taken")]) == 2
    assert "cannot be written" in capsys.readouterr().err
