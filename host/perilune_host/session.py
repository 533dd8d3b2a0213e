"""A session with a flight computer: hello, parameters acknowledged by hash, commands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from perilune.link.authentication import WINDOW
from perilune.wire import schema
from perilune_host import keys, signature
from perilune_host.codec import (
    DELIMITER,
    LAYOUTS,
    NAMES,
    SCHEMA_CRC,
    FrameError,
    decode,
    deframe,
    encode,
    enframe,
)
from perilune_host.errors import RigError
from perilune_host.link import Link
from perilune_host.plain import plain

COMMAND_NAMES = {
    schema.ARM: "arm",
    schema.WAVE_OFF: "wave_off",
    schema.DIVERT: "divert",
    schema.RELEASE_PAYLOAD: "release_payload",
}
STATUS = {
    schema.BAD_RANGE: "a value is out of range",
    schema.BAD_ORDER: "out of order",
    schema.BAD_HASH: "the hash differs",
    schema.BAD_STATE: "not in this state",
    schema.BAD_FRAME: "the frame was damaged",
    schema.BAD_VERSION: "the board follows another version of the wire: flash it again",
    schema.BAD_MAC: "the signature is not by its key",
    schema.BAD_SESSION: "another session has been opened since",
    schema.BAD_COUNTER: "its counter has been used, or is too far ahead",
    schema.TOO_LATE: "it came after the last tick it was meant for",
}
VALID_TICKS = 500  # a command that has not arrived 10 s after it was signed is not meant any more
_TICK_US = 1_000_000 // schema.TICK_HZ


def _text(data: bytes) -> str:
    """What a board says of itself, whatever bytes it says it in."""
    return plain(data.rstrip(b"\0").decode(errors="backslashreplace"))


class NoAnswer(RigError):
    """Nothing usable came back: the frame or its answer was lost on the way."""


@dataclass(frozen=True)
class Board:
    """Who answered hello."""

    software: str
    board: str
    boot_nonce: int
    reset_cause: int
    float_bits: int
    key_id: bytes
    manifest: str  # first 16 hex digits of the SHA-256 of the manifest it was flashed by; zeros: frozen in
    tick: int = 0  # flight time: the last tick flown, 0 without a flight


@dataclass
class Order:
    """One command, signed: the frame that is sent, and sent again until it is answered."""

    code: int
    argument: tuple[float, float]
    payload: bytes
    counter: int
    tries: int = 0


class Session:
    """Speaks with one flight computer over a link.

    session: its number; 0 joins the one that is open, and changes nothing by saying hello.
    """

    def __init__(self, link: Link, session: int = 1) -> None:
        self.link = link
        self.session = session
        self.counter = 0
        self.time_us = 0
        self.board = Board("", "", 0, 0, 0, b"", "")  # who answered the last hello
        self._key = b""
        self._adopted: bytes | None = None
        self.groups: list[tuple[int, Mapping[str, Any]]] = []

    def adopt(self, key: bytes) -> None:
        """Sign with this key from the next hello on, whatever this machine keeps for the board."""
        self._adopted = key

    def hello(self) -> Board:
        """Open the session; the flight computer forgets earlier parameters. RigError where versions differ.

        InputError where the board's key is not on this machine.
        """
        values = {"wire_version": schema.WIRE_VERSION, "schema_crc": SCHEMA_CRC, "session": self.session}
        reply = self._ask(schema.HELLO, encode(schema.HELLO, values), schema.HELLO_REPLY)
        if reply["schema_crc"] != SCHEMA_CRC:
            raise RigError("the board's wire schema differs from the host's: flash the board again")
        self.session = reply["session"]
        self.counter = max(self.counter, reply["counter"])
        self._key = self._adopted or keys.find(reply["key_id"])
        self.board = Board(
            _text(reply["software"]),
            _text(reply["board"]),
            reply["boot_nonce"],
            reply["reset_cause"],
            reply["float_bits"],
            reply["key_id"],
            reply["manifest"].hex(),
            reply["tick"],
        )
        return self.board

    def resume(self, groups: Sequence[tuple[int, Mapping[str, Any]]] = ()) -> Board:
        """After a reset of the flight computer: hello and the same parameters again; what it kept, it takes up itself.

        They stand for the parameters that a lander has in its own flash. Commands go on counting where they were.
        groups: others in their place, for a computer that kept nothing.
        """
        board = self.hello()
        self.upload(groups or self.groups)
        return board

    def upload(self, groups: Sequence[tuple[int, Mapping[str, Any]]]) -> bytes:
        """Send parameter groups in order and commit them; returns the 8-byte digest both sides agree on."""
        self.groups = list(groups)
        digest = sha256()
        for kind, values in groups:
            payload = encode(kind, values)
            digest.update(payload)
            reply = self._ask(kind, payload, schema.PARAM_ACK)
            self._accepted(kind, reply)
        commit = self._signed(schema.PARAM_COMMIT, {"digest": digest.digest()[:8]})
        reply = self._ask(schema.PARAM_COMMIT, commit, schema.PARAM_ACK)
        self._accepted(schema.PARAM_COMMIT, reply)
        if reply["digest"] != digest.digest()[:8]:
            has, sent = reply["digest"].hex(), digest.digest()[:8].hex()
            raise RigError(
                f"the flight computer acknowledged other parameters than it was sent: {has}, not {sent}"
            )
        return digest.digest()[:8]

    def command(self, code: int, argument: tuple[float, float] = (0.0, 0.0)) -> bool:
        """Send one command; whether the flight computer obeyed. NoAnswer if it was lost, or its answer was."""
        return self.give(self.order(code, argument)) == schema.OK

    def order(self, code: int, argument: tuple[float, float] = (0.0, 0.0)) -> Order:
        """Sign one command, to be given once or, where no answer comes, again; void VALID_TICKS from now."""
        now = max(self.time_us // _TICK_US, self.board.tick)
        values = {"command": code, "last_tick": now + VALID_TICKS, "argument": argument}
        payload = self._signed(schema.COMMAND, values)
        return Order(code, argument, payload, self.counter)

    def give(self, order: Order) -> int:
        """Send an order; the status it met. One that was obeyed before is not obeyed again, and its status is told.

        Where somebody else has used its counter it is signed anew, once.
        """
        order.tries += 1
        reply = self._ask(schema.COMMAND, order.payload, schema.COMMAND_ACK)
        if reply["status"] != schema.BAD_COUNTER:
            return reply["status"]
        if order.tries > 1 and reply["last_counter"] == order.counter:
            return reply["last_status"]
        if not 0 <= reply["last_counter"] - self.counter < WINDOW or order.tries > 1:
            return reply["status"]
        self.counter = reply["last_counter"]
        fresh = self.order(order.code, order.argument)
        order.payload, order.counter = fresh.payload, fresh.counter
        return self.give(order)

    def _signed(self, kind: int, values: Mapping[str, Any]) -> bytes:
        self.counter += 1
        tail = {"session": self.session, "counter": self.counter}
        return signature.signed(kind, {**tail, **values}, self._key, self.board.boot_nonce)

    def _accepted(self, kind: int, reply: Mapping[str, Any]) -> None:
        if reply["status"] == schema.OK:
            return
        reason = STATUS.get(reply["status"], f"status {reply['status']}")
        items = LAYOUTS[kind].items
        at = items[reply["item"]][0] if reply["item"] < len(items) else "?"
        raise RigError(f"the flight computer refused {NAMES[kind]}: {reason} (at {at})")

    def _ask(self, kind: int, payload: bytes, wanted: int) -> dict[str, Any]:
        answer = self.link.transact(enframe(payload), self.time_us)
        try:
            rows = [decode(deframe(line)) for line in answer.split(DELIMITER)[:-1]]
        except FrameError as error:
            raise NoAnswer(f"bad answer to {NAMES[kind]}: {error}") from error
        if not rows:
            raise NoAnswer(f"no answer to {NAMES[kind]}")
        row = rows[-1]
        if row[0] == schema.REFUSED:
            raise RigError(f"the flight computer refused {NAMES[kind]}: {STATUS.get(row[1], row[1])}")
        if row[0] != wanted:
            raise RigError(f"{NAMES[row[0]]} came in answer to {NAMES[kind]}")
        return LAYOUTS[wanted].named(row)
