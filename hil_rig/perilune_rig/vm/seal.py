"""What the cache holds is what was put there: a digest beside each thing that is loaded, run or built from."""

import hashlib
import os
from pathlib import Path

from perilune_host.errors import RigError

_BY_THE_WAY = {".pyc"}  # left in a source tree by whoever reads it


def seal(path: Path) -> None:
    """Note the content of a file or a tree, once it is finished."""
    note = _note(path)
    made = note.with_name(f".{note.name}.{os.getpid()}")
    made.write_text(digest(path) + "\n")
    made.replace(note)


def sealed(path: Path) -> bool:
    """Whether it is there, and as it was when it was sealed."""
    try:
        return _note(path).read_text().strip() == digest(path)
    except OSError:
        return False


def check(path: Path) -> None:
    """RigError unless it is as it was sealed."""
    if not sealed(path):
        raise RigError(f"{path}: not what was built or fetched there: remove it, it is made anew")


def digest(path: Path) -> str:
    """SHA-256 of a file, or over names and contents of a tree."""
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    found = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_symlink():
            found.update(f"{file.relative_to(path)}\0{os.readlink(file)}\0".encode())
        elif file.is_file() and file.suffix not in _BY_THE_WAY:
            found.update(f"{file.relative_to(path)}\0{digest(file)}\0".encode())
    return found.hexdigest()


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
