"""Start-up of the flight computer on the 32-bit RISC-V machine `virt` under QEMU."""

import gc

gc.threshold(16384)  # long-lived objects side by side from the first import on, see perilune.ports.board

from perilune.ports.qemu import main  # noqa: E402

main("virt-rv32")
