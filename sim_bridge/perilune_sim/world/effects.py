"""Faults the world can act out, by target; every value starts where it does nothing (integers are flags and bits)."""

from typing import Any

from perilune_host.errors import InputError

UNIT: dict[str, float] = {
    "dead": 0,  # status 0, says nothing
    "frozen": 0,  # repeats its last values as new and valid
    "delay_s": 0.0,  # extra latency, at most 2
    "hide_age": 0,  # ... and lies about it
    "bias": 0.0,  # m, m/s on every beam, rad about every axis
    "scale": 0.0,  # relative error
    "noise": 1.0,  # factor on the noise
    "tail_probability": 0.0,  # of an outlier per sample
    "tail_size": 0.0,  # its mean size, exponential, either sign
    "intermittent": 0.0,  # probability that a sample is lost
    "until_power_cycle": 0,  # all of this target's faults end when it is switched off
}
RANGE = UNIT | {"max_m": 0.0, "rate_bias": 0.0}  # max_m: sees no further (0: as specified)
VELOCITY = UNIT | {"max_m": 0.0, "beams_lost": 0}  # beams_lost: bit n
IMU: dict[str, Any] = {
    "dead": 0,
    "frozen": 0,
    "accel_zero": 0,
    "gyro_zero": 0,
    "accel_bias": (0.0, 0.0, 0.0),  # m/s2, body
    "gyro_bias": (0.0, 0.0, 0.0),  # rad/s, body
    "accel_limit": 0.0,  # m/s2, 0: as specified
    "gyro_limit": 0.0,  # rad/s, 0: as specified
    "noise": 1.0,
    "until_power_cycle": 0,
}
ENGINE: dict[str, float] = {"dead": 0, "thrust_factor": 1.0, "stuck_throttle": -1.0, "delay_s": 0.0}
TANK: dict[str, float] = {"tank_kpa_s": 0.0, "pressurant_kpa_s": 0.0, "leak_kg_s": 0.0}
BITS: dict[str, float] = {"off_bits": 0, "on_bits": 0}

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
    "star_tracker": UNIT,
    **{f"engine_{n}": ENGINE for n in range(6)},
    "tank": TANK,
    "rcs": BITS,  # thrusters stuck closed, stuck open
    "contact": BITS,
    "discretes": BITS,
    "computer": COMPUTER,  # acted out by the bridge, not by the world
}
LIMITS = {
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
    return found | {name: getattr(effects, name) for name in ("tank", "rcs", "contact", "discretes")}


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


def apply(pointer: Any, target: str, values: dict[str, Any]) -> None:
    """Sets one target's faults: those not named go back to doing nothing."""
    for name, value in (TARGETS[target] | values).items():
        setattr(pointer, name, int(value) if isinstance(TARGETS[target][name], int) else value)
    pointer.active = int(any(TARGETS[target][name] != value for name, value in values.items()))
