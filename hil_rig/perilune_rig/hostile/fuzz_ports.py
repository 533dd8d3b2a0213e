"""Streams of bytes into each port of the real images: `python -m perilune_rig.hostile.fuzz_ports --minutes 5`.

The images are those of the rig and for flight, emulated; each is tried before and in flight, on USB and on the UART.
After every few streams both ports must still answer, the chip must not have started again, no prompt may have been
shown and nothing obeyed that nobody signed; in flight each tick must be answered. A failure names the seed that shows
it again.

The same streams go through the same modules in this process, to say which lines they reach (`coverage`, an extra).
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from perilune.wire import schema
from perilune_host.codec import DELIMITER, FrameError, decode, deframe
from perilune_host.errors import InputError, PeriluneError, RigError
from perilune_rig.hostile import twin
from perilune_rig.hostile.streams import stream
from perilune_rig.hostile.target import PORTS, UART, USB, Target

_ROUND = 12  # streams between two looks at the board
_STREAM_MS = 4.0
_ROUNDS_A_BOARD = 60  # then a fresh one, with a seed of its own
_HEAD = f"{'image, port, state':26} boards  streams     bytes   ticks prompts failures"
_OBEYED_AT = {schema.PARAM_ACK: 2, schema.COMMAND_ACK: 3}


@dataclass(frozen=True)
class Case:
    """An image, a port, and whether there is a flight."""

    flight: bool
    port: str
    flying: bool

    def __str__(self) -> str:
        return f"{'flight' if self.flight else 'rig':6} {self.port:4} {'in flight' if self.flying else 'before flight'}"


@dataclass
class Result:
    """What was sent, and what went wrong: one line each, with the seed."""

    boards: int = 0
    streams: int = 0
    sent_bytes: int = 0
    ticks: int = 0
    prompts: int = 0  # of the rig's build, which has one and may show it
    failures: list[str] = field(default_factory=list)


CASES = [Case(flight, port, flying) for flight in (False, True) for port in PORTS for flying in (False, True)]


class Fuzz:
    """One case, board after board."""

    def __init__(self, case: Case, seed: int, cover: twin.Twin) -> None:
        self.case, self.seed, self.cover = case, seed, cover
        self.channel = PORTS[case.port]
        self.other = UART if self.channel == USB else USB
        self.result = Result()

    def run(self, until: float) -> Result:
        """Until that moment of the monotonic clock; at least one board."""
        while not self.result.boards or time.monotonic() < until:
            self._board(until)
        return self.result

    def _board(self, until: float) -> None:
        seed = self.seed + self.result.boards
        self.result.boards += 1
        rng = Random(f"ports {self.case} {seed}")
        target = Target(flight=self.case.flight)
        try:
            target.boot()
            if self.case.flying:
                target.take_off(self.other)
            self.cover.begin(flight=self.case.flight, flying=self.case.flying)
            for n in range(_ROUNDS_A_BOARD):
                trouble = self._round(target, rng)
                if trouble:
                    self.result.failures.append(f"{self.case}: seed {seed}, round {n}: {trouble}")
                    return
                if target.prompted or time.monotonic() >= until:
                    return
        finally:
            target.close()

    def _round(self, target: Target, rng: Random) -> str | None:
        """What went wrong, or None."""
        for _ in range(_ROUND):
            sent = stream(rng, flight=self.case.flight)
            self.result.streams += 1
            self.result.sent_bytes += len(sent)
            self.cover.feed(sent, self.channel)
            forged = _obeyed(target.run(_STREAM_MS, sent, self.channel))
            if forged:
                return f"obeyed {forged} that nobody signed"
            if target.bridge is not None:
                try:
                    target.tick()
                except RigError as error:
                    return str(error)
                self.result.ticks += 1
        return self._trouble(target)

    def _trouble(self, target: Target) -> str | None:
        if target.resets:
            return "the chip has started again"
        if target.prompted:
            self.result.prompts += 1
            return "a prompt" if self.case.flight or self.case.flying else None
        for name, channel in PORTS.items():
            if not target.hears(channel):
                return None if self._left(target) else f"{name} is deaf"
        return None

    def _left(self, target: Target) -> bool:
        """Whether the rig's build went to its prompt just now, as it may before a flight."""
        self.result.prompts += target.prompted
        return target.prompted and not self.case.flight and not self.case.flying


def _obeyed(said: bytes) -> str:
    """Commits and commands that were acknowledged as obeyed; parameters need no signature."""
    found = []
    for line in filter(None, said.split(DELIMITER)):
        try:
            row = decode(deframe(line))
        except FrameError:
            continue
        signed = row[0] == schema.COMMAND_ACK or (
            row[0] == schema.PARAM_ACK and row[1] == schema.PARAM_COMMIT
        )
        if signed and row[_OBEYED_AT[row[0]]] == schema.OK:
            found.append(f"{row[0]:#x}")
    return " ".join(found)


def fuzz(cases: Sequence[Case], minutes: float, seed: int, cover: twin.Twin) -> Iterator[tuple[Case, Result]]:
    """All cases, `minutes` for each port together."""
    share = Counter(case.port for case in cases)
    for case in cases:
        until = time.monotonic() + 60.0 * minutes / share[case.port]
        yield case, Fuzz(case, seed, cover).run(until)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: nothing went wrong; 1: something did; 2, 3: as the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m perilune_rig.hostile.fuzz_ports", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="for each port, all its cases together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", choices=list(PORTS), help="one port alone")
    parser.add_argument("--out", type=Path, default=Path("out") / "fuzz-ports", metavar="DIR")
    given = parser.parse_args(arguments)
    cases = [case for case in CASES if given.port in (None, case.port)]
    failures: list[str] = []
    try:
        if not given.minutes > 0:
            raise InputError("--minutes: more than 0")
        cover = twin.Twin()
        print(_HEAD, flush=True)
        for case, r in fuzz(cases, given.minutes, given.seed, cover):
            failures += r.failures
            counts = (
                f"{r.boards:6} {r.streams:8} {r.sent_bytes:9} {r.ticks:7} {r.prompts:7} {len(r.failures):8}"
            )
            print(f"{case!s:26} {counts}", flush=True)
        print("\n".join(failures + cover.report()))
    except PeriluneError as error:
        print(f"fuzz-ports: error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("fuzz-ports: interrupted", file=sys.stderr)
        return 130
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
