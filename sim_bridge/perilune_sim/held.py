"""What the actuators do with the frames that reach them, and without.

A thruster's on-time is for one tick: without a new frame no valve opens (the same pulse again and again would spin the
vehicle up). Engines hold their throttle for a while (the vehicle's `command_hold_s`): a cut would cost more than a
steady thrust that is a little off; after that nobody is flying and they are shut. Switches stay as they are.
"""

from collections import deque

from perilune.wire import schema
from perilune_host.codec import LAYOUTS

HOLD_TICKS = 125


_PLACES = LAYOUTS[schema.ACTUATORS].places
_ENABLE = _PLACES["engine_enable"]
_THROTTLE = slice(_PLACES["throttle_0"] - 1, _PLACES["rcs_on_ms_0"] - 1)
_RCS = slice(_PLACES["rcs_on_ms_0"] - 1, _PLACES["position_m_0"] - 1)
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
    def plain(self) -> bool:
        """Whether the newest frame acts, and nothing is on its way."""
        return self._silent == 0 and not self._late

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
