"""`perilune matrix`: every fault class at every part of the descent, and what became of the lander."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from perilune_host.claim import claim_output
from perilune_host.errors import InputError
from perilune_rig.cli import choice, output
from perilune_rig.cli.exit_status import INTERRUPTED
from perilune_rig.cli.fly import seed
from perilune_rig.cli.outputs import Outputs
from perilune_rig.matrix import classes
from perilune_rig.matrix.branches import Matrix, Plan, fly_matrix
from perilune_rig.matrix.classes import FaultClass
from perilune_rig.matrix.files import write_files
from perilune_rig.matrix.onsets import ONSETS, Onset
from perilune_rig.matrix.summary import as_json, ordered, summarise, unreached
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Scenario
from perilune_rig.scenario.typed_toml import nearest

QUICK_ONSETS = ("approach", "terminal")
PLAIN_EVERY = 25  # cells between lines where there is no terminal


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("matrix", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    verb.add_argument(
        "--scenario", default="nominal", metavar="SCENARIO", help="base flight; default nominal"
    )
    verb.add_argument("--seeds", type=positive, default=1, metavar="N", help="how many seeds; default 1")
    verb.add_argument("--seed", type=seed, default=1, metavar="ROOT", help="the first of them; default 1")
    choice.add_rung(verb)
    choice.add_world(verb)
    set_help = "change the scenario or vehicle, as for `perilune fly`"
    verb.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="sets", help=set_help)
    verb.add_argument("--workers", type=positive, metavar="N", help="flights at a time; default: one a core")
    verb.add_argument("--quick", action="store_true", help="a handful of classes, late onsets only")
    verb.add_argument("--no-pairs", action="store_true", help="leave out pairs of altimetry faults")
    only = "only faults of this name; * and ? stand for anything, e.g. 'lrf*' or 'imu_a dead'"
    verb.add_argument("--only", action="append", default=[], metavar="FAULT", help=only)
    onset = "only faults that begin there: coast, braking, 'braking low', approach, hold, terminal"
    verb.add_argument("--onset", action="append", default=[], metavar="NAME", help=onset)
    verb.add_argument(
        "--out", metavar="DIR", type=Path, help="where files go; default out/matrix-SCENARIO-ROOT"
    )
    output.add_json(verb)
    verb.set_defaults(run=run)


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Fly, tell, write."""
    output.check_json(args)
    choice.settle_world(args)
    scenario = load_scenario(args.scenario, args.sets)
    classes, onsets = _classes(args, scenario), _onsets(args)
    folder = args.out or Path("out") / f"matrix-{scenario.name}-{args.seed}"
    output.make_folder(folder)
    console = output.console(args)
    rung, reason = choice.choose(args, console)
    plan = _plan(args, scenario, classes, onsets, rung)
    with claim_output("--out", folder), Watch(console) as watch:
        matrix = fly_matrix(plan, watch)
        outputs = Outputs()
        with outputs.one():
            output.write_json(args, as_json(matrix, reason is not None))
        with outputs.one():
            _tell(matrix, console)
        with outputs.one():
            for path in write_files(matrix, folder, reason is not None):
                console.print(f"wrote {path}", markup=False)
        outputs.check()
    if matrix.interrupted:
        return INTERRUPTED
    return 1 if summarise(matrix).failed else 0


def _plan(
    args: argparse.Namespace,
    scenario: Scenario,
    classes: Sequence[FaultClass],
    onsets: Sequence[Onset],
    rung: str,
) -> Plan:
    seeds = [args.seed + n for n in range(args.seeds)]
    workers = args.workers or os.cpu_count() or 1
    return Plan(scenario, args.scenario, seeds, classes, onsets, rung, workers, args.sets, _options(args))


def _options(args: argparse.Namespace) -> list[str]:
    """The words that chose classes and onsets."""
    flags = [name for name, given in (("--quick", args.quick), ("--no-pairs", args.no_pairs)) if given]
    only = [word for name in args.only for word in ("--only", name)]
    return [*flags, *only, *(word for name in args.onset for word in ("--onset", name))]


def _classes(args: argparse.Namespace, scenario: Scenario) -> list[FaultClass]:
    there = [*classes.single(scenario.vehicle), *([] if args.no_pairs else classes.pairs())]
    if args.quick:
        there = [fault for fault in there if fault.name in classes.QUICK]
    chosen = [fault for fault in there if not args.only or any(fnmatch(fault.name, p) for p in args.only)]
    if not chosen:
        names = [fault.name for fault in there]
        raise InputError(f"--only {args.only[-1]}: no fault of that name{nearest(args.only[-1], names)}")
    return chosen


def _onsets(args: argparse.Namespace) -> list[Onset]:
    names = [onset.name for onset in ONSETS]
    for name in args.onset:
        if name not in names:
            raise InputError(f"--onset {name}: there is none of that name{nearest(name, names)}")
    wanted = args.onset or (QUICK_ONSETS if args.quick else names)
    return [onset for onset in ONSETS if onset.name in wanted]


class Watch:
    """Called with the matrix so far: a bar on a terminal, a line now and then elsewhere. A context."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.console = console
        # drawn from this thread only: a thread of its own would be cut off in the middle by a fork
        self._bar = Progress(*columns, console=console, auto_refresh=False, disable=not console.is_terminal)
        self._task = self._bar.add_task("surveying", total=None)

    def __enter__(self) -> Watch:
        self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.stop()

    def __call__(self, matrix: Matrix, total: int) -> None:
        """One cell more, or one base flight."""
        done = len(matrix.cells)
        fails = sum(cell.verdict == "fail" for cell in matrix.cells)
        self._bar.update(self._task, completed=done, total=total, description=f"{fails} failed")
        self._bar.refresh()
        if not self.console.is_terminal and done % PLAIN_EVERY == 0:
            self.console.print(f"{done} of {total} cells, {fails} failed", markup=False)


def _tell(matrix: Matrix, console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("fault", "onset", "seed", "verdict", "outcome", "reason"):
        table.add_column(name, overflow="fold")
    for cell in ordered(matrix):
        if cell.verdict != "pass":
            colour = {"fail": "bold red", "invalid": "bold yellow"}.get(cell.verdict, "dim")
            plain = (cell.outcome, f"{cell.reason}; bound: {cell.bound}" if cell.bound else cell.reason)
            row = (Text(cell.fault), Text(cell.onset), Text(str(cell.seed)), Text(cell.verdict, colour))
            table.add_row(*row, *(Text(text) for text in plain))
    if table.row_count:
        console.print(table)
    summary = summarise(matrix)
    counts = ", ".join(f"{count} {name}" for name, count in reversed(summary.verdicts.items()))
    notes = [f"onsets never reached: {', '.join(unreached(matrix))}"] if unreached(matrix) else []
    notes += [f"{summary.explained} of the lost out of reach of any software"] if summary.explained else []
    notes += [f"base flight lost on seeds {summary.bases_lost}"] if summary.bases_lost else []
    notes += ["interrupted"] if matrix.interrupted else []
    console.print("; ".join([f"{len(matrix.cells)} cells: {counts}", *notes]), markup=False)
