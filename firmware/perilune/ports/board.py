"""What every board's port shares: the clock and the figures it keeps of its own work."""

import gc
from time import ticks_diff, ticks_us

import perilune
from perilune.flight.schedule import COLLECT, HEAP, HEAP_TICKS, SLOTS
from perilune.link.authentication import load_key
from perilune.wire.items import MEASURED_AT

_LONGER_US = 800  # the tick before a collection may take so much longer once, at touchdown: then it waits
_COMPACT_BYTES = 16384


def compact(on):
    """While long-lived objects are made, collect often, so that they end up side by side at the heap's low end.

    Collections sweep up to the highest object, and allocations search the gaps between them.
    """
    gc.threshold(_COMPACT_BYTES if on else -1)  # type: ignore[attr-defined]


class Board:
    """What the flight computer asks of its board; a port adds its streams, reset cause and watchdog."""

    board = ""
    reset_cause = 0
    boot_nonce = 0
    float_bits = 32
    memory = bytearray()  # a buffer of keeper.MEMORY_BYTES that a reset leaves alone

    def __init__(self):
        gc.collect()
        self.streams = ()
        self.key = load_key()
        self.gc_us = 0
        self.spent_us = 0  # by the last tick ...
        self.usual_us = 0  # ... and by the one before the last collection
        self.due = 0  # collections
        self.heap_low = gc.mem_free()  # type: ignore[attr-defined]

    def ticks_us(self):
        """Microseconds, wrapping."""
        return ticks_us()

    def measure(self, begin, whole):
        """Put the measured items of the actuator frame: tick time us, collection time us, lowest free heap B."""
        self.spent_us = ticks_diff(ticks_us(), begin)
        whole[MEASURED_AT] = self.spent_us
        whole[MEASURED_AT + 1] = self.gc_us
        whole[MEASURED_AT + 2] = self.heap_low

    def begun(self):
        """A frame has come and is about to be served."""

    def restart(self):
        """After an error in flight: start again, by a reset where that is possible."""

    def flown(self, tick):
        """After the reply to the sensor frame of `tick`: collect garbage while the host is busy; keep the figures."""
        if tick % HEAP_TICKS == HEAP:
            self.heap_low = min(self.heap_low, gc.mem_free())  # type: ignore[attr-defined]
        self.gc_us = 0
        if tick % SLOTS == COLLECT:
            self.due += 1
        if self.due and (self.due > 1 or self.spent_us < self.usual_us + _LONGER_US):
            self.due = 0
            self.usual_us = self.spent_us
            begin = ticks_us()
            gc.collect()
            self.gc_us = ticks_diff(ticks_us(), begin)

    def served(self, flying):
        """After the reply to any other frame: `flying` says whether the parameters are complete."""
        compact(not flying)
        gc.collect()
        if perilune.image and not flying:
            perilune.image.proven()

    def release(self):
        """Before the REPL: nothing may bite from now on."""


class Uart:
    """A `machine.UART` as a stream that never waits."""

    def __init__(self, uart):
        self.source = uart

    def read(self, view, n):
        """n bytes into view, or none as long as there are fewer; how many."""
        return self.source.readinto(view, n) if self.source.any() >= n else 0

    def write(self, buf, n):
        """Send buf[:n]."""
        self.source.write(buf, n)


class Stdio:
    """Standard input and output of the interpreter as bytes.

    Reading waits until n bytes are there, so the reader asks only for what a frame that has begun must still bring.
    """

    def __init__(self, source, sink):
        self.source = source
        self.sink = sink

    def read(self, view, n):
        """n bytes into view; how many."""
        return self.source.readinto(view, n)

    def write(self, buf, n):
        """Send buf[:n]."""
        self.sink.write(buf, n)
