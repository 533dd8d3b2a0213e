"""When the things of a scenario's timeline are due, from simulated time, true height and flight mode alone."""

from collections.abc import Iterable

from perilune.wire.schema import TICK_HZ
from perilune_rig.scenario.model import Command, Trigger
from perilune_sim.horizon import NEVER, Horizon, nearest


class Moment:
    """One trigger under watch. `due` is true from the tick on at which the trigger's delay has passed."""

    def __init__(self, trigger: Trigger) -> None:
        self.trigger = trigger
        self._delay_ticks = round(trigger.delay_s * TICK_HZ)
        self._seen: int | None = None

    def due(self, tick: int, agl_m: float, mode: str) -> bool:
        """Whether it is time; to be asked once a tick (`agl_m`: true height above ground)."""
        if self._seen is None and self._happens(tick, agl_m, mode):
            self._seen = tick
        return self._seen is not None and tick >= self._seen + self._delay_ticks

    def horizon(self, tick: int, mode: str) -> Horizon:
        """Until when `due` need not be asked, in this mode; from then on it has to be, once a tick."""
        trigger = self.trigger
        if self._seen is not None:
            begins = self._seen + self._delay_ticks
            return Horizon(begins) if tick <= begins else NEVER
        if trigger.time_s is not None:
            return Horizon(round(trigger.time_s * TICK_HZ))
        if trigger.altitude_m is not None:
            return Horizon(low_m=trigger.altitude_m)
        return Horizon(tick) if mode == trigger.mode else NEVER

    def _happens(self, tick: int, agl_m: float, mode: str) -> bool:
        trigger = self.trigger
        if trigger.time_s is not None:
            return tick >= round(trigger.time_s * TICK_HZ)
        if trigger.altitude_m is not None:
            return agl_m <= trigger.altitude_m
        return mode == trigger.mode


class Timeline:
    """The commands of one flight, each handed out once when its moment has come."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._waiting = [(Moment(command.when), command) for command in commands]

    @property
    def empty(self) -> bool:
        """Whether every command has been handed out."""
        return not self._waiting

    def horizon(self, tick: int, mode: str) -> Horizon:
        """Until when nothing can become due, in this mode."""
        return nearest(moment.horizon(tick, mode) for moment, _command in self._waiting)

    def due(self, tick: int, agl_m: float, mode: str) -> list[Command]:
        """Commands to be sent at this tick, in the order of the file; to be asked once a tick."""
        if not self._waiting:
            return []
        ready = [pair for pair in self._waiting if pair[0].due(tick, agl_m, mode)]
        for pair in ready:
            self._waiting.remove(pair)
        return [command for _moment, command in ready]
