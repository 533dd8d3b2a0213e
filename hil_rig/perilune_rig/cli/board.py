"""`perilune board`: an emulated board at a device path, for anything that talks to a real one."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from rich.console import Console

from perilune_host.errors import InputError
from perilune_rig.boards import arithmetic
from perilune_rig.boards.emulated import EMULATED, emulated
from perilune_rig.boards.rp2040_board import Rp2040Board
from perilune_rig.cli import board_report, board_wiring, port
from perilune_rig.flash.repl import Repl

KINDS = ("rp2040",)
CHECK, REPORT = "check", "report"


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("board", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    board_help = (
        f"which board: {', '.join(KINDS)}; or {CHECK}: does one compute as the reference does, to the last bit; "
        f"or {REPORT}: check it, fly it, write what came of it to a file"
    )
    verb.add_argument("board", metavar="BOARD", choices=(*KINDS, CHECK, REPORT), help=board_help)
    port.add_options(
        verb, f"check, report: pyserial URL of the board; else the environment's {port.VARIABLE}"
    )
    verb.add_argument("--rung", choices=EMULATED, help="check, report: an emulated board instead")
    functions_help = (
        "check: count too what differs of the functions that flight code leaves alone for that reason"
    )
    verb.add_argument("--functions", action="store_true", help=functions_help)
    board_wiring.add_options(verb)
    board_report.add_options(verb)
    pty_help = "behind a pseudo-terminal, whose path is printed on standard output (the default, so far the only way)"
    verb.add_argument("--pty", action="store_true", help=pty_help)
    frozen_help = "the flight image instead of MicroPython alone, which waits to be flashed"
    verb.add_argument("--frozen", action="store_true", help=frozen_help)
    flash_help = "keep the board's flash in this file from run to run, made if missing"
    verb.add_argument("--flash", metavar="FILE", type=Path, help=flash_help)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Start the board, print its path, serve until Ctrl-C; or check one."""
    if args.board == CHECK:
        return board_wiring.check(args) if args.wiring else _check(args)
    if args.board == REPORT:
        return board_report.run(args)
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


def _check(args: argparse.Namespace) -> int:
    """Exit status 1 where the board's arithmetic is not the reference's."""
    port.settle(args)
    url = os.environ.get(port.VARIABLE)
    if args.rung:
        with emulated(args.rung) as path:
            return _compared(args.rung, path, args.functions)
    if not url:
        raise InputError(f"board check: give --port (or {port.VARIABLE}), or --rung for an emulated board")
    return _compared(url, url, args.functions)


def _compared(name: str, url: str, functions: bool) -> int:
    repl = Repl(url)
    try:
        verdict = arithmetic.check(repl.run)
        counts = arithmetic.functions(repl.run) if functions else {}
    finally:
        repl.close()
    status = _told(name, verdict)
    for function, wrong in counts.items():
        if wrong:
            print(f"  {function}: {wrong} results are not the reference's; flight code does not use it")
    return status


def _told(name: str, verdict: arithmetic.Verdict) -> int:
    if not verdict.wrong:
        but = f", but for {verdict.known} known of the RP2040's boot ROM" if verdict.known else ""
        print(f"{name}: computes as the reference does: {verdict.values} values, bit for bit{but}")
        return 0
    print(
        f"{name}: {verdict.wrong} of {verdict.values} values are not the reference's; no trace hash will agree"
    )
    for difference in verdict.differences:
        print(f"  {difference}")
    return 1


def _started(args: argparse.Namespace, console: Console) -> Rp2040Board:
    with console.status(f"preparing board {args.board}: the first time takes about a minute"):
        return Rp2040Board(frozen=args.frozen, flash=args.flash)
