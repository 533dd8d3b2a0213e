"""Frames of the range finder and reports of the board, byte by byte; no hardware."""

import struct
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from perilune.ports import report
from perilune.ports.range_finder import FRAME_BYTES, RangeFinder
from perilune_rig.wiring.sensors import range_frame

RANGES = st.floats(0.0, 1e5, width=32)
# One echo at 1234.5 m with amplitude 1000, written out by hand after the protocol.
KNOWN = bytes.fromhex("59cc00509a44e803000000000000000000000000002e")


def test_a_frame_is_what_the_protocol_says():
    assert range_frame(1234.5, True)[:-1] == KNOWN[:-1]
    assert range_frame(1234.5, True)[-1] == sum(KNOWN[:-1]) % 256 ^ 0x50
    assert len(KNOWN) == FRAME_BYTES


@given(RANGES, st.lists(st.integers(1, FRAME_BYTES), max_size=4))
def test_a_frame_is_heard_however_it_is_cut(range_m, cuts):
    finder, data = RangeFinder(), range_frame(range_m, True)
    places = sorted({0, *cuts, FRAME_BYTES})
    heard = [finder.hear(data[a:b]) for a, b in pairwise(places)]
    assert heard == [False] * (len(heard) - 1) + [True]
    assert finder.range_m == range_m
    assert finder.seen


@given(RANGES, st.integers(0, FRAME_BYTES - 1), st.integers(1, 255))
def test_a_frame_with_one_changed_byte_is_passed_over_and_the_next_is_heard(range_m, place, change):
    finder, data = RangeFinder(), bytearray(range_frame(range_m, True))
    data[place] ^= change
    assert not finder.hear(bytes(data))
    assert finder.hear(range_frame(7.5, False))
    assert (finder.range_m, finder.seen, finder.frames) == (7.5, False, 1)


@given(st.binary(max_size=200))
def test_noise_is_no_range_and_is_not_kept(noise):
    finder = RangeFinder()
    finder.hear(noise)
    assert len(finder.rest) < FRAME_BYTES


@given(st.integers(0, 2**32 - 1), st.integers(0, 15), RANGES)
def test_a_report_tells_what_was_taken(tick, contacts, range_m):
    finder, buf = RangeFinder(), bytearray(report.REPORT_BYTES)
    finder.hear(range_frame(range_m, True))
    report.write(buf, tick, contacts, finder)
    assert report.read(bytes(buf)) == (tick & 255, contacts, 1, 0, range_m)
    buf[3] ^= 1
    assert report.read(bytes(buf)) is None
    assert report.read(struct.pack("<10x")) is None
