"""`perilune log recover`: a whole log from one whose flight was killed."""

from __future__ import annotations

import argparse
from pathlib import Path

from perilune_rig.cli import output
from perilune_rig.cli.exit_status import PASSED
from perilune_rig.logs.recover import recover


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("log", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    verb.add_argument("action", metavar="ACTION", choices=["recover"], help="recover: save what can be read")
    verb.add_argument("log", metavar="LOG", type=Path, help="an MCAP file of `perilune fly --log`, cut short")
    text = "the whole log; default LOG with .recovered before its ending"
    verb.add_argument("--out", metavar="FILE", type=Path, help=text)
    output.add_json(verb)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Recover and tell."""
    output.check_json(args)
    whole = args.out or args.log.with_suffix(f".recovered{args.log.suffix}")
    found = recover(args.log, whole)
    where = f"; the file breaks off there: {found.why}" if found.why else ""
    console = output.console(args)
    console.print(
        f"{whole}: {found.messages} messages, {found.ticks} ticks, {found.outcome}{where}", markup=False
    )
    output.write_json(
        args,
        {
            "log": str(whole),
            "messages": found.messages,
            "ticks": found.ticks,
            "outcome": found.outcome,
            "why": found.why,
        },
    )
    return PASSED
