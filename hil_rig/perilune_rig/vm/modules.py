"""Modules of the firmware as .mpy files: bytecode, and machine code for those that run inside a tick.

Machine code of MicroPython's native emitter calls the same run-time functions as its bytecode does, so results are
equal to the last bit; it saves the decoding, about a third of a tick on a PC. The emitter has no hook in its loops, so
what may wait or loop without a bound (the ports) stays bytecode.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from perilune_host.errors import InputError

__all__ = ["compile_module", "compile_modules", "runs_in_a_tick"]

NATIVE = (
    "perilune/flight/",
    "perilune/wire/",
    "perilune/checkpoint/",
    "perilune/link/",
    "perilune_rig/baseline/",
)
NO_EMITTER = "SyntaxError: invalid arch"


def runs_in_a_tick(name: str) -> bool:
    """Whether `name`, a path below `firmware/`, is flight logic whose loops are all bounded."""
    return name.startswith(NATIVE)


def compile_modules(
    cross: Path, names: Sequence[str], sources: Path, target: Path, arch: str, shown: Path | None = None
) -> list[str]:
    """Compile `names` below `sources` into `target`, same paths, suffix .mpy; returns those paths.

    Args:
        cross: mpy-cross.
        arch: its -march; empty where it has no emitter: then all becomes bytecode. Modules that ask themselves for an
            emitter the processor does not have are left out (importing one fails, as on such a board).
        shown: the directory that errors name in place of `sources`.

    Raises:
        InputError: a module does not compile.
    """
    done = []
    for name in names:
        output = target / Path(name).with_suffix(".mpy")
        output.parent.mkdir(parents=True, exist_ok=True)
        said = compile_module(cross, name, sources / name, output, arch)
        if said is None:
            done.append(output.relative_to(target).as_posix())
        elif NO_EMITTER not in said:
            place = (shown or sources) / name
            raise InputError(f"{place}: does not compile for MicroPython: {said}")
    return done


def compile_module(cross: Path, name: str, source: Path, output: Path, arch: str) -> str | None:
    """Compile one file; None, or what the compiler said."""
    emitter = ["-X", "emit=native"] if arch and runs_in_a_tick(name) else []
    march = [f"-march={arch}"] if arch else []
    command = [str(cross), *march, *emitter, "-s", name, "-o", str(output), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return " ".join((done.stderr + done.stdout).strip().splitlines()[-2:]).strip()
