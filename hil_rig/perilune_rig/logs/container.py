"""An MCAP file being written: topics, raw channels, metadata, attachments. A full disk ends the log, not the flight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from perilune_host.errors import InputError
from perilune_rig.logs.topics import Topic

CHUNK_BYTES = 1 << 20


class SafeFile:
    """A file that remembers its first failure and swallows what comes after it."""

    def __init__(self, path: Path) -> None:
        try:
            if not path.parent.exists():
                path.parent.mkdir(parents=True)
            self._file = path.open("wb")
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from None
        self._at = 0
        self.error: str | None = None

    def write(self, data: bytes) -> int:
        self._at += len(data)
        if self.error is None:
            self._try(self._file.write, data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        if self.error is None:
            self._try(self._file.flush)

    def close(self) -> None:
        self.flush()
        self._try(self._file.close)

    def _try(self, act: Any, *given: Any) -> None:
        try:
            act(*given)
        except OSError as error:
            self.error = self.error or error.strerror or str(error)


class Container:
    """Chunked, zstd, every chunk with its CRC. InputError where the file or the extra `logs` is missing."""

    def __init__(self, path: Path) -> None:
        writer = library()
        self._sink = SafeFile(path)
        self._writer = writer.Writer(
            self._sink, chunk_size=CHUNK_BYTES, compression=writer.CompressionType.ZSTD, enable_data_crcs=True
        )
        self._writer.start(profile="", library="perilune")
        self._channels: dict[str, int] = {}
        self._encode = msgspec.json.Encoder().encode
        self._open = True

    @property
    def error(self) -> str | None:
        """Why nothing is written any more; None while all is well."""
        return self._sink.error

    def topic(self, topic: Topic) -> None:
        """Announce a JSON topic."""
        data = msgspec.json.encode(topic.schema)
        schema = self._writer.register_schema(topic.schema["title"], "jsonschema", data)
        self._channels[topic.name] = self._writer.register_channel(topic.name, "json", schema)

    def raw(self, name: str, encoding: str, about: str) -> None:
        """Announce a channel of bytes."""
        self._channels[name] = self._writer.register_channel(name, encoding, 0, {"about": about})

    def bytes(self, name: str, time_us: int, data: bytes, sequence: int) -> None:
        """One message of a raw channel."""
        time_ns = 1000 * time_us
        self._writer.add_message(self._channels[name], time_ns, data, time_ns, sequence)

    def message(self, topic: Topic, time_us: int, given: Any) -> None:
        """One message of a JSON topic, made by the topic of what is given."""
        time_ns = 1000 * time_us
        self._writer.add_message(
            self._channels[topic.name], time_ns, self._encode(topic.pick(given)), time_ns
        )

    def metadata(self, name: str, values: dict[str, Any]) -> None:
        """Names and values that readers see without reading the log."""
        self._writer.add_metadata(
            name, {key: str(value) for key, value in values.items() if value is not None}
        )

    def attach(self, name: str, data: bytes) -> None:
        """A JSON file inside the file."""
        self._writer.add_attachment(0, 0, name, "application/json", data)

    def close(self) -> None:
        """Write the summary; the file is whole from here on."""
        if self._open:
            self._open = False
            self._writer.finish()
            self._sink.close()


def library() -> Any:
    try:
        from mcap import writer
    except ImportError as error:
        raise InputError(f"a log needs {error.name}: pip install -e '.[logs]'") from None
    return writer
