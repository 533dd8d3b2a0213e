"""Flying on the emulated RP2040 with its processor sampled: what a tick costs there, and where that goes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from perilune.wire import schema
from perilune_host.codec import kind_of
from perilune_rig.bench import budget, processor_profile
from perilune_rig.bench.processor_profile import Profile
from perilune_rig.boards.build import build_firmware
from perilune_rig.flight import fly
from perilune_rig.rungs.rp2040 import Rp2040Rung
from perilune_rig.scenario.catalogue import load_scenario

SCENARIO = "nominal_terminal"


@dataclass(frozen=True)
class Bench:
    """A profile, the budget by mode as text, and how fast the emulator was."""

    profile: Profile
    budget: str
    times_real_time: float


class _Sampled(Rp2040Rung):
    """A board whose samples are counted tick by tick."""

    def __init__(self) -> None:
        super().__init__()
        self.profile, functions = processor_profile.of(build_firmware("RPI_PICO"))
        self._emulator.profile(functions, processor_profile.EVERY_CYCLES)
        self._tick = 0

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """As on every rung. What ran until the frame was due, a collection, belongs to the tick before."""
        reply = super().transact(frame, time_us)
        *before, during = self._emulator.drain()
        if self._tick:
            self.profile.add(b"".join(before), self._tick)
        if kind_of(frame) == schema.SENSORS:
            self._tick += 1
            self.profile.ticks += 1
            self.profile.add(during, self._tick)
        return reply


def measure(ticks: int, progress: Callable[[int], None] = lambda tick: None) -> Bench:
    """Fly the first `ticks` of nominal_terminal, seed 1. RigError where a tool is missing."""
    rung, rows = _Sampled(), []
    try:
        bridge = fly.prepare(load_scenario(SCENARIO), 1, rung)
        begin = time.perf_counter()
        for tick in range(ticks):
            bridge.step()
            rows.append(bridge.row)
            progress(tick)
        wall_s = time.perf_counter() - begin
    finally:
        rung.close()
    speed = ticks / schema.TICK_HZ / wall_s
    return Bench(rung.profile, budget.table(rows, rung.round_trip_us[-ticks:]), speed)
