"""The `perilune` command: one module per verb, loaded when its verb is asked for."""

import argparse
import contextlib
import errno
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import NoReturn

from perilune import VERSION
from perilune_host.errors import InputError, PeriluneError
from perilune_host.plain import one_line
from perilune_rig.cli import choice
from perilune_rig.cli.ending import Signals, drop_output, lost, open_streams, reader_may_go
from perilune_rig.cli.exit_status import INTERRUPTED, PASSED, RIG

EPILOG = """\
exit status: 0 verdict pass, 1 verdict fail, 2 bad input, 3 rig or link failure (the run is invalid), 4 inconclusive
campaign, 130 interrupted; docs/exit_status.md has all. Start with `perilune list`, then `perilune fly nominal`;
`perilune doctor` says what this machine lacks and how to get it."""


@dataclass(frozen=True)
class Verb:
    """What `perilune --help` says of a verb, and what it needs beyond the default install."""

    about: str
    module: str = ""  # in this package; else the verb's own name
    library: str = ""
    extra: str = ""


VERBS = {
    "fly": Verb("fly a scenario, judge the flight, write a report"),
    "replay": Verb("fly a log's recorded frames again on any rung and compare the answers, frame by frame"),
    "log": Verb("save what can be read of a log whose flight was killed"),
    "matrix": Verb(
        "fly every fault class at every part of the descent and tabulate what became of the lander"
    ),
    "campaign": Verb(
        "fly many runs of one or many scenarios, keep them in a table, say what they prove",
        library="scipy",
        extra="campaign",
    ),
    "compare": Verb(
        "say what changed between two campaigns, with error bars; exit status 1 if a requirement is met less often",
        library="scipy",
        extra="campaign",
    ),
    "board": Verb("run an emulated board at a device path until Ctrl-C"),
    "flash": Verb("put the flight software on a board that runs MicroPython"),
    "command": Verb("sign a command and send it to a flight computer"),
    "list": Verb("list scenarios, vehicles, and the rungs available on this machine", module="listing"),
    "doctor": Verb("show what this machine has, what is missing, and how to get it"),
    "bench": Verb("measure the closed loop: times real time, ticks per second, microseconds per part"),
}


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line as every other error is reported: in one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see {self.prog} --help)")


def parser(asked: Sequence[str]) -> argparse.ArgumentParser:
    """The command line for these words: every verb by name, the one that is asked for in full.

    InputError where that verb needs a library that is not installed.
    """
    top = Parser(
        prog="perilune",
        description="Fly a small lunar lander's flight software against a simulated Moon, and judge it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"perilune {VERSION}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    chosen = next((word for word in asked if not word.startswith("-")), None)
    for name, verb in VERBS.items():
        if name == chosen:
            _module(name, verb).add(verbs, verb.about)
        else:
            verbs.add_parser(name, help=verb.about)
    return top


def _module(name: str, verb: Verb) -> ModuleType:
    if verb.library and importlib.util.find_spec(verb.library) is None:
        raise InputError(
            f"perilune {name} needs {verb.library}: pip install 'perilune[{verb.extra}]', or in a clone `make campaign`"
        )
    return importlib.import_module(f"perilune_rig.cli.{verb.module or name}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status."""
    open_streams()
    with Signals() as signals:
        return signals.status(_run(sys.argv[1:] if argv is None else argv))


def _run(words: Sequence[str]) -> int:
    try:
        args = parser(words).parse_args(words)
        status = args.run(args)
        choice.remind(args)
        with reader_may_go():
            sys.stdout.flush()
        if error := lost():
            raise error
        return status
    except PeriluneError as error:
        return _told(one_line(str(error)), error.exit_code)
    except BrokenPipeError:  # the reader of a pipe has gone, as in `perilune list | head`
        return PASSED
    except MemoryError:
        return _told("out of memory: fewer --workers, or more memory", RIG)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            return _internal(error)
        return _told(f"the output cannot be written: {error.strerror}", RIG)
    except Exception as error:  # a fault of the rig: never to be taken for a failed verdict
        return _internal(error)
    except KeyboardInterrupt:
        return _told("interrupted", INTERRUPTED, "")
    finally:
        _drop_unwritten()


def _told(what: str, status: int, kind: str = "error: ") -> int:
    with contextlib.suppress(OSError):  # nobody may listen
        print(f"perilune: {kind}{what}", file=sys.stderr)
    return status


def _drop_unwritten() -> None:
    """What standard output does not take, and has been told, is dropped: Python would try once more at its end, and
    make it exit status 120."""
    try:
        sys.stdout.flush()
    except OSError:
        drop_output(sys.stdout)


def _internal(error: Exception) -> int:
    """Say in one line what nobody foresaw."""
    if os.environ.get("PERILUNE_DEBUG"):
        raise error
    where = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {one_line(str(error), 200)} ({where.filename}:{where.lineno})"
    return _told(f"internal: {what}; PERILUNE_DEBUG=1 shows where from", RIG)
