"""Where words and data go: people read the console, programs read the JSON, and the two never mix."""

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from perilune_host.errors import InputError
from perilune_rig.verdict.result import dumps

PLAIN_WIDTH = 160  # columns without a terminal


def add_json(verb: argparse.ArgumentParser) -> None:
    """The option `--json`."""
    verb.add_argument("--json", metavar="FILE", help="write the result as JSON to FILE; - is standard output")


class _Pipe(Console):
    """A console whose reader may go: rich's own ends with exit status 1, which says that a verdict failed."""

    def on_broken_pipe(self) -> None:
        """Left to the command line."""
        raise BrokenPipeError


def console(args: argparse.Namespace) -> Console:
    """The console for people: standard error when the JSON takes standard output."""
    stream = sys.stderr if args.json == "-" else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return _Pipe(file=stream, highlight=False, width=width, soft_wrap=not stream.isatty())


def check_json(args: argparse.Namespace) -> None:
    """Refuse a `--json` file that cannot be written before anything is flown for it."""
    if args.json and args.json != "-" and not Path(args.json).resolve().parent.is_dir():
        raise InputError(f"--json {args.json}: no such directory: {Path(args.json).parent}")


def make_folder(folder: Path | None) -> None:
    """Make the folder for files before anything is flown for them. InputError where that is impossible."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}: give another --out") from None


def write_json(args: argparse.Namespace, data: Any) -> None:
    """Write `data` where `--json` says, if it was given."""
    if not args.json:
        return

    text = dumps(data)
    if args.json == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(args.json).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--json {args.json}: cannot be written: {error.strerror}") from None
