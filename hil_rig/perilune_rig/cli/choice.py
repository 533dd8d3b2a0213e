"""Which rung flies: the one asked for, or the best that this machine has."""

import argparse
from typing import get_args

from rich.console import Console

from perilune_host.errors import InputError, RigError
from perilune_rig.rungs import RUNGS
from perilune_rig.scenario.model import World
from perilune_rig.scenario.typed_toml import nearest

DEFAULT, FALLBACK = "vm", "python"


def add_rung(verb: argparse.ArgumentParser) -> None:
    """The options `--rung` and `--require-rung`."""
    text = f"what runs the flight software (see `perilune list`); default {DEFAULT}, else {FALLBACK}"
    verb.add_argument("--rung", metavar="RUNG", help=text)
    text = f"where {DEFAULT} is not available, end with exit status 3 instead of flying on {FALLBACK}"
    verb.add_argument("--require-rung", action="store_true", help=text)


def add_world(verb: argparse.ArgumentParser) -> None:
    """The option `--world`: a change to the scenario, so that the command of a run holds it."""
    text = "as_designed (default): the truth is what the flight software is told; mismatched: drawn around it"
    verb.add_argument("--world", choices=get_args(World), help=text)


def settle_world(args: argparse.Namespace) -> None:
    """Put what was given among the changes to the scenario."""
    if args.world:
        args.sets.append(f"world={args.world}")


def choose(args: argparse.Namespace, console: Console) -> tuple[str, str | None]:
    """The rung to fly on and, when it is a fallback, why; a fallback is said on the console, and by `remind` again.

    InputError for an unknown rung; RigError for one asked for by name or required that is not available here, so that
    nothing passes on doubles where bits were asked for.
    """
    name = args.rung or DEFAULT
    if name not in RUNGS:
        raise InputError(f"--rung {name}: unknown rung{nearest(name, RUNGS)}")
    reason = _missing(name, console)
    if reason is None:
        return name, None
    if args.rung or args.require_rung:
        option = f"--rung {name}" if args.rung else f"--require-rung: {name}"
        raise RigError(f"{option}: not available here: {reason}")
    _tell(f"rung {DEFAULT} is not available here, flying on {FALLBACK}, NOT bit-exact: {reason}", console)
    args.reminder = (
        console,
        f"flown on {FALLBACK}, NOT bit-exact: rung {DEFAULT} is not available here: {reason}",
    )
    return FALLBACK, reason


def again(name: str, console: Console) -> None:
    """Prepare the rung that something begun earlier flies on. RigError where it is not available here."""
    if reason := _missing(name, console):
        raise RigError(f"rung {name}: not available here: {reason}")


def remind(args: argparse.Namespace) -> None:
    """The last line of a verb that flew on a fallback: a pass on doubles must not look like one on bits."""
    if reminder := getattr(args, "reminder", None):
        console, label = reminder
        _tell(label, console)


def _missing(name: str, console: Console) -> str | None:
    with console.status(f"preparing rung {name}: the first time takes about half a minute"):
        return RUNGS[name].available()


def _tell(label: str, console: Console) -> None:
    console.print(label, markup=False, style="yellow")
