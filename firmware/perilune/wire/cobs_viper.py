"""`perilune.wire.cobs` as machine code, for ports whose MicroPython emits it: same names, same results."""

import micropython


@micropython.viper
def decode(buf: ptr8, n: int) -> bool:
    """Turn the encoded buf[:n] into 0x00 and the data in buf[1:n]. Returns whether it was well formed."""
    i = 0
    while i < n:
        code = int(buf[i])
        if code == 0:
            return False
        buf[i] = 0
        i += code
    return i == n


@micropython.viper
def encode(buf: ptr8, start: int, end: int):
    """Encode the data in buf[start + 1 : end] in place; buf[start] takes the first code."""
    at = start
    i = start + 1
    while i < end:
        if int(buf[i]) == 0:
            buf[at] = i - at
            at = i
        i += 1
    buf[at] = end - at
