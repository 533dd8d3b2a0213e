"""A line with faults: what is sent passes one `Damage` per fault and direction, and both ends are held to account.

Faults act on the bytes of whole exchanges, before the rung and behind it, so they are the same on every rung: the
flight computer sees the same lines at the same ticks, however its bytes travel.
"""

from collections import deque
from collections.abc import Sequence
from random import Random
from typing import Protocol, runtime_checkable

from perilune.flight import events
from perilune.wire import schema
from perilune_host.codec import DELIMITER, decode, deframe, enframe
from perilune_host.errors import RigError
from perilune_host.link import Link, reset
from perilune_rig.faults.on_link.damage import Damage, Pieces
from perilune_rig.faults.on_link.receiver import Receiver
from perilune_rig.faults.watched import Watched
from perilune_rig.scenario.model import Fault
from perilune_sim.flight_record import InjectedFault
from perilune_sim.line import Exchange

_ROOM = 1024  # bytes without a delimiter after which a board starts its line afresh
_REMEMBERED = 256  # frames sent: a delayed one is still known for what it is
_FLIGHT_DATA = (schema.ACTUATORS, schema.EVENT)
_NOTICES = ("refused", "old", "missed", "bad", "stale", "silent")
_NOTICE_TICKS = 5  # a fault has to be counted at the latest so long after its end


@runtime_checkable
class Reopened(Protocol):
    """A link whose port can be pulled and put back."""

    def reopen(self) -> None: ...


class _Stage:
    """One fault of the scenario on this line."""

    def __init__(self, fault: Fault, seed: int, index: int) -> None:
        self.watched = Watched(fault)
        self.target = fault.target
        self.effect = {
            name: float(value) for name, value in fault.effect.items() if not isinstance(value, tuple)
        }
        up, down = (Damage(self.effect, Random(f"link {seed} {index} {way}")) for way in ("up", "down"))
        self.up = up if fault.target != "downlink" else None
        self.down = down if fault.target != "uplink" else None
        self.unplugs = bool(self.effect.get("unplugged"))
        self.counted = 0  # what both ends had counted when it began
        self.noticed = False

    @property
    def hits(self) -> int:
        return sum(damage.hits for damage in (self.up, self.down) if damage)

    def account(self, tick: int, noticed: int) -> None:
        """Whether it acted, and whether anyone has counted more since it began, at the latest shortly after its end."""
        record = self.watched.record
        if record.from_tick is None:
            return
        record.acted = self.hits > 0
        if record.to_tick is None or tick <= record.to_tick + _NOTICE_TICKS:
            self.noticed = self.noticed or noticed > self.counted


