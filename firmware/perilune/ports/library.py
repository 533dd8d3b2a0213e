"""The MicroPython VM inside a host process: virtual clock, no hardware."""

import time

from perilune.computer import Computer


class Port:
    """What the flight computer asks of its board."""

    board = "vm"
    reset_cause = 0
    boot_nonce = 1
    float_bits = 32
    key = None

    def ticks_us(self):
        """Microseconds, wrapping as on boards."""
        return time.ticks_us()

    def measured(self, begin):
        """Measured items of the actuator frame: tick time us, collection time us, lowest free heap B."""
        return time.ticks_diff(time.ticks_us(), begin), 0, 0


computer = Computer(Port())
step = computer.step
