"""Rungs: what the flight software flies on. Each is a `Link` with a name and a word on its availability."""

from typing import Protocol

from perilune_host.errors import InputError
from perilune_host.link import Link
from perilune_rig.rungs.board import BoardRung
from perilune_rig.rungs.process import ProcessRung
from perilune_rig.rungs.python import PythonRung
from perilune_rig.rungs.qemu import M33Rung, Rv32Rung, Stm32F4Rung, Stm32Rung
from perilune_rig.rungs.rp2040 import Rp2040Rung
from perilune_rig.rungs.rp2040py import Rp2040PyRung
from perilune_rig.rungs.vm import VmRung
from perilune_rig.rungs.wired import WiredRung


class Rung(Link, Protocol):
    """A link that the catalogue knows."""

    name: str
    about: str

    def __init__(self) -> None: ...

    @classmethod
    def available(cls) -> str | None:
        """None if it can fly here, else the reason why not."""
        ...


RUNGS: dict[str, type[Rung]] = {
    rung.name: rung
    for rung in (
        VmRung,
        PythonRung,
        ProcessRung,
        Rp2040Rung,
        Rp2040PyRung,
        WiredRung,
        Stm32Rung,
        Stm32F4Rung,
        M33Rung,
        Rv32Rung,
        BoardRung,
    )
}


def find(name: str) -> type[Rung]:
    """The rung of that name. InputError names those there are."""
    if name not in RUNGS:
        raise InputError(f"no rung is called {name!r}; there are {', '.join(RUNGS)}")
    return RUNGS[name]
