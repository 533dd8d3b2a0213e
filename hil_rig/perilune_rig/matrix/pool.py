"""Work in forked processes: each starts from this process as it is now and sends its result back through a pipe."""

import os
import pickle
import selectors
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from perilune_host.errors import InputError

_CHUNK = 1 << 16


@dataclass
class _Child:
    pid: int
    pipe: int
    task: Any
    data: bytes = b""


@dataclass(frozen=True)
class Lost:
    """What stands for a result when the process ended without one."""

    why: str


class ForkPool:
    """At most `workers` processes at a time. A context: on leaving it none is left."""

    def __init__(self, workers: int) -> None:
        if not hasattr(os, "fork"):
            raise InputError("this needs a system that can fork processes (Linux, macOS)")
        self._workers = max(1, workers)
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> "ForkPool":
        return self

    def __exit__(self, *_error: object) -> None:
        for child in list(self._children.values()):
            os.kill(child.pid, signal.SIGTERM)
            self._reap(child)
        self._selector.close()

    def start(self, task: Any, work: Callable[[], Any]) -> Iterator[tuple[Any, Any]]:
        """Fork a process that does `work`; yields (task, result) of those that had to end first to make room.

        To be consumed wholly: the process starts once there is room.
        """
        while len(self._children) >= self._workers:
            yield from self._wait()
        read, write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            _work(work, write)
        os.close(write)
        self._children[read] = _Child(pid, read, task)
        self._selector.register(read, selectors.EVENT_READ)

    def drain(self) -> Iterator[tuple[Any, Any]]:
        """Wait for all; yields (task, result)."""
        while self._children:
            yield from self._wait()

    def _wait(self) -> Iterator[tuple[Any, Any]]:
        for key, _events in self._selector.select():
            child = self._children[key.fd]
            chunk = os.read(child.pipe, _CHUNK)
            child.data += chunk
            if not chunk:
                yield child.task, self._result(child, self._reap(child))

    def _reap(self, child: _Child) -> int:
        self._selector.unregister(child.pipe)
        os.close(child.pipe)
        del self._children[child.pipe]
        return os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1])

    @staticmethod
    def _result(child: _Child, status: int) -> Any:
        if status:
            return Lost(f"its process ended with status {status}")
        return pickle.loads(child.data)  # noqa: S301 (written by our own fork, into a pipe of our own)


def _work(work: Callable[[], Any], pipe: int) -> NoReturn:
    """The child: nothing of the parent's may be run or flushed a second time, so it leaves without clean-up."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its children
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            result: Any = work()
        except Exception as error:
            result = Lost(f"{type(error).__name__}: {error}")
        with os.fdopen(pipe, "wb") as out:
            out.write(pickle.dumps(result))
        status = 0
    finally:
        os._exit(status)
