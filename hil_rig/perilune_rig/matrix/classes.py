"""Fault classes: what can go wrong with each sensor and actuator, with the numbers it is flown with.

Levels come from the missions in which the class was met (see the scenarios); where none was published the level is
one that the healthy unit's own errors cannot be mistaken for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from perilune_sim.config import Vehicle

Effect = dict[str, Any]

_UNIT: dict[str, Effect] = {
    "dead": {"dead": 1},  # says nothing at all
    "absent": {"intermittent": 1.0},  # speaks, never a valid word
    "frozen": {"frozen": 1},
    "stale": {"delay_s": 1.0},  # and says so
    "stale, lying": {"delay_s": 1.0, "hide_age": 1},
    "noise x10": {"noise": 10.0},
    "noise x50": {"noise": 50.0},
    "intermittent": {"intermittent": 0.7},
}
_RANGE: dict[str, Effect] = _UNIT | {
    "late": {"max_m": 893.0},  # Resilience's first valid range
    "very late": {"max_m": 300.0},
    "biased high": {"bias": 400.0},
    "biased low": {"bias": -400.0},
    "slightly high": {"bias": 25.0},
    "slightly low": {"bias": -25.0},
    "10 m high": {"bias": 10.0},
    "40 m high": {"bias": 40.0},
    "60 m high": {"bias": 60.0},
    "grows 0.2 m/s": {"ramp": 0.2},  # passes every check of jumps
    "grows 0.5 m/s": {"ramp": 0.5},
    "grows 1 m/s": {"ramp": 1.0},
    "shrinks 0.5 m/s": {"ramp": -0.5},
    "swings": {"wave": 20.0, "wave_s": 20.0},
    "scale +1 %": {"scale": 0.01},
    "scale +5 %": {"scale": 0.05},
    "scale -2 %": {"scale": -0.02},
    "heavy tails": {"tail_probability": 0.3, "tail_size": 300.0},
    "scale high": {"scale": 0.2},
    "scale low": {"scale": -0.2},
    "dead until cycled": {"dead": 1, "until_power_cycle": 1},
    "frozen until cycled": {"frozen": 1, "until_power_cycle": 1},
    "scale until cycled": {"scale": -0.5, "until_power_cycle": 1},  # Apollo 14: stuck on the wrong scale
}
_VELOCITY: dict[str, Effect] = _UNIT | {
    "late": {"max_m": 500.0},
    "biased high": {"bias": 1.0},
    "biased low": {"bias": -1.0},
    "far off": {"bias": 10.0},
    "0.1 m/s high": {"bias": 0.1},
    "0.3 m/s high": {"bias": 0.3},
    "grows 0.02 m/s2": {"ramp": 0.02},
    "shrinks 0.02 m/s2": {"ramp": -0.02},
    "scale +2 %": {"scale": 0.02},
    "one beam 1 m/s off": {"bias": 1.0, "beams": 1},
    "one beam grows": {"ramp": 0.05, "beams": 2},
    "stuck at -2 m/s": {"stuck": 1, "stuck_at": -2.0},
    "heavy tails": {"tail_probability": 0.3, "tail_size": 20.0},
    "scale high": {"scale": 0.1},
    "one beam lost": {"beams_lost": 1},
    "two beams lost": {"beams_lost": 6},
}
_STAR: dict[str, Effect] = _UNIT | {
    "biased": {"bias": 0.01},
    "slightly biased": {"bias": 0.002},
    "drifts": {"ramp": 1e-4},
    "one axis drifts": {"ramp": 1e-4, "axes": 2},
    "heavy tails": {"tail_probability": 0.3, "tail_size": 0.05},
}
_IMU: dict[str, Effect] = {
    "dead": {"dead": 1},
    "frozen": {"frozen": 1},
    "accelerometer zero": {"accel_zero": 1},  # Luna-25
    "gyro zero": {"gyro_zero": 1},
    "accelerometer biased": {"accel_bias": (0.05, 0.0, 0.05)},  # 5 mg
    "gyro biased": {"gyro_bias": (0.0, 0.002, 0.001)},
    "accelerometer grows": {"accel_ramp": (0.0, 0.0, 5e-4)},  # m/s2 per s
    "accelerometer scale +1 %": {"accel_scale": (0.01, 0.01, 0.01)},
    "gyro drifts": {"gyro_ramp": (0.0, 1e-5, 0.0)},  # rad/s per s
    "gyro scale +1 %": {"gyro_scale": (0.01, 0.01, 0.01)},
    "gyro saturated": {"gyro_limit": 0.004},  # Schiaparelli
    "noise x10": {"noise": 10.0},
}
_ENGINE: dict[str, Effect] = {
    "thrust +15 %": {"thrust_factor": 1.15},  # Chandrayaan-2
    "thrust -15 %": {"thrust_factor": 0.85},
    "thrust -5 %": {"thrust_factor": 0.95},
    "thrust -45 %": {"thrust_factor": 0.55},  # SLIM
    "stuck throttle, low": {"stuck_throttle": 0.35},
    "stuck throttle, high": {"stuck_throttle": 0.8},
    "slow valve": {"delay_s": 0.4},
    "dead": {"dead": 1},
}
_TANK: dict[str, Effect] = {
    "pressure falls": {"tank_kpa_s": -1.0},
    "pressure falls fast": {"tank_kpa_s": -10.0},
    "pressurant lost": {"pressurant_kpa_s": -100.0},
    "leak": {"leak_kg_s": 0.03},
    "large leak": {"leak_kg_s": 0.3},
}
_GAUGE: dict[str, Effect] = {
    "40 kg high": {"bias": 40.0},
    "40 kg low": {"bias": -40.0},
    "grows": {"ramp": 0.1},
    "scale +5 %": {"scale": 0.05},
    "stuck": {"stuck": 1, "stuck_at": 60.0},
}
# one cause for both altimeters: a mount, a shared clock, dust
_COMMON = (
    "10 m high",
    "slightly high",
    "60 m high",
    "grows 0.2 m/s",
    "grows 0.5 m/s",
    "grows 1 m/s",
    "shrinks 0.5 m/s",
    "scale +5 %",
    "stale, lying",
)
_PULSE_S = 0.1  # Mars Polar Lander's switches rang for up to 33 ms

UNITS = ("lrf", "radar", "velocimeter", "star_tracker")
PAIRED = (
    "dead",
    "late",
    "absent",
    "frozen",
    "stale, lying",
    "biased high",
    "biased low",
    "noise x50",
    "heavy tails",
    "scale high",
    "intermittent",
    "dead until cycled",
)
QUICK = frozenset(
    ("lrf dead", "radar biased high", "velocimeter dead", "imu_a dead", "engine_0 thrust -15 %")
)


@dataclass(frozen=True)
class FaultClass:
    """One thing that goes wrong: its name, what it does to which targets, and for how long (None: for good)."""

    group: str  # row group of the table
    kind: str
    effects: tuple[tuple[str, Effect], ...] = field(hash=False)
    lasts_s: float | None = None
    pair: tuple[str, str] | None = None  # kinds of the laser's and the radar's fault, when both are at fault

    @property
    def name(self) -> str:
        """Group and kind: unique."""
        return f"{self.group} {self.kind}"

    @property
    def targets(self) -> list[str]:
        """What it befalls."""
        return [target for target, _effect in self.effects]


def single(vehicle: Vehicle) -> list[FaultClass]:
    """Every class on every target of the vehicle to which it applies, one fault at a time.

    A class on both inertial units is one fault: they share power, software and mounting.
    """
    found = [*_each("lrf", _RANGE), *_each("radar", _RANGE), *_each("velocimeter", _VELOCITY)]
    found += [*_each("star_tracker", _STAR), *_each("imu_a", _IMU), *_each("imu_b", _IMU)]
    found += [FaultClass("both imus", kind, (("imu_a", e), ("imu_b", e))) for kind, e in _IMU.items()]
    found += _each("engine_0", _ENGINE)
    count = len(vehicle.propulsion.engines)
    if count > 1:
        found += [FaultClass("all engines", kind, _all_engines(count, e)) for kind, e in _ENGINE.items()]
    found += [
        FaultClass("altimeters", kind, (("lrf", _RANGE[kind]), ("radar", _RANGE[kind]))) for kind in _COMMON
    ]
    found += [*_each("tank", _TANK), *_each("gauge", _GAUGE)]
    return [*found, *_switches(), *_thrusters(vehicle)]


# Units of which one may be blamed for the other, and kinds of each.
_CROSSED: tuple[
    tuple[str, dict[str, Effect], tuple[str, ...], str, dict[str, Effect], tuple[str, ...]], ...
] = (
    (
        "velocimeter",
        _VELOCITY,
        ("dead", "biased high", "grows 0.02 m/s2"),
        "radar",
        _RANGE,
        ("dead", "slightly high", "grows 0.5 m/s"),
    ),
    (
        "star_tracker",
        _STAR,
        ("dead", "slightly biased", "drifts"),
        "imu_a",
        _IMU,
        ("gyro biased", "gyro drifts"),
    ),
    (
        "imu_a",
        _IMU,
        ("accelerometer biased", "accelerometer grows", "dead"),
        "lrf",
        _RANGE,
        ("dead", "slightly high", "grows 0.5 m/s"),
    ),
    (
        "engine_0",
        _ENGINE,
        ("slow valve", "thrust -15 %"),
        "lrf",
        _RANGE,
        ("dead", "slightly high", "grows 0.5 m/s"),
    ),
)


def crossed() -> list[FaultClass]:
    """Pairs across units: one kind of fault on each of two that are checked against one another."""
    return [
        FaultClass(f"{a} + {b}", f"{first} + {second}", ((a, of_a[first]), (b, of_b[second])))
        for a, of_a, firsts, b, of_b, seconds in _CROSSED
        for first in firsts
        for second in seconds
    ]


def pairs() -> list[FaultClass]:
    """Every pair of altimetry faults, one kind of each on laser and radar, and those across other units."""
    return [*_altimetry(), *crossed()]


def _altimetry() -> list[FaultClass]:
    return [
        FaultClass("lrf + radar", f"{a} + {b}", (("lrf", _RANGE[a]), ("radar", _RANGE[b])), pair=(a, b))
        for a in PAIRED
        for b in PAIRED
    ]


def _each(target: str, effects: Mapping[str, Effect]) -> list[FaultClass]:
    return [FaultClass(target, kind, ((target, effect),)) for kind, effect in effects.items()]


def _all_engines(count: int, effect: Effect) -> tuple[tuple[str, Effect], ...]:
    return tuple((f"engine_{n}", effect) for n in range(count))


def _switches() -> list[FaultClass]:
    """Leg contact switches and abort request lines."""

    def contact(kind: str, lasts_s: float | None = None, **effect: int) -> FaultClass:
        return FaultClass("contact", kind, (("contact", effect),), lasts_s)

    return [
        contact("one leg closed", on_bits=0b0001),
        contact("all legs closed", on_bits=0b1111),
        contact("one leg open", off_bits=0b0001),
        contact("all legs open", off_bits=0b1111),
        contact("pulse of 100 ms", _PULSE_S, on_bits=0b1111),
        FaultClass("discretes", "one abort line closed", (("discretes", {"on_bits": 0b001}),)),  # Apollo 14
    ]


def _thrusters(vehicle: Vehicle) -> list[FaultClass]:
    """One thruster along the body axis and one across it, stuck closed and open."""
    directions = [abs(thruster.direction[2]) for thruster in vehicle.rcs.thrusters]
    chosen = {"axial": directions.index(max(directions)), "lateral": directions.index(min(directions))}
    return [
        FaultClass("rcs", f"{place} thruster {how}", (("rcs", {bits: 1 << n}),))
        for place, n in chosen.items()
        for how, bits in (("closed", "off_bits"), ("open", "on_bits"))
    ]
