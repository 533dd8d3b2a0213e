"""Frames by the million through both codecs, damaged on the way there and back: `python -m perilune_rig.hostile.soak`.

Each frame goes host codec, damage, the board's codec in the real MicroPython VM, which frames what it has read anew,
damage, host codec. A payload that comes out must be one that went in; an undamaged frame must come out whatever
happened to the one before it; neither side's memory may grow.
"""

import argparse
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from random import Random

from perilune.wire.schema import MAX_PAYLOAD
from perilune_host.codec import DELIMITER, FrameError, deframe, enframe
from perilune_host.errors import PeriluneError, RigError
from perilune_rig.faults.on_link.damage import Damage
from perilune_rig.vm.build import build
from perilune_rig.vm.library import IO_BYTES, Vm

FAULTS: tuple[dict[str, float], ...] = (
    {"bit_error_rate": 1e-3},
    {"burst": 0.5, "burst_bits": 48},
    {"drop": 0.1, "duplicate": 0.1},
    {"truncate": 0.5},
    {"garbage": 0.5},
    {"cut_bytes": 40},
    {"baud_ratio": 1.08},
    {"bit_error_rate": 1e-4, "truncate": 0.1, "garbage": 0.1, "duplicate": 0.1},
)
_EACH = 200  # frames under one fault, then the next
_MIRROR = """
from perilune.wire.frame import frame, unframe
def mirror(inbuf, n, outbuf):
    length = unframe(inbuf, n)
    if length < 0:
        return 0
    outbuf[1 : 1 + length] = memoryview(inbuf)[1 : 1 + length]
    return frame(outbuf, 0, length)
"""
_FLAT_BYTES = 32 * 1024
_SECTION = 5000  # frames between two looks at the memory


@dataclass
class Soak:
    """Counts. `damaged`: lines that differ from the frame sent; `accepted`: of them, taken for good."""

    frames: int = 0
    damaged: int = 0
    refused_by_board: int = 0
    refused_by_host: int = 0
    accepted: int = 0  # undetected corruption
    not_in_step: int = 0  # undamaged frames that did not come out
    whole: int = 0  # payloads that came through both codecs
    host_growth_bytes: int = 0
    board_growth_bytes: int = 0

    @property
    def sound(self) -> bool:
        """Nothing wrong was accepted, nothing right was lost, no memory grew."""
        grown = max(self.host_growth_bytes, self.board_growth_bytes)
        return not self.accepted and not self.not_in_step and grown < _FLAT_BYTES


class _Mill:
    def __init__(self, seed: int) -> None:
        self.counts = Soak()
        self._rng = Random(f"soak {seed}")
        self._seed = seed
        self._vm = Vm(build(), collect_every=16)
        self._vm.exec(_MIRROR)
        self._vm.bind("mirror")
        self._payload = b""

    def close(self) -> None:
        self._vm.close()

    def run(self, frames: int, tell: Callable[[Soak], None]) -> None:
        end = self.counts.frames + frames
        while self.counts.frames < end:
            number = self.counts.frames // _EACH
            effect = FAULTS[number % len(FAULTS)]
            out, back = (Damage(effect, Random(f"soak {self._seed} {number} {way}")) for way in "ob")
            for _ in range(min(_EACH, end - self.counts.frames)):
                self._frame(out, back)
            tell(self.counts)

    def board_bytes(self) -> int:
        self._vm.collect()
        return self._vm.heap().used_bytes

    def _frame(self, out: Damage, back: Damage) -> None:
        self.counts.frames += 1
        self._payload = self._rng.randbytes(self._rng.randrange(1, MAX_PAYLOAD + 1))
        sent = enframe(self._payload)
        for line in self._lines(out, sent):
            answer = self._board(line, line == sent[:-1])
            for reply in self._lines(back, answer) if answer else ():
                self._host(reply, reply == answer[:-1])

    def _lines(self, damage: Damage, frame: bytes) -> Iterator[bytes]:
        """What arrives of one frame: lines without delimiters. A rest without one ends at the next frame's."""
        stream = b"".join(damage.feed([frame], self.counts.frames, True)) + DELIMITER
        return (line for line in stream.split(DELIMITER) if line)

    def _board(self, line: bytes, good: bool) -> bytes:
        answer = self._vm.step(line[:IO_BYTES], 0)
        self.counts.damaged += not good
        self.counts.refused_by_board += not answer
        if good and not answer:
            self.counts.not_in_step += 1
        if answer and deframe(answer[:-1]) != self._payload:
            self.counts.accepted += 1
        return answer

    def _host(self, line: bytes, good: bool) -> None:
        self.counts.damaged += not good
        try:
            payload = deframe(line)
        except FrameError:
            self.counts.refused_by_host += 1
            self.counts.not_in_step += good
            return
        self.counts.whole += 1
        self.counts.accepted += payload != self._payload


def soak(frames: int, seed: int = 1, tell: Callable[[Soak], None] = lambda counts: None) -> Soak:
    """Run `frames` frames. Memory is measured over the last two sections, once everything is warm."""
    mill = _Mill(seed)
    try:
        section = min(_SECTION, frames // 3)
        mill.run(frames - 2 * section, tell)
        before = mill.board_bytes()
        tracemalloc.start()
        mill.run(section, tell)
        host = tracemalloc.get_traced_memory()[0]
        mill.run(section, tell)
        mill.counts.host_growth_bytes = tracemalloc.get_traced_memory()[0] - host
        mill.counts.board_growth_bytes = mill.board_bytes() - before
        return mill.counts
    finally:
        tracemalloc.stop()
        mill.close()


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: sound; 1: not; 2, 3: as the command line."""
    parser = argparse.ArgumentParser(prog="python -m perilune_rig.hostile.soak", description=__doc__)
    parser.add_argument("--frames", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)

    def tell(counts: Soak) -> None:
        if counts.frames % 100_000 == 0:
            print(
                f"{counts.frames:>10} frames, {counts.damaged} damaged, {counts.accepted} accepted",
                flush=True,
            )

    try:
        if given.frames < 3:
            raise RigError("--frames: at least 3")
        counts = soak(given.frames, given.seed, tell)
    except PeriluneError as error:
        print(f"soak: error: {error}", file=sys.stderr)
        return error.exit_code
    print("\n".join(f"{name:20} {value}" for name, value in asdict(counts).items()))
    print("sound" if counts.sound else "NOT SOUND")
    return 0 if counts.sound else 1


if __name__ == "__main__":
    sys.exit(main())
