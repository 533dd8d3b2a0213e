"""The flight computer at the end of its link, and what befalls it: ticks lost, answers late, resets.

Simulated time passes whatever the computer does. A reset takes as many ticks as the scenario says, on every rung, so
that the flight is the same on all of them; a rung whose board is not back by then says so (RigError).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from perilune.wire import schema
from perilune_host.errors import RigError
from perilune_host.link import BROWN_OUT, ComputerLost, reset
from perilune_host.session import NoAnswer, Session
from perilune_sim.line import Exchange, Line
from perilune_sim.restatement import Groups, restated

TICK_US = 1_000_000 // schema.TICK_HZ
WATCHDOG_TICKS = 13  # a tick not completed by then is the watchdog's: 0.26 s
DOWN_TICKS = 30  # from a reset to the first tick answered again, where no scenario says otherwise: 0.6 s
_TRIES = 20  # at a hello and the parameters on a line that damages frames


@dataclass(frozen=True)
class Outage:
    """What befalls the flight computer in one tick."""

    reset: str | None = None  # its cause: watchdog, software or brown_out
    down_ticks: int = 0  # for how long it does not answer
    lost: bool = False  # this tick's frame finds no time to be served
    late_ticks: int = 0  # its answer acts so much later


UNDISTURBED = Outage()


class FlightComputer:
    """Asks once a tick, and sees resets through to another boot nonce."""

    def __init__(self, session: Session, line: Line) -> None:
        self.session = session
        self.line = line
        self.reset_tick = -1  # the last in which it was reset
        self.stopped: str | None = None  # why it stopped by itself in the tick last asked
        self.row: Sequence[Any] = []  # the latest actuator frame, decoded
        self.forgot = False  # after the last reset it was told the state of that frame
        self._back = 0  # first tick it answers

    def answers(self, tick: int) -> bool:
        """Whether it can be spoken to in this tick."""
        return tick >= self._back

    def ask(self, tick: int, frame: bytes, outage: Outage) -> Exchange | None:
        """Its reply to the sensor frame of `tick`; None where there is none."""
        self.stopped = None
        if outage.reset is not None:
            self._reset(outage.reset, tick, outage.down_ticks)
        if tick < self._back or outage.lost:
            return None
        return self.hear(tick, lambda: self.line.exchange(frame, tick * TICK_US))

    def hear(self, tick: int, exchange: Callable[[], Exchange]) -> Exchange | None:
        """The exchange of a tick in which it can be spoken to; None where it stopped by itself."""
        self.stopped = None
        try:
            return exchange()
        except ComputerLost as error:
            self.stopped = str(error)
            self._reset("watchdog", tick, WATCHDOG_TICKS + DOWN_TICKS)
            return None

    def _reset(self, cause: str, tick: int, down_ticks: int) -> None:
        before = self.session.board.boot_nonce
        self.session.time_us = tick * TICK_US
        reset(self.session.link, cause, self.session.time_us)
        self.forgot = cause == BROWN_OUT
        self._resume(restated(self.session.groups, self.row) if self.forgot else ())
        # an emulated chip's random numbers are the same each time its power comes
        if cause != BROWN_OUT and self.session.board.boot_nonce == before:
            raise RigError(f"the flight computer was to be reset ({cause}) but says that it was not")
        self._back = tick + down_ticks
        self.reset_tick = tick

    def _resume(self, groups: Groups) -> None:
        for attempt in range(_TRIES):
            try:
                self.session.resume(groups)
                return
            except NoAnswer:
                if not self.line.faulty or attempt == _TRIES - 1:
                    raise
