"""What is left of a log whose flight was killed, as a whole log: every record up to where the file breaks off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from perilune_host.errors import InputError
from perilune_rig.logs.container import CHUNK_BYTES, SafeFile, library
from perilune_rig.logs.log import FROM_BOARD, RESULT, flight_content


@dataclass
class Recovered:
    """What was found; `why` the file could not be read further, "" if it was whole."""

    messages: int = 0
    ticks: int = 0
    outcome: str = ""
    why: str = ""


def recover(broken: Path, whole: Path) -> Recovered:
    """Write what can be read of `broken` to the new file `whole`. InputError where that is nothing, or it exists.

    Ticks and trace hash are those of the frames that are there; the outcome of a flight without one is "invalid".
    """
    if whole.exists():
        raise InputError(f"{whole}: exists already: give another name")
    try:
        with broken.open("rb") as stream:
            return _copied(stream, broken, whole)
    except OSError as error:
        raise InputError(f"{broken}: cannot be read: {error.strerror or error}") from None


def _copied(stream: BinaryIO, broken: Path, whole: Path) -> Recovered:
    found = Recovered()
    records = _records(stream, found)
    first = next(records, None)
    if first is None:
        raise InputError(f"{broken}: nothing can be read: {found.why or 'it is empty'}")
    sink = SafeFile(whole)
    copy = _Copy(sink, found)
    copy.record(first)
    for record in records:
        copy.record(record)
    copy.finish()
    if sink.error:
        with suppress(OSError):
            whole.unlink()
        raise InputError(f"{whole}: cannot be written: {sink.error}")
    return found


def _records(stream: BinaryIO, found: Recovered) -> Iterator[Any]:
    """Every record until the file breaks off, by whatever error the library has for that."""
    from mcap.stream_reader import StreamReader

    try:
        yield from StreamReader(stream, validate_crcs=True).records
    except Exception as error:
        found.why = " ".join(str(error).split())[:120] or type(error).__name__


class _Copy:
    """Takes records as they come, numbers schemas and channels anew."""

    def __init__(self, sink: SafeFile, found: Recovered) -> None:
        from mcap import records

        writer = library()
        self._found = found
        self._sink = sink
        self._out = writer.Writer(
            sink, chunk_size=CHUNK_BYTES, compression=writer.CompressionType.ZSTD, enable_data_crcs=True
        )
        self._out.start(profile="", library="perilune")
        self._schemas, self._channels, self._topics = {0: 0}, {}, {}
        self._hash = sha256()
        self._result: dict[str, str] = {}
        self._take = {
            records.Schema: self._schema,
            records.Channel: self._channel,
            records.Message: self._message,
            records.Metadata: self._metadata,
            records.Attachment: self._attachment,
        }

    def record(self, record: Any) -> None:
        """One record; those that the writer makes itself are passed over."""
        take = self._take.get(type(record))
        if take:
            take(record)

    def finish(self) -> None:
        """End the file, with the result that the flight could not write."""
        found = self._found
        if self._result.get("ticks") != str(found.ticks):  # it is written before the last of the frames
            self._result = {
                "outcome": "invalid",
                "reason": f"recovered: {found.why or 'the flight was cut off'}",
                "ticks": str(found.ticks),
                "trace_hash": self._hash.hexdigest(),
            }
        found.outcome = self._result.get("outcome", "")
        self._out.add_metadata(RESULT, self._result)
        self._out.finish()
        self._sink.close()

    def _schema(self, record: Any) -> None:
        if record.id not in self._schemas:
            self._schemas[record.id] = self._out.register_schema(record.name, record.encoding, record.data)

    def _channel(self, record: Any) -> None:
        if record.id not in self._channels:
            self._topics[record.id] = record.topic
            self._channels[record.id] = self._out.register_channel(
                record.topic, record.message_encoding, self._schemas.get(record.schema_id, 0), record.metadata
            )

    def _message(self, record: Any) -> None:
        if record.channel_id not in self._channels:
            return
        self._found.messages += 1
        if self._topics[record.channel_id] == FROM_BOARD and (content := flight_content(record.data)):
            self._found.ticks += 1
            self._hash.update(content)
        self._out.add_message(
            self._channels[record.channel_id],
            record.log_time,
            record.data,
            record.publish_time,
            record.sequence,
        )

    def _metadata(self, record: Any) -> None:
        if record.name == RESULT:
            self._result = dict(record.metadata)
        else:
            self._out.add_metadata(record.name, record.metadata)

    def _attachment(self, record: Any) -> None:
        self._out.add_attachment(
            record.create_time, record.log_time, record.name, record.media_type, record.data
        )
