"""Test vectors for a board's arithmetic: does it compute, to the last bit, what the reference does?

The same program runs on the board and on the VM of this machine, and prints a line for each operation and first
operand. Operands are chosen where processors differ: denormals, the limits of the format, halfway cases of rounding,
infinities, NaNs, signed zeros. Every NaN is printed as the default one, for nothing in flight tells NaNs apart. The
float literals of the flight software are read on the board, as those of source and .mpy files are.

What flight code leaves alone, since official firmware computes it otherwise, is told apart: `functions`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from perilune_host.errors import RigError
from perilune_rig.boards.literals import flight_literals
from perilune_rig.vm.build import build
from perilune_rig.vm.library import Vm

__all__ = ["Verdict", "check", "reference"]

_OPERANDS = (
    (0x00000000, "0"),
    (0x80000000, "-0"),
    (0x3F800000, "1"),
    (0xBF800000, "-1"),
    (0x3F800001, "1 + ulp"),
    (0x3F7FFFFF, "1 - ulp/2"),
    (0x33800000, "half an ulp of 1"),
    (0x33800001, "a little more than that"),
    (0xB3800000, "minus half an ulp of 1"),
    (0x4B800001, "2^24 + 2"),
    (0x3EAAAAAB, "1/3"),
    (0x40490FDB, "pi"),
    (0xC2F6E979, "-123.456"),
    (0x3DCCCCCD, "0.1"),
    (0x00800000, "2^-126, the least normal number"),
    (0x80800001, "minus the next"),
    (0x00FFFFFF, "the last below 2^-125"),
    (0x007FFFFF, "the greatest denormal"),
    (0x80400000, "-2^-127, a denormal"),
    (0x00000001, "the least denormal"),
    (0x7F7FFFFF, "the greatest number"),
    (0x7F800000, "infinity"),
    (0xFF800000, "-infinity"),
    (0x7FC00000, "NaN"),
)
_BINARY = ("a + b", "a - b", "a * b", "a / b")
_COMPARED = ("a < b", "a <= b", "a == b")
_INTEGERS = (
    "0, 1, -1, 16777215, 16777217, 16777219, 33554434, 33554438, -16777217, "
    "1073741823, 1073741824, -1073741825"
)
_LITERALS = (
    "0.1 0.3 1e-3 9.80665 1.62 3.14159265 123456.789 16777217 16777219 "
    "0.0416666679 1737400 4.9028e12 2e-38 1e10"
)
_LITERALS_AT_ONCE = 50
# Functions of one or two numbers that flight code may not call (tests/firmware/test_portable_arithmetic.py).
_FUNCTIONS = (
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp expm1 log log10 erf erfc gamma lgamma"
).split()
_FUNCTIONS_OF_TWO = ("atan2", "pow", "fmod")
_FUNCTIONS_AT = 60  # numbers from 0.037 to 54

# No denormals for the square root, which libraries compute from the bits: no result of arithmetic is one.
# Split where a board with little memory has room to compile each part.
_BEGIN = """
from struct import pack, unpack
from math import sqrt
def f(u):
    return unpack('<f', pack('<I', u))[0]
def h(x):
    if x is True or x is False or isinstance(x, int):
        return str(x)
    u = unpack('<I', pack('<f', x))[0]
    return '7fc00000' if u & 0x7fffffff > 0x7f800000 else '%08x' % u
def line(name, function, operands):
    said = [name + ':']
    for b in operands:
        try:
            said.append(h(function(b)))
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            said.append(type(error).__name__)
    print(' '.join(said))
