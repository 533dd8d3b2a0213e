"""`perilune replay`: fly a log again, on any rung, and compare frame by frame."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from perilune_rig.bitexact.replay import Replay, replay
from perilune_rig.cli import choice, output, port
from perilune_rig.logs.reader import Recording, read


def add(verbs: argparse._SubParsersAction, about: str) -> None:
    """Describe the verb."""
    description = (
        f"{about.capitalize()}. Exit status: 0 all the same, 1 some frame differs, 2 bad file, 3 rig failure."
    )
    verb = verbs.add_parser("replay", help=about, description=description, allow_abbrev=False)
    verb.add_argument("log", metavar="LOG", type=Path, help="an MCAP file of `perilune fly --log`")
    choice.add_rung(verb)
    port.add_options(verb)
    output.add_json(verb)
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, fly, tell."""
    output.check_json(args)
    port.settle(args)
    recording = read(args.log)
    console = output.console(args)
    rung, _reason = choice.choose(args, console)
    about = recording.about
    ticks = "what is left" if recording.ticks is None else f"{recording.ticks} ticks"
    logged = f"{about['scenario']}, seed {about['seed']}, {ticks} logged on rung {about['rung']}"
    console.print(
        f"{logged}, {recording.result.get('outcome', 'recovered: its end is missing')}", markup=False
    )
    with _bar(console) as bar:
        task = bar.add_task(f"replaying on {rung}", total=recording.ticks)
        found = replay(recording, rung, lambda so_far: bar.update(task, completed=so_far.ticks))
    for line in _lines(found):
        console.print(line, markup=False)
    output.write_json(args, _result(recording, found))
    return 0 if found.same else 1


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _lines(found: Replay) -> list[str]:
    lines = [f"replayed on {found.rung}: {found.ticks} ticks, {found.differing} differ"]
    if found.missing:
        lines.append(f"{found.missing} ticks more were flown, and are not in the log")
    if found.first:
        lines.append(f"first difference (logged and replayed) at {found.first}")
    if found.float_bits and found.float_bits[0] != found.float_bits[1]:
        lines.append(
            f"logged with {found.float_bits[0]}-bit floats, replayed with {found.float_bits[1]}-bit floats"
        )
    which = (
        "the logged one"
        if found.trace_hash == found.logged_hash
        else f"logged: {found.logged_hash or 'none'}"
    )
    return [*lines, f"trace hash {found.trace_hash}: {which}"]


def _result(recording: Recording, found: Replay) -> dict[str, Any]:
    values = asdict(found) | {"first": found.first and asdict(found.first), "same": found.same}
    return {"log": str(recording.path), "logged": recording.about | recording.result, "replayed": values}
