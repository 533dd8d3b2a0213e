"""Faults of a scenario acted out on the world: when they start and end, how they combine, whether they were felt.

Everything is decided by simulated time, true height and flight mode. Whether a fault was felt is measured, not
assumed: from its start a twin of the world, the same but for that fault, takes the same commands, until one SENSORS
frame of the two differs. A fault in a signal that says nothing at the time thus counts as not felt.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from perilune.wire.schema import TICK_HZ
from perilune_rig.faults.on_computer import TARGET, ComputerFaults
from perilune_rig.faults.watched import Watched
from perilune_rig.scenario.model import Fault
from perilune_sim.flight_computer import Outage
from perilune_sim.flight_record import InjectedFault
from perilune_sim.horizon import Horizon, nearest
from perilune_sim.lockstep import MOST_TWINS
from perilune_sim.world.effects import LIMITS, TARGETS, begun
from perilune_sim.world.world import World

Effect = dict[str, Any]


def _add(a: Any, b: Any) -> Any:
    return tuple(x + y for x, y in zip(a, b, strict=True)) if isinstance(a, list | tuple) else a + b


def _either(a: Any, b: Any) -> int:
    return int(a) | int(b)


def _times(a: float, b: float) -> float:
    return a * b


def _either_chance(a: float, b: float) -> float:
    return 1.0 - (1.0 - a) * (1.0 - b)


def _later(_a: float, b: float) -> float:
    return b


_MASKS = ("beams", "axes")  # which of a unit's parts are at fault; all of them where nothing is said
_RULES: dict[str, Callable[[Any, Any], Any]] = {
    "noise": _times,
    "thrust_factor": _times,
    "tail_probability": _either_chance,
    "intermittent": _either_chance,
    "tail_size": max,
    "max_m": min,
    "accel_limit": min,
    "gyro_limit": min,
    "stuck_throttle": _later,
    "stuck_at": _later,
    "wave_s": _later,
    "wave_from_s": _later,
}


def combined(target: str, effects: Iterable[Effect]) -> Effect:
    """The one effect that several on `target` amount to.

    Flags and bits: any of them. Biases, delays, rates: the sum. Noise and thrust: the product of the factors. Losses:
    as independent chances. Ranges and limits: the narrowest. What is stuck: where the latest stuck it; waves swing as
    the latest does, as far as all together.
    """
    several = list(effects)
    masks = {name: TARGETS[target][name] for name in _MASKS if any(name in effect for effect in several)}
    total: Effect = {}
    for effect in several:
        for name, value in (masks | effect).items():
            if name not in total:
                total[name] = value
                continue
            flag = isinstance(TARGETS[target][name], int)
            total[name] = _RULES.get(name, _either if flag else _add)(total[name], value)
    return {name: _limited(name, value) for name, value in total.items()}


def _limited(name: str, value: Any) -> Any:
    if name not in LIMITS:
        return value
    low, high = LIMITS[name]
    return max(low, min(high, value))


@dataclass
class _Twin:
    """A world without one fault."""

    of: Watched
    world: World


class Faults:
    """The faults of one flight. `update` before each world step, `watch` after it.

    twin: makes another world of the same vehicle, environment and seed. Faults of the flight computer are only kept
    here (computer_faults.py acts them out).
    """

    def __init__(
        self, faults: Sequence[Fault], world: World, twin: Callable[[], World], seed: int = 0
    ) -> None:
        self._world = world
        self._make = twin
        self._all: list[Watched] = []  # in the order of the file
        self._worldly: list[Watched] = []  # those that act on the world
        self._computer = ComputerFaults((), seed)
        self._twins: list[_Twin] = []
        for fault in faults:
            self.add(fault)

    @property
    def injected(self) -> list[InjectedFault]:
        """What became of each fault, in the order of the file."""
        return [watched.record for watched in self._all]

    def add(self, fault: Fault) -> None:
        """One more fault, also in the middle of a flight: its moments are watched from now on."""
        watched = Watched(fault)
        self._all.append(watched)
        if fault.target == TARGET:
            self._computer.add(watched)
        else:
            self._worldly.append(watched)

    def update(self, tick: int, agl_m: float, mode: str) -> Outage:
        """Start and end what is due at this tick (`agl_m`: true height above ground); to be asked once a tick.

        Returns what befalls the flight computer.
        """
        changed = [watched for watched in self._worldly if watched.changed(tick, agl_m, mode)]
        changed += self._cured(tick)
        for target in dict.fromkeys(watched.fault.target for watched in changed):
            self._apply(target)
        for watched in changed:
            if watched.active:
                self._split(watched)
        if changed:
            self._twins = [twin for twin in self._twins if twin.of.active]
        return self._computer.update(tick, agl_m, mode)

    def horizon(self, tick: int, mode: str) -> Horizon:
        """Until when `update` need not be asked, in this mode; `tick` where it has to be asked in every tick."""
        if len(self._twins) > MOST_TWINS or any(self._world_ended(watched) for watched in self._worldly):
            return Horizon(tick)
        horizons = [watched.horizon(tick, mode) for watched in self._worldly]
        return nearest([*horizons, self._computer.horizon(tick, mode)])

    @property
    def twins(self) -> list[World]:
        """Worlds that lack one fault each, for as long as that has changed no signal."""
        return [twin.world for twin in self._twins]

    def differed(self, twins: Sequence[int]) -> None:
        """The sensor frames of these of the twins came out otherwise: their faults have acted."""
        for n in twins:
            self._twins[n].of.record.acted = True
        self._twins = [twin for twin in self._twins if not twin.of.record.acted]

    def watch(self, actuators: bytes | None, payload: bytes) -> None:
        """Compare the frame that came of `actuators` with each twin's; a twin that differs has done its work."""
        differ = [n for n, twin in enumerate(self._twins) if twin.world.step(actuators) != payload]
        if differ:
            self.differed(differ)

    def _world_ended(self, watched: Watched) -> bool:
        """Whether a power cycle has ended it, which `update` has still to note."""
        return watched.cycles and watched.active and not self._world.faulty(watched.fault.target)

    def _cured(self, tick: int) -> list[Watched]:
        """Faults that a power cycle has just ended."""
        cured = [w for w in self._worldly if w.record.from_tick != tick and self._world_ended(w)]
        for watched in cured:
            watched.record.to_tick = tick
        return cured

    def _effect(self, target: str, without: Watched | None = None) -> Effect:
        active = (w for w in self._worldly if w.active and w is not without and w.fault.target == target)
        return combined(target, (begun(w.fault.effect, (w.record.from_tick or 0) / TICK_HZ) for w in active))

    def _apply(self, target: str) -> None:
        self._world.effect(target, **self._effect(target))
        for twin in self._twins:
            twin.world.effect(target, **self._effect(target, twin.of))

    def _split(self, watched: Watched) -> None:
        """Set a twin going from here without this fault."""
        world = self._make()
        world.restore(self._world.snapshot())
        world.effect(watched.fault.target, **self._effect(watched.fault.target, watched))
        self._twins.append(_Twin(watched, world))
