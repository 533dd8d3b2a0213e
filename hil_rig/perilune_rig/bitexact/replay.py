"""Flying a log again: its frames go to any rung, and what comes back is held against what was logged."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from perilune.wire import schema
from perilune_host import keys, signature
from perilune_host.codec import DELIMITER, LAYOUTS, FrameError, decode, deframe, enframe
from perilune_host.errors import InputError, RigError
from perilune_host.link import Link, reset
from perilune_rig import rungs
from perilune_rig.bitexact.difference import Difference, content, in_tick
from perilune_rig.flight.fly import adopt
from perilune_rig.logs.log import FAULTY, LINE
from perilune_rig.logs.reader import Exchange, Recording, Reset
from perilune_sim.bridge import TICK_US

_HEARD = {schema.HELLO, schema.PARAM_COMMIT, schema.SENSORS, schema.COMMAND} | set(
    range(schema.PARAM_VEHICLE, schema.PARAM_GUIDANCE + 1)
)
_SIGNED = (schema.COMMAND, schema.PARAM_COMMIT)
_TELL_EVERY = 50  # ticks


@dataclass
class Replay:
    """What a replay has shown so far."""

    rung: str
    logged_hash: str
    ticks: int = 0
    differing: int = 0  # ticks
    first: Difference | None = None
    float_bits: tuple[int, int] | None = None  # of the computer that was logged, and of this one
    trace_hash: str = ""
    missing: int = 0  # ticks that were flown but are not in the log: what was recovered of it

    @property
    def same(self) -> bool:
        """Every answer the same, and so the trace hash, if that of these ticks was logged."""
        return self.first is None and (self.missing > 0 or self.logged_hash in ("", self.trace_hash))


def replay(recording: Recording, rung: str, progress: Callable[[Replay], None] | None = None) -> Replay:
    """Send the recorded frames to a rung, compare every answer.

    Flight content decides, as in the trace hash: what a board measures of itself and what it says of itself in its
    hello do not count. InputError for a damaged log, RigError where the rung or the link fails.
    """
    link = rungs.find(rung)()
    try:
        if "policy" in recording.about:
            adopt(link, recording.about["policy"])
        return _Player(recording, rung, link, progress).play()
    finally:
        link.close()


class _Player:
    def __init__(
        self, recording: Recording, rung: str, link: Link, progress: Callable[[Replay], None] | None
    ) -> None:
        self._recording, self._link, self._progress = recording, link, progress
        self._so_far = Replay(rung, recording.result.get("trace_hash", ""))
        self._hash = sha256()
        self._signers: list[
            tuple[bytes, int]
        ] = []  # key and nonce: of the computer that was logged, of this one

    def play(self) -> Replay:
        so_far = self._so_far
        for one in self._recording.exchanges():
            if isinstance(one, Reset):
                reset(self._link, one.cause, one.time_us)
            else:
                self._exchange(one)
        announced = self._recording.ticks
        if announced is not None and so_far.ticks > announced:
            said = f"{so_far.ticks} sensor frames where {announced} are announced"
            raise InputError(f"{self._recording.path}: damaged: {said}")
        so_far.missing = 0 if announced is None else announced - so_far.ticks
        so_far.trace_hash = self._hash.hexdigest()
        return so_far

    def _exchange(self, exchange: Exchange) -> None:
        kind, logged = self._logged(exchange)
        frame = self._signed(exchange.frame) if kind in _SIGNED else exchange.frame
        reply = self._link.transact(frame, exchange.time_us)
        try:
            answer = _payloads(reply)
        except FrameError as error:
            raise RigError(
                f"bad frame from the flight computer at {exchange.time_us / 1e6:.2f} s: {error}"
            ) from error
        if kind == schema.HELLO:
            self._hello(logged, answer)
            return
        self._compare(exchange.time_us // TICK_US, logged, answer)
        if kind == schema.SENSORS:
            self._flown(answer)

    def _logged(self, exchange: Exchange) -> tuple[int, list[bytes]]:
        """What was sent and what was answered then. InputError for what no flight would have sent."""
        try:
            kind = decode(deframe(exchange.frame[:-1]))[0]
            payloads = _payloads(exchange.reply)
        except FrameError as error:
            if self._recording.about.get(LINE) == FAULTY:
                return 0, _payloads(exchange.reply)
            raise InputError(
                f"{self._recording.path}: damaged: a frame at {exchange.time_us} us: {error}"
            ) from None
        if kind not in _HEARD or not exchange.frame.endswith(DELIMITER):
            raise InputError(
                f"{self._recording.path}: a frame at {exchange.time_us} us is none that a host sends"
            )
        return kind, payloads

    def _hello(self, logged: list[bytes], answer: list[bytes]) -> None:
        then, now = (LAYOUTS[schema.HELLO_REPLY].named(_greeting(payloads)) for payloads in (logged, answer))
        if now["schema_crc"] != then["schema_crc"]:
            raise RigError("the board's wire schema differs from the log's: flash the board again")
        self._so_far.float_bits = (then["float_bits"], now["float_bits"])
        self._signers = [(keys.find(x["key_id"]), x["boot_nonce"]) for x in (then, now)]

    def _signed(self, frame: bytes) -> bytes:
        """What was signed for the boot that was logged, signed for this one."""
        if not self._signers or self._signers[0] == self._signers[1]:
            return frame
        return enframe(signature.resigned(deframe(frame[:-1]), *self._signers))

    def _compare(self, tick: int, logged: list[bytes], answer: list[bytes]) -> None:
        found = in_tick(tick, logged, answer)
        if found:
            self._so_far.differing += 1
            self._so_far.first = self._so_far.first or found

    def _flown(self, answer: list[bytes]) -> None:
        if answer and answer[-1][3] == schema.ACTUATORS:
            self._hash.update(content(answer[-1]))
            self._so_far.ticks += 1
        if self._progress and self._so_far.ticks % _TELL_EVERY == 0:
            self._progress(self._so_far)


def _payloads(reply: bytes) -> list[bytes]:
    """The payloads of a reply, each known to decode."""
    payloads = [deframe(line) for line in reply.split(DELIMITER)[:-1]]
    for payload in payloads:
        decode(payload)
    return payloads


def _greeting(payloads: list[bytes]) -> list:
    rows = [decode(payload) for payload in payloads]
    if not rows or rows[-1][0] != schema.HELLO_REPLY:
        raise RigError("the flight computer did not answer hello")
    return rows[-1]
