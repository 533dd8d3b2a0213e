"""Each part of the world's C includes what it uses: it compiles alone, without a warning."""

import shutil
import subprocess
from pathlib import Path

import pytest

from perilune_sim.world import build

FILES = sorted(build.SOURCE.iterdir())


@pytest.mark.parametrize("part", FILES, ids=[path.name for path in FILES])
def test_a_part_compiles_alone(part: Path, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    assert compiler, "no C compiler"
    alone = tmp_path / "alone.c"
    alone.write_text(f'#include "{part.name}"\n')
    flags = [*build.FLAGS, "-Wshadow", "-Werror", "-fsyntax-only", f"-I{build.SOURCE}"]
    done = subprocess.run([compiler, *flags, str(alone)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_parts_that_do_not_inline_into_each_other_link() -> None:
    """The unity file names every part: one forgotten would be a missing symbol when the extension is loaded."""
    named = [
        line.split('"')[1] for line in build.UNITY.read_text().splitlines() if line.startswith("#include")
    ]
    assert sorted(named) == [path.name for path in build.parts()]


def test_places_are_what_the_schema_says() -> None:
    assert build.PLACES.read_text() == build.places_header(build.load_schema())
