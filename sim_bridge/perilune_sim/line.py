"""The line between rig and flight computer as the bridge sees it: what was said, and what of it arrived."""

from typing import NamedTuple, Protocol

from perilune_host.link import Link
from perilune_sim.flight_record import InjectedFault


class Exchange(NamedTuple):
    """One tick's traffic: all the flight computer `said`, and the newest ACTUATORS payload that `arrived`, if any."""

    said: bytes
    arrived: bytes | None = None  # a sound line leaves it to the bridge to find it


class Line(Protocol):
    """Carries a sensor frame out and the answer back, with whatever befalls them on the way."""

    faulty: bool  # whether frames may be lost or damaged on purpose

    @property
    def counts(self) -> dict[str, int]:
        """What both ends counted; empty where nothing can happen."""
        ...

    def update(self, tick: int, agl_m: float, mode: str) -> None:
        """Start and end the line's faults; to be asked once a tick."""
        ...

    def exchange(self, frame: bytes, time_us: int) -> Exchange:
        """Send one sensor frame."""
        ...

    @property
    def injected(self) -> list[InjectedFault]:
        """What became of the line's faults. RigError where one did something that neither end counted."""
        ...


class Sound:
    """A line on which nothing happens."""

    faulty = False

    def __init__(self, link: Link) -> None:
        self._transact = link.transact
        self.counts: dict[str, int] = {}
        self.injected: list[InjectedFault] = []

    def update(self, tick: int, agl_m: float, mode: str) -> None:
        """Nothing."""

    def exchange(self, frame: bytes, time_us: int) -> Exchange:
        """What is said arrives."""
        return Exchange(self._transact(frame, time_us))
