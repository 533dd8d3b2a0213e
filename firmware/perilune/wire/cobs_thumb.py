"""`perilune.wire.cobs` in a Cortex-M's machine code: same names, same results."""

import micropython

from perilune.wire.cobs_viper import decode

__all__ = ["decode", "encode"]


@micropython.asm_thumb
def encode(r0, r1, r2):  # buf, start, end
    """Encode the data in buf[start + 1 : end] in place; buf[start] takes the first code."""
    add(r1, r1, r0)
    add(r2, r2, r0)
    mov(r3, r1)
    b(STEP)
    label(NEXT)
    ldrb(r4, [r3, 0])
    cmp(r4, 0)
    bne(STEP)
    sub(r4, r3, r1)
    strb(r4, [r1, 0])
    mov(r1, r3)
    label(STEP)
    add(r3, 1)
    cmp(r3, r2)
    bcc(NEXT)
    sub(r4, r2, r1)
    strb(r4, [r1, 0])
    mov(r0, 0)
