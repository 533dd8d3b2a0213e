"""What every board's port shares: the clock and the figures it keeps of its own work."""

import gc
from time import ticks_diff, ticks_ms, ticks_us

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
        self.key = self.find_key()
        self.gc_us = 0
        self.spent_us = 0  # by the last tick ...
        self.usual_us = 0  # ... and by the one before the last collection
        self.due = 0  # collections
        self.heap_low = gc.mem_free()  # type: ignore[attr-defined]

    def find_key(self):
        """See `perilune.link.authentication.unsealed`."""
        return load_key()

    def ticks_us(self):
        """Microseconds, wrapping."""
        return ticks_us()

    def now_ms(self):
        """Milliseconds, wrapping."""
        return ticks_ms()

    def elapsed_ms(self, since):
        """Milliseconds since `now_ms` was so."""
        return ticks_diff(ticks_ms(), since)

    def measure(self, begin, whole):
        """Put the measured items of the actuator frame: tick time us, collection time us, lowest free heap B."""
        self.spent_us = ticks_diff(ticks_us(), begin)
        whole[MEASURED_AT] = self.spent_us
        whole[MEASURED_AT + 1] = self.gc_us
        whole[MEASURED_AT + 2] = self.heap_low

    def begun(self, items):
        """A tick of a flight is about to be flown on these items of its sensor frame."""

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
        """After the reply to any other frame that was obeyed: `flying` says whether the parameters are complete."""
        compact(not flying)
        gc.collect()

    def greeted(self):
        """After the answer to a hello, with no flight: the software that gave it works."""
        if perilune.image:
            perilune.image.proven()

    def release(self):
        """There is no flight, or none any more: nothing may bite from now on."""
