"""Faults of the flight computer itself: resets, one at a time or in storms, ticks it has no time for, late answers.

Everything is decided by the scenario, the seed and simulated time, so a flight is the same on every rung. A reset has
acted when the bridge saw another boot nonce (it raises an error otherwise); a lost or late tick acts by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from perilune.wire.schema import TICK_HZ
from perilune_rig.faults.watched import Watched
from perilune_rig.scenario.model import Fault
from perilune_sim.flight_computer import UNDISTURBED, WATCHDOG_TICKS, Outage
from perilune_sim.horizon import Horizon, nearest
from perilune_sim.world.effects import COMPUTER
from perilune_sim.world.native import Stream

TARGET = "computer"
CAUSES = ("watchdog", "software", "brown_out", "hang")


def ticks(seconds: float) -> int:
    """The nearest number of ticks."""
    return round(seconds * TICK_HZ)


@dataclass
class _Computer:
    """One fault on the computer and what has been drawn for it."""

    watched: Watched
    stream: Stream
    resets: list[int] = field(default_factory=list)  # ticks still to come
    window: int = -1  # number of the stretch of time for which a burst has been drawn
    burst: range = range(0)  # ticks lost in it

    def __post_init__(self) -> None:
        self.effect = COMPUTER | {name: float(value) for name, value in self.watched.fault.effect.items()}  # type: ignore[arg-type]
        self.cause = next((cause for cause in CAUSES if self.effect[cause]), None)

    def begin(self, tick: int) -> None:
        """Draw the moments of its resets."""
        if self.cause is None:
            return
        count, within_s = int(self.effect["storm"]), self.effect["within_s"]
        self.resets = sorted(tick + ticks(self.stream.uniform(0.0, within_s)) for _ in range(count))

    def outage(self, tick: int) -> Outage:
        """What it does at this tick."""
        reset = None
        if self.resets and tick >= self.resets[0]:
            self.resets = [at for at in self.resets if at > tick]
            reset = self.cause
        hangs = reset == "hang"
        down = ticks(self.effect["down_s"]) + (WATCHDOG_TICKS if hangs else 0)
        lost, late = self._lost(tick), ticks(self.effect["late_s"])
        if reset or lost or late:
            self.watched.record.acted = True
        return Outage("watchdog" if hangs else reset, down, lost, late)

    def horizon(self, tick: int, mode: str) -> Horizon:
        """Until when nothing befalls the computer by it, nothing has to be drawn, and it neither starts nor ends."""
        moments = self.watched.horizon(tick, mode)
        if not self.watched.active:
            return moments
        if self.effect["late_s"] > 0.0:
            return Horizon(tick)
        resets = [Horizon(at) for at in self.resets[:1]]
        return nearest([moments, *resets, *self._bursts(tick)])

    def _bursts(self, tick: int) -> list[Horizon]:
        stretch = self._stretch
        if stretch is None:
            return []
        since = tick - (self.watched.record.from_tick or 0)
        if since // stretch != self.window or tick in self.burst:
            return [Horizon(tick)]
        drawn_next = tick - since % stretch + stretch
        return [Horizon(self.burst.start if tick < self.burst.start else drawn_next)]

    @property
    def _stretch(self) -> int | None:
        """Ticks in each of which there is one burst."""
        share = self.effect["lost_share"]
        return round(ticks(self.effect["burst_s"]) / share) if share else None

    def _lost(self, tick: int) -> bool:
        """One burst in every stretch of time, as long as its share of that stretch, anywhere in it."""
        stretch, length = self._stretch, ticks(self.effect["burst_s"])
        if stretch is None:
            return False
        since = tick - (self.watched.record.from_tick or 0)
        if since // stretch != self.window:
            self.window = since // stretch
            first = tick + int(self.stream.uniform(0.0, stretch - length + 1))
            self.burst = range(first, first + length)
        return tick in self.burst


class ComputerFaults:
    """All faults on the computer of one flight; `update` is asked once a tick."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self._all: list[_Computer] = []
        self._seed = seed
        for fault in faults:
            self.add(Watched(fault))

    def add(self, watched: Watched) -> None:
        """One more, watched from now on."""
        self._all.append(_Computer(watched, Stream(self._seed, f"computer_{len(self._all)}")))

    def horizon(self, tick: int, mode: str) -> Horizon:
        """Until when `update` need not be asked, in this mode."""
        return nearest(one.horizon(tick, mode) for one in self._all)

    def update(self, tick: int, agl_m: float, mode: str) -> Outage:
        """What befalls the computer at this tick: of several, the first reset, any loss, the latest answer."""
        total = UNDISTURBED
        for one in self._all:
            if one.watched.changed(tick, agl_m, mode) and one.watched.active:
                one.begin(tick)
            if one.watched.active:
                total = _together(total, one.outage(tick))
        return total


def _together(a: Outage, b: Outage) -> Outage:
    first = a if a.reset else b
    return Outage(first.reset, first.down_ticks, a.lost or b.lost, max(a.late_ticks, b.late_ticks))
