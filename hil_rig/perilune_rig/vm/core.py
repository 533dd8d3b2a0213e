"""The part of the virtual machine's library that does not depend on the firmware: MicroPython's objects, and mpy-cross.

Cached under a key of all that goes into it. With GCC it is built twice: once to count its branches on a training run,
once laid out by those counts and optimised across files, which takes a quarter off a flight's tick.
"""

import functools
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from perilune_host.errors import RigError
from perilune_rig.vm import emitter, seal
from perilune_rig.vm.cache import cache_dir, locked
from perilune_rig.vm.commands import flatten, key, run, tool
from perilune_rig.vm.freeze import freeze, link
from perilune_rig.vm.source import Tree

__all__ = ["NATIVE_ARCH", "Core", "find_core"]

EMITTER_CODE = Path(emitter.__file__)
PORT_DIR = Path(__file__).resolve().parent / "port"
PACKAGE_ROOT = Path(__file__).resolve().parents[2]
OPTIMISE = "-O3 -DNDEBUG"
COUNT = f"{OPTIMISE} -fprofile-generate"
USE_COUNTS = f"{OPTIMISE} -fprofile-use -fprofile-partial-training -Wno-missing-profile -flto=auto"
NATIVE_ARCH = {"x86_64": "x64"}.get(platform.machine(), "")
HOSTS = {"x86_64", "aarch64"}


@dataclass(frozen=True)
class Core:
    """A built core in the cache."""

    path: Path
    source: Path
    compiler: str

    @property
    def port(self) -> Path:
        """A copy of the port: the cache is shared by all checkouts, and any of them may vanish."""
        return self.path / "port"

    @property
    def objects(self) -> Path:
        return self.path / "objects"

    @property
    def mpy_cross(self) -> Path:
        return self.path / "mpy-cross" / "mpy-cross"

    def check(self) -> None:
        """RigError where what is run or linked from here is not what was built."""
        for part in (self.objects, self.port, self.mpy_cross):
            seal.check(part)


def find_core(tree: Tree) -> Core:
    """The core of this source tree, built if need be; RigError if tools are missing or the build fails."""
    if platform.machine() not in HOSTS or sys.platform != "linux":
        here = f"{sys.platform} on {platform.machine()}"
        raise RigError(f"{here}: the virtual machine builds on Linux on x86-64 or aarch64")
    compiler = tool("cc", os.environ.get("CC", "cc"), "install a C compiler (gcc), or set CC")
    core = Core(cache_dir() / "vm" / f"core-{_name(tree, compiler)}", tree.path, compiler)
    done = core.path / "done"
    if not done.is_file():
        with locked(core.path.parent / ".lock"):
            if not done.is_file():
                if tree.sealed:
                    seal.check(tree.path)
                _build(core)
                for part in (core.objects, core.port, core.mpy_cross):
                    seal.seal(part)
                done.touch()
    os.utime(core.path)
    return core


def _name(tree: Tree, compiler: str) -> str:
    port = [(path.name, path.read_bytes()) for path in sorted(PORT_DIR.iterdir()) if path.is_file()]
    version = _compiler_version(compiler)
    return key(
        [
            tree.identity,
            version,
            COUNT,
            USE_COUNTS,
            platform.machine(),
            "own port, sealed",
            EMITTER_CODE.read_bytes(),
            *flatten(port),
        ]
    )


def _build(core: Core) -> None:
    shutil.rmtree(core.path, ignore_errors=True)  # left by a build that was cut off
    core.path.mkdir(parents=True)
    shutil.copytree(PORT_DIR, core.port)
    emitter.place(core.source, core.port, core.path / "mpy-cross")
    cross = ["-C", str(core.source / "mpy-cross"), f"BUILD={core.path / 'mpy-cross'}", "CWARN=-w"]
    run([*_make(core), *cross], "mpy-cross")
    if "Free Software Foundation" not in _compiler_version(core.compiler):
        _compile(core, OPTIMISE)  # other compilers count in other ways
        return
    _compile(core, COUNT)
    _train(core)
    for counted in core.objects.rglob("*.o"):
        counted.unlink()
    _compile(core, USE_COUNTS)


def _make(core: Core) -> list[str]:
    return [tool("make", "make", "install GNU make"), f"-j{os.cpu_count() or 1}", f"CC={core.compiler}"]


def _compile(core: Core, optimise: str) -> None:
    frozen = optimise if optimise == COUNT else OPTIMISE
    objects = [
        f"MICROPY_DIR={core.source}",
        f"BUILD={core.objects}",
        f"COPT={optimise}",
        f"FROZEN_COPT={frozen}",
    ]
    run([*_make(core), "-C", str(core.port), *objects, "core"], "MicroPython core")


def _train(core: Core) -> None:
    """Leaves the counts beside the objects."""
    scratch = core.path / "training"
    scratch.mkdir()
    content = freeze(
        core, [("train.py", (core.port / "train.py").read_bytes())], NATIVE_ARCH, PORT_DIR, scratch
    )
    library = link(core, content, scratch / "vm.so")
    path = os.pathsep.join([str(PACKAGE_ROOT), *sys.path])
    run([sys.executable, "-m", "perilune_rig.vm.train", str(library)], "training run", PYTHONPATH=path)


@functools.cache
def _compiler_version(compiler: str) -> str:
    return subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
