"""The far ends of an emulated RP2040's wires, as a lab's interface cards have them; and what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from perilune.ports import pins
from perilune_rig.boards.emulator import UART1, Emulator, PinState
from perilune_rig.wiring.wires import WIRES, WireFault

__all__ = ["Bench", "EmulatedBench", "Reading"]

_PWM_CHANNELS = 16  # of pin n: n modulo this


@dataclass(frozen=True)
class Reading:
    """What the rig reads at its ends.

    levels: by pin; duty: of the throttle, 0 to 1; said: bytes of the report wire since the last reading.
    intervals: between each two edges of the mark since the last reading but one: ms from edge to edge, and for how many
    of them each thruster's valve was open.
    """

    levels: dict[int, bool]
    duty: float
    said: bytes
    marks: int
    intervals: list[tuple[float, tuple[float, ...]]]


class Bench(Protocol):
    """What the self-test and the watch need of the interfaces at the far ends."""

    def set_contacts(self, closed: int) -> None:
        """Close the switches of these legs (bit n: leg n), open the others."""
        ...

    def send(self, data: bytes) -> None:
        """Send on the range finder's line; it has arrived when this returns."""
        ...

    def read(self, pull_up: bool = False) -> Reading:
        """All ends, each with a weak pull of the rig's: a wire that nobody drives reads as that."""
        ...


class EmulatedBench:
    """A `Bench` for the emulated board, with faults in its wires."""

    def __init__(self, board: Emulator, faults: Sequence[WireFault] = ()) -> None:
        self._board = board
        self._stuck = {fault.pin: fault.stuck for fault in faults if fault.stuck is not None}
        self._pin: dict[int, int | None] = {
            wire.pin: wire.pin for wire in WIRES
        }  # of the board, by the rig's end
        for fault in faults:
            if fault.other is not None:
                self._pin[fault.pin], self._pin[fault.other] = self._pin[fault.other], self._pin[fault.pin]
            elif fault.stuck is None:
                self._pin[fault.pin] = None
        self._edge: tuple[float, tuple[float, ...]] | None = None
        board.watch(pins.MARK)
        self.set_contacts(0)

    def set_contacts(self, closed: int) -> None:
        """See `Bench`: a closed switch is a wire to ground, an open one drives nothing."""
        driven = levels = 0
        for n, end in enumerate(pins.CONTACTS):
            if closed >> n & 1 and end not in self._stuck:
                driven |= self._bit(end)
        for end, level in self._stuck.items():
            driven |= self._bit(end)
            levels |= self._bit(end) if level else 0
        self._board.drive(driven, levels)

    def send(self, data: bytes) -> None:
        """See `Bench`."""
        sound = self._sound(pins.RANGE_FINDER)
        bits = 10 * len(data) + 40  # the board's receiver tells of the last bytes 32 bits later
        until = self._board.state.nanos + bits * 1e9 / pins.BAUD_RATE
        self._board.run(until, data if sound else b"", UART1)

    def read(self, pull_up: bool = False) -> Reading:
        """See `Bench`."""
        self._board.run(self._board.state.nanos)
        state = self._board.pins()
        said = self._board.second()
        edges = state.edges if self._sound(pins.MARK) else ()
        return Reading(
            levels={wire.pin: self._level(state, wire.pin, pull_up) for wire in WIRES},
            duty=self._share(pins.THROTTLE, state.duty),
            said=said if self._sound(pins.REPORT) else b"",
            marks=len(edges),
            intervals=self._intervals(edges),
        )

    def _sound(self, end: int) -> bool:
        return self._pin[end] == end and end not in self._stuck

    def _bit(self, end: int) -> int:
        pin = self._pin[end]
        return 0 if pin is None else 1 << pin

    def _level(self, state: PinState, end: int, pull_up: bool) -> bool:
        bit = self._bit(end)
        if end in self._stuck:
            return bool(self._stuck[end])
        return bool(state.levels & bit) if state.driven & bit else pull_up

    def _share(self, end: int, of_channels: Sequence[float]) -> float:
        """What comes of a PWM channel's figure at this end: of the whole 1, where a wire is stuck high."""
        pin = self._pin[end]
        if end in self._stuck:
            return float(bool(self._stuck[end]))
        return 0.0 if pin is None else of_channels[pin % _PWM_CHANNELS]

    def _intervals(
        self, edges: Sequence[tuple[float, tuple[float, ...]]]
    ) -> list[tuple[float, tuple[float, ...]]]:
        found = []
        for edge in edges:
            if self._edge is not None:
                length = edge[0] - self._edge[0]
                high = [(b - a) / length for a, b in zip(self._edge[1], edge[1], strict=True)]
                open_ms = tuple(self._share(end, high) * length / 1e6 for end in pins.THRUSTERS)
                found.append((length / 1e6, open_ms))
            self._edge = edge
        return found
