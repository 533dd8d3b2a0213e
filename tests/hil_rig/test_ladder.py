"""The table of rungs."""

from perilune_rig.bitexact import ladder


def test_a_rung_in_this_process_has_a_row_without_times(capsys, tmp_path):
    file = tmp_path / "ladder.md"
    assert ladder.main(["--rung", "vm", "--ticks", "20", "--to", str(file)]) == 0
    head, _rule, row = file.read_text().splitlines()
    assert head.count("|") == row.count("|")
    assert row.startswith("| `vm` | 20 |")
    assert "| - | - | - | - | - |" in row
    assert capsys.readouterr().out == file.read_text()


def test_what_times_are_made_of_is_said():
    assert ladder.clock("rp2040").startswith("cycles")
    assert ladder.clock("m33").startswith("instructions")
    assert ladder.clock("process") == "-"


def test_a_folder_that_is_not_there_is_named_before_anything_is_flown(capsys, tmp_path):
    assert ladder.main(["--rung", "vm", "--to", str(tmp_path / "none" / "x.md")]) == 2
    assert "no such directory" in capsys.readouterr().err
