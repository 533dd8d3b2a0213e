"""`perilune.wire.pieces` for MicroPython's viper emitter: same names, same results."""

import micropython


@micropython.viper
def gather(line: ptr8, piece: ptr8, span: ptr16) -> int:
    """Move bytes of a piece to the end of a line, up to the next 0x00, which is taken and not kept."""
    n = span[0]
    at = span[1]
    stop = span[2]
    room = span[3]
    whole = 0
    while at < stop and whole == 0:
        byte = piece[at]
        at += 1
        if byte == 0:
            whole = 1
        elif n < room:
            line[n] = byte
            n += 1
    span[0] = n
    span[1] = at
    return whole
