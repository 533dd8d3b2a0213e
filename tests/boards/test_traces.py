"""The emulated RP2040 runs often used machine code as JavaScript made of it: it must not compute anything else."""

import subprocess
from pathlib import Path

import pytest

from perilune_rig.boards.emulator import installed, program

pytestmark = [pytest.mark.boards, pytest.mark.timeout(600)]

PROGRAMS = Path(__file__).with_name("traces.mjs")
COUNT = 400


def test_traces_change_neither_registers_nor_memory_nor_cycles():
    """Random programs, one of whose instructions they change themselves, against the interpreter alone."""
    node = program("node") or "node"
    command = [node, str(PROGRAMS), str(installed()), "1", str(COUNT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
