"""Start-up of the flight computer on the pyboard v1.1, and other STM32F405 boards."""

import gc

gc.threshold(16384)  # long-lived objects side by side from the first import on, see perilune.ports.board

from perilune.ports.stm32 import main  # noqa: E402

main()
