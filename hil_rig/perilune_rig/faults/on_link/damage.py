"""One fault in one direction: pieces of a byte stream in, what is left of them out."""

from collections.abc import Mapping
from math import log
from random import Random

from perilune_rig.faults.on_link.uart import resample
from perilune_rig.scenario.link_effects import LINE

Pieces = list[bytes]  # frames with their delimiters, or what earlier faults left of them
_NOISE_BYTES = 60


class Damage:
    """Acts out one effect; everything random is drawn from `rng`. `hits`: pieces lost, changed or added so far."""

    def __init__(self, effect: Mapping[str, float], rng: Random) -> None:
        values = {**LINE, **effect}
        self._values = values
        self._rng = rng
        self._waiting: list[tuple[int, bytes]] = []  # (tick from which it may go on, piece)
        self._overtaken: Pieces = []
        self._next_flip = self._gap()
        self._gone = bool(values["outage"] or values["unplugged"])
        self.hits = 0

    def feed(self, pieces: Pieces, tick: int, active: bool) -> Pieces:
        """The pieces that go on at this tick; what the fault held back still comes after its end."""
        late = [piece for due, piece in self._waiting if due <= tick]
        self._waiting = [pair for pair in self._waiting if pair[0] > tick]
        if not active:
            late, self._overtaken = [*self._overtaken, *late], []
            return [*late, *pieces]
        out = [*late]
        for piece in pieces:
            done = self._frame(piece, tick)
            self.hits += done != [piece]
            out += done
        return out

    def _frame(self, piece: bytes, tick: int) -> Pieces:
        if self._gone or self._chance("drop"):
            return []
        if self._chance("delay"):
            self._waiting.append((tick + round(self._values["delay_ticks"]), piece))
            return []
        if self._chance("reorder") and not self._overtaken:
            self._overtaken.append(piece)
            return []
        piece = self._bytes(self._cut(piece))
        out = [self._noise(), piece] if self._chance("garbage") else [piece]
        out += [piece] if self._chance("duplicate") else []
        held, self._overtaken = self._overtaken, []
        return out + held

    def _chance(self, name: str) -> bool:
        chance = self._values[name]
        return chance > 0.0 and self._rng.random() < chance

    def _cut(self, piece: bytes) -> bytes:
        size = round(self._values["cut_bytes"])
        if 0 < size < len(piece) - 1:
            return piece[:size] + piece[-1:]
        if not self._chance("truncate"):
            return piece
        kept = piece[: self._rng.randrange(len(piece))]
        return kept if self._rng.random() < 0.5 else kept + piece[-1:]

    def _noise(self) -> bytes:
        size = self._rng.randrange(1, _NOISE_BYTES)
        return bytes(self._rng.randrange(256) for _ in range(size)) + b"\0"

    def _bytes(self, piece: bytes) -> bytes:
        values = self._values
        if values["stuck_byte"] >= 0.0:
            piece = bytes([round(values["stuck_byte"])]) * len(piece)
        if values["baud_ratio"] != 1.0:
            piece = resample(piece, values["baud_ratio"])
        flips = self._errors(8 * len(piece))
        if self._chance("burst"):
            width = round(values["burst_bits"])
            start = self._rng.randrange(8 * len(piece))
            flips += [bit for bit in range(start, start + width) if self._rng.random() < 0.5]
        return _flipped(piece, flips) if flips else piece

    def _errors(self, bits: int) -> list[int]:
        """Bits to flip: gaps between errors are geometric."""
        flips = []
        while self._next_flip < bits:
            flips.append(self._next_flip)
            self._next_flip += 1 + self._gap()
        self._next_flip -= bits
        return flips

    def _gap(self) -> int:
        rate = self._values["bit_error_rate"]
        if rate <= 0.0:
            return 1 << 60
        return int(log(1.0 - self._rng.random()) / log(1.0 - rate))


def _flipped(piece: bytes, bits: list[int]) -> bytes:
    out = bytearray(piece)
    for bit in bits:
        if bit < 8 * len(out):
            out[bit // 8] ^= 1 << bit % 8
    return bytes(out)
