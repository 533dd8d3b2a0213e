"""`perilune command`: signs for whatever flight computer is at the port, and disturbs no flight."""

import json

import pytest

from perilune_host.serial_link import SerialLink
from perilune_rig.boards.child import BoardProcess
from perilune_rig.cli import main
from perilune_rig.flight.fly import prepare
from perilune_rig.rungs import RUNGS
from tests.core.kit import NOMINAL


@pytest.fixture
def in_flight():
    """The path of a board a second into its coast; the rig's port is closed."""
    if RUNGS["process"].available():
        pytest.skip("rung process is not available")
    board = BoardProcess("perilune_rig.rungs.process_board")
    link = SerialLink(board.path)
    bridge = prepare(NOMINAL, 1, link)
    for _ in range(50):
        bridge.step()
    link.close()
    yield board.path
    board.close()


def test_a_command_is_signed_sent_and_obeyed(in_flight: str, capsys):
    assert main(["command", "divert", "--downrange-m", "50", "--left-m", "-20", "--port", in_flight]) == 0
    assert main(["command", "arm", "--port", in_flight, "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out.split("obeyed\n")[-1])
    assert (found["obeyed"], found["session"], found["board"]) == (True, 1, "vm")
    assert main(["command", "release_payload", "--port", in_flight]) == 1
    assert "refused: not in this state" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["arm"], "name the board's port"),
        (["divert", "--port", "x"], "--downrange-m: needed by divert"),
        (["arm", "--left-m", "5", "--port", "x"], "--left-m: only for divert"),
        (["divert", "--left-m", "nan", "--downrange-m", "1", "--port", "x"], "--left-m nan: outside"),
        (["launch"], "invalid choice"),
    ],
)
def test_a_wrong_command_line_is_one_line(words: list[str], complaint: str, capsys, monkeypatch):
    monkeypatch.delenv("PERILUNE_PORT", raising=False)
    assert main(["command", *words]) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1
