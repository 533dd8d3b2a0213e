"""The main loop on a board: wait for bytes, collect a frame, fly it, reply, collect garbage while the host is busy."""

import select
from struct import calcsize
from time import ticks_diff, ticks_ms

import micropython

from perilune.link.computer import HOST_FRAMES, Computer
from perilune.wire.schema import PARAM_COMMIT, SENSORS, layout

_ROOM = 1024
_AROUND = 6  # bytes around a payload: COBS, CRC-32, delimiter
_CONTROL_C = 3
_ARRAY = 0x98  # the first byte of every payload
_KEYS = b"\r\n\1\2\3\4"  # what tools send to get at the REPL
_HEAD = 5  # bytes until a frame's type is known
_IDLE_MS = 3000  # in flight Ctrl-C is heeded only after a silence that no flight gets over


def serve(port):
    """Serve frames on all streams of `port` until the host asks for the REPL, by frame or by Ctrl-C."""
    micropython.alloc_emergency_exception_buf(100)
    computer = Computer(port)
    sizes = frame_sizes()
    lines = [Line(stream, sizes) for stream in port.streams]
    poller = select.poll()
    for line in lines:
        poller.register(line.stream.source, select.POLLIN)
    micropython.kbd_intr(-1)  # a frame may hold any byte
    try:
        _serve(Loop(port, computer), poller, {id(line.stream.source): line for line in lines})
    except Exception:
        if computer.flight is not None:
            port.restart()  # in flight there is nobody at the REPL: come back and go on from what was kept
        raise
    finally:
        micropython.kbd_intr(_CONTROL_C)
        port.release()


def frame_sizes():
    """How many bytes a host's frame takes on the wire, by its type."""
    return {kind: calcsize(layout(kind)) + _AROUND for kind in HOST_FRAMES}


def _serve(loop, poller, lines):
    while not loop.left:
        for source, _event in poller.ipoll(-1):  # sleeps until something comes
            loop.attend(lines[id(source)])


class Line:
    """The bytes of one stream on their way to a whole frame, in buf[:at]. sizes: of a host's frames by type."""

    def __init__(self, stream, sizes):
        self.stream = stream
        self.sizes = sizes
        self.buf = bytearray(_ROOM)
        self.view = memoryview(self.buf)
        self.rests = [self.view[at:] for at in range(_HEAD + 1)]  # made here: no object for a frame
        self.at = 0

    def room(self):
        """Where the next bytes go."""
        return self.rests[self.at] if self.at <= _HEAD else self.view[self.at :]

    def missing(self):
        """How many bytes must still come at least; fewer at a time while the frame's type is not known."""
        at = self.at
        if at < 2 or self.buf[1] != _ARRAY:
            return 1
        if at < _HEAD:
            return _HEAD - at
        left = self.sizes.get(self.buf[4], 0) - at
        return left if left > 0 else 1

    def interrupted(self):
        """Whether the last byte is a Ctrl-C, and all before it came from a keyboard too: noise rarely begins so."""
        for i in range(self.at):
            if self.buf[i] not in _KEYS:
                return False
        return self.buf[self.at - 1] == _CONTROL_C


class Loop:
    """What happens to bytes as they come."""

    def __init__(self, port, computer):
        self.port = port
        self.computer = computer
        self.out = bytearray(_ROOM)
        self.left = False
        self.flown_ms = ticks_ms()

    def attend(self, line):
        """Take what there is, and serve the frame if it is whole."""
        while not self.left:
            at = line.at
            n = line.stream.read(line.room(), line.missing())
            if not n:
                return
            line.at = at + n
            end = line.buf.find(b"\0", at, line.at)
            if end >= 0:
                self._frames(line, end)
                return
            if line.interrupted() and self._idle():
                self.left = True
            if line.at == _ROOM:
                line.at = 0  # no frame is as long: noise

    def _idle(self):
        if not self.computer.hil:
            return False
        return self.computer.flight is None or ticks_diff(ticks_ms(), self.flown_ms) > _IDLE_MS

    def _frames(self, line, end):
        """Serve every frame that is whole, the first being buf[:end]; keep what came after the last delimiter."""
        buf = line.buf
        start = 0
        while end >= 0 and not self.left:
            if end > start:
                if start:
                    buf[0 : end - start] = line.view[start:end]
                self._frame(line, end - start)
            start = end + 1
            end = buf.find(b"\0", start, line.at)
        rest = line.at - start
        if rest:
            buf[0:rest] = line.view[start : line.at]
        line.at = rest

    def _frame(self, line, n):
        """Serve buf[:n]."""
        kind = line.buf[4]
        if kind == SENSORS:
            self.port.begun()
        n = self.computer.step(line.buf, n, self.out)
        line.stream.write(self.out, n)
        self._after(kind)

    def _after(self, kind):
        if self.computer.leave:
            self.left = True
        elif kind == SENSORS and self.computer.flight is not None:
            self.flown_ms = ticks_ms()
            self.port.flown(self.computer.flight.tick)
        elif self.computer.flight is None or kind == PARAM_COMMIT:
            self.port.served(self.computer.flight is not None)  # in flight noise must not cost a collection
