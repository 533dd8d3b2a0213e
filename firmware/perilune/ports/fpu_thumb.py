"""Flush-to-zero of an ARM FPU: denormals count as zeros, as they do on the RP2040 and on the reference.

Official firmware leaves the FPU in its default mode, which keeps them. FPSCR (Armv7-M Architecture Reference Manual,
A2.5.3): FZ, bit 24, flushes denormal operands and results; DN, bit 25, makes every NaN the default one. Exceptions save
and restore FPSCR and begin with what FPDSCR (B3.2.23) says, so both are set. A reset clears them: ports do it at every
start.
"""

import machine
import micropython

_FPDSCR = 0xE000EF3C
_FZ_DN = 3 << 24


@micropython.asm_thumb
def _set_fpscr():
    data(2, 0xEEF1, 0x0A10)  # vmrs r0, fpscr
    mov(r1, 3)
    lsl(r1, r1, 24)
    orr(r0, r1)
    data(2, 0xEEE1, 0x0A10)  # vmsr fpscr, r0


def flush_to_zero():
    """Set the mode for this program and for interrupts. Only where there is an FPU: elsewhere this is a fault."""
    machine.mem32[_FPDSCR] |= _FZ_DN
    _set_fpscr()
