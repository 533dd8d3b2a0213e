"""A board as a child process that announces its device path and lives as long as its standard input."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from perilune_host.errors import RigError

_END_S = 5.0
_PR_SET_PDEATHSIG = 1


def ends_with_parent() -> None:
    """For a child that does not watch its standard input: the kernel ends it when the rig dies, however it does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class BoardProcess:
    """Runs `python -m module arguments...`; `path` is the device it announces. RigError if it does not start."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._child.stdout is not None
        self.path = self._child.stdout.readline().decode().strip()
        if not self.path:
            raise RigError(f"{module}: the board did not start: {self._last_words()}")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Where a link to this board fails because its process ended, say why it ended."""
        try:
            yield
        except RigError as error:
            if self._child.poll() is None:
                raise
            raise RigError(self._last_words()) from error

    def order(self, line: str) -> None:
        """Say a line on its standard input; it is heeded before anything sent through the terminal afterwards."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(line.encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError as error:
            raise RigError(self._last_words()) from error

    def close(self) -> None:
        """End the process; it is killed if it does not end by itself."""
        assert (
            self._child.stdin is not None
            and self._child.stdout is not None
            and self._child.stderr is not None
        )
        self._child.stdin.close()
        try:
            self._child.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
        self._child.stderr.close()

    def _last_words(self) -> str:
        assert self._child.stderr is not None
        said = self._child.stderr.read().decode(errors="replace").strip()
        self.close()
        return said or f"the board's process ended with status {self._child.returncode}"
