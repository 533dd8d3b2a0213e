"""Float literals of the flight software, as they are written: source and .mpy files have them read on the board."""

import ast
import io
import tokenize

from perilune_rig.vm.build import FIRMWARE_DIR

__all__ = ["flight_literals", "float_literals"]


def float_literals(text: str) -> set[str]:
    """Those of one module."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    numbers = {token.string for token in tokens if token.type == tokenize.NUMBER}
    return {number for number in numbers if isinstance(ast.literal_eval(number), float)}


def flight_literals() -> list[str]:
    """Those of all modules that are flown, in order."""
    found = [float_literals(path.read_text()) for path in sorted(FIRMWARE_DIR.rglob("*.py"))]
    return sorted(set().union(*found))
