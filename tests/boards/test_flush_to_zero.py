"""Denormals count as zeros on an FPU: in the program, in its interrupts, after every reset."""

import contextlib

import pytest

from perilune_host.errors import RigError
from perilune_rig.boards import arithmetic
from perilune_rig.boards.qemu import QemuBoard
from perilune_rig.boards.qemu_build import build_elf
from perilune_rig.boards.qemu_machines import MACHINES
from perilune_rig.flash.repl import Repl

pytestmark = [pytest.mark.boards, pytest.mark.timeout(900)]

WITH_FPU = [name for name, machine in MACHINES.items() if machine.fpu]
FZ_DN = 3 << 24
FPDSCR = 0xE000EF3C

# SysTick, pended and taken once between cpsie i and cpsid i: its handler keeps the FPSCR that an exception begins with.
# Other interrupts stay off.
IN_AN_INTERRUPT = """
import machine, micropython, uctypes
kept = bytearray(8)
source = '''
@micropython.asm_thumb
def handler():
    data(2, 0xEEF1, 0x0A10)
    movwt(r1, %d)
    str(r0, [r1, 0])
@micropython.asm_thumb
def taken():
    data(2, 0xB662)
    nop()
    nop()
    data(2, 0xB672)
''' % uctypes.addressof(kept)
exec(source)
table = bytearray(1536)
at = uctypes.addressof(table) + 511 & ~511
old = machine.mem32[0xE000ED08]
for i in range(16):
    machine.mem32[at + 4 * i] = machine.mem32[old + 4 * i]
machine.mem32[at + 60] = machine.mem32[id(handler) + 8] | 1
enabled = [machine.mem32[0xE000E100 + 4 * i] for i in range(4)]
def fpscr():
    for i in range(4):
        machine.mem32[0xE000E180 + 4 * i] = enabled[i]
    machine.mem32[0xE000ED08] = at
    machine.mem32[0xE000ED04] = 1 << 26
    taken()
    machine.mem32[0xE000ED08] = old
    for i in range(4):
        machine.mem32[0xE000E100 + 4 * i] = enabled[i]
    return machine.mem32[uctypes.addressof(kept)]
"""


@pytest.fixture(params=WITH_FPU)
def board(request):
    machine = MACHINES[request.param]
    board = QemuBoard(machine, build_elf(machine))
    yield board
    board.close()


def test_an_interrupt_flushes_denormals_too(board):
    repl = Repl(board.path)
    repl.run(IN_AN_INTERRUPT)
    assert repl.value("fpscr()") & FZ_DN == FZ_DN
    repl.run(f"machine.mem32[{FPDSCR}] &= ~{FZ_DN}")  # what the port does, undone
    assert repl.value("fpscr()") & FZ_DN == 0
    repl.close()


def test_a_board_that_was_reset_flushes_denormals_again(board):
    repl = Repl(board.path)
    repl.run(f"import machine\nmachine.mem32[{FPDSCR}] &= ~{FZ_DN}")
    with contextlib.suppress(RigError):  # the prompt goes with it
        repl.run("machine.mem32[0xE000ED0C] = 0x05FA0004")  # AIRCR: reset
    repl.close()
    again = Repl(board.path, 30.0)
    assert again.value(f"__import__('machine').mem32[{FPDSCR}]") & FZ_DN == FZ_DN
    assert arithmetic.check(again.run).wrong == 0
    again.close()
