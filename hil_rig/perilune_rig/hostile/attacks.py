"""Rows of the hostile table that are tried on the real images, emulated from their first instruction.

Each attack gets a board fresh from its box, a source of chance, and how many tries it has. A try is survived if the
board still hears both its ports, has not started again, and has shown no prompt; in flight, if the next tick comes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from perilune.link.authentication import HIL_KEY
from perilune.wire import schema
from perilune_host import signature
from perilune_host.codec import enframe
from perilune_host.errors import RigError
from perilune_rig.hostile.streams import KEYS, stream
from perilune_rig.hostile.target import KEY, PORTS, UART, USB, Target

__all__ = ["ATTACKS", "Attack", "Tally"]

_BOOT_MS = 800
_STATEMENTS = b"\r\nprint(open('/perilune.key').read())\r\n\4"


@dataclass
class Tally:
    """As a row of the table has them."""

    tries: int = 0
    survived: int = 0
    accepted: int = 0  # forgeries obeyed
    lost: int = 0  # ticks unanswered


@dataclass(frozen=True)
class Attack:
    """`run(target, rng, tries)` on a board of that build."""

    name: str
    flight: bool
    tries: int
    run: Callable[[Target, Random, int], Tally]


def _sound(target: Target, resets: int = 0) -> bool:
    return target.hears(USB) and target.hears(UART) and target.resets == resets and not target.prompted


def _while_it_starts(channel: int, target: Target, rng: Random, tries: int) -> Tally:
    tally = Tally()
    for n in range(tries):
        if n:
            target.reset()
        quiet = rng.randrange(_BOOT_MS)
        target.run(quiet)
        for _ in range((_BOOT_MS - quiet) // 10 + 1):
            target.run(10, bytes(rng.choices(KEYS, k=4)), channel)
        target.run(200, _STATEMENTS, channel)
        tally.tries += 1
        tally.survived += _sound(target, n)
    return tally


def _noise(channel: int, target: Target, rng: Random, tries: int) -> Tally:
    target.boot()
    tally = Tally()
    for _ in range(tries):
        target.run(5, stream(rng, flight=True), channel)
        tally.tries += 1
        tally.survived += _sound(target)
    return tally


def _in_flight(
    channel: int, piece: Callable[[Random], bytes], target: Target, rng: Random, tries: int
) -> Tally:
    """The flight is on the other port."""
    target.boot()
    target.take_off(UART if channel == USB else USB)
    tally = Tally()
    for _ in range(tries):
        tally.tries += 1
        target.run(2, piece(rng), channel)
        try:
            target.tick()
            tally.survived += target.resets == 0 and not target.prompted
        except RigError:
            tally.lost += 1
            break
    if not _sound(target):
        tally.survived = 0
    return tally


def _partial(rng: Random) -> bytes:
    whole = stream(rng, flight=False).replace(b"\0", b"\1")
    return b"\x05\x98\x2f\x18" + bytes([rng.choice((schema.SENSORS, 0x10, schema.COMMAND))]) + whole[:30]


Forge = Callable[[Target, Random], bytes]


def _commit(target: Target, rng: Random, key: bytes) -> bytes:
    """A commit of what has been uploaded, signed for this boot with that key."""
    session = target.session
    values = {"session": session.session, "counter": session.counter + 1, "digest": target.uploaded}
    return signature.signed(schema.PARAM_COMMIT, values, key, session.board.boot_nonce)


def _flipped(target: Target, rng: Random) -> bytes:
    good = _commit(target, rng, KEY)
    at = rng.randrange(8 * len(good))
    return good[: at // 8] + bytes([good[at // 8] ^ 1 << at % 8]) + good[at // 8 + 1 :]


def _guessed(target: Target, rng: Random) -> bytes:
    return _commit(target, rng, KEY)[:-16] + rng.randbytes(16)


def _order(target: Target, rng: Random) -> bytes:
    return target.session.order(rng.randrange(1, 5), (1.0, 1.0)).payload


def _obeyed(target: Target, payload: bytes) -> bool:
    rows = target.ask(enframe(payload))
    at = {schema.PARAM_ACK: 2, schema.COMMAND_ACK: 3}
    return any(row[0] in at and row[at[row[0]]] == schema.OK for row in rows)


def _forged(forge: Forge, target: Target, rng: Random, tries: int) -> Tally:
    """Before flight, with parameters uploaded that only wait for their commit."""
    target.boot()
    target.upload()
    tally = Tally(tries=tries)
    for _ in range(tries):
        tally.accepted += _obeyed(target, forge(target, rng))
    tally.survived = tries - tally.accepted if _sound(target) else 0
    return tally


def _across_boots(target: Target, rng: Random, tries: int) -> Tally:
    """A whole session recorded and played again after a reset: hello, parameters, commit, command."""
    target.boot()
    target.upload()
    recorded = [_commit(target, rng, KEY), _order(target, rng)]
    for payload in recorded:
        target.ask(enframe(payload))
    tally = Tally(tries=tries)
    for n in range(tries):
        target.reset()
        target.boot()
        target.upload()
        tally.accepted += any([_obeyed(target, payload) for payload in recorded])
        tally.survived += _sound(target, n + 1)
    tally.survived -= tally.accepted
    return tally


def _attacks() -> list[Attack]:
    found = []
    for name, channel in PORTS.items():
        found += [
            Attack(f"boot: keys at {name}", True, 10, partial(_while_it_starts, channel)),
            Attack(f"noise at {name}, rig", False, 40, partial(_noise_to_the_rig, channel)),
            Attack(f"noise at {name}, flight", True, 40, partial(_noise, channel)),
            Attack(f"noise at {name} in flight", False, 150, partial(_in_flight, channel, _harmless)),
            Attack(f"partial frames at {name} in flight", False, 100, partial(_in_flight, channel, _partial)),
        ]
    found += [
        Attack("commit: key known to all", True, 100, partial(_forged, lambda t, r: _commit(t, r, HIL_KEY))),
        Attack("commit: wrong key", True, 100, partial(_forged, lambda t, r: _commit(t, r, r.randbytes(32)))),
        Attack("commit: guessed signature", True, 100, partial(_forged, _guessed)),
        Attack("commit: flipped bit", True, 100, partial(_forged, _flipped)),
        Attack("command before flight", True, 50, partial(_forged, _order)),
        Attack("replay across boots", True, 5, _across_boots),
    ]
    return found


def _harmless(rng: Random) -> bytes:
    return stream(rng, flight=False)


def _noise_to_the_rig(channel: int, target: Target, rng: Random, tries: int) -> Tally:
    """Without what leads to the prompt, which the rig's build has and may show: Ctrl-C is taken out."""
    target.boot()
    tally = Tally()
    for _ in range(tries):
        target.run(5, stream(rng, flight=False).replace(b"\3", b"\5"), channel)
        tally.tries += 1
        tally.survived += _sound(target)
    return tally


ATTACKS = {attack.name: attack for attack in _attacks()}
