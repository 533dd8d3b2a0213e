"""The virtual machine that a wheel brings along, so that whoever installs it needs no compiler and no source tree.

`perilune_rig.vm.pack` makes it before a wheel is built; a clone has none. It is used only where it was made of what
is installed beside it: an edited module, another port or another machine builds as in a clone.
"""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from perilune_rig.vm import emitter, modules
from perilune_rig.vm.commands import flatten, key
from perilune_rig.vm.core import NATIVE_ARCH, PORT_DIR

FOLDER = Path(__file__).with_name("packaged")
LIBRARY, CROSS, MADE_OF = FOLDER / "library.so", FOLDER / "mpy-cross", FOLDER / "made_of.txt"
_CODE = (Path(emitter.__file__), Path(modules.__file__))


def identity(frozen: Sequence[tuple[str, bytes]]) -> str:
    """Names all of this package that goes into the library, the modules frozen into it included."""
    port = [(path.name, path.read_bytes()) for path in sorted(PORT_DIR.iterdir()) if path.is_file()]
    code = [path.read_bytes() for path in _CODE]
    return key([platform.machine(), NATIVE_ARCH, *code, *flatten(port), *flatten(frozen)])


def library(frozen: Sequence[tuple[str, bytes]]) -> Path | None:
    """The packaged library; None where there is none of these modules, or MICROPY_DIR asks for another tree."""
    return LIBRARY if _there(LIBRARY) and MADE_OF.read_text().strip() == identity(frozen) else None


def cross() -> Path | None:
    """The packaged mpy-cross, as `library`."""
    return CROSS if _there(CROSS) and os.access(CROSS, os.X_OK) else None


def _there(file: Path) -> bool:
    return file.is_file() and MADE_OF.is_file() and not os.environ.get("MICROPY_DIR")
