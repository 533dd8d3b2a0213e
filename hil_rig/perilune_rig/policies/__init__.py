"""Reproductions of the logic that lost each mission, to be flown in place of the flight software's: the baseline.

Each module here defines `PolicyFlight`, a `Flight` of the frozen perilune_rig.baseline with the parts that failed put
back. They are MicroPython source too: `source` gives what a virtual machine executes. Nothing here is ever flashed.
"""

import importlib
from pathlib import Path

from perilune_host.errors import InputError
from perilune_rig.baseline.checkpoint import memory
from perilune_rig.scenario import typed_toml

HERE = Path(__file__).resolve().parent
_BASE = "base"
_IMPORT = "from perilune_rig.policies."
# Its state is kept by the baseline's own layout
_INSTALL = """
from perilune.link import computer
from perilune_rig.baseline.checkpoint.memory import Keeper
computer.Flight, computer.Keeper = PolicyFlight, Keeper
"""


def names() -> list[str]:
    """All policies."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("__init__", _BASE))


def check(name: str) -> str:
    """The name itself; InputError for one that is no policy."""
    if name not in names():
        raise InputError(f"no policy is called '{name}'{typed_toml.nearest(name, names())}")
    return name


def about(name: str) -> str:
    """What a policy reproduces: the first line of its module."""
    return (module(name).__doc__ or "").splitlines()[0]


def module(name: str):
    """The policy as a module of this interpreter."""
    return importlib.import_module(f"perilune_rig.policies.{check(name)}")


def logic(name: str) -> tuple[type, type]:
    """The classes that stand in for the flight software's `Flight` and `Keeper` in this interpreter."""
    return module(name).PolicyFlight, memory.Keeper


def source(name: str) -> str:
    """The policy as statements for MicroPython that put it in place of the flight software's own."""
    parts = [(HERE / f"{part}.py").read_text(encoding="utf-8") for part in (_BASE, check(name))]
    lines = [line for line in "\n".join(parts).splitlines() if not line.startswith(_IMPORT)]
    return "\n".join(lines) + _INSTALL
