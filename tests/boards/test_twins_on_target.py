"""Machine code does on each processor what its twin in bytecode does: Thumb on Cortex-M, viper on all and RISC-V."""

import pytest

from perilune_rig.boards.emulated import emulated
from perilune_rig.boards.qemu_machines import MACHINES
from perilune_rig.flash.repl import Repl
from tests.boards.test_wire_path import TWINS

pytestmark = [pytest.mark.boards, pytest.mark.timeout(900)]

PIECES = """
from array import array
from perilune.wire import pieces, pieces_viper
joined = 0
for _ in range(100):
    piece = noise(60)
    told = [None, None]
    for i in range(2):
        gather, line, span = (pieces, pieces_viper)[i].gather, bytearray(40), array("H", [3, 5, 60, 40])
        told[i] = [gather(line, piece, span) for _ in range(4)], line, span
    joined += told[0] == told[1]
print("joined", joined)
"""
VIPER = TWINS.replace("checksum_thumb", "checksum").replace("_thumb", "_viper") + PIECES
KINDS = [(name, "thumb") for name, machine in MACHINES.items() if machine.thumb]
KINDS += [(name, "viper") for name in ("rp2040", *MACHINES)]


@pytest.mark.parametrize(("rung", "kind"), KINDS)
def test_machine_code_does_what_its_twin_in_bytecode_does(rung, kind):
    with emulated(rung) as path:
        repl = Repl(path)
        said = repl.run((TWINS if kind == "thumb" else VIPER).replace("SEED", "3"))
        repl.close()
    assert "same 200" in said
    assert kind == "thumb" or "joined 100" in said
