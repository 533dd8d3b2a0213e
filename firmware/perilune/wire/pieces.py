"""Lines out of a byte stream that comes in pieces."""


def gather(line, piece, span):
    """Move bytes of a piece to the end of a line, up to the next 0x00, which is taken and not kept.

    span: bytes in the line so far; where the piece goes on; where it ends; how many bytes a line can have, more are
    dropped. The first two are moved on. Returns 1 if a 0x00 came: the line is whole; else 0.
    """
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
