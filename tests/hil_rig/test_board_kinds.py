"""The boards that people own: what MicroPython calls them, that each has a start-up file, and that it compiles."""

import re

import pytest

from perilune_host.errors import RigError
from perilune_rig.boards.build import BOARDS
from perilune_rig.flash import identity
from perilune_rig.vm.build import BOARDS_DIR, mpy_cross
from perilune_rig.vm.modules import compile_module
from perilune_rig.vm.source import micropython_tree

ARCHITECTURES = {"RP2040": "armv6m", "RP2350": "armv7emsp", "STM32": "armv7emsp"}


def march(machine: str) -> str:
    return next(name for part, name in ARCHITECTURES.items() if part in machine)


def defined(board: str) -> str:
    """What the board's MicroPython says it is, from its sources; a chip's name is the port's on the rp2 port."""
    ports = micropython_tree().path / "ports"
    (header,) = ports.glob(f"*/boards/{board}/mpconfigboard.h")
    text = header.read_text()
    name = re.search(r'#define MICROPY_HW_BOARD_NAME\s+"(.*)"', text)
    chip = re.search(r'#define MICROPY_HW_MCU_NAME\s+"(.*)"', text)
    assert name
    if chip is None:
        made = header.with_name("mpconfigboard.cmake").read_text()
        chip = re.search("RP2350|$", made.upper().replace("PICO2", "RP2350"))
        return f"{name[1]} with {(chip and chip[0]) or 'RP2040'}"
    return f"{name[1]} with {chip[1]}"


@pytest.mark.parametrize("kind", identity.KINDS.values(), ids=lambda kind: kind.id)
def test_a_board_is_known_by_what_its_micropython_calls_it(kind):
    assert defined(kind.id) == kind.machine


@pytest.mark.parametrize("kind", identity.KINDS.values(), ids=lambda kind: kind.id)
def test_its_start_up_file_compiles_for_its_processor(kind, tmp_path):
    source = BOARDS_DIR / (kind.start or kind.id) / "main.py"
    made = tmp_path / "main.mpy"
    said = compile_module(mpy_cross(), "main.py", source, made, march(kind.machine))
    assert said is None
    assert made.is_file()


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.name)
def test_each_image_has_a_start_up_file(board):
    assert (BOARDS_DIR / (board.start or board.port) / "main.py").is_file()


def test_the_risc_v_cores_of_a_pico_2_are_refused_for_their_denormals():
    found = identity.Identity("Raspberry Pi Pico2 with RP2350-RISCV", (1, 25, 0), "rv32imc", "00", 400 << 10)
    with pytest.raises(RigError, match="keep denormals"):
        identity.check(found, identity.kind("RPI_PICO2"), None, "/dev/ttyACM0")
