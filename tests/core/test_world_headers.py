"""Each header of the world's C includes what it uses: it compiles alone, without a warning."""

import shutil
import subprocess
from pathlib import Path

import pytest

from perilune_sim.world import build


@pytest.mark.parametrize("name", build.UNITS)
def test_a_header_compiles_alone(name: str, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    assert compiler, "no C compiler"
    (tmp_path / "places.h").write_text("#pragma once\n" + build.defines(build.load_schema()))
    (tmp_path / "alone.c").write_text(f'#include "{name}"\n')
    # Python.h, which cffi puts above the world, asks for POSIX in the same way
    flags = [*build.FLAGS, "-D_GNU_SOURCE", "-Werror", "-fsyntax-only", f"-I{build.SOURCE}", f"-I{tmp_path}"]
    done = subprocess.run([compiler, *flags, str(tmp_path / "alone.c")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
