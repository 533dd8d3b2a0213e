"""Faults the world can act out, by target; every value starts where it does nothing (integers are flags and bits)."""

from typing import Any

import numpy as np

from perilune_host.errors import InputError

UNIT: dict[str, float] = {
    "dead": 0,  # 1: status 0, says nothing
    "frozen": 0,  # 1: repeats its last values as new and valid
    "delay_s": 0.0,  # extra latency
    "hide_age": 0,  # 1: ... and lies about it
    "bias": 0.0,  # added: m of a range, m/s of a Doppler beam, rad about an axis of a star tracker
    "ramp": 0.0,  # that grows by so much a second from the start of the fault
    "wave": 0.0,  # that swings so far to either side ...
    "wave_s": 60.0,  # ... with this period, from the start of the fault
    "wave_from_s": 0.0,  # ... or from this moment of the run
    "noise": 1.0,  # factor on the noise
    "tail_probability": 0.0,  # chance per sample of an outlier ...
    "tail_size": 0.0,  # ... of this mean size, exponential, to either side
    "intermittent": 0.0,  # chance per sample that it is lost
    "until_power_cycle": 0,  # 1: all faults of this target end when it is switched off
}
_VALUE = UNIT | {
    "scale": 0.0,  # share of the value that is added to it
    "stuck": 0,  # 1: every sample says `stuck_at`, and is valid
    "stuck_at": 0.0,  # m, m/s
}
RANGE = _VALUE | {
    "max_m": 0.0,  # sees no further, m (0: as specified)
    "rate_bias": 0.0,  # added to the radar's range rate, m/s
}
VELOCITY = _VALUE | {
    "max_m": 0.0,  # sees no further, m (0: as specified)
    "beams_lost": 0,  # bit n: beam n says nothing
    "beams": 7,  # bit n: beam n has the other errors
}
STAR = UNIT | {
    "axes": 7,  # bit n: bias, ramp and wave are about body axis n
}
_ZERO = (0.0, 0.0, 0.0)
IMU: dict[str, Any] = {
    "dead": 0,  # 1: status 0, says nothing
    "frozen": 0,  # 1: repeats its last values as new and valid
    "accel_zero": 0,  # 1: its accelerometers read nothing
    "gyro_zero": 0,  # 1: its gyros read nothing
    "accel_bias": _ZERO,  # added, m/s2, body x y z
    "gyro_bias": _ZERO,  # added, rad/s, body x y z
    "accel_ramp": _ZERO,  # that grows from the start of the fault, m/s2 per s
    "gyro_ramp": _ZERO,  # that grows from the start of the fault, rad/s per s
    "accel_scale": _ZERO,  # share of the value that is added to it
    "gyro_scale": _ZERO,  # share of the value that is added to it
    "accel_limit": 0.0,  # saturates there, m/s2 (0: as specified)
    "gyro_limit": 0.0,  # saturates there, rad/s (0: as specified)
    "noise": 1.0,  # factor on the noise
    "until_power_cycle": 0,  # 1: all faults of this target end when it is switched off
}
ENGINE: dict[str, float] = {
    "dead": 0,  # 1: does not burn
    "thrust_factor": 1.0,  # of the thrust that is commanded
    "stuck_throttle": -1.0,  # stuck at this share of full thrust (-1: not)
    "delay_s": 0.0,  # the valve follows so much later
}
TANK: dict[str, float] = {
    "tank_kpa_s": 0.0,  # change of the tank's pressure, kPa/s
    "pressurant_kpa_s": 0.0,  # change of the bottle's pressure, kPa/s
    "leak_kg_s": 0.0,  # propellant lost overboard, kg/s
}
GAUGE: dict[str, float] = {
    "bias": 0.0,  # added, kg
    "ramp": 0.0,  # that grows from the start of the fault, kg/s
    "scale": 0.0,  # share of the value that is added to it
    "stuck": 0,  # 1: says `stuck_at`
    "stuck_at": 0.0,  # kg
}
BITS: dict[str, float] = {
    "off_bits": 0,  # bit n: thruster, leg switch or abort line n is stuck closed, open, open
    "on_bits": 0,  # bit n: ... stuck open, closed, closed
}

COMPUTER: dict[str, float] = {
    "watchdog": 0,  # reset by its watchdog: what its port keeps is left
    "software": 0,  # resets itself: the same
    "brown_out": 0,  # its supply drops: what it kept is gone
    "hang": 0,  # a tick never ends: half a second later the watchdog resets it
    "down_s": 0.6,  # from a reset to the first tick it answers
    "storm": 1,  # so many resets, each at a moment of its own ...
    "within_s": 0.0,  # ... drawn from the seed, up to this long after the start
    "lost_share": 0.0,  # share of the ticks it has no time for ...
    "burst_s": 0.1,  # ... lost so long at a stretch, at moments drawn from the seed
    "late_s": 0.0,  # its answers act so much later
}

