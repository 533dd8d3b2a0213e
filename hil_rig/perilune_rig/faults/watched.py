"""One fault of a scenario under watch: its moments, and what is known of it."""

from perilune_rig.scenario.model import Fault
from perilune_rig.scenario.timeline import Moment
from perilune_sim.flight_record import InjectedFault
from perilune_sim.horizon import Horizon, nearest


class Watched:
    """`changed` is to be asked once a tick; `record` is what the flight leaves behind of it."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.begin = Moment(fault.start)
        self.end = None if fault.end is None else Moment(fault.end)
        self.record = InjectedFault(fault.target, dict(fault.effect))
        self.cycles = bool(fault.effect.get("until_power_cycle"))

    @property
    def active(self) -> bool:
        """Begun and not ended."""
        return self.record.from_tick is not None and self.record.to_tick is None

    def horizon(self, tick: int, mode: str) -> Horizon:
        """Until when neither moment can come, in this mode."""
        record = self.record
        waiting = [self.begin] if record.from_tick is None else []
        if self.end is not None and record.to_tick is None:
            waiting.append(self.end)
        return nearest(moment.horizon(tick, mode) for moment in waiting)

    def changed(self, tick: int, agl_m: float, mode: str) -> bool:
        """Watch both moments; true if the fault starts or ends now."""
        begun = self.begin.due(tick, agl_m, mode)
        ended = self.end is not None and self.end.due(tick, agl_m, mode)
        record = self.record
        if record.from_tick is None:
            if begun and not ended:
                record.from_tick = tick
                return True
            return False
        if ended and record.to_tick is None:
            record.to_tick = tick
            return True
        return False
