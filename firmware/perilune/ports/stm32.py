"""STM32F405 boards: USB virtual serial port and UART 1, no watchdog (it could not be stopped for the REPL)."""

import os
from binascii import crc32

import machine
import pyb  # type: ignore[import-not-found]

from perilune.ports.board import Board, Uart
from perilune.ports.serve import serve

_BAUD_RATE = 921600


class Port(Board):
    """A board with an STM32F405."""

    board = "stm32f405"

    def __init__(self):
        super().__init__()
        self.reset_cause = machine.reset_cause()
        self.boot_nonce = crc32(os.urandom(8))  # a hardware generator
        usb = pyb.USB_VCP()
        usb.init(flow=pyb.USB_VCP.RTS | pyb.USB_VCP.CTS)  # without it bytes are lost when its buffer is full
        self.streams = (Uart(usb), Uart(machine.UART(1, _BAUD_RATE, rxbuf=1024)))


def main():
    """Serve until the REPL is asked for."""
    serve(Port())
