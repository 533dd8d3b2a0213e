"""The boards that QEMU emulates: their processors, their memory, how MicroPython's qemu port is built for them."""

from dataclasses import dataclass

__all__ = ["MACHINES", "Machine"]

_ARM = {
    "qemu-system-arm": "qemu-system-arm",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "make": "make",
}
_RISCV = {
    "qemu-system-riscv32": "qemu-system-misc",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
    "make": "make",
}

_THUMB = """\
QEMU_ARCH = arm
QEMU_MACHINE = {machine}
AFLAGS += {core}
CFLAGS += -mthumb {core} {fpu} -DQEMU_SOC_{soc} -DMICROPY_HW_MCU_NAME='"{name}"'
LDSCRIPT = mcu/arm/{script}
SRC_BOARD_O = shared/runtime/gchelper_native.o shared/runtime/gchelper_thumb2.o
MPY_CROSS_FLAGS += -march=armv7emsp
"""

# Zicsr is part of rv32imac in version 2.2 of the ISA: under its newer name GCC 12 finds no 32-bit libraries.
_RV32 = """\
QEMU_ARCH = riscv32
QEMU_MACHINE = virt
RV32_ARCH = rv32imac
AFLAGS += -misa-spec=2.2
CFLAGS += -DQEMU_SOC_VIRT -DMICROPY_HW_MCU_NAME='"RV32IMAC"'
LDSCRIPT = mcu/rv32/virt.ld
SRC_BOARD_O += shared/runtime/gchelper_native.o shared/runtime/gchelper_rv32i.o
MPY_CROSS_FLAGS += -march=rv32imc
"""


@dataclass(frozen=True)
class Machine:
    """One emulated board."""

    board: str  # its directory in firmware/boards
    qemu: str  # QEMU's program ...
    options: tuple[str, ...]  # ... and what makes it this machine
    packages: dict[str, str]  # Debian packages by the command they bring
    overlay: str  # file of qemu_port with its clock and sleep
    heap_bytes: int
    makefile: str = ""  # its mpconfigboard.mk; none: MicroPython has one
    script: str = ""  # file of qemu_port: linker script; none: MicroPython has one
    changes: tuple[tuple[str, str, str], ...] = ()  # file of the port, old text, new text
    fpu: bool = False  # switched on at reset; flushes denormals once the flight software's port says so
    thumb: bool = True  # runs Thumb machine code

    @property
    def compiler(self) -> str:
        """The C compiler's command."""
        return next(name for name in self.packages if name.endswith("-gcc"))


MACHINES = {
    "stm32": Machine(
        board="NETDUINO2",
        qemu="qemu-system-arm",
        options=("-machine", "netduino2"),
        packages=_ARM,
        overlay="stm32.c",
        heap_bytes=114688,  # of 128 KiB; 15 KiB are left for the stack, which the port limits to 10
    ),
    "stm32f4": Machine(
        board="NETDUINOPLUS2",
        qemu="qemu-system-arm",
        options=("-machine", "netduinoplus2"),
        packages=_ARM,
        overlay="stm32.c",
        heap_bytes=114688,
        makefile=_THUMB.format(  # the processor's options as in the official builds (ports/stm32/Makefile)
            machine="netduinoplus2",
            core="-mcpu=cortex-m4",
            fpu="-mfpu=fpv4-sp-d16 -mfloat-abi=hard -fsingle-precision-constant",
            soc="STM32",
            name="STM32F405",
            script="stm32.ld",
        ),
        fpu=True,
    ),
    "m33": Machine(
        board="MPS2_AN505",
        qemu="qemu-system-arm",
        options=("-machine", "mps2-an505"),
        packages=_ARM,
        overlay="an505.c",
        heap_bytes=393216,  # of 512 KiB, about what a Pico 2 has
        makefile=_THUMB.format(
            machine="mps2-an505",
            core="-mcpu=cortex-m33",
            fpu="-mfpu=fpv5-sp-d16 -mfloat-abi=hard",
            soc="MPS2",
            name="Cortex-M33",
            script="an505.ld",
        ),
        script="an505.ld",
        changes=(("uart.c", "(0x40004000)", "(0x50200000)"),),
        fpu=True,
    ),
    "rv32": Machine(
        board="VIRT_RV32",
        qemu="qemu-system-riscv32",
        options=("-machine", "virt", "-bios", "none"),
        packages=_RISCV,
        overlay="virt.c",
        heap_bytes=393216,
        makefile=_RV32,
        thumb=False,
    ),
}
