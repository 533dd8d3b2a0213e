"""`perilune.wire.stamp` as machine code, for ports whose MicroPython emits it: same name, same result."""

import micropython


@micropython.viper
def stamp(buf: ptr8, start: int, marks: ptr8, n: int):
    """marks[:n]: pairs of a place after `start` and the byte that stands there."""
    i = 0
    while i < n:
        buf[start + int(marks[i])] = int(marks[i + 1])
        i += 2
