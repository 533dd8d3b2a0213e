"""The flight code imported by CPython: for the debugger and for coverage. Doubles, so not bit-exact."""

import time

from hil_rig import policies
from host.errors import FlightSoftwareError
from perilune import computer
from perilune.flight.flight import Flight


class _Port:
    """What a board's port module gives, for this process."""

    board = "cpython"
    reset_cause = 0
    boot_nonce = 1
    float_bits = 64
    key = None

    @staticmethod
    def ticks_us() -> int:
        return time.perf_counter_ns() // 1000

    @staticmethod
    def measured(begin: int) -> tuple[int, int, int]:
        return time.perf_counter_ns() // 1000 - begin, 0, 0


class PythonRung:
    """Runs `Computer.step` in this interpreter."""

    name = "python"
    about = "the flight code imported by CPython; double precision, not bit-exact"

    def __init__(self) -> None:
        self.computer = computer.Computer(_Port)
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

    def adopt(self, policy: str) -> None:
        """Fly the logic of hil_rig/policies/`policy`.py in place of the flight software's, until closed."""
        computer.Flight = policies.module(policy).PolicyFlight

    def close(self) -> None:
        """The flight software's own logic again."""
        computer.Flight = Flight
