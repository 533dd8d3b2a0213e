"""Every firmware file compiles with the mpy-cross of the reference MicroPython."""

import subprocess
from pathlib import Path

import pytest

from perilune_rig.rungs import RUNGS
from perilune_rig.vm.build import FIRMWARE_DIR, mpy_cross
from perilune_rig.vm.modules import compile_module, runs_in_a_tick

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


MOST_NAMES = 286


@pytest.mark.skipif(missing is not None, reason=f"needs the VM's build: {missing}")
@pytest.mark.parametrize("file", FILES, ids=[path.relative_to(FIRMWARE_DIR).as_posix() for path in FILES])
def test_machine_code_for_the_rp2040_finds_all_its_names(file: Path, tmp_path: Path):
    """MicroPython's emitter for ARMv6-M reads a name beyond a module's 287th from a wrong place (py/asmthumb.c,
    asm_thumb_add_reg_reg_offset adds the offset to itself): `NameError: name '' isn't defined` on a board alone."""
    name = file.relative_to(FIRMWARE_DIR).as_posix()
    if not runs_in_a_tick(name):
        return
    output = tmp_path / "out.mpy"
    assert compile_module(mpy_cross(), name, file, output, "armv6m") is None
    assert names(output.read_bytes()) <= MOST_NAMES


def names(module: bytes) -> int:
    """How many a compiled module has: after four bytes of head a number of seven bits a byte, the highest first."""
    count = 0
    for byte in module[4:]:
        count = count << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    return count
