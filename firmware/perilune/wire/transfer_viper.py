"""`perilune.wire.transfer` as machine code, for ports whose MicroPython emits it: same names, same results."""

import micropython


def places(_items):
    """Nothing: those of a Cortex-M need addresses."""
    return None


@micropython.viper
def take(buf: ptr8, at: int, items) -> bool:
    """Read all items from buf[at:]. Returns whether each was of the type that is due."""
    heads = ptr8(items.heads)
    floats = ptr32(items.floats)
    whole = ptr32(items.whole)
    i = 0
    n = int(items.count)
    while i < n:
        head = int(heads[i])
        if int(buf[at]) != head:
            return False
        if head == 0x18:
            whole[0] = buf[at + 1]
            whole = ptr32(int(whole) + 4)
            at += 2
        elif head == 0x19:
            whole[0] = int(buf[at + 1]) << 8 | int(buf[at + 2])
            whole = ptr32(int(whole) + 4)
            at += 3
        else:
            value = int(buf[at + 1]) << 24 | int(buf[at + 2]) << 16 | int(buf[at + 3]) << 8 | int(buf[at + 4])
            if head == 0xFA:
                floats[0] = value
                floats = ptr32(int(floats) + 4)
            else:
                whole[0] = value
                whole = ptr32(int(whole) + 4)
            at += 5
        i += 1
    return True


@micropython.viper
def put(buf: ptr8, at: int, items):
    """Write all items to buf[at:]."""
    heads = ptr8(items.heads)
    floats = ptr32(items.floats)
    whole = ptr32(items.whole)
    i = 0
    n = int(items.count)
    while i < n:
        head = int(heads[i])
        buf[at] = head
        if head == 0xFA:
            value = int(floats[0])
            floats = ptr32(int(floats) + 4)
        else:
            value = int(whole[0])
            whole = ptr32(int(whole) + 4)
        if head == 0x18:
            buf[at + 1] = value
            at += 2
        elif head == 0x19:
            buf[at + 1] = value >> 8
            buf[at + 2] = value
            at += 3
        else:
            buf[at + 1] = value >> 24
            buf[at + 2] = value >> 16
            buf[at + 3] = value >> 8
            buf[at + 4] = value
            at += 5
        i += 1