"""


# The RP2040's boot ROM: minus zero (or a denormal that is one) times minus infinity is infinity; a product below
# 2^-126 by less than an ulp is 2^-126. No finite flight has the first; the second needs 24 bits of ones at that size.
_ROM = {
    ("a * b 1", 22): "7f800000",
    ("a * b 18", 22): "7f800000",
    ("a * b 22", 1): "7f800000",
    ("a * b 22", 18): "7f800000",
    ("a * b 5", 14): "00800000",
    ("a * b 14", 5): "00800000",
}


@dataclass(frozen=True)
class Verdict:
    """values: how many were compared; wrong: how many differ; differences: the first few of them, one line each.

    known: how many differ as the RP2040's boot ROM is known to, and are not counted as wrong.
    """

    values: int
    wrong: int
    known: int
    differences: list[str]


def _programs() -> list[str]:
    """Programs, run one after the other, that print lines `name: value ...`."""
    bits = ", ".join(f"{value:#x}" for value, _ in _OPERANDS)
    programs = [_BEGIN, f"N = [f(u) for u in ({bits})]\n"]
    for operation in (*_BINARY, *_COMPARED):
        programs.append(
            f"for i in range(len(N)):\n    line('{operation} %d' % i, lambda b, a=N[i]: {operation}, N)\n"
        )
    programs.append(
        "line('sqrt(b)', sqrt, N[:17] + N[20:])\nline('-b', lambda b: -b, N)\nline('abs(b)', abs, N)\n"
    )
    programs.append("line('bool(b)', bool, N)\nline('int(b)', int, [b for b in N if abs(b) < 1e9])\n")
    programs.append(f"line('float(integer)', float, ({_INTEGERS}))\n")
    programs.append(
        f"line('integer / 3', lambda b: b / 3, ({_INTEGERS}))\n"
        f"line('float(text)', float, '{_LITERALS}'.split())\n"
    )
    flown = flight_literals()
    for at in range(0, len(flown), _LITERALS_AT_ONCE):
        some = flown[at : at + _LITERALS_AT_ONCE]
        programs.append(f"line('literals {at} {len(some)}', float, '{' '.join(some)}'.split())\n")
    programs.append(
        "x, y, s = f(0x3f9e0419), f(0x3f800123), f(0)\n"
        "for i in range(200):\n"
        "    x = x * y + 0.1\n"
        "    s = s + sqrt(x) / (x + 1.0)\n"
        "    if x > 50.0:\n"
        "        x = x - 49.5\n"
        "line('200 steps of products, sums, roots', lambda b: b, (x, s))\n"
    )
    return programs


def _function_programs() -> list[str]:
    """The same for functions, each in a program of its own."""
    numbers = f"N = [0.037 + 0.915 * i for i in range({_FUNCTIONS_AT})]\n"
    programs = [_BEGIN, "import math\n" + numbers]
    programs += [
        f"if hasattr(math, '{name}'):\n    line('{name}', lambda b: math.{name}({argument}), N)\n"
        for name in _FUNCTIONS
        for argument in ["b / 60.0" if name in ("asin", "acos", "atanh") else "b"]
    ]
    programs += [f"line('{name}', lambda b: math.{name}(b, 1.7), N)\n" for name in _FUNCTIONS_OF_TWO]
    programs.append("line('a ** 3', lambda b: b ** 3, N)\nline('a % 0.7', lambda b: b % 0.7, N)\n")
    return programs


def _lines(run: Callable[[str], str], programs: list[str]) -> dict[str, list[str]]:
    said = "".join(map(run, programs)).replace("\r", "")
    split = (line.partition(":") for line in said.splitlines() if ":" in line)
    return {name: values.split() for name, _, values in split}


def reference(programs: list[str]) -> dict[str, list[str]]:
    """What the VM of this machine prints, by operation. RigError if it cannot be built."""
    with Vm(build()) as vm:

        def run(program: str) -> str:
            vm.exec(program)
            return vm.log()

        return _lines(run, programs)


def check(run: Callable[[str], str], most: int = 10) -> Verdict:
    """Compare the board, whose REPL `run` is, with the reference. RigError if it does not print what it should."""
    programs = _programs()
    wanted, got = reference(programs), _lines(run, programs)
    if {name: len(values) for name, values in got.items()} != {k: len(v) for k, v in wanted.items()}:
        raise RigError(f"the board printed {len(got)} lines of values, not the {len(wanted)} asked for")
    places = [
        (name, n)
        for name, values in wanted.items()
        for n, value in enumerate(values)
        if got[name][n] != value
    ]
    wrong = [(name, n) for name, n in places if _ROM.get((name, n)) != got[name][n]]
    told = [f"{_described(name, n)}: {got[name][n]}, reference {wanted[name][n]}" for name, n in wrong[:most]]
    return Verdict(sum(map(len, wanted.values())), len(wrong), len(places) - len(wrong), told)


def functions(run: Callable[[str], str]) -> dict[str, int]:
    """Functions that flight code may not use: of how many arguments in 60 the board's result is not the reference's.

    A board that lacks one has no entry for it. RigError if it does not print what it should.
    """
    programs = _function_programs()
    wanted, got = reference(programs), _lines(run, programs)
    return {
        name: sum(a != b for a, b in zip(values, wanted[name], strict=True))
        for name, values in got.items()
        if name in wanted
    }


def _described(name: str, n: int) -> str:
    """The operation and its operands in words."""
    words = name.split()
    if words[-1].isdigit() and words[0] == "a":
        first, second = _OPERANDS[int(words[-1])], _OPERANDS[n]
        return f"{' '.join(words[:-1])} with a = {_operand(*first)}, b = {_operand(*second)}"
    if name in ("-b", "abs(b)", "bool(b)"):
        return f"{name} with b = {_operand(*_OPERANDS[n])}"
    if words[0] == "literals":
        return f"the literal {flight_literals()[int(words[1]) + n]}"
    return f"{name}, number {n + 1}"


def _operand(bits: int, word: str) -> str:
    return f"{bits:08x} ({word})"
