"""docs/tutorial_pico.md, typed as it stands: an emulated board is started, flashed and flown."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial_pico.md"
START, *TYPED = re.findall(r"^```sh\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
OWN = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


@pytest.fixture
def plugged_in(tmp_path: Path):
    """The folder in which the board was started; it ends with the test."""
    words = ["sh", "-c", f"exec {START.removesuffix(' &')}"]
    with subprocess.Popen(words, cwd=tmp_path, env=os.environ | OWN) as board:
        end = time.monotonic() + 120
        while not (tmp_path / "port.txt").is_file() or not (tmp_path / "port.txt").read_text().strip():
            assert board.poll() is None and time.monotonic() < end, "the board did not start"
            time.sleep(0.1)
        yield tmp_path
        board.send_signal(signal.SIGINT)


@pytest.mark.boards
@pytest.mark.timeout(1800)
def test_put_it_on_a_pico(plugged_in: Path):
    said = [
        subprocess.run(
            ["sh", "-c", words], cwd=plugged_in, env=os.environ | OWN, capture_output=True, text=True
        )
        for words in TYPED
    ]
    assert [done.returncode for done in said] == [0] * len(TYPED), said[-1].stderr + said[0].stderr
    assert "trace hash ef5567f9" in said[-1].stdout
