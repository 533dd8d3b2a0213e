"""Start-up of the flight computer on Adafruit's Feather STM32F405."""

import gc

gc.threshold(16384)  # long-lived objects side by side from the first import on, see perilune.ports.board

from perilune.ports.stm32 import main  # noqa: E402

main(3)
