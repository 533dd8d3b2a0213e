"""MicroPython on an emulated STM32F205 under QEMU: the interpreter and instruction set of another family of boards."""

from perilune_host.serial_link import SerialLink
from perilune_rig.boards import qemu
from perilune_rig.boards.qemu import Netduino2, build_elf


class Stm32Rung:
    """Speaks with the board through the pseudo-terminal of its UART. Its clock is the wall's: nothing is timed here."""

    name = "stm32"
    about = "MicroPython on an emulated Cortex-M3 (STM32F205 under QEMU), over its UART; lock-step"

    def __init__(self) -> None:
        self._board = Netduino2(build_elf())
        try:
            self._link = SerialLink(self._board.path)
        except BaseException:
            self._board.close()
            raise

    @classmethod
    def available(cls) -> str | None:
        """None if it can fly here, else the reason why not."""
        return qemu.missing()

    def transact(self, frame: bytes, time_us: int) -> bytes:
        """One frame in, its replies out."""
        return self._link.transact(frame, time_us)

    def reopen(self) -> None:
        """Pull the cable and put it back."""
        self._link.reopen()

    def close(self) -> None:
        """Give the port back and end QEMU."""
        self._link.close()
        self._board.close()
