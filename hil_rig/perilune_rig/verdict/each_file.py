"""Several files of one result, each by itself: one that cannot be written costs no other."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from perilune_host.errors import InputError, PeriluneError


def write_each(writers: Iterable[tuple[Path, Callable[[Path], object]]]) -> Iterator[Path]:
    """Write each file; gives those that are there. InputError at the end with all that could not be written."""
    failed: list[str] = []
    for path, write in writers:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path)
        except OSError as error:
            failed.append(f"{error.filename or path}: cannot be written: {error.strerror or error}")
        except PeriluneError as error:
            failed.append(str(error))
        else:
            yield path
    if failed:
        raise InputError("; ".join(failed))


def write_text(text: str) -> Callable[[Path], object]:
    """A writer of text. Bytes of a path that are no text are written as escapes."""
    return lambda path: path.write_text(text, encoding="utf-8", errors="backslashreplace")
