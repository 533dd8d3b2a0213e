"""Every firmware file compiles with the mpy-cross of the reference MicroPython."""

import subprocess
from pathlib import Path

import pytest

from perilune_rig.rungs import RUNGS
from perilune_rig.vm.build import FIRMWARE_DIR, mpy_cross

FILES = sorted(FIRMWARE_DIR.rglob("*.py"))
missing = RUNGS["vm"].available()


def test_there_are_files():
    assert FIRMWARE_DIR / "perilune" / "link" / "computer.py" in FILES


@pytest.mark.skipif(missing is not None, reason=f"needs the VM's build: {missing}")
@pytest.mark.parametrize("file", FILES, ids=[path.relative_to(FIRMWARE_DIR).as_posix() for path in FILES])
def test_it_compiles(file: Path, tmp_path: Path):
    output = tmp_path / "out.mpy"
    command = [str(mpy_cross()), "-march=armv6m", "-o", str(output), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert output.read_bytes()[:1] == b"M"
