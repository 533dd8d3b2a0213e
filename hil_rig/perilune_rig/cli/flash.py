"""`perilune flash`: put the flight software on a board that runs MicroPython."""

from __future__ import annotations

import argparse
import os

from rich.markup import escape

from perilune_host.errors import InputError
from perilune_rig.cli import output, port
from perilune_rig.flash import identity
from perilune_rig.flash.flash import flash


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("flash", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    verb.add_argument("--board", metavar="ID", required=True, help=", ".join(identity.KINDS))
    port.add_options(
        verb, f"pyserial URL of the board; else {port.VARIABLE}, else the only USB board of that maker"
    )
    id_help = "refuse any board but the one with this unique ID (machine.unique_id() in hex)"
    verb.add_argument("--unique-id", metavar="HEX", help=id_help)
    key_help = (
        "give the board a key of its own for commands, kept in PERILUNE_KEYS; else it keeps what it has"
    )
    verb.add_argument("--new-key", action="store_true", help=key_help)
    output.add_json(verb)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Flash, verify, tell."""
    output.check_json(args)
    console = output.console(args)
    port.settle(args)
    url = os.environ.get(port.VARIABLE) or _only_port(identity.kind(args.board))
    with console.status(f"flashing {escape(url)}"):
        tell = lambda line: console.print(line, markup=False)  # noqa: E731
        given = {} if args.timeout is None else {"timeout_s": args.timeout}
        done = flash(args.board, url, args.unique_id, tell, new_key=args.new_key, **given)
    wrote = done.installed
    console.print(
        f"slot {wrote.slot}: {len(wrote.sent)} files sent, {len(wrote.copied)} copied on the board, "
        f"{len(wrote.kept)} already there; it answers hello as {done.board.software}, manifest {done.board.manifest}",
        markup=False,
    )
    result = {
        "board": args.board,
        "port": url,
        "slot": wrote.slot,
        "sent": wrote.sent,
        "manifest": done.board.manifest,
        "key_id": done.board.key_id.hex(),
        "unique_id": done.identity.unique_id,
        "micropython": ".".join(map(str, done.identity.version)),
    }
    output.write_json(args, result)
    return 0


def _only_port(kind) -> str:
    from serial.tools.list_ports import comports

    found = [port.device for port in comports() if port.vid == kind.usb_vendor]
    if len(found) != 1:
        seen = f"{len(found)} ports could be it: {', '.join(found)}" if found else "no USB port could be it"
        raise InputError(f"--port: {seen}: name the board's port, such as --port /dev/ttyACM0")
    return found[0]
