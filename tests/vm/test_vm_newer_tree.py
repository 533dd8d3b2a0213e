"""The port on a newer MicroPython. Fetches and builds it, so only on request: PERILUNE_NEWER_TREE=1."""

import os

import pytest

from perilune_rig.flight.fly import prepare
from perilune_rig.rungs.vm import VmRung
from perilune_rig.scenario.catalogue import load_scenario
from perilune_rig.vm.build import build
from perilune_rig.vm.library import Vm

pytestmark = pytest.mark.skipif(
    not os.environ.get("PERILUNE_NEWER_TREE"), reason="PERILUNE_NEWER_TREE not set"
)

ECHO = "def step(inbuf, n, outbuf):\n    outbuf[:n] = inbuf[:n]\n    return n\n"


def test_the_port_builds_and_runs_on_the_tree_of_sid(tmp_path):
    (tmp_path / "echoing.py").write_text(ECHO)
    with Vm(build(tmp_path, suite="sid")) as vm:
        assert vm.version > "v1.25.0"
        vm.exec("from echoing import step")
        vm.bind("step")
        snapshot = vm.snapshot()
        assert vm.step(b"frame", 20_000) == b"frame"
        vm.restore(snapshot)
        assert vm.step(b"again", 20_000) == b"again"


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ["nominal_terminal", "resilience_terminal"])
def test_it_flies_the_same_bits_on_the_tree_of_sid(name: str):
    class Newer(VmRung):
        def __init__(self, vm: Vm) -> None:
            self._vm = vm
            vm.exec("from perilune.ports.library import step")
            vm.bind("step")

    def trace_hash(suite: str) -> str:
        with Vm(build(suite=suite), collect_every=16) as vm:
            bridge = prepare(load_scenario(name), 1, Newer(vm))
            bridge.fly(12_000)
            assert bridge.outcome == "landed"
            return bridge.record().trace_hash

    assert trace_hash("sid") == trace_hash("trixie")
