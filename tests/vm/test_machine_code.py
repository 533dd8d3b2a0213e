"""Machine code of the flight modules, and bytecode of the same source: its twin."""

import pytest

from perilune_rig.flight.fly import prepare
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.vm.build import NATIVE_ARCH, build
from perilune_rig.vm.core import PORT_DIR
from perilune_rig.vm.emitter import with_floats_in_place
from perilune_rig.vm.library import Vm
from perilune_rig.vm.modules import runs_in_a_tick
from perilune_rig.vm.source import micropython_tree

TICKS = 1200


class Twin(VmRung):
    """The rung's machine, made of one library."""

    def __init__(self, vm: Vm) -> None:
        self._vm = vm
        vm.exec("from perilune.ports.library import step")
        vm.bind("step")


def trace_hash(machine_code: bool) -> str:
    with Vm(build(machine_code=machine_code), collect_every=16) as vm:
        bridge = prepare(load_scenario("resilience_terminal"), 5, Twin(vm))
        bridge.fly(TICKS)
        return bridge.record().trace_hash


@pytest.mark.skipif(not NATIVE_ARCH, reason="MicroPython has no emitter for this machine")
def test_it_decides_as_its_bytecode_twin_does():
    assert build(machine_code=True) != build(machine_code=False)
    assert trace_hash(machine_code=True) == trace_hash(machine_code=False)


def test_what_may_wait_stays_bytecode_which_can_be_interrupted():
    assert runs_in_a_tick("perilune/flight/navigation.py")
    assert not runs_in_a_tick("perilune/ports/serve.py")


def test_the_emitter_of_this_tree_takes_floats_in_place_and_one_of_another_shape_is_left_alone():
    emitter = (micropython_tree().path / "py" / "emitnative.c").read_text(encoding="utf-8")
    snippet = (PORT_DIR / "emit_x64.h").read_text(encoding="utf-8")
    adapted = with_floats_in_place(emitter, snippet)
    assert adapted is not None
    assert adapted.count("emit_x64_float_op(") == 2  # made, and called
    assert (
        with_floats_in_place(emitter.replace("MP_F_BINARY_OP, op", "MP_F_BINARY_OP, other"), snippet) is None
    )
    assert with_floats_in_place(adapted, snippet) is None
