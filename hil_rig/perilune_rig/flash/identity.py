"""Which boards the flight software is flashed on, and whether the one at the port is the one that was meant."""

from dataclasses import dataclass

from perilune_host.errors import InputError, RigError
from perilune_rig.flash.repl import Repl

VERSION = (1, 25)  # of MicroPython: machine code and .mpy files are made for it
HEAP_BYTES = 192 << 10  # measured on a Pico: 105 KiB of modules in RAM, 75 in flight, and room to collect
_ARCHITECTURES = (
    "- x86 x64 armv6 armv6m armv7m armv7em armv7emsp armv7emdp xtensa xtensawin rv32imc"
).split()
_ARCHITECTURE_BIT, _ARCHITECTURE_MASK = 10, 0xF


@dataclass(frozen=True)
class Kind:
    """A board the flight software has a start-up file for: what its MicroPython calls it, its USB vendor.

    start: whose start-up file in firmware/boards it has, if not its own.
    """

    id: str
    machine: str
    usb_vendor: int
    start: str = ""


KINDS = {
    kind.id: kind
    for kind in (
        Kind("RPI_PICO", "Raspberry Pi Pico with RP2040", 0x2E8A),
        Kind("RPI_PICO_W", "Raspberry Pi Pico W with RP2040", 0x2E8A, "RPI_PICO"),
        Kind("ADAFRUIT_FEATHER_RP2040", "Adafruit Feather RP2040 with RP2040", 0x239A, "RPI_PICO"),
        Kind("RPI_PICO2", "Raspberry Pi Pico2 with RP2350", 0x2E8A),
        Kind("RPI_PICO2_W", "Raspberry Pi Pico 2 W with RP2350", 0x2E8A, "RPI_PICO2"),
        Kind("PYBV11", "PYBv1.1 with STM32F405RG", 0xF055),
        Kind("ADAFRUIT_F405_EXPRESS", "Adafruit Feather STM32F405 with STM32F405RG", 0xF055),
        Kind("NUCLEO_H563ZI", "NUCLEO_H563ZI with STM32H563ZI", 0xF055),
    )
}


@dataclass(frozen=True)
class Identity:
    """What a board says of itself. `march`: the name by which mpy-cross knows its processor."""

    machine: str
    version: tuple[int, ...]
    march: str
    unique_id: str
    heap_bytes: int  # free, with nothing loaded


def kind(board: str) -> Kind:
    """The board of that ID. InputError names those there are."""
    if board not in KINDS:
        raise InputError(f"--board {board}: unknown board; there are {', '.join(KINDS)}")
    return KINDS[board]


def ask(repl: Repl) -> Identity:
    """Ask the board."""
    repl.run("import gc, machine, sys\ngc.collect()")
    name, version, mpy, unique_id, heap = repl.value(
        "(sys.implementation._machine, tuple(sys.implementation.version)[:3], sys.implementation._mpy, "
        "machine.unique_id().hex(), gc.mem_free())"
    )
    at = mpy >> _ARCHITECTURE_BIT & _ARCHITECTURE_MASK
    march = _ARCHITECTURES[at] if at < len(_ARCHITECTURES) else "-"
    return Identity(name, tuple(version), march, unique_id, heap)


def check(found: Identity, wanted: Kind, unique_id: str | None, port: str) -> None:
    """RigError, in one line, unless the board at the port is the one that was meant."""
    if "RISCV" in found.machine:
        raise RigError(
            f"{port}: not flashed: the RISC-V cores of {found.machine!r} keep denormals, so no trace hash would agree: "
            "install the firmware for its ARM cores"
        )
    if found.machine != wanted.machine:
        raise RigError(
            f"{port}: not flashed: this is a {found.machine!r}, --board {wanted.id} a {wanted.machine!r}"
        )
    if found.version[:2] != VERSION:
        has, needs = (".".join(map(str, version)) for version in (found.version, VERSION))
        raise RigError(f"{port}: not flashed: it runs MicroPython {has}; install {needs} on it first")
    if found.heap_bytes < HEAP_BYTES:
        needs = f"{found.heap_bytes >> 10} KiB of memory, the modules and a flight take {HEAP_BYTES >> 10}"
        raise RigError(f"{port}: not flashed: it has {needs}: build its firmware with the modules frozen in")
    if unique_id and found.unique_id != unique_id.lower():
        raise RigError(
            f"{port}: not flashed: its unique ID is {found.unique_id}, --unique-id asks for {unique_id.lower()}"
        )
