"""A session with a flight computer: hello, parameters acknowledged by hash, commands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from host.codec import DELIMITER, LAYOUTS, NAMES, SCHEMA_CRC, FrameError, decode, deframe, encode, enframe
from host.errors import RigError
from host.link import Link
from perilune.wire import schema

_STATUS = {
    schema.BAD_RANGE: "a value is out of range",
    schema.BAD_ORDER: "out of order",
    schema.BAD_HASH: "the hash differs",
    schema.BAD_STATE: "not in this state",
    schema.BAD_FRAME: "the frame was damaged",
    schema.BAD_VERSION: "the board follows another version of the wire: flash it again",
}


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


class Session:
    """Speaks with one flight computer over a link."""

    def __init__(self, link: Link, session: int = 1) -> None:
        self.link = link
        self.session = session
        self.counter = 0
        self.time_us = 0

    def hello(self) -> Board:
        """Open the session; the flight computer forgets earlier parameters. RigError where versions differ."""
        values = {"wire_version": schema.WIRE_VERSION, "schema_crc": SCHEMA_CRC, "session": self.session}
        reply = self._ask(schema.HELLO, encode(schema.HELLO, values), schema.HELLO_REPLY)
        if reply["schema_crc"] != SCHEMA_CRC:
            raise RigError("the board's wire schema differs from the host's: flash the board again")
        return Board(
            reply["software"].rstrip(b"\0").decode(),
            reply["board"].rstrip(b"\0").decode(),
            reply["boot_nonce"],
            reply["reset_cause"],
            reply["float_bits"],
        )

    def upload(self, groups: Sequence[tuple[int, Mapping[str, Any]]]) -> bytes:
        """Send parameter groups in order and commit them; returns the 8-byte digest both sides agree on."""
        digest = sha256()
        for kind, values in groups:
            payload = encode(kind, values)
            digest.update(payload)
            reply = self._ask(kind, payload, schema.PARAM_ACK)
            self._accepted(kind, reply)
        commit = encode(schema.PARAM_COMMIT, {"digest": digest.digest()[:8]})
        self._accepted(schema.PARAM_COMMIT, self._ask(schema.PARAM_COMMIT, commit, schema.PARAM_ACK))
        return digest.digest()[:8]

    def command(self, code: int, argument: tuple[float, float] = (0.0, 0.0)) -> bool:
        """Send one command; whether the flight computer obeyed."""
        self.counter += 1
        values = {"session": self.session, "counter": self.counter, "command": code, "argument": argument}
        reply = self._ask(schema.COMMAND, encode(schema.COMMAND, values), schema.COMMAND_ACK)
        return reply["status"] == schema.OK

    def _accepted(self, kind: int, reply: Mapping[str, Any]) -> None:
        if reply["status"] == schema.OK:
            return
        reason = _STATUS.get(reply["status"], f"status {reply['status']}")
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
            raise RigError(f"the flight computer refused {NAMES[kind]}: {_STATUS.get(row[1], row[1])}")
        if row[0] != wanted:
            raise RigError(f"{NAMES[row[0]]} came in answer to {NAMES[kind]}")
        return LAYOUTS[wanted].named(row)
