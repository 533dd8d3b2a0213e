"""The `perilune` command: one module per verb."""

import argparse
import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from perilune import VERSION
from perilune_host.errors import InputError, PeriluneError, RigError
from perilune_rig.cli import (
    bench,
    board,
    campaign,
    command,
    compare,
    doctor,
    flash,
    fly,
    listing,
    matrix,
    replay,
)
from perilune_rig.cli.watch import EXIT_INTERRUPTED

EPILOG = """\
exit status: 0 verdict pass, 1 verdict fail, 2 bad input, 3 rig or link failure (the run is invalid),
130 interrupted. Start with `perilune list`, then `perilune fly nominal`; `perilune doctor` says what this
machine lacks and how to get it."""


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line as every other error is reported: in one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = Parser(
        prog="perilune",
        description="Fly a small lunar lander's flight software against a simulated Moon, and judge it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"perilune {VERSION}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in (fly, replay, matrix, campaign, compare, board, flash, command, listing, doctor, bench):
        verb.add(verbs)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status."""
    try:
        args = parser().parse_args(argv)
        status = args.run(args)
        sys.stdout.flush()
        return status
    except PeriluneError as error:
        print(f"perilune: error: {' '.join(str(error).split())}", file=sys.stderr)
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
        return EXIT_INTERRUPTED
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
