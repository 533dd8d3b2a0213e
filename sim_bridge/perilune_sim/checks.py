"""Every actuator frame is checked against the rules an actuator would not survive breaking."""

from collections.abc import Sequence
from typing import Any

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_sim.flight_record import Violation

_LAYOUT = LAYOUTS[schema.ACTUATORS]
_NAMES = [item[0] for item in _LAYOUT.items]
MODE = 1 + _NAMES.index("mode")
SWITCHES = 1 + _NAMES.index("switches")
ENABLE = 1 + _NAMES.index("engine_enable")
THROTTLE = 1 + _NAMES.index("throttle_0")
RCS = 1 + _NAMES.index("rcs_on_ms_0")
TICK = 1
_STEPS = 10000


class Checks:
    """Holds the last frame; `check` appends to `violations` (the first of each kind in full, then counted)."""

    def __init__(self, throttle_rate_s: float) -> None:
        self.violations: list[Violation] = []
        self._step = round(throttle_rate_s * _STEPS / schema.TICK_HZ) + 2
        self._mode = self._before = modes.COAST
        self._restarted = False
        self._throttle: Sequence[int] = (0,) * schema.ENGINES
        self._enable = 0
        self._safed = False
        self._tick = 0  # of the last frame

    def check(self, tick: int, row: Sequence[Any]) -> None:
        """One decoded actuator frame, sent in answer to `tick`."""
        if row[TICK] != tick:
            self._fault(tick, "one_per_tick", f"frame of tick {row[TICK]} answers tick {tick}")
        fault = _LAYOUT.out_of_range(row)
        if fault:
            self._fault(tick, "range", fault)
        self._modes(tick, row[MODE])
        throttle = row[THROTTLE : THROTTLE + schema.ENGINES]
        if throttle != self._throttle:
            self._rate(tick, throttle, row[ENABLE], max(1, tick - self._tick))
        self._tick = tick
        self._throttle = throttle
        self._enable = row[ENABLE]
        if self._safed and (row[ENABLE] or any(throttle)):
            self._fault(tick, "engine_after_safing", f"engine commanded, enable {row[ENABLE]:#x}")

    def plain(self, tick: int, mode: int) -> bool:
        """Whether the last frame was that of `tick`, in this mode, and no reset lies between."""
        return self._tick == tick and self._mode == mode and not self._restarted

    @property
    def last(self) -> tuple[Sequence[int], int, bool]:
        """What the next frame is held against: throttles and enable bits of the last one, whether it is safed."""
        return self._throttle, self._enable, self._safed

    def passed(self, tick: int, row: Sequence[Any]) -> None:
        """A decoded frame that was found sound, in the mode of the one before."""
        self._tick = tick
        self._throttle = row[THROTTLE : THROTTLE + schema.ENGINES]
        self._enable = row[ENABLE]

    @property
    def throttle_step(self) -> int:
        """Most that a throttle may change in a tick, raw units."""
        return self._step

    def count(self, tick: int, frames: int) -> None:
        """How many actuator frames answered this tick."""
        if frames != 1:
            self._fault(tick, "one_per_tick", f"{frames} actuator frames in one tick")

    def forgotten(self) -> None:
        """The flight computer begins again, in coast; safed it stays for these checks."""
        self._mode = modes.COAST

    def restarted(self) -> None:
        """The flight computer was reset: it takes up what it kept, and a mode of guidance is kept two ticks late."""
        self._restarted = True

    def stopped(self, tick: int, why: str) -> None:
        """The flight computer stopped by itself: it shall not, even if it lands all the same."""
        self._fault(tick, "computer_stopped", why)

    def _modes(self, tick: int, mode: int) -> None:
        restarted, self._restarted = self._restarted, False
        if mode == self._mode:
            return
        legal = self._mode < len(modes.FOLLOWS) and mode in modes.FOLLOWS[self._mode]
        if not legal and not (restarted and mode == self._before and self._mode in modes.ENGINE_MODES):
            self._fault(tick, "mode_transition", f"{_mode_name(self._mode)} to {_mode_name(mode)}")
        self._before, self._mode = self._mode, mode
        self._safed = self._safed or mode == modes.SAFED

    def _rate(self, tick: int, throttle: Sequence[int], enable: int, ticks: int) -> None:
        both = enable & self._enable  # starting and cutting an engine are steps by nature
        for engine, (now, before) in enumerate(zip(throttle, self._throttle, strict=True)):
            if both & (1 << engine) and abs(now - before) > self._step * ticks:
                self._fault(
                    tick,
                    "rate",
                    f"engine {engine} throttle {before / _STEPS} to {now / _STEPS} in {ticks} tick(s)",
                )

    def _fault(self, tick: int, check: str, text: str) -> None:
        if sum(v.check == check for v in self.violations) < 10:
            self.violations.append(Violation(tick, check, text))


def _mode_name(mode: int) -> str:
    return modes.NAMES[mode] if mode < len(modes.NAMES) else f"mode {mode}"
