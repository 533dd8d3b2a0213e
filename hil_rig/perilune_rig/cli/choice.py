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
    """The option `--rung`."""
    text = f"what runs the flight software (see `perilune list`); default {DEFAULT}, else {FALLBACK}"
    verb.add_argument("--rung", metavar="RUNG", help=text)


def add_world(verb: argparse.ArgumentParser) -> None:
    """The option `--world`: a change to the scenario, so that the command of a run holds it."""
    text = "as_designed (default): the truth is what the flight software is told; mismatched: drawn around it"
    verb.add_argument("--world", choices=get_args(World), help=text)


def settle_world(args: argparse.Namespace) -> None:
    """Put what was given among the changes to the scenario."""
    if args.world:
        args.sets.append(f"world={args.world}")


def choose(asked: str | None, console: Console) -> tuple[str, str | None]:
    """The rung to fly on and, when it is a fallback, why; a fallback is said on the console.

    InputError for an unknown rung; RigError for one asked for by name that is not available here, so that nothing
    passes on doubles where bits were asked for.
    """
    name = asked or DEFAULT
    if name not in RUNGS:
        raise InputError(f"--rung {name}: unknown rung{nearest(name, RUNGS)}")
    with console.status(f"preparing rung {name}: the first time takes about half a minute"):
        reason = RUNGS[name].available()
    if reason is None:
        return name, None
    if asked:
        raise RigError(f"--rung {name}: not available here: {reason}")
    label = f"rung {DEFAULT} is not available here, flying on {FALLBACK}, NOT bit-exact: {reason}"
    console.print(label, markup=False, style="yellow")
    return FALLBACK, reason