TARGETS: dict[str, dict[str, Any]] = {
    "imu_a": IMU,
    "imu_b": IMU,
    "lrf": RANGE,
    "radar": RANGE,
    "velocimeter": VELOCITY,
    "star_tracker": STAR,
    **{f"engine_{n}": ENGINE for n in range(6)},
    "tank": TANK,
    "gauge": GAUGE,  # of the propellant
    "rcs": BITS,  # thrusters stuck closed, stuck open
    "contact": BITS,
    "discretes": BITS,
    "computer": COMPUTER,  # acted out by the bridge, not by the world
}
# An error that grows stands for one of a constant: at its start it is nothing.
GROWS = {"ramp": "bias", "accel_ramp": "accel_bias", "gyro_ramp": "gyro_bias"}
LIMITS = {
    "wave_s": (0.1, 1e4),
    "beams": (0, 7),
    "axes": (0, 7),
    "stuck": (0, 1),
    "delay_s": (0.0, 2.0),
    "tail_probability": (0.0, 1.0),
    "intermittent": (0.0, 1.0),
    "stuck_throttle": (-1.0, 1.0),
    "down_s": (0.02, 60.0),
    "storm": (1, 20),
    "within_s": (0.0, 3600.0),
    "lost_share": (0.0, 0.9),
    "burst_s": (0.02, 5.0),
    "late_s": (0.0, 1.0),
    "off_bits": (0, 0xFFFF),
    "on_bits": (0, 0xFFFF),
    "beams_lost": (0, 7),
    "until_power_cycle": (0, 1),
} | dict.fromkeys(("dead", "frozen", "hide_age", "accel_zero", "gyro_zero"), (0, 1))
LIMITS |= dict.fromkeys(("watchdog", "software", "brown_out", "hang"), (0, 1))


def pointers(effects: Any) -> dict[str, Any]:
    """The C structure behind each target."""
    units = ("lrf", "radar", "velocimeter", "star_tracker")
    found = {"imu_a": effects.imu[0], "imu_b": effects.imu[1]}
    found |= {name: effects.unit[n] for n, name in enumerate(units)}
    found |= {f"engine_{n}": effects.engine[n] for n in range(6)}
    return found | {name: getattr(effects, name) for name in ("tank", "gauge", "rcs", "contact", "discretes")}


def check(target: str, values: dict[str, Any]) -> None:
    """InputError unless target and names exist and values are in range."""
    if target not in TARGETS:
        raise InputError(f"effect on {target!r}: no such target; there are {', '.join(TARGETS)}")
    for name, value in values.items():
        if name not in TARGETS[target]:
            raise InputError(f"effect on {target}: no {name!r}; there are {', '.join(TARGETS[target])}")
        _check_value(target, name, value)


def _check_value(target: str, name: str, value: Any) -> None:
    low, high = LIMITS.get(name, (-1e9, 1e9))
    size = 3 if isinstance(TARGETS[target][name], tuple) else 1
    parts: list[Any] = list(value) if isinstance(value, (tuple, list)) else [value]
    if len(parts) != size or not all(isinstance(part, (int, float)) for part in parts):
        raise InputError(
            f"effect on {target}: {name} = {value!r}: give {'three numbers' if size == 3 else 'a number'}"
        )
    if isinstance(TARGETS[target][name], int) and any(part != round(part) for part in parts):
        raise InputError(f"effect on {target}: {name} = {value}: give a whole number")
    if not all(low <= part <= high for part in parts):
        raise InputError(f"effect on {target}: {name} = {value} is outside {low:g} to {high:g}")


def begun(effect: dict[str, Any], start_s: float) -> dict[str, Any]:
    """An effect that begins at this moment of the run, as the world takes it: in constants and the run's own time."""
    found = dict(effect)
    for ramp, bias in GROWS.items():
        if ramp in effect:
            found[bias] = _less(effect.get(bias, 0.0 * np.asarray(effect[ramp])), effect[ramp], start_s)
    if effect.get("wave"):
        found.setdefault("wave_from_s", start_s)
    return found


def _less(bias: Any, ramp: Any, start_s: float) -> Any:
    value = np.asarray(bias, dtype=float) - start_s * np.asarray(ramp, dtype=float)
    return float(value) if value.ndim == 0 else tuple(float(part) for part in value)


def apply(pointer: Any, target: str, values: dict[str, Any]) -> None:
    """Sets one target's faults: those not named go back to doing nothing."""
    for name, value in (TARGETS[target] | values).items():
        setattr(pointer, name, int(value) if isinstance(TARGETS[target][name], int) else value)
    pointer.active = int(any(TARGETS[target][name] != value for name, value in values.items()))
