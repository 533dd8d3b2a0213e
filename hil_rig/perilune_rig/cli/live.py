"""`--live`: the flight on a page in the browser, as it goes on."""

from __future__ import annotations

import argparse
import threading
from contextlib import ExitStack, suppress

from rich.console import Console

from perilune_rig.live import LiveView, Show
from perilune_rig.verdict.result import Run


def add_options(verb: argparse.ArgumentParser) -> None:
    """The options `--live` and `--live-port`."""
    text = "show it on a page in the browser as it goes on; on a terminal the page then stays until Ctrl-C"
    verb.add_argument("--live", action="store_true", help=text)
    text = "port of that page, on this machine only; default 8017 or, if that is taken, any free one"
    verb.add_argument("--live-port", metavar="N", type=port, help=text)


def port(text: str) -> int:
    """A TCP port; 0 for any free one."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def opened(args: argparse.Namespace, stack: ExitStack, console: Console) -> Page | None:
    """The page, if it was asked for, until the stack ends. InputError if the port asked for is taken."""
    if not args.live and args.live_port is None:
        return None

    page = Page(stack.enter_context(LiveView(args.live_port)), console)
    console.print(f"live    {page.view.url}", markup=False)
    return page


class Page:
    """The live page of one flight. `show` is what watches the flight."""

    def __init__(self, view: LiveView, console: Console) -> None:
        self.view = view
        self.show = Show(view)
        self._console = console

    def judged(self, flown: Run) -> None:
        """Show the verdict."""
        record = flown.record
        found = {
            "outcome": record.outcome,
            "verdict": flown.verdict.judgement,
            "trace_hash": record.trace_hash,
        }
        self.view.end(found)

    def linger(self, interrupted: bool) -> None:
        """Where someone sits at a terminal, leave the page until Ctrl-C; elsewhere nothing must hang."""
        if interrupted or not self._console.is_terminal:
            return
        self._console.print(f"the page stays at {self.view.url} until Ctrl-C", markup=False)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
