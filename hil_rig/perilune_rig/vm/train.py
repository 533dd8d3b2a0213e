"""Runs a virtual machine built to count its own branches; the counts appear beside its objects.

`python -m perilune_rig.vm.train LIBRARY`, in a process of its own: the counts are written when it ends.
"""

import sys
from pathlib import Path

from perilune_rig.vm.library import Vm

STEPS = 20_000
FRAME_BYTES = 230


def main(library: Path) -> None:
    """Step the frozen module `train` with frames that change from tick to tick."""
    with Vm(library, collect_every=16) as vm:
        vm.exec("from train import step")
        vm.bind("step")
        for tick in range(STEPS):
            frame = bytes(3) + tick.to_bytes(4, "big") + bytes((7 * tick + i) % 120 for i in range(8))
            vm.step(frame.ljust(FRAME_BYTES, b"\x3f"), 20_000 * tick)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
