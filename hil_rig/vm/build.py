"""Builds the virtual machine with the firmware frozen into it, and mpy-cross.

Two stages, each cached under a key of all that goes into it: the core (objects of MicroPython and of the
port, and mpy-cross), and the library (the core and one set of frozen modules). An edit of the firmware
repeats the second only. Frozen, because only then are float literals rounded as in the board's firmware.
"""

import functools
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hil_rig.vm.cache import cache_dir, locked, staging
from hil_rig.vm.commands import flatten, key, run, tool
from hil_rig.vm.modules import compile_modules
from hil_rig.vm.source import Tree, micropython_tree
from host.errors import InputError, RigError

__all__ = ["FIRMWARE_DIR", "board_modules", "build", "mpy_cross", "native_arch_flags"]

FIRMWARE_DIR = Path(__file__).resolve().parents[2] / "firmware"
PORT_DIR = Path(__file__).resolve().parent / "port"
OPTIMISE = "-O3 -DNDEBUG"
NATIVE_ARCH = {"x86_64": "x64"}.get(platform.machine(), "")
HOSTS = {"x86_64", "aarch64"}
KEPT = {"core": 3, "library": 8}
KEPT_AT_LEAST_S = 3600.0
MODULES_CODE = Path(__file__).with_name("modules.py")
ENTRY_SCRIPTS = {"boot.py", "main.py"}  # run by the board's own start, never imported
BOARD_SCRIPTS = "boards/"


@dataclass(frozen=True)
class _Core:
    path: Path
    tree: Tree

    @property
    def port(self) -> Path:
        """A copy of the port: the cache is shared by all checkouts, and any of them may vanish."""
        return self.path / "port"

    @property
    def mpy_cross(self) -> Path:
        return self.path / "mpy-cross" / "mpy-cross"


def build(modules_dir: Path | None = None, *, suite: str = "trixie", machine_code: bool = True) -> Path:
    """The shared library with every module below `modules_dir` (default: `firmware/`) frozen into it.

    Modules import by their path relative to `modules_dir`; the board's entry scripts at its top are left out.
    machine_code: False makes bytecode of everything, the twin that machine code is compared with.

    Raises:
        InputError: a module does not compile, or `modules_dir` holds none.
        RigError: a compiler, make, or the source tree are missing, or the build failed.
    """
    base = FIRMWARE_DIR if modules_dir is None else modules_dir.resolve()
    core = _core(micropython_tree(suite))
    modules = _read_modules(base)
    arch = NATIVE_ARCH if machine_code else ""
    name = key([core.path.name, arch, MODULES_CODE.read_bytes(), *flatten(modules)])
    library = cache_dir() / "vm" / f"library-{name}.so"
    if not library.is_file():
        with locked(library.parent / ".lock"):
            if not library.is_file():
                with staging(library) as scratch:
                    frozen = _freeze(core, modules, arch, base, scratch)
                    _link(core, frozen, scratch / "vm.so").replace(library)
                _prune(library.parent)
    os.utime(library)
    return library


def board_modules(board: str) -> list[tuple[str, bytes]]:
    """What is frozen into a board's firmware: the flight package, and the start-up file of `firmware/boards/BOARD`."""
    files = [
        (path.relative_to(FIRMWARE_DIR).as_posix(), path)
        for path in (FIRMWARE_DIR / "perilune").rglob("*.py")
    ]
    files.append(("main.py", FIRMWARE_DIR / "boards" / board / "main.py"))
    return [(name, path.read_bytes()) for name, path in sorted(files)]


def mpy_cross(*, suite: str = "trixie") -> Path:
    """The cross-compiler of the same tree; RigError as for `build`."""
    return _core(micropython_tree(suite)).mpy_cross


def native_arch_flags() -> list[str]:
    """What mpy-cross needs for native code of this machine; empty where MicroPython has no emitter for it."""
    return [f"-march={NATIVE_ARCH}"] if NATIVE_ARCH else []


