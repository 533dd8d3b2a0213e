"""`perilune.flight.navigation.rows` for the RP2040, which has no floating point: the sums by its boot ROM's routines.

Same names, same results to the last bit, since MicroPython's own floats come from the same routines; but no object is
made for each of them. Rows are parts of one array, so that whole matrices go to the routines below.
"""

import sys
from array import array
from struct import pack

if "RP2040" not in getattr(sys.implementation, "_machine", ""):
    raise ImportError  # no such ROM

import machine
import micropython

_DATA_TABLE = 0x16  # RP2040 datasheet 2.8.3: half-words code, address
_SOFT_FLOAT = 0x4653  # "SF": addresses of fadd, fsub, fmul, ...


def _routines():
    """Addresses of the boot ROM's addition, subtraction and multiplication."""
    at = machine.mem16[_DATA_TABLE]
    while machine.mem16[at] != _SOFT_FLOAT:
        at += 4
    table = machine.mem16[at + 2]
    return machine.mem32[table], machine.mem32[table + 4], machine.mem32[table + 8]


def square():
    """A matrix of ten rows: for `downdate`, `mirror` and `floor`, and as its rows."""
    whole = array("f", bytes(400))
    view = memoryview(whole)
    return whole, [view[10 * i : 10 * i + 10] for i in range(10)]


def row(values):
    """Ten numbers that change in place."""
    return array("f", values)


def factor():
    """A factor, at index 0; behind it where the routines are."""
    return array("f", pack("<fIII", 0.0, *_routines()))


@micropython.asm_thumb
def add(r0, r1, r2):  # a, b, factor
    """a += factor b for rows."""
    mov(r4, r0)
    mov(r5, r1)
    mov(r6, r2)
    mov(r7, 10)
    label(NEXT)
    ldr(r0, [r5, 0])
    ldr(r1, [r6, 0])
    ldr(r3, [r6, 12])
    data(2, 0x4798)  # blx r3: factor times b
    mov(r1, r0)
    ldr(r0, [r4, 0])
    ldr(r3, [r6, 4])
    data(2, 0x4798)  # plus a
    str(r0, [r4, 0])
    add(r4, r4, 4)
    add(r5, r5, 4)
    sub(r7, r7, 1)
    bne(NEXT)


@micropython.asm_thumb
def scale(r0, r1, r2):  # a, b, factor
    """a = factor b for rows; they may be the same."""
    mov(r4, r0)
    mov(r5, r1)
    mov(r6, r2)
    mov(r7, 10)
    label(NEXT)
    ldr(r0, [r5, 0])
    ldr(r1, [r6, 0])
    ldr(r3, [r6, 12])
    data(2, 0x4798)  # blx r3
    str(r0, [r4, 0])
    add(r4, r4, 4)
    add(r5, r5, 4)
    sub(r7, r7, 1)
    bne(NEXT)


@micropython.asm_thumb
def downdate(r0, r1, r2, r3):  # matrix, column, gains, factor (for its routines)
    """Every row less its gain times `column`, but for rows without a gain and `column` itself."""
    mov(r4, r8)
    mov(r5, r9)
    push({r4, r5})  # theirs
    mov(r8, r3)
    mov(r4, r0)  # element
    mov(r5, r1)  # of the column
    mov(r6, r2)  # gain
    mov(r0, 10)  # rows left
    label(ROW)
    mov(r9, r0)
    ldr(r0, [r6, 0])
    lsl(r0, r0, 1)
    beq(SKIP)
    cmp(r4, r5)
    beq(SKIP)
    mov(r7, 10)  # elements left in the row
    label(NEXT)
    ldr(r0, [r5, 0])
    ldr(r1, [r6, 0])
    mov(r3, r8)
    ldr(r3, [r3, 12])
    data(2, 0x4798)  # blx r3: gain times column
    mov(r1, r0)
    ldr(r0, [r4, 0])
    mov(r3, r8)
    ldr(r3, [r3, 8])
    data(2, 0x4798)  # from the element
    str(r0, [r4, 0])
    add(r4, r4, 4)
    add(r5, r5, 4)
    sub(r7, r7, 1)
    bne(NEXT)
    sub(r5, 40)
    b(DONE)
    label(SKIP)
    add(r4, 40)
    label(DONE)
    add(r6, r6, 4)
    mov(r0, r9)
    sub(r0, r0, 1)
    bne(ROW)
    pop({r4, r5})
    mov(r8, r4)
    mov(r9, r5)


@micropython.asm_thumb
def mirror(r0, r1):  # matrix, i
    """Column i as row i."""
    lsl(r2, r1, 2)
    add(r3, r0, r2)  # the column
    mov(r4, 40)
    mul(r4, r1)
    add(r4, r4, r0)  # the row
    mov(r5, 10)
    label(NEXT)
    ldr(r2, [r4, 0])
    str(r2, [r3, 0])
    add(r4, r4, 4)
    add(r3, 40)
    sub(r5, r5, 1)
    bne(NEXT)


@micropython.asm_thumb
def floor(r0, r1):  # matrix, row of the lowest
    """No diagonal element below its lowest, which is positive: such floats compare as the integers of their bits."""
    mov(r5, 10)
    label(NEXT)
    ldr(r2, [r0, 0])
    ldr(r3, [r1, 0])
    cmp(r2, r3)
    bge(KEPT)
    str(r3, [r0, 0])
    label(KEPT)
    add(r0, 44)
    add(r1, r1, 4)
    sub(r5, r5, 1)
    bne(NEXT)
