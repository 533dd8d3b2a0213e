"""Where the cycles of the emulated RP2040 go: samples of its processor, by module, by function, by run-time routine.

A sample counts for the innermost of our functions on the stack, whatever of MicroPython's C it is calling, and for the
C routine that runs. Only time awake is sampled.
"""

import bisect
import struct
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from perilune_host.errors import RigError
from perilune_rig.boards.build import PACKAGES, symbols
from perilune_rig.vm.build import FIRMWARE_DIR
from perilune_rig.vm.commands import tool

EVERY_CYCLES = 2048
CLOCK_HZ = 125e6
SLOTS = 5  # the flight software spreads its work over so many ticks
FLASH = 0x10000000
_FROZEN = "fun_data_"
_OURS = "fun_data_perilune_"
_THUMB = 1


@dataclass(frozen=True)
class Symbol:
    """A function in flash."""

    start: int
    length: int
    name: str


@dataclass
class Profile:
    """Samples of a flight of `ticks`."""

    names: list[str]  # of our functions
    routines: list[Symbol]  # of everything that runs
    ticks: int = 0
    functions: Counter[str] = field(default_factory=Counter)
    slots: Counter[tuple[str, int]] = field(default_factory=Counter)  # by module and slot
    runtime: Counter[str] = field(default_factory=Counter)

    def add(self, samples: bytes, tick: int) -> None:
        """Samples of a tick, as the emulator takes them."""
        starts = [routine.start for routine in self.routines]
        for number, address in struct.iter_unpack("<II", samples):
            name = self.names[number - 1] if number else "micropython"
            self.functions[name] += 1
            self.slots[module(name), tick % SLOTS] += 1
            self.runtime[self._routine(starts, address)] += 1

    def _routine(self, starts: Sequence[int], address: int) -> str:
        if address < FLASH:
            return "floating point in boot ROM"
        name = self.routines[bisect.bisect_right(starts, address) - 1].name
        return "our machine code" if name.startswith(_FROZEN) else name

    def us(self, samples: int) -> float:
        """So many samples as microseconds a tick."""
        return samples * EVERY_CYCLES / CLOCK_HZ * 1e6 / max(self.ticks, 1)

    def slot_us(self, name: str, slot: int) -> float:
        """Microseconds that a module takes in a tick of that slot."""
        return self.us(self.slots[name, slot]) * SLOTS

    def modules(self) -> list[str]:
        """The busiest first."""
        total = Counter[str]()
        for (name, _slot), samples in self.slots.items():
            total[name] += samples
        return [name for name, _ in total.most_common()]


def module(name: str) -> str:
    """Module of a frozen function: its symbol joins package, module, class and function by underscores."""
    ours = [known for known in _modules() if name.startswith(f"{known}_")]
    return _modules()[max(ours, key=len)] if ours else name.split("_")[0]


@cache
def _modules() -> dict[str, str]:
    """Our modules as symbols name them, and as Python does, without the package they are all in."""
    package = FIRMWARE_DIR / "perilune"
    paths = [path.relative_to(package).with_suffix("").parts for path in package.rglob("*.py")]
    return {"_".join(parts): ".".join(parts) for parts in paths}


def read(image: Path) -> tuple[list[Symbol], list[Symbol]]:
    """Our functions frozen into an image, and everything in it that can run, by address. RigError without nm."""
    nm = tool("nm", "arm-none-eabi-nm", f"apt-get install {PACKAGES}")
    command = [nm, "--print-size", "--numeric-sort", str(symbols(image))]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode != 0:
        raise RigError(f"{symbols(image)}: {said.stderr.strip()}")
    found = [_symbol(line.split()) for line in said.stdout.splitlines()]
    code = [symbol for symbol in found if symbol is not None]
    return [symbol for symbol in code if symbol.name.startswith(_OURS)], code


def _symbol(words: Sequence[str]) -> Symbol | None:
    """A line of nm: address, length (routines in assembly have none), type, name. None for what is no code.

    To nm the bytecode of a frozen function is data.
    """
    *numbers, kind, name = words
    if not numbers or not (kind in "tTwW" or name.startswith(_FROZEN)):
        return None
    return Symbol(int(numbers[0], 16) & ~_THUMB, int(numbers[1], 16) if len(numbers) > 1 else 0, name)


def of(image: Path) -> tuple[Profile, list[tuple[int, int]]]:
    """An empty profile for an image, and the functions to sample."""
    ours, everything = read(image)
    names = [symbol.name.removeprefix(_OURS) for symbol in ours]
    return Profile(names, everything), [(symbol.start, symbol.length) for symbol in ours]
