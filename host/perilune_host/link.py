"""What carries frames to a flight computer and back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from perilune_host.errors import FlightSoftwareError, RigError


class ComputerLost(FlightSoftwareError):
    """The flight computer stopped in the middle of a tick, as a board does until its watchdog bites."""


class Link(Protocol):
    """A flight computer at the other end of a byte stream, in lock-step: it acts only on what it is sent."""

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """Send one frame with its delimiter; return all bytes of the reply, up to and with the last delimiter.

        The reply to a sensor frame ends with its actuator frame, any other reply with its acknowledgement.
        time_us is simulated time. Raises RigError when the link is dead or the flight computer stopped.
        """
        ...

    def close(self) -> None:
        """Release the flight computer and its port."""
        ...


@dataclass(frozen=True)
class Direct:
    """A flight computer in this process, as C calls it; addresses are good until the next reset.

    `step(n, time_us)` serves the n bytes at `inbuf`, a COBS frame without its delimiter, and returns how many bytes of
    reply it left at `outbuf`, or a negative code. `reply(returned, time_us)` gives those bytes, or raises what
    `Link.transact` would have raised.
    """

    step: int
    inbuf: int
    outbuf: int
    reply: Callable[[int, int], bytes]


def direct(link: object) -> Direct | None:
    """A link's flight computer as C calls it; None where there is something between."""
    offered = getattr(link, "direct", None)
    return None if offered is None else offered()


BROWN_OUT = "brown_out"
CAUSES = {
    "watchdog": 3,
    "software": 3,
    BROWN_OUT: 1,
}  # what a board says of itself, as rp2's machine.reset_cause()


@runtime_checkable
class Resettable(Protocol):
    """A link whose flight computer can be reset in flight."""

    def reset(self, cause: str, time_us: int) -> None:
        """Reset it at this simulated time; when this returns it can be said hello to.

        cause: "watchdog" or "software", after which the computer has what its port keeps, or "brown_out", after which
        it has not. Frames that follow for the same time are answered as soon as it can.
        """
        ...


def reset(link: Link, cause: str, time_us: int) -> None:
    """Reset a link's flight computer. RigError for a rung that cannot."""
    if not isinstance(link, Resettable):
        raise RigError("this rung cannot reset its flight computer: fly on vm, python, process or rp2040")
    link.reset(cause, time_us)
