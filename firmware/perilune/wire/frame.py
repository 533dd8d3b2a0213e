"""Framing on the board: COBS and CRC-32 (IEEE 802.3), in place, one buffer each way."""

from binascii import crc32
from struct import pack_into

from perilune.wire.schema import MAX_PAYLOAD

try:
    from perilune.wire.cobs_viper import decode, encode
except (ImportError, SyntaxError):  # CPython, or a port without the emitter
    from perilune.wire.cobs import decode, encode

# CRC-32 over data followed by its own CRC is this constant; it is a small int on 32-bit boards, so a good
# frame is checked without a big-integer allocation.
_RESIDUE = 0x2144DF1C
_OVERHEAD = 5  # one COBS byte, four of CRC


def unframe(buf, n):
    """Decode the COBS frame in buf[:n] (without its 0x00) in place.

    Returns the payload's length, with the payload in buf[1:1 + length], or -1 where the framing or the CRC fails.
    """
    if n <= _OVERHEAD or n > MAX_PAYLOAD + _OVERHEAD or not decode(buf, n):
        return -1
    if crc32(memoryview(buf)[1:n]) != _RESIDUE:
        return -1
    return n - _OVERHEAD


def frame(buf, start, length):
    """Close a frame whose payload already stands in buf[start + 1 : start + 1 + length].

    Appends the CRC, encodes COBS in place, adds the 0x00 and returns the index after it.
    """
    end = start + 1 + length
    pack_into("<I", buf, end, crc32(memoryview(buf)[start + 1 : end]))
    end += 4
    encode(buf, start, end)
    buf[end] = 0
    return end + 1
