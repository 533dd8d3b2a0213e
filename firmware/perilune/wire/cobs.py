"""COBS (Cheshire & Baker 1999) in place, for frames of one block: at most 254 bytes, so no 0xFF groups occur."""


def decode(buf, n):
    """Turn the encoded buf[:n] into 0x00 and the data in buf[1:n]. Returns whether it was well formed."""
    i = 0
    while i < n:
        code = buf[i]
        if code == 0:
            return False
        buf[i] = 0
        i += code
    return i == n


def encode(buf, start, end):
    """Encode the data in buf[start + 1 : end] in place; buf[start] takes the first code."""
    at = start
    zero = buf.find(b"\0", at + 1, end)
    while zero >= 0:
        buf[at] = zero - at
        at = zero
        zero = buf.find(b"\0", at + 1, end)
    buf[at] = end - at
