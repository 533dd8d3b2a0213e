"""RP2040 and RP2350: USB-CDC and UART0 (GP0, GP1), watchdog from the first tick flown."""

import os
import sys
from binascii import crc32

import machine

from perilune.ports.board import Board, Stdio, Uart
from perilune.ports.serve import serve

_BAUD_RATE = 921600
_WATCHDOG_MS = 8000
_RP2350 = "RP2350" in sys.implementation._machine
_WATCHDOG = 0x400D8000 if _RP2350 else 0x40058000
_BOOTS = _WATCHDOG + 0x0C  # scratch register 0: survives every reset but that of power
_CLEAR = 0x3000  # added to an address: clear the bits written
_ENABLE = 1 << 30


class Port(Board):
    """A board with an RP2 chip."""

    board = "rp2350" if _RP2350 else "rp2040"

    def __init__(self):
        super().__init__()
        self.reset_cause = machine.reset_cause()
        machine.mem32[_BOOTS] = boots = (machine.mem32[_BOOTS] + 1) & 0xFFFF
        self.boot_nonce = crc32(bytes([boots & 255, boots >> 8]), crc32(os.urandom(8)))
        uart = machine.UART(0, _BAUD_RATE, rxbuf=1024, txbuf=1024)
        self.streams = (Stdio(sys.stdin.buffer, sys.stdout.buffer), Uart(uart))
        self.watchdog = None

    def flown(self, tick):
        """As on every board; only a completed tick keeps the watchdog quiet."""
        if self.watchdog is None:
            self.watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self.watchdog.feed()
        super().flown(tick)

    def release(self):
        """Stop the watchdog, which `machine` cannot."""
        machine.mem32[_WATCHDOG + _CLEAR] = _ENABLE


def main():
    """Serve until the REPL is asked for."""
    serve(Port())
