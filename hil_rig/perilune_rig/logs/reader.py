"""Reading a log back: what was flown, and every exchange with the flight computer. All checksums are verified."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from perilune import VERSION
from perilune_host.codec import SCHEMA_CRC
from perilune_host.errors import InputError, PeriluneError
from perilune_host.link import CAUSES
from perilune_rig.logs.log import FORMAT, FROM_BOARD, RESULT, RUN, TO_BOARD
from perilune_rig.logs.topics import RESETS

_MAGIC = b"\x89MCAP0\r\n"  # at both ends of an MCAP file
_NAMES = {"scenario", "seed", "rung", "version"}
_FOUND = {"outcome", "ticks", "trace_hash"}


@dataclass(frozen=True)
class Exchange:
    """One frame sent and its whole reply, as on the line."""

    time_us: int  # simulated
    frame: bytes
    reply: bytes


@dataclass(frozen=True)
class Reset:
    """The flight computer was reset; `cause` as in perilune_host.link.CAUSES."""

    time_us: int
    cause: str


@dataclass(frozen=True)
class Recording:
    """A log whose index and metadata have been read. `about` and `result`: the metadata, texts by name."""

    path: Path
    about: dict[str, str]
    result: dict[str, str] = field(default_factory=dict)

    @property
    def ticks(self) -> int | None:
        """Ticks flown; None in what `mcap recover` saved of a log whose flight was killed."""
        return int(self.result["ticks"]) if "ticks" in self.result else None

    def exchanges(self) -> Iterator[Exchange | Reset]:
        """All exchanges and resets in order, read as they are asked for. InputError where the file is damaged."""
        with _opened(self.path) as reader:
            pending: tuple[int, bytes] | None = None
            wanted = [TO_BOARD, FROM_BOARD, RESETS.name]
            for _schema, channel, message in reader.iter_messages(wanted, log_time_order=False):
                if channel.topic == TO_BOARD:
                    pending = (message.sequence, message.data)
                elif channel.topic == RESETS.name:
                    yield self._reset(message.log_time // 1000, message.data)
                elif pending is None or pending[0] != message.sequence:
                    raise InputError(f"{self.path}: damaged: reply {message.sequence} without its frame")
                else:
                    yield Exchange(message.log_time // 1000, pending[1], message.data)
                    pending = None

    def _reset(self, time_us: int, data: bytes) -> Reset:
        cause = msgspec.json.decode(data)["cause"]
        if cause not in CAUSES:
            raise InputError(f"{self.path}: damaged: no reset is caused by {cause!r}")
        return Reset(time_us, cause)


def read(path: Path) -> Recording:
    """Open a log. InputError, one line, for a file that is missing, damaged, unfinished or no log of this wire."""
    with _opened(path) as reader:
        found = {record.name: dict(record.metadata) for record in reader.iter_metadata()}
    about, result = found.get(RUN), found.get(RESULT, {})
    if about is None:
        raise InputError(f"{path}: an MCAP file, but not a Perilune log")
    if (
        about.get("format") != str(FORMAT)
        or not result.get("ticks", "0").isdigit()
        or not about.keys() >= _NAMES
    ):
        raise InputError(f"{path}: a Perilune log of another format than {FORMAT}")
    if about.get("schema_crc") != f"{SCHEMA_CRC:08x}":
        theirs = f"wire {about.get('schema_crc')}, Perilune {about.get('version')}"
        raise InputError(f"{path}: logged with {theirs}; this is wire {SCHEMA_CRC:08x}, Perilune {VERSION}")
    return Recording(path, about, result)


def _complete(about: dict[str, str], result: dict[str, str]) -> bool:
    """Whether the metadata hold what they must; no result at all is that of an unfinished log."""
    found = not result or (result.keys() >= _FOUND and result["ticks"].isdigit())
    return found and about.keys() >= _NAMES


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A reader of the file. Whatever the library stumbles over in a damaged file is one InputError."""
    try:
        from mcap.reader import make_reader
    except ImportError as error:
        raise InputError(f"a log needs {error.name}: pip install -e '.[logs]'") from None
    try:
        with path.open("rb") as stream:
            _check_ends(path, stream)
            reader = make_reader(stream, validate_crcs=True)
            yield reader
    except (PeriluneError, GeneratorExit):
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except Exception as error:
        what = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: damaged: {what[:120]}") from None


def _check_ends(path: Path, stream: BinaryIO) -> None:
    """The likeliest troubles in plain words."""
    if stream.read(len(_MAGIC)) != _MAGIC:
        raise InputError(f"{path}: not an MCAP file")
    stream.seek(-len(_MAGIC), os.SEEK_END)
    if stream.read() != _MAGIC:
        raise InputError(f"{path}: cut short: its end is missing; `perilune log recover` saves what is there")
    stream.seek(0)
