"""CBOR items of fixed width, between a buffer and `perilune.wire.items.Items`."""

from struct import pack_into, unpack_from

_FORMATS = {0xFA: ">f", 0x1A: ">I", 0x19: ">H", 0x18: ">B"}
_WIDTHS = {0xFA: 5, 0x1A: 5, 0x19: 3, 0x18: 2}


def places(_items):
    """Nothing: those of a Cortex-M need addresses."""
    return None


def take(buf, at, items):
    """Read all items from buf[at:]. Returns whether each was of the type that is due."""
    floats = 0
    whole = 0
    for head in items.heads:
        if buf[at] != head:
            return False
        value = unpack_from(_FORMATS[head], buf, at + 1)[0]
        if head == 0xFA:
            items.floats[floats] = value
            floats += 1
        else:
            items.whole[whole] = value
            whole += 1
        at += _WIDTHS[head]
    return True


def put(buf, at, items):
    """Write all items to buf[at:]."""
    floats = 0
    whole = 0
    for head in items.heads:
        buf[at] = head
        if head == 0xFA:
            value = items.floats[floats]
            floats += 1
        else:
            value = items.whole[whole]
            whole += 1
        pack_into(_FORMATS[head], buf, at + 1, value)
        at += _WIDTHS[head]
