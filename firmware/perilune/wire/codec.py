"""Fixed-layout CBOR on the board: payload bytes to tuples and back, at the offsets the schema gives.

For frames that come now and then; those of every tick are `perilune.wire.items`.
"""

from binascii import crc32
from struct import calcsize, pack, pack_into, unpack_from

from perilune.wire.schema import FRAMES, heads, items, layout, places, schema_text


class Reader:
    """Reads payloads of one frame type."""

    def __init__(self, frame_type):
        self.type = frame_type
        self.layout = layout(frame_type)
        self.size = calcsize(self.layout)
        self.marks = _marks(frame_type)

    def read(self, buf, length):
        """Frame type and raw items of the payload in buf[1 : 1 + length]; None where the layout is another."""
        if length != self.size:
            return None
        marks = self.marks
        for i in range(0, len(marks), 2):
            if buf[1 + marks[i]] != marks[i + 1]:
                return None
        return unpack_from(self.layout, buf, 1)


class Writer:
    """Writes payloads of one frame type."""

    def __init__(self, frame_type):
        self.type = frame_type
        self.layout = layout(frame_type)
        self.size = calcsize(self.layout)
        self.marks = _marks(frame_type)

    def write(self, values, buf, start):
        """Place the payload of raw item values in buf[start + 1 :]; returns its length."""
        start += 1
        pack_into(self.layout, buf, start, self.type, *values)
        marks = self.marks
        for i in range(0, len(marks), 2):
            buf[start + marks[i]] = marks[i + 1]
        return self.size


def _marks(frame_type):
    """Places and values of the array's head and of every item's."""
    row = heads(frame_type)
    marks = [0, 0x98, 1, len(row), 2, row[0]]
    i = 1
    for place in places(frame_type):
        marks += [place - 1, row[i]]
        i += 1
    return bytes(marks)


def first_out_of_range(frame_type, raw):
    """Index of the first item outside its legal range (NaN counts as outside), or -1."""
    i = 0
    for _name, _kind, low, high, scale, offset in items(frame_type):
        if low is not None and not low <= raw[i] * scale + offset <= high:
            return i
        i += 1
    return -1


def named(frame_type, raw):
    """Raw items as a dictionary in units: vectors as tuples, scaled integers as floats."""
    out = {}
    i = 0
    for name, _kind, count, _unit, low, _high, scale, offset, _note in FRAMES[frame_type][1]:
        part = raw[i : i + count]
        if low is not None and (scale != 1 or offset != 0):
            part = tuple([x * scale + offset for x in part])
        out[name] = part if count > 1 else part[0]
        i += count
    return out


def schema_crc():
    """CRC-32 over layout, names, scales and ranges: equal on both ends of a link, or the link is refused."""
    crc = crc32(schema_text().encode())
    for frame_type in sorted(FRAMES):
        for _name, _kind, _count, _unit, low, high, scale, offset, _note in FRAMES[frame_type][1]:
            if low is not None:
                crc = crc32(pack(">ffff", low, high, scale, offset), crc)
    return crc
