"""Where words and data go: people read the console, programs read the JSON, and the two never mix."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from perilune_host.errors import InputError
from perilune_host.plain import plain
from perilune_rig.cli.ending import drop_output, lose_output, reader_may_go
from perilune_rig.verdict.result import dumps

PLAIN_WIDTH = 160  # columns without a terminal


def add_json(verb: argparse.ArgumentParser) -> None:
    """The option `--json`."""
    verb.add_argument("--json", metavar="FILE", help="write the result as JSON to FILE; - is standard output")


class _Survivor:
    """Standard output or error that may be lost, to a full disk or a reader that goes, and costs no other output."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As the stream's own."""
        self._try(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        """As the stream's own."""
        self._try(self._stream.flush)

    def _try(self, act: Callable[..., object], *given: str) -> None:
        try:
            act(*given)
        except BrokenPipeError:
            drop_output(self._stream)
        except OSError as error:
            lose_output(self._stream, error)


class _Shown(Console):
    """A console on which no text can speak the terminal's own language."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Text from boards, files and logs comes through here: none of it reaches the terminal's own language."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(plain(segment.text, lines=True), segment.style)


def console(args: argparse.Namespace) -> Console:
    """The console for people: standard error when the JSON takes standard output."""
    stream = sys.stderr if args.json == "-" else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return _Shown(
        file=cast(TextIO, _Survivor(stream)), highlight=False, width=width, soft_wrap=not stream.isatty()
    )


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
        with reader_may_go():
            sys.stdout.write(text)
            sys.stdout.flush()
        return
    try:
        Path(args.json).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--json {args.json}: cannot be written: {error.strerror}") from None
