"""The VM in a process of its own, behind a pseudo-terminal."""

import os

import pytest

from perilune_host.errors import RigError
from perilune_rig.boards.child import BoardProcess
from perilune_rig.rungs.process import ProcessRung
from perilune_rig.rungs.vm import VmRung
from tests.boards.kit import flown


def test_the_same_flight_as_in_this_process_bit_for_bit():
    assert flown(ProcessRung(), 400).record().trace_hash == flown(VmRung(), 400).record().trace_hash


def test_the_process_ends_with_the_rung():
    rung = ProcessRung()
    path = rung._board.path
    assert os.path.exists(path)
    rung.close()
    assert not os.path.exists(path)


def test_a_board_that_dies_in_flight_is_a_failure_of_the_rig():
    rung = ProcessRung()
    rung._board._child.kill()
    rung._board._child.wait()
    with pytest.raises(RigError, match="ended with status -9"):
        flown(rung, 1)


def test_a_board_that_does_not_start_says_why():
    with pytest.raises(RigError, match="no_such_module"):
        BoardProcess("perilune_rig.boards.no_such_module")
