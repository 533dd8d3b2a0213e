"""Directories that nobody but this user can write into: what lies in them is trusted, so they are looked at first."""

import os
import stat
import tempfile
from pathlib import Path

from perilune_host.errors import RigError


def own_folder(name: str) -> Path:
    """`$XDG_STATE_HOME/perilune/NAME`, else `~/.local/state/perilune/NAME`, made if absent, for locks and notes.

    Where the home cannot be written, a directory of the user's own among the temporary ones. RigError where neither
    can be had, or what is there is a link, another user's, or open to others.
    """
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    try:
        return trusted(_made(state / "perilune" / name))
    except OSError:
        pass
    folder = Path(tempfile.gettempdir()) / f"perilune-{_user()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        return trusted(_made(trusted(folder) / name))
    except OSError as error:
        raise RigError(f"{folder}: cannot be made: {error.strerror}: set XDG_STATE_HOME") from None


def trusted(path: Path) -> Path:
    """The path. RigError where somebody else could have put there what lies in it."""
    if os.name != "posix":
        return path
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise RigError(f"{path}: a link, not followed: remove it")
    if found.st_uid not in (os.geteuid(), 0):
        raise RigError(f"{path}: belongs to another user: remove it, or name a directory of your own")
    if found.st_mode & 0o022 and not _of_own_group(found):
        raise RigError(f"{path}: others may write into it: chmod go-w {path}")
    return path


def _of_own_group(found: os.stat_result) -> bool:
    """A umask of 002 leaves files writable to the user's own group, which has no other member by that convention."""
    return not found.st_mode & 0o002 and found.st_gid == os.getegid() == os.geteuid()


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0