class FaultyLine:
    """A `perilune_sim.line.Line` and a `perilune_host.link.Link` over the rung's own link.

    counts, by who noticed. The flight computer: `refused` lines, `old` sensor frames (a tick flown already), `missed`
    ticks. The rig: `bad` lines, `stale` actuator frames, `silent` ticks without a new one. `damaged` lines reached the
    flight computer; `accepted` of them it took for good, which must never be.
    """

    faulty = True

    def __init__(self, link: Link, faults: Sequence[Fault], seed: int) -> None:
        self.link = link
        self._stages = [_Stage(fault, seed, n) for n, fault in enumerate(faults)]
        self._tick = 0
        self._rest = b""
        self._sent: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._receiver = Receiver()
        self._said = b""  # in answer to a command's neighbours on the line
        self._heard: list[bytes] = []
        self._board = dict.fromkeys(("damaged", "accepted", "refused", "old", "missed"), 0)

    @property
    def counts(self) -> dict[str, int]:
        """See above."""
        rig = self._receiver
        return self._board | {"bad": rig.bad, "stale": rig.old, "silent": rig.silent}

    def update(self, tick: int, agl_m: float, mode: str) -> None:
        """Start and end what is due at this tick."""
        self._tick = tick
        noticed = self._noticed()
        for stage in self._stages:
            if stage.watched.changed(tick, agl_m, mode):
                if stage.watched.active:
                    stage.counted = noticed
                elif stage.unplugs and isinstance(self.link, Reopened):
                    self.link.reopen()
            stage.account(tick, noticed)

    def exchange(self, frame: bytes, time_us: int) -> Exchange:
        """One sensor frame out; what was said, and what of it arrived."""
        said = self._out(frame, time_us)
        payloads = self._heard + self._back(said)
        said, self._said, self._heard = self._said + said, b"", []
        return Exchange(said, self._receiver.newest(payloads, self._tick + 1))

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """Any other frame: the good frames that arrive in answer; flight data among them waits for the next tick."""
        said = self._out(frame, time_us)
        self._said += b"".join(line for line in _lines(said) if _kind(line) in _FLIGHT_DATA)
        payloads = self._back(said)
        self._heard += [payload for payload in payloads if payload[3] in _FLIGHT_DATA]
        return b"".join(enframe(payload) for payload in payloads if payload[3] not in _FLIGHT_DATA)

    def reset(self, cause: str, time_us: int) -> None:
        """See `perilune_host.link.Resettable`."""
        self._rest = b""  # a line half received is lost with it
        reset(self.link, cause, time_us)

    def close(self) -> None:
        """Close the link itself."""
        self.link.close()

    @property
    def injected(self) -> list[InjectedFault]:
        """What became of the faults, in the order of the file. RigError for one that nobody counted."""
        for stage in self._stages:
            if stage.hits and not stage.noticed:
                effect = ", ".join(f"{name} = {value:g}" for name, value in stage.effect.items())
                raise RigError(
                    f"{stage.target} fault ({effect}) acted {stage.hits} times and nobody counted it"
                )
        return [stage.watched.record for stage in self._stages]

    def _noticed(self) -> int:
        counts = self.counts
        return sum(counts[name] for name in _NOTICES)

    def _out(self, frame: bytes, time_us: int) -> bytes:
        """Towards the flight computer: its whole answer."""
        self._sent.append(frame[:-1])
        pieces: Pieces = [frame]
        for stage in self._stages:
            if stage.up:
                pieces = stage.up.feed(pieces, self._tick, stage.watched.active)
        *lines, rest = (self._rest + b"".join(pieces)).split(DELIMITER)
        self._rest = rest[len(rest) // _ROOM * _ROOM :]
        return b"".join(self._deliver(line[len(line) // _ROOM * _ROOM :], time_us) for line in lines if line)

    def _deliver(self, line: bytes, time_us: int) -> bytes:
        """One line as the flight computer gets it, and what it makes of it."""
        if not line:
            return b""
        answer = self.link.transact(line + DELIMITER, time_us)
        rows = [decode(deframe(part[:-1])) for part in _lines(answer)]
        refused = [row for row in rows if row[0] == schema.REFUSED]
        board = self._board
        board["old"] += sum(row[1] == schema.BAD_ORDER for row in refused)
        board["refused"] += sum(row[1] != schema.BAD_ORDER for row in refused)
        board["missed"] += sum(
            round(row[4]) for row in rows if row[0] == schema.EVENT and row[2] == events.FRAME_LOST
        )
        if line not in self._sent:
            board["damaged"] += 1
            board["accepted"] += not refused
        return answer

    def _back(self, said: bytes) -> list[bytes]:
        """From the flight computer: payloads that arrive whole."""
        pieces: Pieces = _lines(said)
        for stage in self._stages:
            if stage.down:
                pieces = stage.down.feed(pieces, self._tick, stage.watched.active)
        return self._receiver.lines(b"".join(pieces))


def _lines(data: bytes) -> list[bytes]:
    """Frames of an undamaged stream, with their delimiters."""
    return [line + DELIMITER for line in data.split(DELIMITER)[:-1]]


def _kind(line: bytes) -> int:
    return deframe(line[:-1])[3]
