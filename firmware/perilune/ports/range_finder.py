"""A laser range finder on a serial line: the range frames of Noptel's LRF modules.

22 bytes, sent unasked in the continuous modes: 0x59 0xCC; three echoes, nearest first, each a distance (float32, m)
and an amplitude (u16), little-endian; a status byte; a check byte, the sum of all before it modulo 256, XOR 0x50. No
echo: the amplitude is 0. After the maker's protocol as github.com/Giraut/flipper_zero_noptel_lrf_sampler reads it.
"""

from struct import unpack_from

FRAME_BYTES = 22
_HEAD = b"\x59\xcc"
_CHECK = 0x50


def check_byte(data):
    """What follows `data` in a frame."""
    return (sum(data) & 255) ^ _CHECK


class RangeFinder:
    """Frames out of the bytes as they come; a damaged one is passed over, and counts.

    range_m, seen   of the newest sound frame: the nearest echo, and whether there was one
    """

    def __init__(self):
        self.rest = b""
        self.range_m = 0.0
        self.seen = False
        self.frames = 0
        self.bad = 0

    def hear(self, data):
        """Take bytes of any number; whether a whole sound frame was among them."""
        rest = self.rest + data
        before = self.frames
        at = rest.find(_HEAD)
        while 0 <= at <= len(rest) - FRAME_BYTES:
            at += self._frame(rest[at : at + FRAME_BYTES])
            at = rest.find(_HEAD, at)
        self.rest = rest[at:] if at >= 0 else rest[-1:]  # the head may be cut in two
        return self.frames != before

    def _frame(self, frame):
        """How many bytes are done with."""
        if check_byte(frame[:-1]) != frame[-1]:
            self.bad += 1
            return 1
        self.range_m, amplitude = unpack_from("<fH", frame, 2)
        self.seen = amplitude > 0
        self.frames += 1
        return FRAME_BYTES
