"""Builds the virtual machine with the firmware frozen into it, and mpy-cross.

Two stages, each cached under a key of all that goes into it: the core (core.py), and the library (the core and one
set of frozen modules). An edit of the firmware repeats the second only.
"""

import os
import shutil
import time
from pathlib import Path

import perilune
from perilune_host.errors import InputError, RigError
from perilune_rig.vm import packaged
from perilune_rig.vm.cache import cache_dir, locked, staging
from perilune_rig.vm.commands import flatten, key
from perilune_rig.vm.core import NATIVE_ARCH, find_core
from perilune_rig.vm.freeze import freeze, link
from perilune_rig.vm.seal import seal, sealed
from perilune_rig.vm.source import micropython_tree

__all__ = [
    "BOARDS_DIR",
    "FIRMWARE_DIR",
    "NATIVE_ARCH",
    "board_modules",
    "build",
    "frozen_modules",
    "mpy_cross",
    "native_arch_flags",
]

FIRMWARE_DIR = (
    Path(perilune.__file__).resolve().parents[1]
)  # in a clone firmware/, else where packages are installed
FIRMWARE = "perilune"
REFERENCE = "trixie"  # Debian suite of the tree that the reference is built from
# Start-up files and C of the boards: in a clone beside the flight software, else a package of their own
BOARDS_DIR = FIRMWARE_DIR / ("boards" if FIRMWARE_DIR.name == "firmware" else "perilune_boards")
BASELINE_DIR = Path(__file__).resolve().parents[2]  # holds the frozen baseline of the policies, never flashed
KEPT = {"core": 3, "library": 8}
KEPT_AT_LEAST_S = 3600.0
MODULES_CODE = Path(__file__).with_name("modules.py")
BASELINE = "perilune_rig/baseline"
ENTRY_SCRIPTS = {"boot.py", "main.py"}  # run by the board's own start, never imported
BOARD_SCRIPTS = "boards/"


def build(modules_dir: Path | None = None, *, suite: str = REFERENCE, machine_code: bool = True) -> Path:
    """The shared library with every module below `modules_dir` frozen into it; by default `firmware/` and the baseline.

    Modules import by their path relative to `modules_dir`; the board's entry scripts at its top are left out.
    machine_code: False makes bytecode of everything, the twin that machine code is compared with.

    Raises:
        InputError: a module does not compile, or `modules_dir` holds none.
        RigError: a compiler, make, or the source tree are missing, or the build failed.
    """
    base = FIRMWARE_DIR if modules_dir is None else modules_dir.resolve()
    modules = frozen_modules() if modules_dir is None else _read_modules(base)
    if modules_dir is None and machine_code and suite == REFERENCE and (made := packaged.library(modules)):
        return made
    core = find_core(micropython_tree(suite))
    arch = NATIVE_ARCH if machine_code else ""
    name = key([core.path.name, arch, MODULES_CODE.read_bytes(), *flatten(modules)])
    library = cache_dir() / "vm" / f"library-{name}.so"
    if not sealed(library):
        with locked(library.parent / ".lock"):
            if not sealed(library):
                core.check()
                with staging(library) as scratch:
                    frozen = freeze(core, modules, arch, base, scratch)
                    link(core, frozen, scratch / "vm.so").replace(library)
                seal(library)
                _prune(library.parent)
    os.utime(library)
    return library


def frozen_modules() -> list[tuple[str, bytes]]:
    """What the reference has frozen into it: the flight software, and the logic that policies stand on."""
    return _read_modules(FIRMWARE_DIR, FIRMWARE) + _read_modules(BASELINE_DIR, BASELINE)


def board_modules(board: str, *, flight: bool = False) -> list[tuple[str, bytes]]:
    """What is frozen into a board's firmware: the flight package, and the start-up file of `firmware/boards/BOARD`.

    flight: with `perilune/build.py` saying so.
    """
    files = [
        (path.relative_to(FIRMWARE_DIR).as_posix(), path)
        for path in (FIRMWARE_DIR / "perilune").rglob("*.py")
    ]
    files.append(("main.py", BOARDS_DIR / board / "main.py"))
    modules = [(name, path.read_bytes()) for name, path in sorted(files)]
    return [_for_flight(*module) for module in modules] if flight else modules


def _for_flight(name: str, text: bytes) -> tuple[str, bytes]:
    """RigError where the switch is not where it is looked for: a build for the rig must not pass for one for flight."""
    if name != "perilune/build.py":
        return name, text
    if text.count(b"HIL = True") != 1:
        raise RigError(f"{name}: no single line `HIL = True`")
    return name, text.replace(b"HIL = True", b"HIL = False")


def mpy_cross(*, suite: str = REFERENCE) -> Path:
    """The cross-compiler of the same tree; RigError as for `build`."""
    if suite == REFERENCE and (made := packaged.cross()):
        return made
    core = find_core(micropython_tree(suite))
    core.check()
    return core.mpy_cross


def native_arch_flags() -> list[str]:
    """What mpy-cross needs for native code of this machine; empty where MicroPython has no emitter for it."""
    return [f"-march={NATIVE_ARCH}"] if NATIVE_ARCH else []


def _read_modules(base: Path, part: str = ".") -> list[tuple[str, bytes]]:
    files = sorted((base / part).rglob("*.py"))
    named = [(path.relative_to(base).as_posix(), path) for path in files]
    modules = [(name, path.read_bytes()) for name, path in named if not _is_script(name)]
    if not modules:
        raise InputError(f"{base}: no Python modules to freeze")
    return modules


def _is_script(name: str) -> bool:
    return name in ENTRY_SCRIPTS or name.startswith(BOARD_SCRIPTS)


def _prune(directory: Path) -> None:
    """Keep the newest of each kind, and whatever another process may have asked for just now."""
    for kind, kept in KEPT.items():
        there = [path for path in directory.glob(f"{kind}-*") if path.suffix != ".sha256"]
        oldest_first = sorted(there, key=lambda path: path.stat().st_mtime)
        for old in oldest_first[:-kept]:
            if time.time() - old.stat().st_mtime > KEPT_AT_LEAST_S:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
                old.with_name(f"{old.name}.sha256").unlink(missing_ok=True)
