"""Commands by those without the key, against the flight software in its VM: how many are obeyed."""

from collections.abc import Callable, Iterator
from random import Random

from perilune.link.authentication import WINDOW
from perilune.wire import schema
from perilune_host.codec import DELIMITER, decode, deframe, enframe
from perilune_host.session import Session
from perilune_rig.flight.fly import prepare
from perilune_rig.rungs import find
from perilune_rig.scenario.catalogue import load_scenario
from perilune_sim.bridge import Bridge

MAC = 16
_STATUS_AT = {
    schema.REFUSED: 0,
    schema.PARAM_ACK: 1,
    schema.COMMAND_ACK: 2,
}  # a flipped bit may make another frame
Forge = Callable[[Session, bytes, Random], bytes]


def _counter(session: Session, step: int) -> bytes:
    """A command that is signed, with a counter that is not due."""
    before, session.counter = session.counter, session.counter + step - 1
    payload = session.order(schema.DIVERT, (1.0, 1.0)).payload
    session.counter = before
    return payload


def _stale(session: Session, _good: bytes, rng: Random) -> bytes:
    before, session.session = session.session, rng.randrange(2, 1 << 32)
    payload = _counter(session, 1)
    session.session = before
    return payload


def _flipped(_session: Session, good: bytes, rng: Random) -> bytes:
    at = rng.randrange(8 * len(good))
    return good[: at // 8] + bytes([good[at // 8] ^ 1 << at % 8]) + good[at // 8 + 1 :]


def _held_back(session: Session, _good: bytes, rng: Random) -> bytes:
    """A command of ours that somebody kept until its time was over: signed, never used, and too late."""
    values = {"command": schema.DIVERT, "last_tick": 0, "argument": (1.0, rng.random())}
    payload = session._signed(schema.COMMAND, values)
    session.counter -= 1
    return payload


def _wrong_key(session: Session, _good: bytes, rng: Random) -> bytes:
    key, session._key = session._key, rng.choice((bytes(32), rng.randbytes(32)))
    payload = _counter(session, 1)
    session._key = key
    return payload


KINDS: dict[str, Forge] = {
    "wrong key": _wrong_key,
    "held back": _held_back,
    "guessed signature": lambda _s, good, rng: good[:-MAC] + rng.randbytes(MAC),
    "flipped bit": _flipped,
    "cut short": lambda _s, good, rng: good[: rng.randrange(len(good))],
    "stale session": _stale,
    "replayed": lambda s, _good, _rng: _counter(s, 0),
    "counter jump": lambda s, _good, rng: _counter(s, WINDOW + rng.randrange(1, 1 << 20)),
}


def attack(kind: str, tries: int, seed: int) -> tuple[int, int]:
    """So many forgeries in flight: how many were refused, and whether (1 or 0) the flight came out as without."""
    rng = Random(f"forgery {kind} {seed}")
    stormed, calm = (list(_flight(seed, rng, KINDS[kind] if n else None, tries)) for n in (1, 0))
    refused = sum(bool(answer) for answer in stormed[:-1])
    return refused, int(stormed[-1] == calm[-1])


def _flight(seed: int, rng: Random, forge: Forge | None, tries: int) -> Iterator[bool | str]:
    """Whether each forgery was refused, and at last the trace hash of the flight they fell into."""
    link = find("vm")()
    try:
        bridge = prepare(load_scenario("nominal_terminal"), seed, link)
        session = bridge.session
        session.command(schema.DIVERT, (0.0, 0.0))
        for n in range(tries):
            if n % 10 == 0:
                bridge.step()
            if forge:
                good = _counter(session, 1)
                yield _refused(bridge, forge(session, good, rng))
        yield bridge.record().trace_hash
    finally:
        link.close()


def _refused(bridge: Bridge, payload: bytes) -> bool:
    answer = bridge.session.link.transact(enframe(payload), bridge.tick * 20_000)
    kind, *row = decode(deframe(answer.split(DELIMITER)[0]))
    return row[_STATUS_AT[kind]] != schema.OK
