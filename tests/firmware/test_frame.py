"""Framing on the board, held against the cobs and crcmod packages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perilune.wire.frame import frame, unframe
from perilune.wire.schema import MAX_PAYLOAD
from perilune_host.codec import FrameError, deframe, enframe

payloads = st.binary(min_size=1, max_size=MAX_PAYLOAD)


def board_frame(payload: bytes, start: int = 0) -> bytes:
    out = bytearray(1024)
    out[start + 1 : start + 1 + len(payload)] = payload
    end = frame(out, start, len(payload))
    return bytes(out[start:end])


@given(payloads, st.integers(0, 300))
def test_board_frames_are_what_the_host_expects(payload, start):
    assert board_frame(payload, start) == enframe(payload)
    assert deframe(board_frame(payload)[:-1]) == payload


@given(payloads)
def test_board_reads_what_the_host_sends(payload):
    line = bytearray(enframe(payload)[:-1])
    n = unframe(line, len(line))
    assert line[1 : 1 + n] == payload


@pytest.mark.parametrize("size", range(1, MAX_PAYLOAD + 1))
@pytest.mark.parametrize("byte", [0x00, 0x01, 0xFF])
def test_every_size_of_equal_bytes(size, byte):
    payload = bytes([byte]) * size
    assert board_frame(payload) == enframe(payload)


@given(payloads, st.data())
def test_a_flipped_bit_is_refused_by_both_sides(payload, data):
    line = bytearray(enframe(payload)[:-1])
    bit = data.draw(st.integers(0, len(line) * 8 - 1))
    line[bit // 8] ^= 1 << bit % 8
    assert unframe(bytearray(line), len(line)) == -1
    with pytest.raises(FrameError):
        deframe(bytes(line))


@given(st.binary(max_size=300))
def test_garbage_neither_raises_nor_passes(garbage):
    assert unframe(bytearray(garbage) + bytearray(10), len(garbage)) == -1


def test_a_frame_cut_at_any_length_is_refused():
    line = enframe(bytes(range(200)))[:-1]
    for n in range(len(line)):
        assert unframe(bytearray(line[:n]), n) == -1
