"""`perilune fly`: fly one scenario, judge it, write its report."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from perilune_host.claim import claim_output
from perilune_host.errors import InputError, RigError
from perilune_rig.cli import choice, live, output, port, verdict_table
from perilune_rig.cli.exit_status import INTERRUPTED
from perilune_rig.cli.outputs import Outputs
from perilune_rig.cli.watch import Watch
from perilune_rig.flight.fly import Interrupted, fly, policy_of
from perilune_rig.flight.observe import Observer
from perilune_rig.logs import Log
from perilune_rig.matrix import feasibility
from perilune_rig.report import write_report
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.scenario.model import Scenario
from perilune_rig.verdict.judge import judge
from perilune_rig.verdict.result import Run, as_json, dumps, write_files

EXIT = {"pass": 0, "fail": 1, "invalid": RigError.exit_code}


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("fly", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    verb.add_argument(
        "scenario", metavar="SCENARIO", help="a name from `perilune list`, or the path of a TOML file"
    )
    choice.add_rung(verb)
    choice.add_world(verb)
    verb.add_argument(
        "--seed", type=seed, default=1, help="decides everything that varies between runs; default 1"
    )
    pace_help = "max (default), or how many times faster than real time; the result is the same"
    verb.add_argument("--pace", type=pace, default=None, metavar="PACE", help=pace_help)
    set_help = (
        "change the scenario or vehicle, e.g. environment.terrain.relief_m=0 or vehicle.mass.dry_kg=350"
    )
    verb.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="sets", help=set_help)
    policy_help = (
        "fly on the logic of the past instead of ours: as_flown (the scenario's own) or a policy's name"
    )
    verb.add_argument("--policy", metavar="NAME", help=policy_help)
    anyway_help = "fly although no software could land it"
    verb.add_argument("--anyway", action="store_true", help=anyway_help)
    port.add_options(verb)
    verb.add_argument("--out", metavar="DIR", type=Path, help="where files go; default out/SCENARIO-SEED")
    output.add_json(verb)
    log_help = "write an MCAP log of the flight: for `perilune replay`, and for Foxglove"
    verb.add_argument("--log", metavar="FILE", type=Path, help=log_help)
    live.add_options(verb)
    verb.add_argument(
        "--no-report", action="store_true", help="write no report, and no files unless --out is given"
    )
    verb.set_defaults(run=run)


def seed(text: str) -> int:
    """A seed: a whole number from 0 to 2^63 - 1."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^63 - 1")
    return value


def pace(text: str) -> float | None:
    """A pace: None for `max`, else a positive multiple of real time."""
    if text == "max":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither max nor a positive number")
    return value


def run(args: argparse.Namespace) -> int:
    """Fly, judge, tell."""
    output.check_json(args)
    choice.settle_world(args)
    port.settle(args)
    scenario = load_scenario(args.scenario, args.sets)
    if args.policy:
        policy_of(scenario, args.policy)
    folder = _folder(args, scenario.name)
    output.make_folder(folder)
    console = output.console(args)
    rung, reason = choice.choose(args, console)
    console.print(
        f"{scenario.title}: vehicle {scenario.vehicle.name}, seed {args.seed}, rung {rung}", markup=False
    )
    _feasible(args, scenario, console)
    watch = Watch(console)
    with ExitStack() as stack:
        for option, path in (("--out", folder), ("--log", args.log)):
            if path is not None:
                stack.enter_context(claim_output(option, path))
        log, page = _log(args.log, stack), live.opened(args, stack, console)
        observers = [*([log] if log else []), *([page.show] if page else [])]
        flown = _fly(args, scenario, rung, reason is not None, watch, observers)
        if log:
            log.attach("result.json", dumps(_result(flown)))
            log.close()
        if page:
            page.judged(flown)
        _deliver(flown, args, console, log)
        if page:
            page.linger(watch.interrupted)
    return INTERRUPTED if watch.interrupted else EXIT[flown.verdict.judgement]


def _feasible(args: argparse.Namespace, scenario: Scenario, console: Console) -> None:
    """Say what speaks for and against a landing; InputError where nothing could land, unless told to fly on."""
    found = feasibility.of(scenario)
    if not (found.feasible or args.anyway):
        raise InputError(f"{scenario.name}: {found.text}: give --anyway to fly it all the same")
    console.print(found.text, markup=False)


def _log(path: Path | None, stack: ExitStack) -> Log | None:
    """The log that was asked for, open; made before the flight, so that a bad path costs none."""
    if path is None:
        return None

    return stack.enter_context(Log(path))


def _fly(
    args: argparse.Namespace,
    scenario: Scenario,
    rung: str,
    fallback: bool,
    watch: Watch,
    observers: list[Observer],
) -> Run:
    with watch:
        try:
            record = fly(
                scenario,
                args.seed,
                rung=rung,
                pace=args.pace,
                progress=watch,
                policy=args.policy,
                observers=observers,
            )
        except Interrupted as cut:  # what was flown is told all the same
            record = cut.record
    verdict = judge(record, scenario)
    return Run(scenario, args.seed, rung, record, verdict, fallback, args.sets, args.scenario, args.policy)


def _deliver(flown: Run, args: argparse.Namespace, console: Console, log: Log | None) -> None:
    """Everything that comes of the flight; what cannot be written is said at the end and costs nothing else."""
    outputs = Outputs()
    with outputs.one():
        output.write_json(args, _result(flown))
    if log:
        with outputs.one():
            log.check()
    with outputs.one():
        verdict_table.show_all(flown, console)
    for write in _files(flown, args):
        with outputs.one():
            console.print(write(), markup=False)
    if log:
        with outputs.one():
            console.print(f"log     {log.path}", markup=False)
    outputs.check()


def _result(flown: Run) -> dict:
    return as_json(flown)


def _folder(args: argparse.Namespace, name: str) -> Path | None:
    """Where files go; None where none are wanted."""
    if args.no_report and args.out is None:
        return None
    return args.out or Path("out") / f"{name}-{args.seed}"


def _files(flown: Run, args: argparse.Namespace) -> list[Callable[[], str]]:
    """What writes the files that were asked for, and says which in one line."""
    folder = _folder(args, flown.scenario.name)
    if folder is None:
        return []

    def data() -> str:
        return f"data    {' '.join(str(path) for path in write_files(flown, folder))}"

    return [data] if args.no_report else [lambda: _report(flown, folder / "report.html"), data]


def _report(flown: Run, path: Path) -> str:
    """Write the report; a machine without the libraries for it still gets its verdict."""
    try:
        return f"report  {write_report(flown, path)}"
    except InputError as error:
        return f"no report: {error}"
