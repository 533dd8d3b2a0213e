"""Bytes in and out of a board's ports, never more than are there: see `perilune.ports.line.Line`."""

import select

try:
    from perilune_usb import room, waiting  # type: ignore  # in images of ours, see firmware/boards/rp2/usb_line.c
except ImportError:  # another's MicroPython
    waiting = None


class Uart:
    """A `machine.UART`."""

    def __init__(self, uart):
        self.source = uart

    def read(self, piece, n):
        """At most n bytes of what is there into piece; how many."""
        n = min(n, self.source.any())
        return self.source.readinto(piece, n) or 0 if n else 0

    def write(self, buf, n):
        """Send buf[:n]."""
        self.source.write(buf, n)

    def room(self):
        """How many bytes can be written at once: its line takes them whether anybody listens or not."""
        return 1024


class Stdio:
    """Standard input and output of an image that tells how much they hold."""

    def __init__(self, source, sink):
        self.source = source
        self.sink = sink

    def read(self, piece, n):
        """At most n bytes of what is there into piece; how many."""
        n = min(n, waiting())  # type: ignore[misc]
        return self.source.readinto(piece, n) if n else 0

    def write(self, buf, n):
        """Send buf[:n]."""
        self.sink.write(buf, n)

    def room(self):
        """How many bytes can be written without waiting for a host that does not read."""
        return room()  # type: ignore


class Trickle(Stdio):
    """The same of an interpreter that only says whether a byte is there: one is read, then it is asked again."""

    def __init__(self, source, sink):
        super().__init__(source, sink)
        self.byte = bytearray(1)
        self.poller = select.poll()
        self.poller.register(source, select.POLLIN)
        self.out = select.poll()
        self.out.register(sink, select.POLLOUT)

    def read(self, piece, n):
        """At most n bytes of what is there into piece; how many."""
        got = 0
        while got < n and self._ready(self.poller):
            self.source.readinto(self.byte, 1)
            piece[got] = self.byte[0]
            got += 1
        return got

    def room(self):
        """Much, or nothing."""
        return 1024 if self._ready(self.out) else 0

    def _ready(self, poller):
        for _ in poller.ipoll(0):
            return True
        return False


def stdio(source, sink):
    """Standard input and output of this interpreter."""
    return Trickle(source, sink) if waiting is None else Stdio(source, sink)