def _core(tree: Tree) -> _Core:
    if platform.machine() not in HOSTS or sys.platform != "linux":
        here = f"{sys.platform} on {platform.machine()}"
        raise RigError(f"{here}: the virtual machine builds on Linux on x86-64 or aarch64")
    compiler = _compiler()
    port = [(path.name, path.read_bytes()) for path in sorted(PORT_DIR.iterdir()) if path.is_file()]
    name = key(
        [tree.identity, _compiler_version(compiler), OPTIMISE, platform.machine(), "own port", *flatten(port)]
    )
    core = _Core(cache_dir() / "vm" / f"core-{name}", tree)
    done = core.path / "done"
    if not done.is_file():
        with locked(core.path.parent / ".lock"):
            if not done.is_file():
                _build_core(core, compiler)
                done.touch()
    os.utime(core.path)
    return core


def _build_core(core: _Core, compiler: str) -> None:
    make = [tool("make", "make", "install GNU make"), f"-j{os.cpu_count() or 1}", f"CC={compiler}"]
    shutil.rmtree(core.path, ignore_errors=True)  # left by a build that was cut off
    core.path.mkdir(parents=True)
    shutil.copytree(PORT_DIR, core.port)
    top = core.tree.path
    cross = ["-C", str(top / "mpy-cross"), f"BUILD={core.path / 'mpy-cross'}", "CWARN=-w"]
    run([*make, *cross], "mpy-cross")
    objects = [f"MICROPY_DIR={top}", f"BUILD={core.path / 'objects'}", f"COPT={OPTIMISE}"]
    run([*make, "-C", str(core.port), *objects, "core"], "MicroPython core")


def _read_modules(base: Path) -> list[tuple[str, bytes]]:
    files = sorted(base.rglob("*.py"))
    named = [(path.relative_to(base).as_posix(), path) for path in files]
    modules = [(name, path.read_bytes()) for name, path in named if not _is_script(name)]
    if not modules:
        raise InputError(f"{base}: no Python modules to freeze")
    return modules


def _is_script(name: str) -> bool:
    return name in ENTRY_SCRIPTS or name.startswith(BOARD_SCRIPTS)


def _freeze(core: _Core, modules: Sequence[tuple[str, bytes]], arch: str, base: Path, scratch: Path) -> Path:
    """C source of the frozen modules."""
    sources, compiled = scratch / "modules", scratch / "mpy"
    for name, text in modules:
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_bytes(text)
    names = [name for name, _ in modules]
    frozen = compile_modules(core.mpy_cross, names, sources, compiled, arch, shown=base)
    manifest = scratch / "manifest.py"
    manifest.write_text(f"freeze_mpy({str(compiled)!r}, {tuple(frozen)!r})\n")
    content = scratch / "frozen_content.c"
    top = core.tree.path
    variables = {"MPY_DIR": top, "PORT_DIR": core.port, "MPY_LIB_DIR": scratch}
    given = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    (scratch / "genhdr").symlink_to(core.path / "objects" / "genhdr")
    command = [sys.executable, str(top / "tools" / "makemanifest.py"), "-o", str(content), "-b", str(scratch)]
    run([*command, *given, str(manifest)], "freezing", MICROPY_MPYCROSS=str(core.mpy_cross))
    return content


def _link(core: _Core, content: Path, library: Path) -> Path:
    objects, frozen = core.path / "objects", content.with_suffix(".o")
    run(
        [_compiler(), f"@{objects / 'compile.flags'}", "-c", "-o", str(frozen), str(content)],
        "frozen modules",
    )
    run([_compiler(), "-o", str(library), str(frozen), f"@{objects / 'link.flags'}"], "linking the library")
    return library


def _compiler() -> str:
    return tool("cc", os.environ.get("CC", "cc"), "install a C compiler (gcc), or set CC")


@functools.cache
def _compiler_version(compiler: str) -> str:
    return subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout


def _prune(directory: Path) -> None:
    """Keep the newest of each kind, and whatever another process may have asked for just now."""
    for kind, kept in KEPT.items():
        oldest_first = sorted(directory.glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime)
        for old in oldest_first[:-kept]:
            if time.time() - old.stat().st_mtime > KEPT_AT_LEAST_S:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
