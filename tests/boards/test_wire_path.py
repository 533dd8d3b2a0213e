"""The wire path on an RP2040: bytes to numbers and back without one object made; and its bytecode twins."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import serial

from perilune_rig.boards.child import BoardProcess
from perilune_rig.rungs.board import VARIABLE, BoardRung
from perilune_rig.rungs.vm import VmRung
from tests.boards.kit import flown, prompted

pytestmark = [pytest.mark.boards, pytest.mark.timeout(600)]

TICKS = 120  # of the descent's end: every sensor has spoken, garbage has been collected

# What stands between a frame's bytes and its numbers runs with the heap locked: an allocation is a MemoryError.
LOCKED = """
from micropython import heap_lock, heap_unlock
from perilune.link import computer
from perilune.ports import board, rp2, serve
from perilune.wire.items import Items
calls = {}
def locked(name, f):
    calls[name] = 0
    def two(a, b):
        heap_lock()
        try:
            return f(a, b)
        finally:
            heap_unlock()
            calls[name] += 1
    def three(a, b, c):
        heap_lock()
        try:
            return f(a, b, c)
        finally:
            heap_unlock()
            calls[name] += 1
    return two if name == "unframe" else three

computer.unframe = locked("unframe", computer.unframe)
Items.take = locked("take", Items.take)
Items.put = locked("put", Items.put)
computer.frame = locked("frame", computer.frame)
board.Stdio.read = locked("read", board.Stdio.read)
board.Stdio.write = locked("write", board.Stdio.write)
"""

TWINS = """
import random
from perilune.wire import checksum, checksum_thumb, cobs, cobs_thumb, transfer, transfer_thumb
from perilune.wire.items import Items
from perilune.wire.schema import ACTUATORS, SENSORS
def noise(n):
    return bytearray([random.getrandbits(8) & random.getrandbits(8) for _ in range(n)])

random.seed(SEED)
same = 0
for _ in range(100):
    data = noise(250)
    start = random.randrange(100)
    end = start + 1 + random.randrange(100)
    sums = bytearray(4), bytearray(4)
    _ = checksum.checksum(data, start, end, sums[0])
    _ = checksum_thumb.checksum(data, start, end, sums[1])
    lines = bytearray(data), bytearray(data)
    _ = cobs.encode(lines[0], start, end)
    _ = cobs_thumb.encode(lines[1], start, end)
    whole = lines[0][start:end], lines[1][start:end]
    told = cobs.decode(whole[0], end - start), cobs_thumb.decode(whole[1], end - start)
    same += sums[0] == sums[1] and lines[0] == lines[1] and whole[0] == whole[1] and told[0] == told[1]
for kind in (SENSORS, ACTUATORS):
    for _ in range(50):
        items = Items(kind), Items(kind)
        data = noise(260)
        at = 2
        for head in items[0].heads:
            data[at] = head
            at += {0x18: 2, 0x19: 3}.get(head, 5)
        if random.getrandbits(1):
            data[random.randrange(at)] ^= 1
        told = transfer.take(data, 2, items[0]), transfer_thumb.take(data, 2, items[1])
        out = bytearray(260), bytearray(260)
        _ = transfer.put(out[0], 1, items[0])
        _ = transfer_thumb.put(out[1], 1, items[1])
        same += told[0] == told[1] and out[0] == out[1] and (not told[0] or out[0][1:at - 1] == data[2:at])
print("same", same)
"""


@contextmanager
def repl(path: str) -> Iterator[serial.Serial]:
    """A board's prompt."""
    assert prompted(path)
    with serial.Serial(path, timeout=60.0) as port:
        yield port


def paste(port: serial.Serial, code: str, until: bytes) -> str:
    """Run code in paste mode; what it printed up to `until`."""
    port.write(b"\x05")
    port.read_until(b"=== ")
    for line in code.replace("\n", "\r").splitlines(keepends=True):
        port.write(line.encode())
        port.read_until(b"\n=== ")
    port.write(b"\x04")
    return port.read_until(until).decode()


@pytest.fixture(scope="module")
def path() -> Iterator[str]:
    board = BoardProcess("perilune_rig.boards.rp2040_board")
    yield board.path
    board.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_machine_code_of_the_wire_path_does_what_its_twin_in_bytecode_does(path, seed):
    with repl(path) as port:
        said = paste(port, TWINS.replace("SEED", str(seed)), b">>> ")
    assert "same 200" in said, said


def test_a_flight_allocates_nothing_between_bytes_and_numbers(path, monkeypatch):
    """96 bytes each way once, and a tuple of 47 numbers: garbage that made collections come sooner."""
    monkeypatch.setenv(VARIABLE, path)
    expected = flown(VmRung(), TICKS, "nominal_terminal").record().trace_hash
    with repl(path) as port:
        paste(port, LOCKED, b">>> ")
        port.write(b"rp2.main()\r")
        time.sleep(0.2)
    found = flown(BoardRung(), TICKS, "nominal_terminal").record().trace_hash
    with repl(path) as port:
        said = paste(port, "print(min(calls.values()), sorted(calls))\n", b">>> ")
    assert found == expected
    assert "Traceback" not in said, said
    fewest, names = said.split("\n", 1)[1].split(" ", 1)
    assert int(fewest) >= TICKS
    assert all(name in names for name in ("frame", "put", "read", "take", "unframe", "write"))


def test_an_allocation_in_the_wire_path_is_found(path):
    with repl(path) as port:
        said = paste(
            port,
            LOCKED + "try:\n  locked('unframe', lambda a, b: [a, b])(1, 2)\n"
            "except MemoryError:\n  print('found')\n",
            b">>> ",
        )
    assert "found" in said.rsplit("===", 1)[-1]
