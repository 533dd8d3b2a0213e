"""The flight code imported by CPython: for the debugger and for coverage. Doubles, so not bit-exact."""

import time
from array import array

from perilune.checkpoint.memory import MEMORY_BYTES, Keeper
from perilune.flight.flight import Flight
from perilune.link import computer
from perilune.wire.items import MEASURED_AT
from perilune_host.errors import FlightSoftwareError
from perilune_host.link import BROWN_OUT, CAUSES
from perilune_rig import policies


class _Port:
    """What a board's port module gives, for this process."""

    board = "cpython"
    float_bits = 64
    key = None

    def __init__(self, memory: bytearray, boot_nonce: int = 1, reset_cause: int = 1) -> None:
        self.memory, self.boot_nonce, self.reset_cause = memory, boot_nonce, reset_cause

    def ticks_us(self) -> int:
        return time.perf_counter_ns() // 1000

    def begun(self, items: object) -> None:
        """A tick of a flight is about to be flown."""

    def measure(self, begin: int, whole: array) -> None:
        whole[MEASURED_AT] = time.perf_counter_ns() // 1000 - begin


class PythonRung:
    """Runs `Computer.step` in this interpreter."""

    name = "python"
    about = "the flight code imported by CPython; double precision, not bit-exact"

    def __init__(self) -> None:
        self.computer = computer.Computer(_Port(bytearray(MEMORY_BYTES)))
        self._boots = 1
        self._in = bytearray(1024)
        self._out = bytearray(1024)

    @classmethod
    def available(cls) -> str | None:
        """Always."""
        return None

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """One frame in, its replies out."""
        n = len(frame) - 1
        self._in[:n] = frame[:n]
        try:
            return bytes(self._out[: self.computer.step(self._in, n, self._out)])
        except Exception as error:
            raise FlightSoftwareError(
                f"the flight software stopped at {time_us / 1e6:.2f} s: {error!r}"
            ) from error

    def reset(self, cause: str, time_us: int) -> None:
        """A new computer with the memory of the old one; see `perilune_host.link.Resettable`."""
        memory = self.computer.port.memory
        if cause == BROWN_OUT:
            memory[:] = bytes(MEMORY_BYTES)
        self._boots += 1
        self.computer = computer.Computer(_Port(memory, self._boots, CAUSES[cause]))

    def adopt(self, policy: str) -> None:
        """Fly the logic of perilune_rig/policies/`policy`.py in place of the flight software's, until closed."""
        computer.Flight, computer.Keeper = policies.logic(policy)

    def close(self) -> None:
        """The flight software's own logic again."""
        computer.Flight, computer.Keeper = Flight, Keeper
