"""Puts the virtual machine and mpy-cross into the package, for a wheel that needs no compiler:
`python -m perilune_rig.vm.pack` in a clone, then build the wheel; `--clear` takes them out again."""

import shutil
import sys

from perilune_rig.vm import packaged
from perilune_rig.vm.build import build, frozen_modules, mpy_cross


def pack() -> None:
    """Build both and copy them; RigError as for `build`."""
    clear()
    library, cross = build(), mpy_cross()
    packaged.FOLDER.mkdir()
    shutil.copy(library, packaged.LIBRARY)
    shutil.copy(cross, packaged.CROSS)
    packaged.MADE_OF.write_text(packaged.identity(frozen_modules()) + "\n")


def clear() -> None:
    """The package as a clone has it."""
    shutil.rmtree(packaged.FOLDER, ignore_errors=True)


if __name__ == "__main__":
    clear() if "--clear" in sys.argv else pack()
    print(packaged.FOLDER if packaged.FOLDER.is_dir() else "cleared")
