"""The emulated RP2040's PWM is computed in closed form: it must be what its edges, one by one, come to."""

import subprocess
from pathlib import Path

import pytest

from perilune_rig.boards.emulator import installed, program

pytestmark = [pytest.mark.boards, pytest.mark.timeout(300)]

WRITES = Path(__file__).with_name("pwm.mjs")
COUNT = 300


def test_outputs_are_high_as_long_as_those_of_rp2040js():
    """Random levels and periods, changed while the slice runs, against rp2040js's own block, edge by edge."""
    command = [program("node") or "node", str(WRITES), str(installed()), "1", str(COUNT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
