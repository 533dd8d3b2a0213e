"""`perilune.wire.transfer` in a Cortex-M's machine code: same names, same results."""

from array import array

import micropython
from uctypes import addressof


def places(items):
    """Addresses of heads, floats and whole numbers, which never move, and how many heads there are."""
    return array("I", [addressof(items.heads), addressof(items.floats), addressof(items.whole), items.count])


@micropython.asm_thumb
def _take(r0, r1, r2):  # buf, at, places
    add(r0, r0, r1)
    ldr(r1, [r2, 0])
    ldr(r3, [r2, 4])
    ldr(r4, [r2, 8])
    ldr(r2, [r2, 12])
    label(NEXT)
    ldrb(r5, [r1, 0])
    ldrb(r6, [r0, 0])
    cmp(r5, r6)
    bne(OTHER)
    ldrb(r6, [r0, 1])
    cmp(r5, 0x18)
    beq(BYTE)
    ldrb(r7, [r0, 2])
    lsl(r6, r6, 8)
    orr(r6, r7)
    cmp(r5, 0x19)
    beq(HALF)
    ldrb(r7, [r0, 3])
    lsl(r6, r6, 8)
    orr(r6, r7)
    ldrb(r7, [r0, 4])
    lsl(r6, r6, 8)
    orr(r6, r7)
    add(r0, 5)
    cmp(r5, 0xFA)
    bne(WHOLE)
    str(r6, [r3, 0])
    add(r3, 4)
    b(STEP)
    label(HALF)
    add(r0, 3)
    b(WHOLE)
    label(BYTE)
    add(r0, 2)
    label(WHOLE)
    str(r6, [r4, 0])
    add(r4, 4)
    label(STEP)
    add(r1, 1)
    sub(r2, 1)
    cmp(r2, 0)
    bne(NEXT)
    mov(r0, 1)
    b(END)
    label(OTHER)
    mov(r0, 0)
    label(END)


@micropython.asm_thumb
def _put(r0, r1, r2):  # buf, at, places
    add(r0, r0, r1)
    ldr(r1, [r2, 0])
    ldr(r3, [r2, 4])
    ldr(r4, [r2, 8])
    ldr(r2, [r2, 12])
    label(NEXT)
    ldrb(r5, [r1, 0])
    strb(r5, [r0, 0])
    cmp(r5, 0xFA)
    beq(FLOAT)
    ldr(r6, [r4, 0])
    add(r4, 4)
    cmp(r5, 0x18)
    beq(BYTE)
    cmp(r5, 0x19)
    beq(HALF)
    b(WORD)
    label(FLOAT)
    ldr(r6, [r3, 0])
    add(r3, 4)
    label(WORD)
    lsr(r7, r6, 24)
    strb(r7, [r0, 1])
    lsr(r7, r6, 16)
    strb(r7, [r0, 2])
    lsr(r7, r6, 8)
    strb(r7, [r0, 3])
    strb(r6, [r0, 4])
    add(r0, 5)
    b(STEP)
    label(HALF)
    lsr(r7, r6, 8)
    strb(r7, [r0, 1])
    strb(r6, [r0, 2])
    add(r0, 3)
    b(STEP)
    label(BYTE)
    strb(r6, [r0, 1])
    add(r0, 2)
    label(STEP)
    add(r1, 1)
    sub(r2, 1)
    cmp(r2, 0)
    bne(NEXT)
    mov(r0, 0)


def take(buf, at, items):
    """Read all items from buf[at:]. Returns whether each was of the type that is due."""
    return _take(buf, at, items.places) == 1


def put(buf, at, items):
    """Write all items to buf[at:]."""
    _put(buf, at, items.places)
