"""Start-up of the flight computer on the Raspberry Pi Pico 2."""

import gc

gc.threshold(16384)  # long-lived objects side by side from the first import on, see perilune.ports.board

from perilune.ports.rp2 import main  # noqa: E402

main()
