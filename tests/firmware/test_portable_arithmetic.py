"""Flight code calls nothing whose bits differ between processors, compilers or versions of MicroPython.

IEEE 754 fixes + - * / and sqrt to the last bit, comparisons, and conversions between integers and floats. Nothing fixes
sines, powers or how a float is written out: the C behind them is contracted to fused multiply-adds where there is an
FPU (`perilune board check --functions` counts), and it changes from version to version. So there is a list of what may
be called, and all else is refused.
"""

import ast
import builtins
from collections.abc import Iterator

import pytest

from perilune_rig.vm.build import FIRMWARE_DIR

# What computes, keeps or sends a flight's numbers; ports and the loader touch none of them.
PARTS = ("flight", "wire", "link", "checkpoint")
FILES = [path for part in PARTS for path in sorted((FIRMWARE_DIR / "perilune" / part).rglob("*.py"))]

# By exact rounding, by comparison, or of whole numbers and objects alone.
CALLED = {
    *"abs bool float int max min sum".split(),
    *"bytearray bytes getattr len list memoryview open range setattr sorted tuple zip".split(),
}
# Where layouts are put into words, of names, counts and codes: no number of a flight is in them.
DESCRIBED = {"str", "repr"}
DESCRIPTIONS = ("wire/schema.py", "checkpoint/snapshot.py")
# Libraries that compute nothing with floats; what is ours is looked at here too.
KNOWN = {"array", "binascii", "hashlib", "machine", "micropython", "perilune", "struct", "sys", "uctypes"}
WHOLE = (ast.Mod, ast.FloorDiv)


def whole(node: ast.expr) -> bool:
    """A whole number: an integer, or a constant by its name; the tests of its module hold that it is one."""
    return (isinstance(node, ast.Constant) and isinstance(node.value, int)) or (
        isinstance(node, ast.Name) and node.id.isupper()
    )


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line, and what is not allowed there."""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    asm = {part for node in ast.walk(tree) if machine_code(node) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if node in asm:
            continue
        said = offence(node, own)
        if said:
            yield getattr(node, "lineno", 0), said


def machine_code(node: ast.AST) -> bool:
    """The body is instructions, not calls; what they compute is compared on the boards (tests/boards)."""
    return isinstance(node, ast.FunctionDef) and any(
        "asm_thumb" in ast.unparse(d) for d in node.decorator_list
    )


def offence(node: ast.AST, own: set[str]) -> str | None:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return operator(node)
    if isinstance(node, ast.JoinedStr):
        return "a formatted string"
    if isinstance(node, ast.Attribute) and node.attr == "format":
        return "format"
    if isinstance(node, ast.Import):
        return next((a.name for a in node.names if a.name.split(".")[0] not in KNOWN), None)
    if isinstance(node, ast.ImportFrom):
        return imported(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in own:
        return called(node, node.func.id)
    return None


def operator(node: ast.BinOp | ast.AugAssign) -> str | None:
    right = node.right if isinstance(node, ast.BinOp) else node.value
    left = node.left if isinstance(node, ast.BinOp) else node.target
    if isinstance(node.op, ast.Pow):
        return "**"
    if isinstance(node.op, ast.Mod) and isinstance(left, ast.Constant | ast.JoinedStr):
        return "% of a text"
    return "% or // by what may be a float" if isinstance(node.op, WHOLE) and not whole(right) else None


def imported(node: ast.ImportFrom) -> str | None:
    """What is not exact, of what is imported."""
    module = node.module or ""
    if module == "math":
        return next((f"math.{a.name}" for a in node.names if a.name != "sqrt"), None)
    return None if module.split(".")[0] in KNOWN else module


def called(node: ast.Call, name: str) -> str | None:
    if hasattr(builtins, name) and name not in CALLED | {"ImportError", "ValueError", "OSError"}:
        return name
    if name == "float" and node.args and isinstance(node.args[0], ast.Constant):
        return "float of a text"
    return None


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(FIRMWARE_DIR / "perilune").as_posix()
)
def test_nothing_is_called_whose_bits_differ(path):
    allowed = DESCRIBED if path.as_posix().endswith(DESCRIPTIONS) else set()
    assert [(line, what) for line, what in offences(ast.parse(path.read_text())) if what not in allowed] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from math import sin, sqrt", "math.sin"),
        ("import math", "math"),
        ("import cmath", "cmath"),
        ("from random import random", "random"),
        ("y = x ** 2", "**"),
        ("x **= 0.5", "**"),
        ("y = pow(x, 2)", "pow"),
        ("y = round(x)", "round"),
        ("y = divmod(x, 2)", "divmod"),
        ("y = hash(x)", "hash"),
        ("y = str(x)", "str"),
        ("y = repr(x)", "repr"),
        ("print(x)", "print"),
        ("y = eval(text)", "eval"),
        ("y = f'{x}'", "a formatted string"),
        ("y = '%.3f' % x", "% of a text"),
        ("y = '{}'.format(x)", "format"),
        ("y = x % 0.7", "% or // by what may be a float"),
        ("x //= step_s", "% or // by what may be a float"),
        ("y = float('0.1')", "float of a text"),
        ("y = complex(x, 1)", "complex"),
    ],
)
def test_what_is_not_the_same_everywhere_is_found(source: str, found: str):
    assert [what for _line, what in offences(ast.parse(source))] == [found]


@pytest.mark.parametrize(
    "source", ["from math import sqrt", "y = abs(x) * 2 % SLOTS", "y = tick // 20", "y = min(a, b)"]
)
def test_what_is_the_same_everywhere_is_left_alone(source: str):
    assert list(offences(ast.parse(source))) == []
