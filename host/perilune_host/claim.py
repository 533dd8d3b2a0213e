"""One owner at a time for a thing that several processes could have: a lock file, and a note of who holds it."""

import contextlib
import hashlib
import os
from pathlib import Path

import filelock

from perilune_host.errors import InputError, RigError
from perilune_host.own_folder import own_folder


class Held(Exception):
    """Somebody else has it; the text says who."""


class Claim:
    """Holds `name` among things of a kind, against other processes and others in this one, until `release`.

    The lock is the user's own, in a directory that nobody else can write into. The system drops it when its holder
    ends, however it ends. Held if somebody has it after `wait_s`; RigError where nothing can be locked.
    """

    def __init__(self, kind: str, name: str, wait_s: float = 0.0) -> None:
        path = own_folder(kind) / hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        self._note = path.with_suffix(".holder")
        self._lock = filelock.FileLock(path.with_suffix(".lock"), thread_local=False)
        try:
            self._lock.acquire(timeout=wait_s)
        except filelock.Timeout:
            raise Held(self._holder()) from None
        except OSError as error:
            raise RigError(f"{name}: cannot be locked: {path}: {error.strerror}") from None
        with contextlib.suppress(OSError):
            self._note.write_text(f"process {os.getpid()}")

    def __enter__(self) -> "Claim":
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def release(self) -> None:
        """Let others have it; once is enough."""
        with contextlib.suppress(OSError):
            self._lock.release()

    def _holder(self) -> str:
        try:
            return self._note.read_text(errors="replace")[:32]
        except OSError:
            return "unknown"


def claim_output(option: str, path: Path) -> Claim:
    """What a flight writes to is its alone. InputError where another writes there now."""
    try:
        return Claim("outputs", os.path.realpath(path))
    except Held as holder:
        raise InputError(f"{option} {path}: another flight ({holder}) writes there: give another") from None
