"""MicroPython's qemu port with the flight modules frozen in, for each of the boards in `qemu_machines`.

The port is built in a tree of its own with a small overlay: a clock, polling and sleep; and, for processors that cannot
flush denormals by themselves, floats that do (`flush`).
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from perilune_host.errors import RigError
from perilune_rig.boards import flush
from perilune_rig.boards.qemu_machines import Machine
from perilune_rig.boards.source_edits import replace
from perilune_rig.vm import build as vm
from perilune_rig.vm.cache import cache_dir, locked, staging
from perilune_rig.vm.commands import flatten, key, run, tool
from perilune_rig.vm.source import Tree, micropython_tree

__all__ = ["build_elf", "missing"]

HERE = Path(__file__).resolve().parent
OVERLAY = HERE / "qemu_port"
MADE_OF = ("qemu_build.py", "qemu_machines.py", "flush.py")
LIBRARIES = ("libm", "uzlib", "re1.5", "crypto-algorithms", "oofatfs", "littlefs")
TREE_PARTS = (
    "py",
    "extmod",
    "shared",
    "tools",
    "mpy-cross",
    "ports/qemu",
    *(f"lib/{name}" for name in LIBRARIES),
)
_START = """\
        if (pyexec_mode_kind == PYEXEC_MODE_FRIENDLY_REPL) { // not after a soft reset by a tool
            pyexec_frozen_module("main.py", false);
        }
"""
_SWITCH_ON_FPU = """\
    // CPACR: full access to the FPU, before anything may use it
    __asm volatile ("ldr r0, =0xe000ed88\\n ldr r1, [r0]\\n orr r1, #0xf00000\\n str r1, [r0]\\n dsb\\n isb");
"""


def missing(machine: Machine) -> str | None:
    """What has to be installed before this board can be built and run, as one line; None if nothing."""
    lacking = [name for name in machine.packages if shutil.which(name) is None]
    if not lacking:
        return None
    packages = " ".join(machine.packages[name] for name in lacking)
    return f"{', '.join(lacking)}: not found: apt-get install {packages}"


def build_elf(machine: Machine) -> Path:
    """The firmware as an ELF file; cached. RigError where tools or sources are missing or the build fails."""
    lacking = missing(machine)
    if lacking:
        raise RigError(lacking)
    tree, modules = micropython_tree(), _modules(machine)
    compiler = subprocess.run([machine.compiler, "--version"], capture_output=True, text=True, check=False)
    own = [path.read_bytes() for path in [*(HERE / name for name in MADE_OF), *sorted(OVERLAY.iterdir())]]
    made_of = key([tree.identity, compiler.stdout, repr(machine), *own])
    base = cache_dir() / "boards" / f"build-{machine.board}-{made_of}"
    image = cache_dir() / "boards" / f"{machine.board}-{key([base.name, *flatten(modules)])}.elf"
    if not image.is_file():
        with locked(base.with_suffix(".lock")):
            if not image.is_file():
                _prepare(machine, base, tree)
                _build(machine, base, modules, image)
    os.utime(image)
    return image


def _modules(machine: Machine) -> list[tuple[str, bytes]]:
    modules = vm.board_modules(machine.board)
    return [module for module in modules if machine.thumb or not module[0].endswith("_thumb.py")]


def _prepare(machine: Machine, base: Path, tree: Tree) -> None:
    if (base / "done").is_file():
        return
    shutil.rmtree(base, ignore_errors=True)
    for part in TREE_PARTS:
        if (tree.path / part).is_dir():
            shutil.copytree(tree.path / part, base / "tree" / part, symlinks=True)
    port = base / "tree" / "ports" / "qemu"
    _overlay(machine, port)
    _board(machine, port)
    if not machine.fpu:
        flush.in_software(base / "tree", '#include "overlay.h"\n')
    (base / "done").touch()


def _overlay(machine: Machine, port: Path) -> None:
    shutil.copyfile(OVERLAY / "overlay.h", port / "overlay.h")
    shutil.copyfile(OVERLAY / "common.c", port / "overlay.c")
    shutil.copyfile(OVERLAY / machine.overlay, port / "machine_overlay.c")
    sources = "\tmphalport.c \\\n"
    replace(port / "Makefile", sources, sources + "\toverlay.c \\\n\tmachine_overlay.c \\\n")
    config = port / "mpconfigport.h"
    for name in ("MICROPY_PY_SYS_STDIO_BUFFER", "MICROPY_PY_SELECT", "MICROPY_PY_TIME"):
        text = config.read_text()
        config.write_text(re.sub(rf"#define {name} +\(0\)\n", "", text))
    with config.open("a") as handle:
        handle.write('\n#include "overlay.h"\n')
    poll = "uintptr_t mp_hal_stdio_poll(uintptr_t poll_flags) {\n    // Not implemented.\n    return 0;\n}\n"
    replace(port / "mphalport.c", poll, "")
    received = "            return c;\n        }\n"
    replace(port / "mphalport.c", received, received + "        MICROPY_INTERNAL_WFE(-1);\n")
    loop = "        for (;;) {\n"
    replace(port / "main.c", loop, _START + loop)
    begin = "    mp_stack_ctrl_init();\n"
    replace(port / "main.c", begin, "    overlay_init();\n" + begin)


def _board(machine: Machine, port: Path) -> None:
    if machine.makefile:
        (port / "boards" / machine.board).mkdir(exist_ok=True)
        (port / "boards" / machine.board / "mpconfigboard.mk").write_text(machine.makefile)
    if machine.script:
        shutil.copyfile(OVERLAY / machine.script, port / "mcu" / "arm" / machine.script)
    if machine.fpu:
        stack = '    __asm volatile ("mov sp, r0");\n'
        replace(port / "mcu" / "arm" / "startup.c", stack, stack + _SWITCH_ON_FPU)
    for name, old, new in machine.changes:
        replace(port / name, old, new)


def _build(machine: Machine, base: Path, modules: list[tuple[str, bytes]], image: Path) -> None:
    frozen = base / "modules"
    shutil.rmtree(frozen, ignore_errors=True)
    for name, text in modules:
        (frozen / name).parent.mkdir(parents=True, exist_ok=True)
        (frozen / name).write_bytes(text)
    manifest = base / "manifest.py"
    manifest.write_text(f"freeze({str(frozen)!r})\n")
    library = base / "no-library"
    library.mkdir(exist_ok=True)
    (library / "README.md").touch()
    port, output = base / "tree" / "ports" / "qemu", base / "build"
    settings = {
        "BOARD": machine.board,
        "BUILD": output,
        "FROZEN_MANIFEST": manifest,
        "MICROPY_MPYCROSS": vm.mpy_cross(),
        "MICROPY_MPYCROSS_DEPENDENCY": vm.mpy_cross(),
        "MICROPY_HEAP_SIZE": machine.heap_bytes,
        "MPY_LIB_DIR": library,
        "MPY_LIB_SUBMODULE_DIR": library,
        "PYTHON": sys.executable,
        "CWARN": "-w",
    }
    given = [f"{name}={value}" for name, value in settings.items()]
    make = [tool("make", "make", "install GNU make"), "-C", str(port), f"-j{os.cpu_count() or 1}"]
    run([*make, *given], f"{machine.board} firmware")
    with staging(image) as scratch:
        shutil.copyfile(output / "firmware.elf", scratch / "made")
        (scratch / "made").replace(image)
