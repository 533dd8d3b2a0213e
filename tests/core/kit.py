"""What the core suite shares: the nominal scenario, its parameters, and a board spoken to frame by frame."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from perilune.flight import modes
from perilune.link.authentication import HIL_KEY
from perilune.wire import schema
from perilune_host import signature
from perilune_host.codec import DELIMITER, LAYOUTS, SCHEMA_CRC, decode, deframe, encode, enframe
from perilune_host.link import Link
from perilune_host.session import Session
from perilune_rig.flight.fly import prepare
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Command, CommandName, Scenario, Trigger
from perilune_sim.bridge import Bridge
from perilune_sim.parameters import Group, flight_parameters
from perilune_sim.world.world import World

NOMINAL = load_scenario("nominal")
SESSION = 77
FOREVER = 0xFFFFFFFF  # as the last tick of a command
Reply = tuple[int, dict[str, Any]]


def short(seconds: float) -> Scenario:
    """The nominal scenario cut off after so many simulated seconds."""
    return replace(NOMINAL, time_limit_s=seconds)


def commanded(command: CommandName, when: Trigger, **target: float) -> Scenario:
    """The nominal scenario with one more command."""
    return replace(NOMINAL, commands=[*NOMINAL.commands, Command(command=command, when=when, **target)])


def parameters() -> list[Group]:
    """All parameter groups of the nominal descent, in the order of upload."""
    world = World(NOMINAL.vehicle, NOMINAL.environment, 1)
    return flight_parameters(NOMINAL.vehicle, world.knowledge(), NOMINAL.environment.map_prior)


def changed(groups: Sequence[Group], kind: int, **values: Any) -> list[Group]:
    """The same groups with other values in the groups of that kind."""
    return [(k, fields | values if k == kind else fields) for k, fields in groups]


def fly_until(link: Link, mode: int, seed: int = 1) -> Bridge:
    """A nominal descent stopped at the first tick in `mode`."""
    bridge = prepare(NOMINAL, seed, link)
    while bridge.mode != mode:
        bridge.step()
        assert bridge.tick < 60_000, f"never in mode {modes.NAMES[mode]}"
    return bridge


class Board:
    """A flight computer and the frames that may be sent to it, also wrong ones. Replies are (frame type, fields)."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.actuators: bytes | None = None  # payload of the last actuator frame
        self.nonce = 0
        self.session = SESSION
        self.counter = 0  # used up by commits: the tests count their commands from here

    def join(self, session: Session) -> None:
        """Speak in a session that somebody else has opened."""
        self.session, self.counter, self.nonce = session.session, session.counter, session.board.boot_nonce

    def line(self, line: bytes) -> list[Reply]:
        """Any bytes, with their delimiter."""
        return [_reply(payload) for payload in self._payloads(line)]

    def payload(self, payload: bytes) -> Reply:
        """Any payload, framed well; the one reply."""
        (reply,) = self.line(enframe(payload))
        return reply

    def send(self, kind: int, values: Mapping[str, Any]) -> Reply:
        """A frame with values within the schema's ranges."""
        return self.payload(encode(kind, values))

    def hello(self, session: int = SESSION, **other: int) -> Reply:
        """Open a session."""
        values = {"wire_version": schema.WIRE_VERSION, "schema_crc": SCHEMA_CRC, "session": session}
        reply = self.send(schema.HELLO, values | other)
        if reply[0] == schema.HELLO_REPLY:
            self.nonce, self.session = reply[1]["boot_nonce"], reply[1]["session"]
            self.counter = max(self.counter, reply[1]["counter"])
        return reply

    def signed(self, kind: int, key: bytes = HIL_KEY, **values: Any) -> bytes:
        """Payload of a signed frame."""
        return signature.signed(kind, values, key, self.nonce)

    def upload(self, groups: Sequence[Group]) -> bytes:
        """Send groups that must all be accepted; the digest of what was sent, first 8 bytes."""
        digest = sha256()
        for kind, values in groups:
            payload = encode(kind, values)
            digest.update(payload)
            reply, fields = self.payload(payload)
            assert (reply, fields["group"], fields["status"]) == (schema.PARAM_ACK, kind, schema.OK)
        return digest.digest()[:8]

    def commit(self, digest: bytes) -> dict[str, Any]:
        """Ask to take the parameters into use; the acknowledgement."""
        self.counter += 1
        tail = {"session": self.session, "counter": self.counter}
        kind, fields = self.payload(self.signed(schema.PARAM_COMMIT, digest=digest, **tail))
        assert (kind, fields["group"]) == (schema.PARAM_ACK, schema.PARAM_COMMIT)
        return fields

    def command(
        self,
        code: int,
        counter: int,
        session: int = SESSION,
        argument: Sequence[float] = (0, 0),
        last_tick: int = FOREVER,
    ) -> int:
        """Send a command signed with the key the board has; the status it is acknowledged with."""
        counter += self.counter
        values = {"session": session, "counter": counter, "command": code, "last_tick": last_tick}
        values["argument"] = argument
        kind, fields = self.payload(self.signed(schema.COMMAND, **values))
        assert (kind, fields["counter"], fields["command"]) == (schema.COMMAND_ACK, counter, code)
        return fields["status"]

    def sense(self, payload: bytes) -> dict[str, Any]:
        """Send a sensor frame; the actuator frame, which must come last and alone of its kind."""
        return self.tick(payload)[-1][1]

    def tick(self, payload: bytes) -> list[Reply]:
        """The same, with the events before it."""
        payloads = self._payloads(enframe(payload))
        self.actuators = payloads[-1]
        replies = [_reply(payload) for payload in payloads]
        assert [kind for kind, _ in replies] == [schema.EVENT] * (len(replies) - 1) + [schema.ACTUATORS]
        return replies

    def out_of_range(self) -> str | None:
        """The first item of the last actuator frame outside its range, or NaN."""
        assert self.actuators
        return LAYOUTS[schema.ACTUATORS].out_of_range(decode(self.actuators))

    def _payloads(self, line: bytes) -> list[bytes]:
        answer = self.link.transact(line, 0)
        assert answer.endswith(DELIMITER)
        return [deframe(part) for part in answer.split(DELIMITER)[:-1]]


def _reply(payload: bytes) -> Reply:
    row = decode(payload)
    return row[0], LAYOUTS[row[0]].named(row)
