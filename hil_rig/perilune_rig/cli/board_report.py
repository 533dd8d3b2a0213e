"""`perilune board report`: a file that says what was run on a board, and what came of it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from perilune_host.errors import InputError
from perilune_rig.bitexact import board_report as report
from perilune_rig.boards.emulated import emulated
from perilune_rig.cli import port
from perilune_rig.flash.repl import Repl
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.verdict.result import dumps

_SCENARIO, _SEED = "nominal_terminal", 1


def add_options(verb: argparse.ArgumentParser) -> None:
    """What `report` takes."""
    to_help = "report: the file to write; else board-report.json here"
    verb.add_argument("--to", metavar="FILE", type=Path, default=Path("board-report.json"), help=to_help)
    ticks_help = f"report: fly at most so many ticks of {_SCENARIO}; else all"
    verb.add_argument("--ticks", metavar="N", type=int, help=ticks_help)


def run(args: argparse.Namespace) -> int:
    """Check the arithmetic, fly, write. Exit status 1 where a bit differs from the reference's."""
    port.settle(args)
    url = os.environ.get(port.VARIABLE)
    if not args.rung and not url:
        raise InputError(f"board report: give --port (or {port.VARIABLE}), or --rung for an emulated board")
    if not args.to.resolve().parent.is_dir():
        raise InputError(f"--to {args.to}: no such directory: {args.to.parent}")
    found = _arithmetic(args.rung, url or "")
    found |= report.of_flight(load_scenario(_SCENARIO), _SEED, args.rung or "board", args.ticks)
    try:
        args.to.write_text(dumps(found), encoding="utf-8")
    except OSError as error:
        raise InputError(f"--to {args.to}: cannot be written: {error.strerror}") from None
    _tell(found, args.to)
    return 0 if report.is_sound(found) else 1


def _arithmetic(rung: str | None, url: str) -> dict:
    if rung:
        with emulated(rung) as path:
            return _asked(path)
    return _asked(url)


def _asked(url: str) -> dict:
    repl = Repl(url)
    try:
        return report.of_arithmetic(repl.run)
    finally:
        repl.close()


def _tell(found: dict, file: Path) -> None:
    flight, arithmetic = found["flight"], found["arithmetic"]
    same = flight["first_difference"] is None
    print(f"{found['board']['machine']}, MicroPython {found['board']['micropython']}")
    print(f"arithmetic: {arithmetic['wrong']} of {arithmetic['values']} values are not the reference's")
    print(
        f"{flight['scenario']}, {flight['ticks']} ticks: {flight['outcome']}, {flight['trace_hash'][:16]}, "
        + ("as the reference" if same else f"DIFFERS first at {flight['first_difference']}")
    )
    print(f"written: {file}")
