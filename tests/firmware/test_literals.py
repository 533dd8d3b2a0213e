"""Float literals mean the same bits whether frozen, loaded as `.mpy` or read as source.

Frozen modules get literals correctly rounded by a C compiler; `.mpy` and source are read on the board by MicroPython's
parser, which computes in float32. Constant float expressions are folded in double by some versions of mpy-cross and not
by others, so there are none.
"""

import ast
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perilune_rig.boards.literals import float_literals
from perilune_rig.vm.build import FIRMWARE_DIR

FILES = sorted(FIRMWARE_DIR.rglob("*.py"))
BATCH = 200


def name(path: Path) -> str:
    return path.relative_to(FIRMWARE_DIR).as_posix()


def rounded(literal: str) -> float:
    """The float32 nearest to the decimal number."""
    exact = Fraction(literal)
    near = np.float32(float(literal))
    around = [np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))]
    return float(min(around, key=lambda x: abs(Fraction(float(x)) - exact)))


def parsed(machine, numbers: list[str]) -> list[float]:
    """What MicroPython's parser makes of them."""
    values: list[float] = []
    for at in range(0, len(numbers), BATCH):
        batch = numbers[at : at + BATCH]
        machine.exec(f"from struct import pack_into\nvalues = ({', '.join(batch)},)\n")
        machine.exec(
            "def run(inbuf, n, outbuf):\n pack_into('<%df' % len(values), outbuf, 0, *values)\n return 4 * len(values)"
        )
        machine.bind("run")
        values += struct.unpack(f"<{len(batch)}f", machine.step(b"", 0))
    return values


def folded(tree: ast.AST) -> list[int]:
    """Lines with arithmetic between constants, one of them a float."""

    def constant(node: ast.AST) -> bool:
        if isinstance(node, ast.UnaryOp):
            return constant(node.operand)
        if isinstance(node, ast.BinOp):
            return constant(node.left) and constant(node.right)
        return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))

    def has_float(node: ast.AST) -> bool:
        return any(
            isinstance(part, ast.Constant) and isinstance(part.value, float) for part in ast.walk(node)
        )

    return [n.lineno for n in ast.walk(tree) if isinstance(n, ast.BinOp) and constant(n) and has_float(n)]


def test_float_literals_read_the_same_everywhere(machine):
    found = {number: name(path) for path in FILES for number in float_literals(path.read_text())}
    numbers = sorted(found)
    assert len(numbers) > 100
    differ = [
        f"{found[number]}: {number}"
        for number, value in zip(numbers, parsed(machine, numbers), strict=True)
        if value != rounded(number)
    ]
    assert differ == []


def test_the_parser_does_read_some_literals_differently(machine):
    """What the test above looks for exists."""
    (value,) = parsed(machine, ["3.141592653589793"])
    assert value != rounded("3.141592653589793")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_there_are_no_constant_float_expressions(path: Path):
    assert folded(ast.parse(path.read_text())) == []


@pytest.mark.parametrize(
    ("source", "lines"), [("x = 0.5 * 1.225", [1]), ("y = 1\nx = -2 ** 0.5", [2]), ("x = 1 << 3", [])]
)
def test_constant_float_expressions_are_found(source: str, lines: list[int]):
    assert folded(ast.parse(source)) == lines
