"""Reading TOML files with errors that name the file and line."""

import stat
import sys
from pathlib import Path

from perilune_host.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["MOST_BYTES", "NotToml", "parse", "read", "tomllib"]

_MOST_PARTS = 64  # of a dotted key
MOST_BYTES = 1 << 20  # the largest file of the catalogue has 5 KB


class NotToml(ValueError):
    """Text that the parser does not take, for whatever reason it has."""


def parse(text: str) -> dict:
    """The tables of a text. NotToml also for what the parser itself stumbles over: depth, integers of any length."""
    if any(_parts(line) > _MOST_PARTS for line in text.splitlines()):
        raise NotToml("nested too deep")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise NotToml("nested too deep") from None
    except ValueError as error:
        raise NotToml(str(error)) from None


def _parts(line: str) -> int:
    """The most parts that one dotted key of the line may have. tomllib takes the square of their number to read it."""
    most = now = 0
    for piece in line.split("."):
        now = now + 1 if len(piece.split()) <= 1 else 1
        most = max(most, now)
    return most


def read(path: Path) -> dict:
    """The file's tables; InputError if it cannot be read or is not TOML."""
    try:
        return parse(_bounded(path).decode())
    except NotToml as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # a NUL in the path
        raise InputError(f"{path}: no path: {error}") from None


def _bounded(path: Path) -> bytes:
    """What a device or a pipe would say has no end, and a file of another kind no use."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise InputError(f"{path}: not a regular file")
    if found.st_size > MOST_BYTES:
        raise InputError(f"{path}: {found.st_size} bytes; a file of this kind has at most {MOST_BYTES}")
    with path.open("rb") as file:
        return file.read(MOST_BYTES)
