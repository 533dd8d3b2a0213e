"""The real MicroPython firmware on an emulated RP2040, in lock-step with simulated time, over its USB port."""

from typing import Protocol

from perilune_host.codec import DELIMITER, kind_of
from perilune_host.errors import RigError
from perilune_host.link import BROWN_OUT, ComputerLost
from perilune_host.serial_link import RESYNC
from perilune_rig.boards import emulator
from perilune_rig.boards.build import build_firmware, missing_tools
from perilune_rig.boards.emulator import Emulator

_BOOT_NS = 2e9  # to the end of USB enumeration, at most
_REPLY_NS = 2e9  # a board that takes longer has stopped
_SLICE_NS = 2e6
_US = 1e3
CHANNELS = {"usb": emulator.USB, "uart": emulator.UART}


class Emulated(Protocol):
    """What a rung asks of an emulated board, see `perilune_rig.boards.emulator.Emulator`."""

    @property
    def state(self) -> emulator.State: ...
    def run(self, until_ns: float, data: bytes = b"", channel: int = 0) -> tuple[bytes, bytes]: ...
    def transact(self, data: bytes, until_ns: float, channel: int = 0) -> bytes: ...
    def close(self) -> None: ...


class LockStep:
    """Each frame is delivered at its simulated time; between frames the board collects garbage and sleeps.

    round_trip_us holds, for every frame so far, the virtual time from when it was due to its reply's last byte.
    """

    def __init__(self, board: Emulated, channel: int = emulator.USB) -> None:
        self._board, self._channel = board, channel
        self._start_ns: float | None = None
        self._resets = 0  # known of
        self.round_trip_us: list[float] = []

    @property
    def state(self) -> emulator.State:
        """The emulated board's clock and how long it was busy."""
        return self._board.state

    def due_ns(self, time_us: int) -> float:
        """When, by the board's clock, a frame of this simulated time is due."""
        return (self._start_ns or 0.0) + time_us * _US

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """One frame in, its replies out. RigError if none comes within two seconds of the board's own time."""
        if self._start_ns is None:
            self._board.run(_BOOT_NS)
        if self._start_ns is None or time_us == 0:
            self._start_ns = self.state.nanos - time_us * _US  # simulated time begins with the first tick
        due = self.due_ns(time_us)
        stale = self._board.run(due)[self._channel] if due > self.state.nanos else b""
        frame = frame if kind_of(frame) else frame + RESYNC
        reply = self._board.transact(frame, self.state.nanos + _REPLY_NS, self._channel)
        if self.state.resets != self._resets:
            raise ComputerLost(f"the emulated board was reset at {time_us / 1e6:.2f} s by its own watchdog")
        if not reply.endswith(DELIMITER):
            silence = f"no whole answer within {_REPLY_NS / 1e9:g} s of its time"
            raise RigError(f"the emulated board: {silence}; it sent {stale + reply!r}")
        self.round_trip_us.append((self.state.nanos - max(due, 0.0)) / _US)
        return reply

    def close(self) -> None:
        """End the emulator."""
        self._board.close()


class Rp2040Rung(LockStep):
    """The board that CI flies; see `LockStep`."""

    name = "rp2040"
    about = "real rp2 firmware on an emulated RP2040 at 125 MHz, over USB; lock-step, virtual time"

    def __init__(self, channel: str = "usb") -> None:
        self._emulator = Emulator(build_firmware("RPI_PICO"))
        super().__init__(self._emulator, CHANNELS[channel])

    @classmethod
    def available(cls) -> str | None:
        """None if it can fly here, else the reason why not."""
        return emulator.missing() or missing_tools()

    def reset(self, cause: str, time_us: int) -> None:
        """Reset the chip and wait, in its own time, until it listens again; see `perilune_host.link.Resettable`.

        One that its own watchdog has reset since the last frame is not reset again.
        """
        assert self._start_ns is not None
        board = self._emulator
        if self._start_ns + time_us * _US > self.state.nanos:
            board.run(self._start_ns + time_us * _US)
        if self.state.resets == self._resets:
            board.reset(power=cause == BROWN_OUT)
        else:  # what the rig waited for a reply in vain is no time of the flight
            self._start_ns = self.state.nanos - time_us * _US
        self._resets = self.state.resets
        until = self.state.nanos + _BOOT_NS
        busy = -1.0
        while self.state.busy_nanos != busy:  # asleep: waiting for a frame
            if self.state.nanos > until:
                raise RigError(f"the emulated board is not back {_BOOT_NS / 1e9:g} s after its reset")
            busy = self.state.busy_nanos
            board.run(self.state.nanos + _SLICE_NS)
