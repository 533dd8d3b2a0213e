"""The wires of a wired board by name, after perilune.ports.pins, and what can be wrong with one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from perilune.ports import pins
from perilune_host.errors import InputError

__all__ = ["WIRES", "Wire", "WireFault", "faults", "named"]


@dataclass(frozen=True)
class Wire:
    """One wire: the board's pin, what it carries, and which end speaks."""

    pin: int
    name: str
    from_board: bool

    def __str__(self) -> str:
        return f"GP{self.pin} ({self.name})"


WIRES = (
    Wire(pins.MARK, "mark", True),
    Wire(pins.REPORT, "report", True),
    Wire(pins.RANGE_FINDER, "range finder", False),
    *(Wire(pin, f"thruster {n}", True) for n, pin in enumerate(pins.THRUSTERS)),
    Wire(pins.ENGINE_VALVE, "engine valve", True),
    Wire(pins.THROTTLE, "throttle", True),
    Wire(pins.LEGS_DEPLOY, "legs deploy", True),
    Wire(pins.RANGE_FINDER_HEAD, "range finder head", True),
    *(Wire(pin, f"contact of leg {n}", False) for n, pin in enumerate(pins.CONTACTS)),
)
_BY_PIN = {wire.pin: wire for wire in WIRES}
_FAULT = re.compile(r"GP(\d+) (?:(broken)|stuck (low|high)|swapped with GP(\d+))")


def named(pin: int) -> Wire:
    """The wire at that pin of the board. KeyError if there is none."""
    return _BY_PIN[pin]


@dataclass(frozen=True)
class WireFault:
    """A wire that is broken (stuck and other are None), stuck at a level, or swapped with the one at another pin."""

    pin: int
    stuck: bool | None = None
    other: int | None = None


def faults(texts: Sequence[str]) -> tuple[WireFault, ...]:
    """From `GP15 broken`, `GP14 stuck high`, `GP6 swapped with GP7`. InputError for anything else."""
    return tuple(_fault(text) for text in texts)


def _fault(text: str) -> WireFault:
    found = _FAULT.fullmatch(text.strip())
    if not found:
        forms = "`GP15 broken`, `GP14 stuck high` or `GP6 swapped with GP7`"
        raise InputError(f"wire fault {text!r}: not of the form {forms}")
    pin, _broken, level, other = found.groups()
    for one in (pin, other):
        if one is not None and int(one) not in _BY_PIN:
            there = ", ".join(f"GP{wire.pin}" for wire in WIRES)
            raise InputError(f"wire fault {text!r}: no wire at GP{one}; there are {there}")
    return WireFault(
        int(pin), None if level is None else level == "high", None if other is None else int(other)
    )
