"""Watching a flight from outside: every exchange on the link, every so many ticks, the end. It changes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

from perilune_host.link import Direct, Link, direct, reset
from perilune_sim.bridge import Bridge
from perilune_sim.flight_record import FlightRecord

if TYPE_CHECKING:
    from perilune_rig.scenario.model import Scenario


@dataclass(frozen=True)
class Heading:
    """What is about to be flown."""

    scenario: "Scenario"
    seed: int
    rung: str
    policy: str | None = None


class Observer:
    """One who watches. None of its methods may raise or wait: a flight never fails for being watched."""

    every = 50  # ticks between two calls of `ticked`

    def begin(self, heading: Heading) -> None:
        """Before the first byte is sent."""

    def exchanged(self, frame: bytes, reply: bytes, time_us: int) -> None:
        """One frame sent at a simulated time, and all bytes of its reply, both as on the line."""

    def was_reset(self, cause: str, time_us: int) -> None:
        """The flight computer was reset at this simulated time; what follows goes to its next boot."""

    def ticked(self, bridge: Bridge) -> None:
        """After every so many ticks."""

    def ended(self, record: FlightRecord) -> None:
        """After the last tick; not called where the rig failed."""


class Tap:
    """A link that passes everything on and shows it to the observers."""

    def __init__(self, link: Link, observers: Sequence[Observer]) -> None:
        self.link = link
        self._observers = observers
        # those that do not listen are not asked: this runs on every tick
        self._listeners = [
            one.exchanged for one in observers if type(one).exchanged is not Observer.exchanged
        ]

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """See `perilune_host.link.Link`."""
        reply = self.link.transact(frame, time_us)
        for listen in self._listeners:
            listen(frame, reply, time_us)
        return reply

    def direct(self) -> Direct | None:
        """See `perilune_host.link.direct`: not where anybody listens to what is said."""
        return None if self._listeners else direct(self.link)

    def reset(self, cause: str, time_us: int) -> None:
        """See `perilune_host.link.Resettable`."""
        reset(self.link, cause, time_us)
        for one in self._observers:
            one.was_reset(cause, time_us)

    def close(self) -> None:
        """Close the link itself."""
        self.link.close()


Each = Callable[[Bridge], None]


def together(observers: Sequence[Observer]) -> tuple[Each | None, int]:
    """One callback for `Bridge.fly` that calls each observer at its own pace, and how many ticks apart."""
    if not observers:
        return None, 1
    if len(observers) == 1:
        return observers[0].ticked, observers[0].every

    def each(bridge: Bridge) -> None:
        for one in observers:
            if bridge.tick % one.every == 0:
                one.ticked(bridge)

    return each, gcd(*(one.every for one in observers))
