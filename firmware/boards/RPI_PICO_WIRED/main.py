"""Start-up of the flight computer on a Raspberry Pi Pico whose pins are wired: see docs/wiring.md."""

import gc

gc.threshold(16384)  # long-lived objects side by side from the first import on, see perilune.ports.board

from perilune.ports.rp2_wired import main  # noqa: E402

main()
