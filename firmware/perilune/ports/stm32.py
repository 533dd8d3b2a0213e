"""STM32 boards with an FPU: USB virtual serial port and a UART, no watchdog (it could not be stopped for the REPL).

On an STM32F405 the flight's state is kept in backup SRAM (RM0090, 5.1.2), which no reset clears; with a battery at VBAT
it survives the loss of power too. On others nothing is kept: a flight that is reset begins anew.
"""

import os
import sys
from binascii import crc32

import machine
import pyb  # type: ignore[import-not-found]
import uctypes

from perilune.checkpoint.memory import MEMORY_BYTES
from perilune.ports.board import Board
from perilune.ports.fpu_thumb import flush_to_zero
from perilune.ports.serve import serve
from perilune.ports.streams import Uart

_BAUD_RATE = 921600
_F405 = "STM32F405"
_BACKUP_SRAM = 0x40024000
_RCC_AHB1ENR = 0x40023830
_RCC_APB1ENR = 0x40023840
_PWR_CR = 0x40007000


def _backup_sram():
    """Clock and write access of the 4 KB of backup SRAM."""
    machine.mem32[_RCC_APB1ENR] |= 1 << 28  # PWREN
    machine.mem32[_PWR_CR] |= 1 << 8  # DBP
    machine.mem32[_RCC_AHB1ENR] |= 1 << 18  # BKPSRAMEN
    return uctypes.bytearray_at(_BACKUP_SRAM, MEMORY_BYTES)


class Vcp:
    """A `pyb.USB_VCP` as a stream that never waits; it tells whether bytes are there, not how many."""

    def __init__(self, usb):
        self.source = usb

    def read(self, piece, n):
        """At most n bytes of what is there into piece; how many."""
        return self.source.readinto(piece, n) or 0 if self.source.any() else 0

    def write(self, buf, n):
        """Send buf[:n]."""
        self.source.write(buf, n)

    def room(self):
        """How many bytes can be written at once: it does not wait for a host that has gone."""
        return 1024


class Port(Board):
    """A board with an STM32; uart: the number of its UART for flights."""

    def __init__(self, uart):
        super().__init__()
        kept = _F405 in sys.implementation._machine
        self.board = "stm32f405" if kept else "stm32"
        self.reset_cause = machine.reset_cause()
        self.boot_nonce = crc32(os.urandom(8))  # a hardware generator
        self.memory = _backup_sram() if kept else bytearray(MEMORY_BYTES)
        usb = pyb.USB_VCP()
        usb.init(flow=pyb.USB_VCP.RTS | pyb.USB_VCP.CTS)  # without it bytes are lost when its buffer is full
        self.streams = (Vcp(usb), Uart(machine.UART(uart, _BAUD_RATE, rxbuf=1024)))

    def restart(self):
        """Reset the chip; what is kept stays."""
        machine.reset()


def main(uart=1):
    """Serve until the REPL is asked for."""
    flush_to_zero()
    serve(Port(uart))
