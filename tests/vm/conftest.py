"""A virtual machine with two tiny frozen modules, built once."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perilune_rig.vm.build import build
from perilune_rig.vm.library import Vm

LITERALS = [f"{mantissa!r}" for mantissa in (random.Random(7).uniform(-1e3, 1e3) for _ in range(400))]

STEP = """
import struct, gc, math, random, time

def echo(inbuf, n, outbuf):
    outbuf[:n] = inbuf[:n]
    return n

total = 0.0
history = []

def integrate(inbuf, n, outbuf):
    "Has state in floats, on the heap, in the random generator and in the clock."
    global total
    x = struct.unpack_from(">f", inbuf, 0)[0]
    total = total * 0.999 + math.sin(x) * random.random()
    history.append((total, x))
    if len(history) > 20:
        history.pop(0)
    waste = [total * k for k in range(30)]
    struct.pack_into(">fIIf", outbuf, 0, total, gc.mem_free(), time.ticks_us(), sum(waste))
    return 16
"""


@pytest.fixture(scope="session")
def literals() -> list[str]:
    """Decimal literals with all the digits of a float64, frozen as `constants.MANY`."""
    return LITERALS


@pytest.fixture(scope="session")
def lib_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    modules = tmp_path_factory.mktemp("modules")
    (modules / "constants.py").write_text(f"PI = 3.141592653589793\nMANY = ({', '.join(LITERALS)},)\n")
    (modules / "steps.py").write_text(STEP)
    return build(modules)


@pytest.fixture
def make_vm(lib_path: Path) -> Iterator[Callable[..., Vm]]:
    made: list[Vm] = []

    def make(source: str = "", bind: str = "", **settings: int) -> Vm:
        vm = Vm(lib_path, **settings)
        made.append(vm)
        vm.exec("from steps import *\n" + source)
        if bind:
            vm.bind(bind)
        return vm

    yield make
    for vm in made:
        vm.close()
