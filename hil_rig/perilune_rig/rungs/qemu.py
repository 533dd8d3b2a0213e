"""MicroPython on boards that QEMU emulates: the interpreter and the arithmetic of other families of processors."""

from perilune_host.serial_link import SerialLink
from perilune_rig.boards.qemu import QemuBoard
from perilune_rig.boards.qemu_build import build_elf, missing
from perilune_rig.boards.qemu_machines import MACHINES


class QemuRung:
    """Speaks with the board through the pseudo-terminal of its UART.

    Its clock counts instructions, not cycles: what it measures is no budget.
    """

    name = ""
    about = ""

    def __init__(self) -> None:
        machine = MACHINES[self.name]
        self._board = QemuBoard(machine, build_elf(machine))
        try:
            self._link = SerialLink(self._board.path)
        except BaseException:
            self._board.close()
            raise

    @classmethod
    def available(cls) -> str | None:
        """None if it can fly here, else the reason why not."""
        return missing(MACHINES[cls.name])

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


class Stm32Rung(QemuRung):
    """Without floating point in hardware."""

    name = "stm32"
    about = "MicroPython on an emulated Cortex-M3 (STM32F205 under QEMU), over its UART; lock-step"


class Stm32F4Rung(QemuRung):
    """The processor and compiler options of a pyboard or a Black F405."""

    name = "stm32f4"
    about = "MicroPython on an emulated Cortex-M4F (STM32F405 under QEMU), floats by its FPU; lock-step"


class M33Rung(QemuRung):
    """Stands in for a Pico 2's ARM cores."""

    name = "m33"
    about = "MicroPython on an emulated Cortex-M33 with FPU (MPS2 AN505 under QEMU); lock-step"


class Rv32Rung(QemuRung):
    """Stands in for a Pico 2's RISC-V cores."""

    name = "rv32"
    about = "MicroPython on an emulated 32-bit RISC-V (virt under QEMU), no FPU; lock-step"
