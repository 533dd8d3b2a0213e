"""Running build tools, and naming what they made by all that went into it."""

import hashlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Sequence

from perilune_host.errors import RigError

__all__ = ["flatten", "key", "run", "tool"]

_SHOWN = 300  # characters of a tool's message: a command line of a C build has thousands


def run(command: Sequence[str], what: str, **environment: str) -> None:
    """Run a build step; RigError with its first error line if it fails. `environment` adds to this process's."""
    settings = {"PYTHONDONTWRITEBYTECODE": "1", "SOURCE_DATE_EPOCH": "0", "LC_ALL": "C"}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**_without_make_state(), **settings, **environment},
    )
    if done.returncode != 0:
        said = _first_error(done.stderr + done.stdout)
        raise RigError(f"{what}: build failed: {said} ({shlex.join(command[:3])} ...)")


def _without_make_state() -> dict[str, str]:
    """The environment less what an outer make passes down, and less flags that are no part of the key."""
    dropped = ("MAKE", "MFLAGS", "CFLAGS", "CPPFLAGS", "LDFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for mark in ("error:", "error") for line in lines if mark in line.lower()]
    return (told or lines[-1:] or ["no output"])[0][-_SHOWN:]


def tool(name: str, command: str, mend: str) -> str:
    """Path of a program; RigError naming the mend if it is not installed."""
    found = shutil.which(command)
    if found is None:
        raise RigError(f"{name}: {command} not found: {mend}")
    return found


def flatten(files: Iterable[tuple[str, bytes]]) -> Iterable[str | bytes]:
    """Names and contents in one row, for `key`."""
    return (part for file in files for part in file)


def key(parts: Iterable[str | bytes]) -> str:
    """Names all that goes into a build: 16 hex digits that change with any part."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:16]
