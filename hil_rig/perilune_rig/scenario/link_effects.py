"""Faults of the line, by target; every value starts where it does nothing."""

from typing import Any

from perilune_host.errors import InputError

LINE: dict[str, float] = {
    "bit_error_rate": 0.0,  # chance of a flip, per bit
    "burst": 0.0,  # chance per frame of a burst of flips ...
    "burst_bits": 16.0,  # ... within so many bits
    "drop": 0.0,  # chance per frame: it is gone
    "duplicate": 0.0,  # ... it comes twice
    "reorder": 0.0,  # ... the next one overtakes it
    "delay": 0.0,  # ... it comes late ...
    "delay_ticks": 5.0,  # ... by so many ticks
    "truncate": 0.0,  # ... its end is missing, sometimes with the delimiter
    "cut_bytes": 0.0,  # every frame ends after so many bytes and its delimiter
    "garbage": 0.0,  # chance per frame of noise before it
    "stuck_byte": -1.0,  # every byte reads as this one (255: idle high, 0: held low)
    "baud_ratio": 1.0,  # the sender's rate over the receiver's
    "outage": 0.0,  # nothing arrives
    "unplugged": 0.0,  # nothing arrives, and the port is opened anew afterwards where it is one
}
TARGETS: dict[str, dict[str, Any]] = {"link": LINE, "uplink": LINE, "downlink": LINE}
CHANCES = ("burst", "drop", "duplicate", "reorder", "delay", "truncate", "garbage")
LIMITS = {
    "bit_error_rate": (0.0, 0.5),
    "burst_bits": (1.0, 1024.0),
    "delay_ticks": (1.0, 100.0),
    "cut_bytes": (0.0, 255.0),
    "stuck_byte": (-1.0, 255.0),
    "baud_ratio": (0.1, 10.0),
    "outage": (0.0, 1.0),
    "unplugged": (0.0, 1.0),
} | dict.fromkeys(CHANCES, (0.0, 1.0))


def check(target: str, values: dict[str, Any]) -> None:
    """InputError where a value of a line's fault is no number or out of range; the names are known to exist."""
    for name, value in values.items():
        low, high = LIMITS[name]
        if not isinstance(value, int | float):
            raise InputError(f"effect on {target}: {name} = {value!r}: give a number")
        if not low <= value <= high:
            raise InputError(f"effect on {target}: {name} = {value} is outside {low:g} to {high:g}")
