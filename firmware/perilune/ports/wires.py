"""The wires of an RP2040: sensors in, actuators out. Flight logic knows nothing of it: items before a tick and after.

Thruster pulses are timed by the PWM's counters (RP2040 datasheet 4.5). A slice that stands still takes a compare level
at once, one that runs takes it when its counter wraps: so each slice is stopped at its last count, given the widths of
its two pulses, set going, and then given widths of nothing, which are in force from the next wrap on, 131 ms later. All
pulses begin together, and each is given once, whatever becomes of the processor after that.
"""

from machine import PWM, UART, Pin, freq, mem32

from perilune.ports import pins, report
from perilune.ports.range_finder import RangeFinder
from perilune.wire.items import indices
from perilune.wire.schema import ACTUATORS, FRESH, LEGS_DEPLOY, LRF_DESCENT_HEAD, SENSORS, VALID

_GPIO_IN = 0xD0000004
_GPIO_SET = 0xD0000014
_GPIO_CLEAR = 0xD0000018
_GPIO_FLIP = 0xD000001C
_PWM = 0x40050000
_RUNNING = _PWM + 0xA0
_SLICE = 0x14
_DIV = 0x04
_COUNTER = 0x08
_COMPARE = 0x0C
_TOP = 0x10
_DIVIDER = 250
_LAST = 0xFFFF  # the count before a counter wraps
_STEPS = 10000  # of a throttle

_sensors = indices(SENSORS)
_STATUS = _sensors["lrf_status"]
_RANGE = _sensors["lrf_range_m"]
_CONTACT = _sensors["leg_contact"]
_actuators = indices(ACTUATORS)
_SWITCHES = _actuators["switches"]
_ENABLE = _actuators["engine_enable"]
_THROTTLE = _actuators["throttle_0"]
_ON_MS = _actuators["rcs_on_ms_0"]
_TICK = _actuators["tick"]


class Wires:
    """All of them; from here on the outputs are driven, and everything is shut."""

    def __init__(self):
        self.uart = UART(
            1, pins.BAUD_RATE, tx=Pin(pins.REPORT), rx=Pin(pins.RANGE_FINDER), rxbuf=128, txbuf=64
        )
        self.finder = RangeFinder()
        self.report = bytearray(report.REPORT_BYTES)
        self.contacts = 0
        for pin in pins.CONTACTS:
            Pin(pin, Pin.IN, Pin.PULL_UP)
        self.outputs = 0
        for pin in (pins.MARK, pins.ENGINE_VALVE, pins.LEGS_DEPLOY, pins.RANGE_FINDER_HEAD):
            Pin(pin, Pin.OUT, value=0)
            self.outputs |= 1 << pin
        self.outputs &= ~(1 << pins.MARK)
        self.throttle = PWM(Pin(pins.THROTTLE), freq=pins.THROTTLE_HZ, duty_u16=0)
        self.slices = []  # of two thrusters each
        self.running = 0
        for pin in pins.THRUSTERS:
            PWM(Pin(pin), freq=1000, duty_u16=0)  # whose pin it is
            at = _PWM + _SLICE * (pin >> 1 & 7)
            if at not in self.slices:
                self.slices.append(at)
            self.running |= 1 << (pin >> 1 & 7)
        self.others = mem32[_RUNNING] & ~self.running
        mem32[_RUNNING] = self.others
        self.counts_per_ms = freq() // (1000 * _DIVIDER)
        for at in self.slices:
            mem32[at + _DIV] = _DIVIDER << 4
            mem32[at + _TOP] = _LAST

    def read(self, items):
        """Put what has come into the sensor frame: a range makes the range finder fresh, contacts are what is now.

        Whatever the frame itself says of them counts for nothing.
        """
        status = items.whole[_STATUS] & ~(FRESH | VALID)
        waiting = self.uart.any()
        if waiting and self.finder.hear(self.uart.read(waiting)):
            status |= FRESH | VALID if self.finder.seen else FRESH
            items.floats[_RANGE] = self.finder.range_m
        items.whole[_STATUS] = status
        self.contacts = items.whole[_CONTACT] = ~(mem32[_GPIO_IN] >> pins.CONTACTS[0]) & 15

    def drive(self, whole):
        """Set the outputs to the actuator frame's items, mark the moment, report."""
        switches = whole[_SWITCHES]
        high = (whole[_ENABLE] & 1) << pins.ENGINE_VALVE
        if switches & LEGS_DEPLOY:
            high |= 1 << pins.LEGS_DEPLOY
        if switches & LRF_DESCENT_HEAD:
            high |= 1 << pins.RANGE_FINDER_HEAD
        mem32[_GPIO_CLEAR] = self.outputs & ~high
        mem32[_GPIO_SET] = high
        self.throttle.duty_u16((whole[_THROTTLE] * 65535 + _STEPS // 2) // _STEPS)
        self._pulse(whole)
        report.write(self.report, whole[_TICK], self.contacts, self.finder)
        self.uart.write(self.report)
        for at in self.slices:  # by now they have wrapped, 2 us after they were set going
            mem32[at + _COMPARE] = 0

    def _pulse(self, whole):
        """Open each valve for its on-time."""
        counts = self.counts_per_ms
        mem32[_RUNNING] = self.others
        i = _ON_MS
        for at in self.slices:
            mem32[at + _COUNTER] = _LAST
            mem32[at + _COMPARE] = whole[i] * counts | whole[i + 1] * counts << 16
            i += 2
        mem32[_RUNNING] = self.others | self.running
        mem32[_GPIO_FLIP] = 1 << pins.MARK

    def shut(self):
        """Close all valves, at once."""
        mem32[_GPIO_CLEAR] = self.outputs
        self.throttle.duty_u16(0)
        mem32[_RUNNING] = self.others
        for at in self.slices:
            mem32[at + _COMPARE] = 0
