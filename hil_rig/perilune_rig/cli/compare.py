"""`perilune compare A B`: what changed between two campaigns, with error bars."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from perilune_rig.campaign.evidence.comparison import Comparison, Difference, compare
from perilune_rig.cli import output

COLOUR = {"better": "green", "worse": "bold red", "none shown": "dim"}
_LISTED = 10


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("compare", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    verb.add_argument("a", type=Path, metavar="A", help="folder of the campaign before the change")
    verb.add_argument("b", type=Path, metavar="B", help="folder of the campaign after it")
    output.add_json(verb)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare, tell."""
    output.check_json(args)
    found = compare(args.a, args.b)
    _tell(found, output.console(args))
    output.write_json(args, _as_json(found))
    return 1 if found.worse else 0


def _as_json(found: Comparison) -> dict:
    from dataclasses import asdict

    return asdict(found) | {"a": str(found.a), "b": str(found.b), "worse": found.worse}


def _tell(found: Comparison, console: Console) -> None:
    pairs = (
        f"run by run; {found.same_bits} flown to the same bit" if found.paired else "as independent samples"
    )
    console.print(f"{found.runs[0]} and {found.runs[1]} runs, compared {pairs}", markup=False)
    console.print(
        _table("met", found.proportions, lambda d: (f"{d.a:.2%}", f"{d.b:.2%}", _span(d, 100.0, " %")))
    )
    console.print(
        _table("median", found.values, lambda d: (f"{d.a:.4g}", f"{d.b:.4g}", _span(d, 1.0, f" {d.unit}")))
    )
    for flip in found.flips[:_LISTED]:
        console.print(
            f"run {flip.k}: {flip.was} before, {flip.now} now: {flip.reason}\n  {flip.command}", markup=False
        )
    if len(found.flips) > _LISTED:
        console.print(f"and {len(found.flips) - _LISTED} more runs that changed sides", markup=False)


def _span(d: Difference, factor: float, unit: str) -> str:
    return f"{factor * d.low:+.3g} to {factor * d.high:+.3g}{unit}"


def _table(what: str, found: list[Difference], show) -> Table:
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column("requirement")
    for name in (f"{what}, A", f"{what}, B", "difference, 95 %", "p"):
        made.add_column(name, justify="right")
    made.add_column("change")
    for d in found:
        made.add_row(d.what, *show(d), f"{d.p:.3g}", Text(d.change, COLOUR[d.change]))
    return made
