"""What a machine must have, where it is said so: for a missing compiler whole suites are skipped, and CI is green."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEST = "tests/test_firmware_compiles.py::test_there_are_files"


@pytest.mark.parametrize(
    ("required", "status", "says"),
    [
        ("", 0, "1 passed"),
        ("python", 0, "1 passed"),
        ("python vm", 4, "rung vm: MICROPY_DIR"),
        ("nonesuch", 4, "'nonesuch'"),
    ],
)
def test_without_a_rung_that_is_required_nothing_is_run(tmp_path, required, status, says):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", TEST],
        cwd=ROOT,
        env=os.environ | {"PERILUNE_REQUIRE_RUNGS": required, "MICROPY_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status
    assert says in done.stdout + done.stderr
