"""Rungs: what the flight software flies on. Each is a `host.link.Link` with a name and a word on its availability."""

from typing import Protocol

from host.errors import InputError
from host.link import Link

from hil_rig.rungs.python import PythonRung
from hil_rig.rungs.vm import VmRung


class Rung(Link, Protocol):
    """A link that the catalogue knows."""

    name: str
    about: str

    def __init__(self) -> None: ...

    @classmethod
    def available(cls) -> str | None:
        """None if it can fly here, else the reason why not."""
        ...


RUNGS: dict[str, type[Rung]] = {rung.name: rung for rung in (VmRung, PythonRung)}


def find(name: str) -> type[Rung]:
    """The rung of that name. InputError names those there are."""
    if name not in RUNGS:
        raise InputError(f"no rung is called {name!r}; there are {', '.join(RUNGS)}")
    return RUNGS[name]
