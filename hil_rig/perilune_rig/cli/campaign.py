"""`perilune campaign`: fly many runs, keep them in a table, say what they prove."""

from __future__ import annotations

import argparse
import importlib.util
import os
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from perilune_host.errors import InputError, RigError
from perilune_rig.campaign.evidence.files import write_files
from perilune_rig.campaign.evidence.summary import Summary, as_json, summarise
from perilune_rig.campaign.plan import load
from perilune_rig.campaign.run.cluster import Cluster
from perilune_rig.campaign.run.conduct import Tally, conduct
from perilune_rig.campaign.run.farm import Farm, Here
from perilune_rig.campaign.run.logged_runs import chosen, write_logs
from perilune_rig.campaign.run.session import Session, begin, reopen
from perilune_rig.cli import campaign_table, choice, live, output
from perilune_rig.cli.campaign_live import Follower
from perilune_rig.cli.campaign_watch import Watch
from perilune_rig.cli.exit_status import FAILED, INCONCLUSIVE, INTERRUPTED, PASSED
from perilune_rig.cli.fly import seed
from perilune_rig.cli.matrix import positive
from perilune_rig.cli.outputs import Outputs

EXIT = {"pass": PASSED, "inconclusive": INCONCLUSIVE, "fail": FAILED}


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("campaign", help=about, description=about.capitalize() + ".", allow_abbrev=False)
    name = "a name (smoke, nominal, history, hard, matrix, acceptance, mismatch), or a TOML file (docs/campaign.md)"
    verb.add_argument("campaign", nargs="?", metavar="NAME|FILE", help=name)
    verb.add_argument("--runs", type=positive, metavar="N", help="fly N runs in place of what the file says")
    verb.add_argument("--seed", type=seed, metavar="ROOT", help="run k is decided by ROOT and k; default 1")
    choice.add_rung(verb)
    choice.add_world(verb)
    verb.add_argument("--workers", type=positive, metavar="N", help="runs at a time; default: one a core")
    scheduler = "a Dask scheduler (tls://, docs/threat_model.md) whose workers fly; with boards: `--resources board=1`"
    verb.add_argument("--scheduler", metavar="URL", help=scheduler)
    verb.add_argument("--resume", type=Path, metavar="DIR", help="go on with the campaign in DIR")
    verb.add_argument("--out", type=Path, metavar="DIR", help="where it goes; default out/campaign-NAME-ROOT")
    log = "fly runs again into MCAP logs: lost (default: the first 20 lost ones), worst, all, none"
    live.add_options(verb)
    verb.add_argument("--log", choices=("lost", "worst", "all", "none"), help=log)
    output.add_json(verb)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fly what is left to fly, tell, write."""
    output.check_json(args)
    console = output.console(args)
    session = _resumed(args, console) if args.resume else _begun(args, console)
    with ExitStack() as stack:
        page = live.opened(args, stack, console)
        follower = Follower(page.view, session.plan.campaign.title, session.rung) if page else None
        stack.enter_context(session.store)
        watch = stack.enter_context(Watch(console, session, follower))
        tally = _fly(session, args, watch)
        status = _conclude(session, tally, watch.interrupted, args, console)
        if page:
            page.linger(watch.interrupted)
        return status


def _begun(args: argparse.Namespace, console: Console) -> Session:
    if not args.campaign:
        raise InputError("give a campaign's name or file, or --resume DIR (see perilune campaign --help)")
    campaign = load.in_world(load.read(args.campaign), args.world)
    root = 1 if args.seed is None else args.seed
    plan = load.plan(campaign, root, args.runs)
    rung, _reason = choice.choose(args, console)
    folder = args.out or _free(Path("out") / f"campaign-{campaign.name}-{root}")
    console.print(
        f"{campaign.title}: {plan.runs} runs on rung {rung}, root seed {root}, in {folder}", markup=False
    )
    return begin(plan, rung, folder)


def _resumed(args: argparse.Namespace, console: Console) -> Session:
    """All that decides the campaign is in its folder; an option that would change it is refused."""
    fixed = {
        "NAME": args.campaign,
        "--runs": args.runs,
        "--seed": args.seed,
        "--rung": args.rung,
        "--world": args.world,
        "--require-rung": args.require_rung or None,
        "--out": args.out,
    }
    given = [name for name, value in fixed.items() if value is not None]
    if given:
        raise InputError(f"--resume takes no {given[0]}: the campaign in {args.resume} has its own")
    session = reopen(args.resume)
    done = len(session.store.done())
    name = session.plan.campaign.title
    console.print(f"{name}: {done} of {session.plan.runs} runs done, going on in {args.resume}", markup=False)
    choice.again(session.rung, console)
    return session


def _free(folder: Path) -> Path:
    """The folder, or the first of its name with a number that is not taken."""
    n, free = 1, folder
    while free.exists():
        n += 1
        free = folder.with_name(f"{folder.name}-{n}")
    return free


def _fly(session: Session, args: argparse.Namespace, watch: Watch) -> Tally:
    tally = Tally(session.plan.runs)
    for row in session.store.rows():
        tally.count(row.verdict)
    tally.before = tally.done
    if session.complete:
        return tally
    watch.begin(tally)
    try:
        with _farm(session, args) as farm:
            conduct(session.planner(), session.store, farm, tally, watch)
    except KeyboardInterrupt:
        watch.interrupted = True
    except RigError as error:
        tally.given_up.append(f"on: {error}")
    return tally


def _farm(session: Session, args: argparse.Namespace) -> Farm:
    workers = args.workers or _cores()
    if workers == 1 and args.scheduler is None:
        return Here(session.rung)
    return Cluster(session.rung, workers, args.scheduler)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _log(session: Session, summary: Summary, args: argparse.Namespace, console: Console) -> None:
    """Without the extra `logs` there are none unless they were asked for."""
    if args.log is None and importlib.util.find_spec("mcap") is None:
        return
    for path in write_logs(session, chosen(session, summary, args.log or "lost")):
        console.print(f"wrote {path}", markup=False)


def _conclude(
    session: Session, tally: Tally, interrupted: bool, args: argparse.Namespace, console: Console
) -> int:
    summary, outputs = summarise(session), Outputs()
    data = as_json(session, summary)
    with outputs.one():
        output.write_json(args, data)
    with outputs.one():
        campaign_table.show_all(session, summary, tally, console)
    with outputs.one():
        for path in write_files(session, summary, data):
            console.print(f"wrote {path}", markup=False)
    if interrupted:
        console.print(f"interrupted; go on with: {session.resume}", markup=False)
        return INTERRUPTED
    with outputs.one():
        _log(session, summary, args, console)
    outputs.check()
    if tally.given_up:
        console.print(f"the rig could not fly {tally.given_up[0]}\nagain: {session.resume}", markup=False)
        return RigError.exit_code
    return EXIT[summary.verdict]
