"""Private constants are declared to MicroPython's compiler before freezing; the machine finds none to look up."""

import pytest

from hil_rig.vm.build import FIRMWARE_DIR, build
from hil_rig.vm.constants import declared
from hil_rig.vm.library import Vm


def test_a_number_under_a_private_name_becomes_a_constant():
    assert declared("_DT = 0.02  # s\nx = _DT\n") == "_DT = const(0.02)  # s\nx = _DT\n"


@pytest.mark.parametrize(
    "text",
    [
        "DT = 0.02\n",  # others may import it
        "_DT = 0.02\n_DT = 0.01\n",
        "def f():\n    return _DT\n_DT = 0.02\n",  # not known yet where it is used
        "_DT = (\n    0.02\n)\n",
        "_DT = -0.02\n",  # the compiler takes no expression of floats
        "_DT = 2.0 * 0.01\n",
        "_ON = True\n",
        "_A = _B = 1\n",
        "_A, _B = 1, 2\n",
        "class C:\n    _DT = 0.02\n",
        "this is no module",
    ],
)
def test_everything_else_stays_as_it_is(text):
    assert declared(text) == text


def test_a_constant_is_no_global_of_the_machine():
    assert "_DT = const(" in declared((FIRMWARE_DIR / "perilune/flight/strapdown.py").read_text())
    with Vm(build()) as vm:
        vm.exec(
            "from perilune.flight import strapdown\n"
            "def run(inbuf, n, outbuf):\n"
            "    outbuf[0] = hasattr(strapdown, '_DT')\n"
            "    outbuf[1] = hasattr(strapdown, 'Strapdown')\n"
            "    return 2\n"
        )
        vm.bind("run")
        assert vm.step(b"", 0) == b"\0\1"
