"""The flight modules in the MicroPython VM, for what only float32 shows."""

from collections.abc import Iterator

import pytest

from perilune_rig.rungs import RUNGS
from perilune_rig.vm.build import build
from perilune_rig.vm.library import Vm


@pytest.fixture
def machine() -> Iterator[Vm]:
    """A virtual machine just started, with the firmware frozen into it."""
    missing = RUNGS["vm"].available()
    if missing:
        pytest.skip(f"needs the VM's build: {missing}")
    with Vm(build()) as vm:
        yield vm
