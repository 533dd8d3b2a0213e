"""The `perilune` command: one module per verb, loaded when its verb is asked for."""

import argparse
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
from perilune_host.errors import InputError, PeriluneError, RigError
from perilune_host.plain import one_line
from perilune_rig.cli.exit_status import INTERRUPTED

EPILOG = """\
exit status: 0 verdict pass, 1 verdict fail, 2 bad input, 3 rig or link failure (the run is invalid),
130 interrupted. Start with `perilune list`, then `perilune fly nominal`; `perilune doctor` says what this
machine lacks and how to get it."""


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
    try:
        words = sys.argv[1:] if argv is None else argv
        args = parser(words).parse_args(words)
        status = args.run(args)
        sys.stdout.flush()
        return status
    except PeriluneError as error:
        print(f"perilune: error: {one_line(str(error))}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of a pipe has gone, as in `perilune list | head`
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            return _internal(error)
        print(f"perilune: error: the output cannot be written: {error.strerror}", file=sys.stderr)
        return RigError.exit_code
    except Exception as error:  # a fault of the rig: never to be taken for a failed verdict
        return _internal(error)
    except KeyboardInterrupt:
        print("perilune: interrupted", file=sys.stderr)
        return INTERRUPTED
    finally:
        _drop_unwritten()


def _drop_unwritten() -> None:
    """What standard output does not take, and has been told, is dropped: Python would try once more at its end, and
    make it exit status 120."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _internal(error: Exception) -> int:
    """Say in one line what nobody foresaw."""
    if os.environ.get("PERILUNE_DEBUG"):
        raise error
    where = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
    print(f"perilune: error: internal: {what}; PERILUNE_DEBUG=1 shows where from", file=sys.stderr)
    return RigError.exit_code
