"""CRC-32 (IEEE 802.3) of a part of a buffer."""

from binascii import crc32
from struct import pack_into


def checksum(buf, start, end, out):
    """The CRC of buf[start:end] into out[0:4], little-endian."""
    pack_into("<I", out, 0, crc32(memoryview(buf)[start:end]))
