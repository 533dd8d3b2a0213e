"""An STM32F205 (Cortex-M3) under QEMU: MicroPython's qemu port with the flight modules frozen in, and its process.

The port is built for the Netduino 2 in a tree of its own with a small overlay: a clock, polling and sleep.
"""

import os
import re
import selectors
import shutil
import subprocess
import sys
import time
from pathlib import Path

from perilune_host.errors import RigError
from perilune_rig.boards.child import ends_with_parent
from perilune_rig.vm import build as vm
from perilune_rig.vm.cache import cache_dir, locked, staging
from perilune_rig.vm.commands import flatten, key, run, tool
from perilune_rig.vm.source import Tree, micropython_tree

__all__ = ["Netduino2", "build_elf", "missing"]

HERE = Path(__file__).resolve().parent / "netduino2"
BOARD = "NETDUINO2"
HEAP_BYTES = 114688  # of 128 KiB; 15 KiB are left for the stack, which the port limits to 10
PACKAGES = {
    "qemu-system-arm": "qemu-system-arm",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "make": "make",
}
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
_START_S = 10.0


def missing() -> str | None:
    """What has to be installed before this board can be built and run, as one line; None if nothing."""
    lacking = [name for name in PACKAGES if shutil.which(name) is None]
    if not lacking:
        return None
    return f"{', '.join(lacking)}: not found: apt-get install {' '.join(PACKAGES[name] for name in lacking)}"


def build_elf() -> Path:
    """The firmware as an ELF file; cached. RigError where tools or sources are missing or the build fails."""
    lacking = missing()
    if lacking:
        raise RigError(lacking)
    tree, modules = micropython_tree(), vm.board_modules(BOARD)
    compiler = subprocess.run(["arm-none-eabi-gcc", "--version"], capture_output=True, text=True, check=False)
    own = [Path(__file__).read_bytes(), *(path.read_bytes() for path in sorted(HERE.iterdir()))]
    base = cache_dir() / "boards" / f"build-{BOARD}-{key([tree.identity, compiler.stdout, *own])}"
    image = cache_dir() / "boards" / f"{BOARD}-{key([base.name, *flatten(modules)])}.elf"
    if not image.is_file():
        with locked(base.with_suffix(".lock")):
            if not image.is_file():
                _prepare(base, tree)
                _build(base, modules, image)
    os.utime(image)
    return image


def _prepare(base: Path, tree: Tree) -> None:
    if (base / "done").is_file():
        return
    shutil.rmtree(base, ignore_errors=True)
    for part in TREE_PARTS:
        if (tree.path / part).is_dir():
            shutil.copytree(tree.path / part, base / "tree" / part, symlinks=True)
    port = base / "tree" / "ports" / "qemu"
    shutil.copyfile(HERE / "overlay.c", port / "overlay.c")
    shutil.copyfile(HERE / "overlay.h", port / "overlay.h")
    _replace(port / "Makefile", "\tmphalport.c \\\n", "\tmphalport.c \\\n\toverlay.c \\\n")
    config = port / "mpconfigport.h"
    for name in ("MICROPY_PY_SYS_STDIO_BUFFER", "MICROPY_PY_SELECT", "MICROPY_PY_TIME"):
        text = config.read_text()
        config.write_text(re.sub(rf"#define {name} +\(0\)\n", "", text))
    with config.open("a") as handle:
        handle.write('\n#include "overlay.h"\n')
    poll = "uintptr_t mp_hal_stdio_poll(uintptr_t poll_flags) {\n    // Not implemented.\n    return 0;\n}\n"
    _replace(port / "mphalport.c", poll, "")
    received = "            return c;\n        }\n"
    _replace(port / "mphalport.c", received, received + "        MICROPY_INTERNAL_WFE(-1);\n")
    _insert_before(
        port / "main.c", "        for (;;) {\n", '        pyexec_frozen_module("main.py", false);\n'
    )
    _insert_before(port / "main.c", "int main(int argc", "void overlay_init(void);\n\n")
    _insert_before(port / "main.c", "    mp_stack_ctrl_init();\n", "    overlay_init();\n")
    (base / "done").touch()


def _insert_before(path: Path, place: str, new: str) -> None:
    _replace(path, place, new + place)


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    if text.count(old) != 1:
        raise RigError(f"{path}: {old.strip()!r} not found once: this MicroPython version is not supported")
    path.write_text(text.replace(old, new))


def _build(base: Path, modules: list[tuple[str, bytes]], image: Path) -> None:
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
        "BOARD": BOARD,
        "BUILD": output,
        "FROZEN_MANIFEST": manifest,
        "MICROPY_MPYCROSS": vm.mpy_cross(),
        "MICROPY_MPYCROSS_DEPENDENCY": vm.mpy_cross(),
        "MICROPY_HEAP_SIZE": HEAP_BYTES,
        "MPY_LIB_DIR": library,
        "MPY_LIB_SUBMODULE_DIR": library,
        "PYTHON": sys.executable,
        "CWARN": "-w",
    }
    given = [f"{name}={value}" for name, value in settings.items()]
    make = [tool("make", "make", "install GNU make"), "-C", str(port), f"-j{os.cpu_count() or 1}"]
    run([*make, *given], f"{BOARD} firmware")
    with staging(image) as scratch:
        shutil.copyfile(output / "firmware.elf", scratch / "made")
        (scratch / "made").replace(image)


class Netduino2:
    """A QEMU process running `image`; `path` is the pseudo-terminal of its UART. RigError if it does not start."""

    def __init__(self, image: Path) -> None:
        machine = [
            tool("QEMU", "qemu-system-arm", "apt-get install qemu-system-arm"),
            "-machine",
            "netduino2",
        ]
        quiet = ["-semihosting", "-display", "none", "-monitor", "none"]  # the port exits through semihosting
        uart = ["-chardev", "pty,id=uart", "-serial", "chardev:uart"]
        self._qemu = subprocess.Popen(
            [*machine, *quiet, *uart, "-kernel", str(image)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the rig, which then ends this
            preexec_fn=ends_with_parent,
        )
        try:
            self.path = self._announced()
        except RigError:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        self._qemu.terminate()
        try:
            self._qemu.wait(5.0)
        except subprocess.TimeoutExpired:
            self._qemu.kill()
            self._qemu.wait()
        assert self._qemu.stdout is not None
        self._qemu.stdout.close()

    def _announced(self) -> str:
        """The device path that QEMU prints."""
        assert self._qemu.stdout is not None
        said, deadline = "", time.monotonic() + _START_S
        with selectors.DefaultSelector() as selector:
            selector.register(self._qemu.stdout, selectors.EVENT_READ)
            while selector.select(max(0.0, deadline - time.monotonic())):
                part = os.read(self._qemu.stdout.fileno(), 4096).decode(errors="replace")
                said += part
                found = re.search(r"redirected to (\S+)", said)
                if found:
                    return found.group(1)
                if not part:
                    break
        raise RigError(f"QEMU did not start: {said.strip() or 'without a word'}")
