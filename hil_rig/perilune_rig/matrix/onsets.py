"""Onsets: the moments of a descent at which faults are made to begin, one in each part of it."""

from dataclasses import dataclass

from perilune_rig.matrix.classes import FaultClass
from perilune_rig.scenario.model import Fault, Mode, Trigger


@dataclass(frozen=True)
class Onset:
    """A named moment. It counts as reached only if the flight then is in one of `modes`."""

    name: str
    about: str
    trigger: Trigger
    modes: tuple[Mode, ...]


ONSETS = (
    Onset("coast", "20 s after arming, before ignition", Trigger(mode="armed", delay_s=20.0), ("armed",)),
    Onset("braking", "60 s after ignition", Trigger(mode="braking", delay_s=60.0), ("braking",)),
    Onset("braking low", "at 8 km above the ground", Trigger(altitude_m=8000.0), ("braking",)),
    Onset("approach", "10 s into the approach", Trigger(mode="approach", delay_s=10.0), ("approach",)),
    Onset("hold", "3 s into the hold", Trigger(mode="hold", delay_s=3.0), ("hold",)),
    Onset("terminal", "3 s into the terminal descent", Trigger(mode="terminal", delay_s=3.0), ("terminal",)),
)


def faults(fault: FaultClass, start: Trigger) -> list[Fault]:
    """The class as faults of a scenario, from `start` on."""
    end = None if fault.lasts_s is None else _later(start, fault.lasts_s)
    return [
        Fault(target=target, effect=dict(effect), start=start, end=end) for target, effect in fault.effects
    ]


def applies(fault: FaultClass, height_m: float) -> bool:
    """Whether the class can do anything that far above the ground: a shorter reach takes nothing from who is nearer.

    Beams are slanted by up to 60 degrees, so at twice the height they still may feel it.
    """
    reach_m = [effect["max_m"] for _target, effect in fault.effects if "max_m" in effect]
    return all(reach < 2.0 * height_m for reach in reach_m)


def _later(start: Trigger, seconds: float) -> Trigger:
    return Trigger(
        time_s=start.time_s,
        altitude_m=start.altitude_m,
        mode=start.mode,
        delay_s=start.delay_s + seconds,
    )
