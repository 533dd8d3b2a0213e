"""The frames of every tick, sensors in and actuators out: their numbers in place, so that none makes an object."""

from array import array
from struct import calcsize

from perilune.wire.schema import ACTUATORS, MEASURED, F, heads, items, layout

try:
    from perilune.wire.transfer_thumb import places, put, take
except (ImportError, SyntaxError):  # not a Cortex-M
    try:
        from perilune.wire.transfer_viper import places, put, take
    except (ImportError, SyntaxError):  # CPython, or a port without the emitter
        from perilune.wire.transfer import places, put, take

_ARRAY = 0x98  # CBOR: an array, its length in the next byte
_FLOAT = 0xFA


class Items:
    """Raw values of the items of one frame type, its own first; no type with strings.

    floats   float32 items, in the order of the schema
    whole    the others, likewise; whole[0] is the frame's type
    """

    def __init__(self, kind):
        self.heads = bytes(heads(kind))
        self.count = len(self.heads)
        n = sum([1 for head in self.heads if head == _FLOAT])
        self.floats = array("f", [0.0] * n)
        self.whole = array("I", [0] * (self.count - n))
        self.whole[0] = kind
        self.places = places(self)
        self.size = calcsize(layout(kind))

    def take(self, buf, length):
        """Read the payload in buf[1 : 1 + length]. Returns whether it was of this type; if not, they are undefined."""
        if length != self.size or buf[1] != _ARRAY or buf[2] != self.count:
            return False
        return take(buf, 3, self)

    def put(self, buf, start):
        """Place the payload in buf[start + 1 :]; returns its length."""
        buf[start + 1] = _ARRAY
        buf[start + 2] = self.count
        put(buf, start + 3, self)
        return self.size


def indices(kind):
    """Where each item's value stands, by name: its index in `floats` or in `whole`."""
    found = {}
    floats = 0
    whole = 1
    for item in items(kind):
        if item[1] == F:
            found[item[0]] = floats
            floats += 1
        else:
            found[item[0]] = whole
            whole += 1
    return found


MEASURED_AT = indices(ACTUATORS)[MEASURED[0]]  # the first of them in `whole`
