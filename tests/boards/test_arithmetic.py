"""Test vectors find a board that computes otherwise, and name the first value; every emulated board passes them."""

import json
from dataclasses import replace

import pytest

from perilune_rig.bitexact import rungs_compared
from perilune_rig.boards import arithmetic, qemu_build
from perilune_rig.boards.emulated import EMULATED
from perilune_rig.boards.qemu import QemuBoard
from perilune_rig.boards.qemu_machines import MACHINES
from perilune_rig.cli import main
from perilune_rig.flash.repl import Repl
from perilune_rig.vm import build as vm

pytestmark = [pytest.mark.boards, pytest.mark.timeout(900)]

# What a compiler does that may contract: a product that is used in a sum at once is not rounded.
CONTRACTED = (
    (
        "../../py/objfloat.c",
        "            lhs_val *= rhs_val;\n",
        "            contracted[0] = lhs_val;\n            contracted[1] = rhs_val;\n            lhs_val *= rhs_val;\n"
        "            contracted[2] = lhs_val;\n",
    ),
    (
        "../../py/objfloat.c",
        "            lhs_val += rhs_val;\n            break;\n        case MP_BINARY_OP_SUBTRACT",
        "            lhs_val = lhs_val == contracted[2] ? __builtin_fmaf(contracted[0], contracted[1], rhs_val)\n"
        "                : lhs_val + rhs_val;\n            break;\n        case MP_BINARY_OP_SUBTRACT",
    ),
    (
        "../../py/objfloat.c",
        "mp_obj_t mp_obj_float_binary_op(",
        "static float contracted[3];\nmp_obj_t mp_obj_float_binary_op(",
    ),
)


def checked(machine) -> arithmetic.Verdict:
    board = QemuBoard(machine, qemu_build.build_elf(machine))
    try:
        repl = Repl(board.path)
        verdict = arithmetic.check(repl.run)
        repl.close()
        return verdict
    finally:
        board.close()


@pytest.mark.parametrize("name", EMULATED)
def test_an_emulated_board_computes_as_the_reference_does(name, capsys):
    status = main(["board", "check", "--rung", name])
    assert "computes as the reference does" in capsys.readouterr().out
    assert status == 0


def test_an_fpu_that_keeps_denormals_is_found(monkeypatch):
    modules = vm.board_modules

    def forgetful(board):
        return [(name, text.replace(b"\nflush_to_zero()\n", b"\n")) for name, text in modules(board)]

    monkeypatch.setattr(qemu_build.vm, "board_modules", forgetful)
    verdict = checked(MACHINES["m33"])
    assert verdict.wrong
    assert "denormal" in verdict.differences[0]


def test_contraction_is_found_by_the_vectors_and_by_the_comparison(monkeypatch):
    machine = replace(MACHINES["stm32f4"], changes=CONTRACTED)
    verdict = checked(machine)
    assert verdict.wrong
    assert "200 steps" in verdict.differences[-1]
    monkeypatch.setitem(MACHINES, "stm32f4", machine)
    scenario = rungs_compared.load_scenario("nominal_terminal")
    flown = [rungs_compared.trace(scenario, 1, rung, 400) for rung in ("vm", "stm32f4")]
    difference = rungs_compared.first_difference(*flown)
    assert difference is not None
    assert difference.tick <= 400


def test_a_report_has_vectors_hash_and_times(tmp_path, capsys):
    file = tmp_path / "board.json"
    assert main(["board", "report", "--rung", "m33", "--ticks", "30", "--to", str(file)]) == 0
    found = json.loads(file.read_text())
    assert found["board"]["machine"] == "mps2-an505 with Cortex-M33"
    assert found["arithmetic"]["wrong"] == 0
    assert found["functions_that_differ"]
    assert found["flight"]["trace_hash"] == found["flight"]["reference_hash"]
    assert found["timing"]["by_mode"]
    assert str(file) in capsys.readouterr().out
