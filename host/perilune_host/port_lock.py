"""One owner for each port: a lock file in a directory of the user's own, and a note of who holds it."""

import os
from urllib.parse import urlsplit

from perilune_host.claim import Claim, Held
from perilune_host.errors import InputError, RigError

WAIT_VARIABLE = "PERILUNE_PORT_WAIT_S"


class PortLock:
    """Holds a pyserial URL against other processes, and other users of it in this one, until `release`.

    wait_s: how long to wait for its present holder; None for what PERILUNE_PORT_WAIT_S says, else not at all: several
    jobs that share one board give it. Other users are kept out by the port's exclusive mode. RigError names the holder.
    """

    def __init__(self, url: str, wait_s: float | None = None) -> None:
        try:
            self._claim = Claim(
                "ports", name_of(url), seconds(WAIT_VARIABLE, 0.0) if wait_s is None else wait_s
            )
        except Held as holder:
            mend = f"end it first, or set {WAIT_VARIABLE} to wait for it"
            raise RigError(f"{url}: another process has this port ({holder}): {mend}") from None

    def release(self) -> None:
        """Let others have the port; once is enough."""
        self._claim.release()


def seconds(variable: str, default: float) -> float:
    """A time that the environment may name. InputError where it is none."""
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1e5:
        raise InputError(f"{variable}={text}: give seconds, more than 0 and at most 100000")
    return value


def name_of(url: str) -> str:
    """One name for each port, whatever name it is opened by."""
    return url if urlsplit(url).netloc else os.path.realpath(url)
