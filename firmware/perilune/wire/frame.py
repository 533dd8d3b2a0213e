"""Framing on the board: COBS and CRC-32 (IEEE 802.3), in place, one buffer each way."""

from perilune.wire.schema import MAX_PAYLOAD

try:
    from perilune.wire.checksum_thumb import checksum
    from perilune.wire.cobs_thumb import decode, encode
except (ImportError, SyntaxError):  # not a Cortex-M
    from perilune.wire.checksum import checksum

    try:
        from perilune.wire.cobs_viper import decode, encode
    except (ImportError, SyntaxError):  # CPython, or a port without the emitter
        from perilune.wire.cobs import decode, encode

_SUM = bytearray(4)
_RESIDUE = b"\x1c\xdf\x44\x21"  # the CRC of data with its own CRC behind it, whatever the data
_OVERHEAD = 5  # one COBS byte, four of CRC


def unframe(buf, n):
    """Decode the COBS frame in buf[:n] (without its 0x00) in place.

    Returns the payload's length, with the payload in buf[1:1 + length], or -1 where the framing or the CRC fails.
    """
    if n <= _OVERHEAD or n > MAX_PAYLOAD + _OVERHEAD or not decode(buf, n):
        return -1
    checksum(buf, 1, n, _SUM)  # type: ignore[arg-type]
    return n - _OVERHEAD if _SUM == _RESIDUE else -1


def frame(buf, start, length):
    """Close a frame whose payload already stands in buf[start + 1 : start + 1 + length].

    Appends the CRC, encodes COBS in place, adds the 0x00 and returns the index after it.
    """
    end = start + 1 + length
    checksum(buf, start + 1, end, _SUM)  # type: ignore[arg-type]
    for byte in _SUM:
        buf[end] = byte
        end += 1
    encode(buf, start, end)
    buf[end] = 0
    return end + 1
