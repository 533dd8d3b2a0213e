"""One owner for each port: a lock file in a directory of the user's own, and a note of who holds it."""

import contextlib
import hashlib
import os
from urllib.parse import urlsplit

import filelock

from perilune_host.errors import InputError, RigError
from perilune_host.own_folder import own_folder

WAIT_VARIABLE = "PERILUNE_PORT_WAIT_S"


class PortLock:
    """Holds a pyserial URL against other processes, and other users of it in this one, until `release`.

    wait_s: how long to wait for its present holder; None for what PERILUNE_PORT_WAIT_S says, else not at all: several
    jobs that share one board give it. The system drops the lock when its holder ends, however it ends. It is the
    user's own: other users are kept out by the port's exclusive mode. RigError names the holder.
    """

    def __init__(self, url: str, wait_s: float | None = None) -> None:
        path = own_folder("ports") / name_of(url)
        self._note = path.with_suffix(".holder")
        self._lock = filelock.FileLock(path.with_suffix(".lock"), thread_local=False)
        try:
            self._lock.acquire(timeout=seconds(WAIT_VARIABLE, 0.0) if wait_s is None else wait_s)
        except filelock.Timeout:
            raise RigError(f"{url}: another process has this port ({self._holder()}): {_MEND}") from None
        except OSError as error:
            raise RigError(f"{url}: cannot be locked: {path}: {error.strerror}") from None
        with contextlib.suppress(OSError):
            self._note.write_text(f"process {os.getpid()}")

    def release(self) -> None:
        """Let others have the port; once is enough."""
        with contextlib.suppress(OSError):
            self._lock.release()

    def _holder(self) -> str:
        try:
            return self._note.read_text(errors="replace")[:32]
        except OSError:
            return "unknown"


_MEND = f"end it first, or set {WAIT_VARIABLE} to wait for it"


def seconds(variable: str, default: float) -> float:
    """A time that the environment may name. InputError where it is none."""
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1e5:
        raise InputError(f"{variable}={text}: give seconds, more than 0 and at most 100000")
    return value


def name_of(url: str) -> str:
    """One name for each port, whatever name it is opened by."""
    port = url if urlsplit(url).netloc else os.path.realpath(url)
    return hashlib.sha256(os.fsencode(port)).hexdigest()[:16]
