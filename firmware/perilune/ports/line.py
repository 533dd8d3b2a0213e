"""The bytes of one stream on their way to whole frames, and of a keyboard to Ctrl-C."""

from array import array

from perilune.wire.schema import MAX_PAYLOAD

try:
    from perilune.wire.pieces_viper import gather
except (ImportError, SyntaxError):  # CPython, or a port without the emitter
    from perilune.wire.pieces import gather

PIECE = 256  # bytes taken from a stream at once
LONGEST = MAX_PAYLOAD + 6  # one more than a frame has between its delimiters
_LINE, _AT, _END = 0, 1, 2  # of `span`, see perilune.wire.pieces
_KEYS = b"\r\n\1\2\3\4"  # what tools send to get at the REPL
_CONTROL_C = 3


class Line:
    """What has come on a stream: pieces as they come, and in buf[:n] what belongs to the next frame.

    A stream has `read(piece, n)`, which never waits: at most n bytes of what is there into piece, how many; `room()`,
    how many can be written at once; `write(buf, n)`; and `source`, to be polled.
    """

    def __init__(self, stream, now_ms):
        self.stream = stream
        self.buf = bytearray(LONGEST)
        self.piece = bytearray(PIECE)
        self.span = array("H", [0, 0, 0, LONGEST])
        self.heard_ms = now_ms

    @property
    def n(self):
        """Bytes of the line so far; LONGEST: more than a frame has."""
        return self.span[_LINE]

    @property
    def pending(self):
        """Whether bytes have been taken from the stream and not yet been looked at."""
        return self.span[_AT] < self.span[_END]

    def fill(self, now_ms, most):
        """Take at most so many bytes of what is there, unless some of the last piece are left."""
        if self.pending:
            return
        n = self.stream.read(self.piece, most)
        self.span[_AT] = 0
        self.span[_END] = n
        if n:
            self.heard_ms = now_ms

    def whole(self):
        """Go on to the next delimiter; whether one has come. The line is then in buf[:n] until `clear`."""
        return gather(self.buf, self.piece, self.span) == 1  # type: ignore[arg-type]

    def clear(self):
        """Begin the next line."""
        self.span[_LINE] = 0

    def typed(self):
        """Whether all of the line so far could come from a keyboard: noise rarely begins so. An empty line could."""
        for i in range(self.n):
            if self.buf[i] not in _KEYS:
                return False
        return True

    def interrupted(self):
        """Whether a Ctrl-C was typed."""
        return self.typed() and self.n > 0 and self.buf[self.n - 1] == _CONTROL_C
