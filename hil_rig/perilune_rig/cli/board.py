"""`perilune board`: an emulated board at a device path, for anything that talks to a real one."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from rich.console import Console

from perilune_host.errors import InputError
from perilune_rig.boards.rp2040_board import Rp2040Board

KINDS = ("rp2040",)


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("board", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    verb.add_argument("board", metavar="BOARD", choices=KINDS, help=f"which board: {', '.join(KINDS)}")
    pty_help = "behind a pseudo-terminal, whose path is printed on standard output (the default, so far the only way)"
    verb.add_argument("--pty", action="store_true", help=pty_help)
    frozen_help = "the flight image instead of MicroPython alone, which waits to be flashed"
    verb.add_argument("--frozen", action="store_true", help=frozen_help)
    flash_help = "keep the board's flash in this file from run to run, made if missing"
    verb.add_argument("--flash", metavar="FILE", type=Path, help=flash_help)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Start the board, print its path, serve until Ctrl-C."""
    if args.flash and not args.flash.resolve().parent.is_dir():
        raise InputError(f"--flash {args.flash}: no such directory: {args.flash.parent}")
    console = Console(stderr=True, highlight=False)
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # a shell starts what is in its background with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        board = _started(args, console)
    except KeyboardInterrupt:
        return 0
    try:
        print(board.path, flush=True)
        if sys.stderr.isatty():
            console.print(
                f"perilune fly nominal_terminal --rung board --port {board.path}; Ctrl-C ends the board"
            )
        board.serve()
    except KeyboardInterrupt:
        pass
    finally:
        board.close()
    return 0


def _started(args: argparse.Namespace, console: Console) -> Rp2040Board:
    with console.status(f"preparing board {args.board}: the first time takes about a minute"):
        return Rp2040Board(frozen=args.frozen, flash=args.flash)
