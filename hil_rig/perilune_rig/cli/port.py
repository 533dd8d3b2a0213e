"""`--port`, `--timeout`, `--port-wait`: where a board is, and how long to wait for it."""

from __future__ import annotations

import argparse
import os

from perilune_host.port_lock import WAIT_VARIABLE
from perilune_host.serial_link import TIMEOUT_VARIABLE

VARIABLE = "PERILUNE_PORT"
_VARIABLES = {"port": VARIABLE, "timeout": TIMEOUT_VARIABLE, "port_wait": WAIT_VARIABLE}


def add_options(verb: argparse.ArgumentParser, port_help: str | None = None) -> None:
    """The options, for a verb that may speak with a board."""
    text = port_help or f"pyserial URL of the board for --rung board; else the environment's {VARIABLE}"
    verb.add_argument("--port", metavar="URL", help=text)
    text = f"how long a board may take to answer; else {TIMEOUT_VARIABLE}"
    verb.add_argument("--timeout", metavar="S", type=_seconds, help=text)
    text = f"wait so long for who has the port: for jobs that share a board; else {WAIT_VARIABLE}, else not at all"
    verb.add_argument("--port-wait", metavar="S", type=_seconds, help=text)


def settle(args: argparse.Namespace) -> None:
    """Put what was given where every link looks for it, in this process and in those it starts."""
    for name, variable in _VARIABLES.items():
        if (value := getattr(args, name)) is not None:
            os.environ[variable] = str(value)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1e5:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 100000")
    return value
