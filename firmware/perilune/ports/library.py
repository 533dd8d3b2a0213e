"""The MicroPython VM inside a host process: virtual clock, no hardware."""

import time

import uctypes

from perilune.checkpoint.memory import MEMORY_BYTES
from perilune.link.computer import Computer
from perilune.wire.items import MEASURED_AT


class Port:
    """What the flight computer asks of its board."""

    board = "vm"
    reset_cause = 1
    boot_nonce = 1
    float_bits = 32
    key = None
    memory = bytearray()  # the host's, see perilune_rig.rungs.vm

    def ticks_us(self):
        """Microseconds, wrapping as on boards."""
        return time.ticks_us()

    def begun(self, items):
        """A tick of a flight is about to be flown."""

    def measure(self, begin, whole):
        """Put the measured items of the actuator frame: tick time us, collection time us, lowest free heap B."""
        whole[MEASURED_AT] = time.ticks_diff(time.ticks_us(), begin)


def keep(address):
    """The host's memory at `address` outlives resets."""
    computer.port.memory = uctypes.bytearray_at(address, MEMORY_BYTES)


def start(boot_nonce, reset_cause):
    """Boot once more, with what a boot tells of itself."""
    port = computer.port
    port.boot_nonce = boot_nonce
    port.reset_cause = reset_cause
    computer.__init__(port)


computer = Computer(Port())
step = computer.step
