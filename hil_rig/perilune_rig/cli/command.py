"""`perilune command`: sign one command and send it to a flight computer in flight, over a port of its own."""

from __future__ import annotations

import argparse
import os

from perilune.wire import schema
from perilune_host.errors import InputError
from perilune_host.serial_link import SerialLink
from perilune_host.session import Session
from perilune_rig.cli import output, port

CODES = {
    "arm": schema.ARM,
    "wave_off": schema.WAVE_OFF,
    "divert": schema.DIVERT,
    "release_payload": schema.RELEASE_PAYLOAD,
}
_WORDS = {
    schema.OK: "obeyed",
    schema.BAD_STATE: "refused: not in this state",
    schema.BAD_RANGE: "refused: an argument is out of range",
    schema.BAD_MAC: "refused: the signature is not by its key",
    schema.BAD_SESSION: "refused: another session has been opened since",
    schema.BAD_COUNTER: "refused: the counter has been used",
}


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    more = (
        "It joins the session that is open and disturbs nothing. The key is found by the ID the board gives: the rig's "
        "own, or a file in the directory PERILUNE_KEYS (default ~/.config/perilune/keys)."
    )
    verb = verbs.add_parser(
        "command", help=about, description=f"{about.capitalize()}. {more}", allow_abbrev=False
    )
    verb.add_argument("command", metavar="COMMAND", choices=CODES, help=", ".join(CODES))
    port.add_options(verb, f"pyserial URL of a free port of the board; else {port.VARIABLE}")
    verb.add_argument(
        "--downrange-m", type=float, metavar="M", help="divert only: the new site from the present one"
    )
    verb.add_argument("--left-m", type=float, metavar="M", help="divert only")
    output.add_json(verb)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit status 0: obeyed; 1: refused."""
    output.check_json(args)
    argument = _argument(args)
    port.settle(args)
    url = os.environ.get(port.VARIABLE)
    if not url:
        raise InputError("command: name the board's port with --port or PERILUNE_PORT, such as /dev/ttyUSB0")
    link = SerialLink(url)
    try:
        session = Session(link, session=0)
        board = session.hello()
        status = session.give(session.order(CODES[args.command], argument))
    finally:
        link.close()
    word = _WORDS.get(status, f"refused: status {status}")
    console = output.console(args)
    console.print(f"{args.command} to {board.board}, session {session.session}: {word}", markup=False)
    found = {"command": args.command, "argument": list(argument), "board": board.board}
    found |= {
        "session": session.session,
        "counter": session.counter,
        "status": status,
        "obeyed": status == schema.OK,
    }
    output.write_json(args, found)
    return 0 if status == schema.OK else 1


def _argument(args: argparse.Namespace) -> tuple[float, float]:
    """Downrange and left of a divert, else zeros. InputError names the option at fault."""
    given = {"--downrange-m": args.downrange_m, "--left-m": args.left_m}
    for name, value in given.items():
        if (value is not None) != (args.command == "divert"):
            raise InputError(f"{name}: {'needed by' if args.command == 'divert' else 'only for'} divert")
        if value is not None and not -1e6 <= value <= 1e6:
            raise InputError(f"{name} {value:g}: outside -1e6 to 1e6")
    return args.downrange_m or 0.0, args.left_m or 0.0
