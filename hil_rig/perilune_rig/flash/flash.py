"""`perilune flash` as a function: check the board, write the free slot, start it, and let it say who it is."""

from collections.abc import Callable
from dataclasses import dataclass

from perilune.link.authentication import KEY_FILE, sealed
from perilune_host import keys
from perilune_host.errors import RigError
from perilune_host.serial_link import SerialLink
from perilune_host.session import Board, Session
from perilune_rig.flash import identity, image
from perilune_rig.flash.install import Installed, install, replace
from perilune_rig.flash.repl import Repl

_START_S = 60.0  # a Pico takes 3; an emulated one on a busy machine many times that


@dataclass(frozen=True)
class Flashed:
    """The board as it was found, what was written, and what it says of itself since."""

    identity: identity.Identity
    installed: Installed
    board: Board


def flash(
    board: str,
    port: str,
    unique_id: str | None = None,
    said: Callable[[str], None] = lambda line: None,
    *,
    new_key: bool = False,
    timeout_s: float = _START_S,
) -> Flashed:
    """Put the flight software on the board at a pyserial URL; the port is free afterwards, whatever happens.

    board: an ID of identity.KINDS. unique_id: hex digits; another board of the same kind is then refused.
    new_key: give the board a key of its own, kept here too (host/perilune_host/keys.py); else it keeps the one it has.
    timeout_s: how long the new software may take to answer.
    InputError for an unknown board, RigError where it is not the one meant, fails, or does not come up.
    """
    wanted = identity.kind(board)
    repl = Repl(port)
    try:
        found = identity.ask(repl)
        identity.check(found, wanted, unique_id, port)
        said(f"{found.machine}, MicroPython {'.'.join(map(str, found.version))}, unique ID {found.unique_id}")
        made = image.build(wanted.start or wanted.id, found.march)
        installed = install(repl, made, said)
        key = keys.make() if new_key else None
        if key:
            replace(repl, KEY_FILE, sealed(key))  # whole or not at all: half a key would be no key
    finally:
        repl.close()
    started = _hello(port, made.identity, timeout_s)
    if key and started.key_id != keys.key_id(key):
        raise RigError(f"{port}: the board did not take its new key: its ID is {started.key_id.hex()}")
    return Flashed(found, installed, started)


def _hello(port: str, wanted: bytes, timeout_s: float) -> Board:
    """Ask the started board who it is. RigError unless it runs what was just written."""
    link = SerialLink(port, timeout_s=timeout_s)
    try:
        board = Session(link).hello()
    finally:
        link.close()
    if board.manifest != wanted[:8].hex():
        runs = f"runs {board.manifest}, not {wanted[:8].hex()}"
        raise RigError(f"{port}: the new software did not start: the board {runs}; its file /error says why")
    return board
