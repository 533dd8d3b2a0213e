"""Work in a forked process: what is changed or broken there is gone with it."""

import json
import os
import resource
import signal
import traceback
from collections.abc import Callable
from typing import Any

_MEMORY_BYTES = 4 << 30


def start(work: Callable[[], Any], seconds: float) -> tuple[int, int]:
    """Fork: process id, and the descriptor its result is read from. It gets so much processor time and no more."""
    out, into = os.pipe()
    pid = os.fork()
    if pid:
        os.close(into)
        return pid, out
    try:
        os.close(out)
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        limit = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        try:
            result = work()
        except BaseException:
            result = traceback.format_exc()
        with os.fdopen(into, "w") as pipe:
            json.dump(result, pipe)
    finally:
        os._exit(0)


def finish(out: int) -> Any:
    """What the process said; None if it was killed."""
    with os.fdopen(out) as pipe:
        said = pipe.read()
    return json.loads(said) if said else None


def apart(work: Callable[[], Any], seconds: float = 3600.0) -> Any:
    """The result of work done in a process of its own; None if it was killed."""
    pid, out = start(work, seconds)
    result = finish(out)
    os.waitpid(pid, 0)
    return result
