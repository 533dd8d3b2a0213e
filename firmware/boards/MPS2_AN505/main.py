"""Start-up of the flight computer on the MPS2+ board with the AN505 image under QEMU."""

import gc

gc.threshold(16384)  # long-lived objects side by side from the first import on, see perilune.ports.board

from perilune.ports.fpu_thumb import flush_to_zero  # noqa: E402
from perilune.ports.qemu import main  # noqa: E402

flush_to_zero()
main("mps2-an505")
