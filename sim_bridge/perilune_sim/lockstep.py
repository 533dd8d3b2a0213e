"""Lock-step in C: the ticks in which nothing happens but numbers, many in one call (world/src/lockstep.c).

The bridge stays the only place where a tick is understood. Here a stretch of ticks is handed to C with what the bridge
knows, and what came of it is handed back; C stops at the first tick whose answer is not one sound actuator frame, whose
row somebody has to look at, or in which a fault has been felt. Needs a flight computer that C can call (`link.Direct`).
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from perilune.flight import modes
from perilune.wire import schema
from perilune_host.codec import LAYOUTS
from perilune_host.link import Direct
from perilune_sim.horizon import Horizon
from perilune_sim.world.native import ffi, lib
from perilune_sim.world.world import TRUTH_DOUBLES

if TYPE_CHECKING:
    from perilune_sim.bridge import Bridge

MOST_TWINS = lib.PL_TWINS
_LAYOUT = LAYOUTS[schema.ACTUATORS]
_SENSORS_BYTES = LAYOUTS[schema.SENSORS].size
_ROWS = 512  # of telemetry in one stretch: 51 s
_ROW_TICKS = lib.PL_ROW_TICKS
_CONTENT_ROOM = (_ROWS + 1) * _ROW_TICKS


class Stretch(NamedTuple):
    """What came of a call."""

    reply: (
        int | None
    )  # what the flight computer returned to the last tick, where the bridge is to take it; None: all sound
    last: bytes | None  # the last sound frame
    content: bytes  # flight content of every sound frame
    truths: bytes  # and
    frames: bytes  # rows of telemetry
    differed: list[int]  # twins
    ticks: int  # sound ones


class Lockstep:
    """C's side of one flight."""

    def __init__(self, throttle_step: int, content_bytes: int, contact_ticks: int) -> None:
        self._loop: Any = ffi.new("pl_loop *")
        limits = [
            {"at": _LAYOUT.places[name], "kind": ord(kind), "low": low, "high": high}
            for place, low, high in _LAYOUT.raw_limits
            for name, kind, *_ in [_LAYOUT.items[place - 1]]
        ]
        mask, marks = _LAYOUT.fixed_bytes
        self._kept = {
            "mask": ffi.new("uint8_t[]", mask),
            "marks": ffi.new("uint8_t[]", marks),
            "limits": ffi.new("pl_limit[]", limits),
            "content": ffi.new("uint8_t[]", _CONTENT_ROOM * content_bytes),
            "frames": ffi.new("uint8_t[]", _ROWS * _LAYOUT.size),
            "truths": ffi.new("double[]", _ROWS * TRUTH_DOUBLES),
        }
        for name, memory in self._kept.items():
            setattr(self._loop, name, memory)
        c = self._loop
        c.n_limits, c.throttle_step, c.contact_ticks = len(limits), throttle_step, contact_ticks
        c.actuators_bytes, c.sensors_bytes, c.content_bytes = _LAYOUT.size, _SENSORS_BYTES, content_bytes
        c.rows_room = _ROWS
        self._held = ffi.buffer(c.held)

    def fly(self, bridge: "Bridge", link: Direct, until: int, rows: Horizon) -> Stretch:
        """Fly on to tick `until`, or to the first row at `rows`, or to an answer that is the bridge's to take."""
        self._hand_in(bridge, link)
        c = self._loop
        c.until, c.row_tick, c.low_m = until, rows.tick, rows.low_m
        asked = lib.pl_fly(bridge.world.pointer, c)
        for part, spent in zip(("world", "wire", "flight", "check"), c.spent_ns, strict=True):
            setattr(bridge.clock, part, getattr(bridge.clock, part) + spent)
        return self._taken_back(bool(asked))

    def _hand_in(self, bridge: "Bridge", link: Direct) -> None:
        c = self._loop
        c.step = ffi.cast("int (*)(int, uint64_t)", link.step)
        setattr(c, "in", ffi.cast("uint8_t *", link.inbuf))
        c.out = ffi.cast("uint8_t *", link.outbuf)
        acting = bridge.held.payload
        c.holds = acting is not None
        if acting is not None:
            self._held[: len(acting)] = acting
        c.mode = bridge.mode
        c.throttle, c.enable, c.safed = bridge.checks.last
        c.last_thrust, c.contact, c.confirmed = bridge.last_thrust or 0, bridge.contact, bridge.confirmed or 0
        c.ends = bridge.mode == modes.WAVE_OFF or bridge.mode == modes.SAFED
        twins = bridge.faults.twins if bridge.faults else []
        c.n_twins = len(twins)
        for n, twin in enumerate(twins):
            c.twin[n] = twin.pointer

    def _taken_back(self, asked: bool) -> Stretch:
        c = self._loop
        memory = self._kept
        return Stretch(
            reply=c.reply if asked else None,
            last=self._held[: _LAYOUT.size] if c.sound else None,
            content=ffi.buffer(memory["content"], c.sound * c.content_bytes)[:],
            truths=ffi.buffer(memory["truths"], 8 * TRUTH_DOUBLES * c.rows)[:],
            frames=ffi.buffer(memory["frames"], c.rows * _LAYOUT.size)[:],
            differed=[n for n in range(MOST_TWINS) if c.differ >> n & 1],
            ticks=c.sound,
        )

    def contacts(self) -> tuple[int | None, int, int | None]:
        """Tick of the last thrust, ticks of contact in a row, tick of confirmed touchdown."""
        c = self._loop
        return c.last_thrust or None, c.contact, c.confirmed or None
