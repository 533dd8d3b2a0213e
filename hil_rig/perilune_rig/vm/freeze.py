"""Freezing modules into the virtual machine's library.

Only in frozen modules are float literals rounded as in a board's firmware.
"""

import re
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from perilune_rig.vm.commands import run
from perilune_rig.vm.modules import compile_modules

__all__ = ["Toolchain", "freeze", "link"]


class Toolchain(Protocol):
    """What freezing needs of a built core: paths, and the C compiler's command."""

    @property
    def source(self) -> Path: ...  # MicroPython's tree
    @property
    def port(self) -> Path: ...
    @property
    def objects(self) -> Path: ...
    @property
    def mpy_cross(self) -> Path: ...
    @property
    def compiler(self) -> str: ...


def freeze(
    tools: Toolchain, modules: Sequence[tuple[str, bytes]], arch: str, base: Path, scratch: Path
) -> Path:
    """C source of `modules` (path below `base`, text), as machine code of `arch` where they run inside a tick."""
    sources, compiled = scratch / "modules", scratch / "mpy"
    for name, text in modules:
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_bytes(text)
    names = [name for name, _ in modules]
    frozen = compile_modules(tools.mpy_cross, names, sources, compiled, arch, shown=base)
    manifest = scratch / "manifest.py"
    manifest.write_text(f"freeze_mpy({str(compiled)!r}, {tuple(frozen)!r})\n")
    content = scratch / "frozen_content.c"
    variables = {"MPY_DIR": tools.source, "PORT_DIR": tools.port, "MPY_LIB_DIR": scratch}
    given = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    (scratch / "genhdr").symlink_to(tools.objects / "genhdr")
    script = str(tools.source / "tools" / "makemanifest.py")
    command = [sys.executable, script, "-o", str(content), "-b", str(scratch), *given, str(manifest)]
    run(command, "freezing", MICROPY_MPYCROSS=str(tools.mpy_cross))
    content.write_text(_BOXED.sub(_immediate, content.read_text()))
    return content


_BOXED = re.compile(
    r"#if MICROPY_OBJ_REPR == MICROPY_OBJ_REPR_A [^\n]*\n.*?\(mp_float_t\)(.*?)};\n#define (\w+) .*?\n#endif\n",
    re.S,
)


def _immediate(found: re.Match[str]) -> str:
    """A float constant as a word (see port/objrepr.h), rounded as the C compiler does."""
    bits = struct.unpack("<I", struct.pack("<f", float(found[1])))[0]
    return f"#define {found[2]} MP_ROM_FLOAT({bits:#010x})\n"


def link(tools: Toolchain, content: Path, library: Path) -> Path:
    """The library of the core's objects and the frozen modules."""
    frozen = content.with_suffix(".o")
    flags = [f"@{tools.objects / 'compile.flags'}", "-c", "-o", str(frozen), str(content)]
    run([tools.compiler, *flags], "frozen modules")
    flags = ["-o", str(library), str(frozen), f"@{tools.objects / 'link.flags'}"]
    run([tools.compiler, *flags], "linking the library")
    return library
