"""The port on a newer MicroPython. Fetches and builds it, so only on request: PERILUNE_NEWER_TREE=1."""

import os

import pytest

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
