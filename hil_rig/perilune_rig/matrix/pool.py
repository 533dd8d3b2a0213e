"""Work in forked processes: each starts from this process as it is now, in the middle of a flight, and sends back what
came of it. An executor's workers know nothing of a flight that began after they did, so this stands on `Process`."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from perilune_host.errors import InputError


@dataclass(frozen=True)
class Lost:
    """What stands for a result when the process ended without one."""

    why: str


class ForkPool:
    """At most `workers` processes at a time. A context: on leaving it none is left."""

    def __init__(self, workers: int) -> None:
        try:
            self._fork = get_context("fork")
        except ValueError:
            raise InputError("this needs a system that can fork processes (Linux, macOS)") from None
        self._workers = max(1, workers)
        self._out: dict[
            Any, tuple[Any, Any]
        ] = {}  # process and task, by the pipe that its result comes through

    def __enter__(self) -> "ForkPool":
        return self

    def __exit__(self, *_error: object) -> None:
        for pipe, (process, _task) in self._out.items():
            process.terminate()
            process.join()
            pipe.close()
        self._out.clear()

    def start(self, task: Any, work: Callable[[], Any]) -> Iterator[tuple[Any, Any]]:
        """Fork a process that does `work`; yields (task, result) of those that had to end first to make room.

        To be consumed wholly: the process starts once there is room.
        """
        while len(self._out) >= self._workers:
            yield from self._wait()
        ours, theirs = self._fork.Pipe(duplex=False)
        process = self._fork.Process(target=_work, args=(work, theirs), daemon=True)
        process.start()
        theirs.close()
        self._out[ours] = process, task

    def drain(self) -> Iterator[tuple[Any, Any]]:
        """Wait for all; yields (task, result)."""
        while self._out:
            yield from self._wait()

    def _wait(self) -> Iterator[tuple[Any, Any]]:
        ready = wait(self._out)
        for pipe in [pipe for pipe in self._out if pipe in ready]:
            process, task = self._out.pop(pipe)
            with pipe:
                yield task, _result(pipe, process)


def _result(pipe: Any, process: Any) -> Any:
    try:
        result = pipe.recv()
    except (EOFError, OSError):  # it ended before, or in the middle of, what it had to say
        result = None
    process.join()
    return result if process.exitcode == 0 else Lost(f"its process ended with status {process.exitcode}")


def _work(work: Callable[[], Any], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its children
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        result: Any = work()
    except Exception as error:
        result = Lost(f"{type(error).__name__}: {error}")
    pipe.send(result)
