"""RP2040 and RP2350: USB-CDC and UART0 (GP0, GP1), watchdog while a flight is flown, memory that resets leave alone.

That memory is the low end of the C stack (`__StackBottom` in the rp2 port's linker script; bank X of the RP2040).
Neither the boot ROM, the C start-up code nor the garbage collector clears or moves it, and the flight software's calls
never reach that far down. Should anything else, the record's CRC tells.

The build for flight has no files: its key lies in the last page of flash that can be erased, where no image reaches.
"""

import os
import sys
from binascii import crc32

import machine
import uctypes

from perilune.build import HIL
from perilune.checkpoint.memory import MEMORY_BYTES
from perilune.link.authentication import SEALED_BYTES, unsealed
from perilune.ports.board import Board
from perilune.ports.serve import serve
from perilune.ports.streams import Uart, stdio

_BAUD_RATE = 921600
_WATCHDOG_MS = 8000  # without a tick
_TICK_MS = 250  # for a tick that has begun
_RP2350 = "RP2350" in sys.implementation._machine
_WATCHDOG = 0x400D8000 if _RP2350 else 0x40058000
_BOOTS = _WATCHDOG + 0x0C  # scratch register 0: survives every reset but that of power
_LOAD = _WATCHDOG + 0x04
_COUNTS_PER_MS = 1000 if _RP2350 else 2000  # the RP2040 counts down twice a microsecond (erratum RP2040-E1)
_STACK_BOTTOM = 0x2007F000 if _RP2350 else 0x20040000
_KEY_PAGE = (
    0x10000000 + ((4 if _RP2350 else 2) << 20) - 4096
)  # of the Pico's and the Pico 2's flash, as it is read
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
        self.streams = (stdio(sys.stdin.buffer, sys.stdout.buffer), Uart(uart))
        self.memory = uctypes.bytearray_at(_STACK_BOTTOM, MEMORY_BYTES)
        self.watchdog = None

    def find_key(self):
        """See `perilune.link.authentication.unsealed`."""
        return super().find_key() if HIL else unsealed(uctypes.bytes_at(_KEY_PAGE, SEALED_BYTES))

    def begun(self, items):
        """A tick that hangs is found at once: from here the watchdog waits no longer than a tick may take."""
        if self.watchdog is None:
            self.watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        machine.mem32[_LOAD] = _TICK_MS * _COUNTS_PER_MS

    def flown(self, tick):
        """As on every board; only a completed tick keeps the watchdog quiet."""
        if self.watchdog is not None:
            self.watchdog.feed()  # loads the full time again
        super().flown(tick)

    def restart(self):
        """Reset the chip; what is kept stays."""
        machine.reset()

    def release(self):
        """Stop the watchdog, which `machine` cannot."""
        self.watchdog = None
        machine.mem32[_WATCHDOG + _CLEAR] = _ENABLE


def main():
    """Serve for ever; in the rig's build until the REPL is asked for."""
    if _RP2350:  # its FPU keeps denormals unless told; the RP2040's boot ROM never does
        from perilune.ports.fpu_thumb import flush_to_zero

        flush_to_zero()
    serve(Port())
