"""The cache directory: where fetched sources and built libraries live, safe for several processes at once."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perilune_host.errors import RigError
from perilune_host.own_folder import trusted

__all__ = ["cache_dir", "locked", "staging"]


def cache_dir() -> Path:
    """`$PERILUNE_CACHE`, else `$XDG_CACHE_HOME/perilune`, else `~/.cache/perilune`; made if absent.

    RigError if it cannot be made, or somebody else could put there what is loaded from it.
    """
    named = os.environ.get("PERILUNE_CACHE")
    base = os.environ.get("XDG_CACHE_HOME")
    path = Path(named) if named else (Path(base) if base else Path.home() / ".cache") / "perilune"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise RigError(f"{path}: cannot be made ({error.strerror}): set PERILUNE_CACHE") from None
    return trusted(path.resolve())


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` against other processes and threads; waits for its present holder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def staging(beside: Path) -> Iterator[Path]:
    """A scratch directory beside a path to be, so that what is finished can be renamed into place."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f".{beside.name}.", dir=beside.parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
