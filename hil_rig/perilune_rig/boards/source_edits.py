"""Small edits of MicroPython's source, each at a place that must be there exactly once."""

from pathlib import Path

from perilune_host.errors import RigError

__all__ = ["replace"]


def replace(path: Path, old: str, new: str) -> None:
    """Put `new` for `old`. RigError where `old` is not there once: another version of MicroPython."""
    text = path.read_text()
    if text.count(old) != 1:
        raise RigError(f"{path}: {old.strip()!r} not found once: this MicroPython version is not supported")
    path.write_text(text.replace(old, new))
