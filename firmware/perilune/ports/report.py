"""What a board took from its wires in one tick, told on a wire of its own: the rig compares it with what it sent.

Ten bytes at the baud rate of perilune.ports.pins: 0x57, tick modulo 256, contact bits, range frames so far modulo 256,
damaged ones so far modulo 256, the last range (float32, m, little-endian), a check byte as in a range frame.
"""

from struct import pack_into, unpack_from

from perilune.ports.range_finder import check_byte

REPORT_BYTES = 10
_HEAD = 0x57
_LAYOUT = "<BBBBBf"


def write(buf, tick, contacts, finder):
    """Fill buf[:REPORT_BYTES]."""
    pack_into(
        _LAYOUT, buf, 0, _HEAD, tick & 255, contacts, finder.frames & 255, finder.bad & 255, finder.range_m
    )
    buf[REPORT_BYTES - 1] = check_byte(buf[: REPORT_BYTES - 1])


def read(data):
    """(tick, contacts, frames, damaged, range m) of a report; None where it is none, or damaged."""
    if len(data) != REPORT_BYTES or data[0] != _HEAD or check_byte(data[:-1]) != data[-1]:
        return None
    return unpack_from(_LAYOUT, data, 0)[1:]
