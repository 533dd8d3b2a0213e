"""Emulated boards by the name of their rung, each at a device path, for what talks to a board's REPL."""

from collections.abc import Iterator
from contextlib import contextmanager

from perilune_host.errors import InputError
from perilune_rig.boards.child import BoardProcess
from perilune_rig.boards.qemu import QemuBoard
from perilune_rig.boards.qemu_build import build_elf
from perilune_rig.boards.qemu_machines import MACHINES

__all__ = ["EMULATED", "emulated"]

EMULATED = ("rp2040", "rp2040py", *MACHINES)
_PICO = "perilune_rig.boards.rp2040_board"


@contextmanager
def emulated(name: str) -> Iterator[str]:
    """The device path of that emulated board, which ends with the block. InputError for another name."""
    if name not in EMULATED:
        raise InputError(f"no emulated board is called {name!r}; there are {', '.join(EMULATED)}")
    board = _started(name)
    try:
        yield board.path
    finally:
        board.close()


def _started(name: str) -> QemuBoard | BoardProcess:
    if name == "rp2040":
        return BoardProcess(_PICO)
    if name == "rp2040py":
        return BoardProcess(_PICO, "--other")
    return QemuBoard(MACHINES[name], build_elf(MACHINES[name]))
