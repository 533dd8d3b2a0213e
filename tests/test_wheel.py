"""What is installed flies as a clone does: from a wheel and an sdist, in a fresh environment, outside of any clone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(1800)]
ROOT = Path(__file__).resolve().parents[1]
NOMINAL_TERMINAL = "ef5567f9"
OWN_TEST = 'def test_it_lands(lander):\n    assert lander.fly("nominal_terminal").landed\n'


def run(*words: str, cwd: Path, status: int = 0) -> str:
    """What a command printed; it has to end with that status."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run(words, cwd=cwd, env=own, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with nothing but the package."""
    folder = tmp_path_factory.mktemp(request.param)
    source = folder / "source"
    run("git", "clone", "--quiet", str(ROOT), str(source), cwd=folder)
    run(sys.executable, "-m", "venv", "env", cwd=folder)
    binaries = folder / "env" / "bin"
    if request.param == "sdist":
        run(str(binaries / "pip"), "install", "--quiet", "build", cwd=folder)
        run(str(binaries / "python"), "-m", "build", "--sdist", "--outdir", str(folder / "made"), cwd=source)
    else:
        run(
            str(binaries / "pip"),
            "wheel",
            "--quiet",
            "--no-deps",
            "-w",
            str(folder / "made"),
            str(source),
            cwd=folder,
        )
    (made,) = (folder / "made").iterdir()
    run(str(binaries / "pip"), "install", "--quiet", f"{made}[flash]", "pytest", cwd=folder)
    return binaries


def test_the_reference_rung_flies_the_same_bits(installed: Path, tmp_path: Path):
    said = run(
        str(installed / "perilune"), "fly", "nominal_terminal", "--rung", "vm", "--no-report", cwd=tmp_path
    )
    assert f"trace hash {NOMINAL_TERMINAL}" in said


def test_the_rung_behind_a_port_flies_the_same_bits(installed: Path, tmp_path: Path):
    said = run(
        str(installed / "perilune"),
        "fly",
        "nominal_terminal",
        "--rung",
        "process",
        "--no-report",
        cwd=tmp_path,
    )
    assert f"trace hash {NOMINAL_TERMINAL}" in said


def test_a_test_of_ones_own_has_its_lander(installed: Path, tmp_path: Path):
    (tmp_path / "test_mine.py").write_text(OWN_TEST)
    assert "1 passed" in run(str(installed / "python"), "-m", "pytest", "-q", "test_mine.py", cwd=tmp_path)


def test_what_a_board_is_flashed_with_is_there(installed: Path, tmp_path: Path):
    code = "from perilune_rig.flash.image import build; print(len(build('RPI_PICO', 'armv6m').files))"
    assert int(run(str(installed / "python"), "-c", code, cwd=tmp_path).split()[-1]) > 50


def test_what_flew_has_a_fingerprint_of_its_own_source(installed: Path, tmp_path: Path):
    code = "from perilune_rig.campaign.run.fingerprint import source; print(source())"
    here = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert run(str(installed / "python"), "-c", code, cwd=tmp_path) == here
