"""What the actuators do with the frames that reach them, and without.

A thruster's on-time is for one tick: without a new frame no valve opens (the same pulse again and again would spin the
vehicle up). Engines hold their throttle for a while (the vehicle's `command_hold_s`): a cut would cost more than a
steady thrust that is a little off; after that nobody is flying and they are shut. Switches stay as they are.
"""

from collections import deque

from perilune.wire import schema

HOLD_TICKS = 125


def _offset(name: str) -> int:
    """Where an item's value stands in an ACTUATORS payload."""
    names = [item[0] for item in schema.items(schema.ACTUATORS)]
    sizes = {schema.F: 5, schema.W: 5, schema.H: 3, schema.B: 2}
    before = schema.items(schema.ACTUATORS)[: names.index(name)]
    return 4 + sum(sizes[item[1]] for item in before) + 1


_ENABLE = _offset("engine_enable")
_THROTTLE = slice(_offset("throttle_0") - 1, _offset("rcs_on_ms_0") - 1)
_RCS = slice(_offset("rcs_on_ms_0") - 1, _offset("position_m_0") - 1)
_NO_THROTTLE = bytes([0x19, 0, 0]) * schema.ENGINES
_NO_RCS = bytes([0x18, 0]) * schema.THRUSTERS


class Held:
    """The command that acts now, as the world takes it."""

    def __init__(self, hold_ticks: int = HOLD_TICKS) -> None:
        self.payload: bytes | None = None  # of the newest frame, or what is held of it
        self._hold = hold_ticks
        self._silent = 0
        self._late: deque[tuple[int, bytes]] = deque()

    @property
    def running(self) -> bool:
        """Whether an engine is commanded to run."""
        return self.payload is not None and self.payload[_ENABLE] != 0

    def take(self, payload: bytes, tick: int = 0, late_ticks: int = 0) -> None:
        """A new ACTUATORS payload, which acts from the next tick on, or so much later."""
        if late_ticks or self._late:
            self._late.append((tick + late_ticks, payload))
            self.miss(tick)
            return
        self.payload = payload
        self._silent = 0

    def miss(self, tick: int = 0) -> None:
        """A tick without one; what was late may be due."""
        due = None
        while self._late and self._late[0][0] <= tick:
            due = self._late.popleft()[1]
        if due is not None:
            self.payload = due
            self._silent = 0
            return
        self._silent += 1
        if self.payload is None or self._silent not in (1, self._hold):
            return
        held = bytearray(self.payload)
        held[_RCS] = _NO_RCS
        if self._silent == self._hold:
            held[_ENABLE] = 0
            held[_THROTTLE] = _NO_THROTTLE
        self.payload = bytes(held)
