"""The rig's end of a faulty line: finds frames in whatever bytes arrive, counts what it cannot use."""

from collections.abc import Sequence

from perilune.wire import schema
from perilune_host.codec import DELIMITER, LAYOUTS, FrameError, decode, deframe

_TICK = LAYOUTS[schema.ACTUATORS].places["tick"]
_ROOM = 1024  # bytes without a delimiter that are still kept: no frame is as long


class Receiver:
    """Sorts arriving bytes into frames; resynchronises at every delimiter.

    bad     lines that failed framing, CRC or layout
    old     actuator frames of a tick already acted on, or of one before it
    silent  ticks that brought no new actuator frame
    """

    def __init__(self) -> None:
        self.bad = self.old = self.silent = 0
        self._rest = b""
        self._tick = -1

    def lines(self, data: bytes) -> list[bytes]:
        """Payloads of the good frames that are complete with `data`, in order."""
        *lines, self._rest = (self._rest + data).split(DELIMITER)
        self._rest = self._rest[-_ROOM:]
        return [payload for payload in map(self._payload, filter(None, lines)) if payload is not None]

    def newest(self, payloads: Sequence[bytes], tick: int) -> bytes | None:
        """The newest ACTUATORS payload among those of one tick; None if none is news."""
        newest = None
        for payload in payloads:
            if payload[3] != schema.ACTUATORS:
                continue
            of = int.from_bytes(payload[_TICK : _TICK + 4], "big")
            if self._tick < of <= tick:
                newest, self._tick = payload, of
            else:
                self.old += 1
        self.silent += newest is None
        return newest

    def _payload(self, line: bytes) -> bytes | None:
        try:
            payload = deframe(line)
            decode(payload)
        except FrameError:
            self.bad += 1
            return None
        return payload
