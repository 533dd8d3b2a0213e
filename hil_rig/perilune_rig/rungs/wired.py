"""The emulated RP2040 with its pins wired: range finder, contact switches, valves, throttle.

The link carries the sensor frame without what is wired: no range is fresh, no leg touches. What the flight software
knows of them has come over the wires, so the trace hash of a flight without wires is the proof that they carry the
truth.
"""

import os

from perilune.wire import schema
from perilune_host.codec import DELIMITER, FrameError, decode, deframe, enframe, kind_of
from perilune_rig.boards import emulator
from perilune_rig.boards.build import build_firmware, missing_tools
from perilune_rig.boards.emulator import Emulator
from perilune_rig.rungs.rp2040 import LockStep
from perilune_rig.wiring.bench import EmulatedBench
from perilune_rig.wiring.sensors import taken_apart
from perilune_rig.wiring.watch import Watch
from perilune_rig.wiring.wires import WIRES, faults

VARIABLE = "PERILUNE_WIRE_FAULTS"
BOARD = "RPI_PICO_WIRED"
_LEAD_NS = 3e6  # the range finder's frame is on its line so long before the sensor frame: it takes 2.3 ms
_AFTER_NS = 1.5e6  # from a reply to the end of the report behind it
_BOOT_NS = 1e9


class WiredRung(LockStep):
    """`watch` holds what the rig read at its ends, and what of it differed."""

    name = "wired"
    about = (
        "as rp2040, with range finder, contacts, valves and throttle on wires that the rig drives and reads"
    )

    def __init__(self) -> None:
        wrong = faults([text for text in os.environ.get(VARIABLE, "").split(",") if text.strip()])
        self._emulator = Emulator(build_firmware(BOARD))
        super().__init__(self._emulator)
        self._emulator.run(_BOOT_NS)
        self.bench = EmulatedBench(self._emulator, wrong)
        self.watch = Watch()

    @classmethod
    def available(cls) -> str | None:
        """None if it can fly here, else the reason why not."""
        return emulator.missing() or missing_tools()

    @property
    def wires(self) -> int:
        """How many there are."""
        return len(WIRES)

    def look(self, at_ns: float = 0.0) -> None:
        """Read all ends at that time, or as soon as what belongs to the last tick has come."""
        self._emulator.run(max(at_ns, self.state.nanos + _AFTER_NS))
        self.watch.look(self.bench.read())

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """One frame in, its replies out; the sensors that are wired go over their wires just before."""
        if kind_of(frame) != schema.SENSORS:
            return super().transact(frame, time_us)
        self.look(self.due_ns(time_us) - _LEAD_NS)
        payload, over = taken_apart(deframe(frame[:-1]))
        self.bench.set_contacts(over.contacts)
        if over.range_frame:
            self.bench.send(over.range_frame)
        reply = super().transact(enframe(payload), time_us)
        row = _actuators(reply)
        if row is not None:
            self.watch.flown(decode(payload)[1], over.contacts, over.range_m, row)
        return reply


def _actuators(reply: bytes) -> list | None:
    """The actuator frame that ends a reply, decoded; None where another does: it is for others to complain."""
    last = reply.split(DELIMITER)[-2:-1]
    try:
        row = decode(deframe(last[0])) if last else [0]
    except FrameError:
        return None
    return row if row[0] == schema.ACTUATORS else None
