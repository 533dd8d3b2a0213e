"""What a tutorial tells its reader to type does what the tutorial says, in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAW = ROOT / "docs" / "tutorial_law.md"
BLOCK = re.compile(r"^```(sh|sh-fails|diff)\n(.*?)^```", re.M | re.S)
FOLDERS = ("firmware", "host", "sim_bridge", "hil_rig")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tracked files, and the world's extension as it was built."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    built = [path.relative_to(ROOT) for path in (ROOT / "sim_bridge/perilune_sim/world").glob("_world*")]
    for name in [*map(Path, listed.splitlines()), *built]:
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def typed(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A shell's command in the copy, with its packages before those that are installed."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": ":".join(str(folder / name) for name in FOLDERS)}
    return subprocess.run(
        ["sh", "-ec", words], cwd=folder, env=os.environ | own, capture_output=True, text=True
    )


@pytest.mark.timeout(600)
def test_fly_and_change_a_law(copy: Path):
    hashes = []
    for kind, body in BLOCK.findall(LAW.read_text(encoding="utf-8")):
        if kind == "diff":
            done = subprocess.run(["patch", "-p1"], cwd=copy, input=body, capture_output=True, text=True)
        else:
            done = typed(body, copy)
        assert (done.returncode == 0) == (kind != "sh-fails"), f"{body}\n{done.stdout}{done.stderr}"
        hashes += re.findall(r"trace hash ([0-9a-f]{64})", done.stdout)
    assert hashes[0].startswith("ef5567f9")
    assert len(set(hashes)) == len(hashes) == 5  # each flight took decisions of its own
