"""Private constants of a module made known to MicroPython's compiler, which looks every other global up when it runs.

`_DT = 0.02` becomes `_DT = const(0.02)`: the name is gone then, and its value stands where it was used. On a board each
look-up saved is half a microsecond. CPython and MicroPython's own compiler on a board run the files as they are.
"""

import ast
import re
from collections import Counter

_PRIVATE = re.compile(r"_[A-Z][A-Z0-9_]*")


def declared(text: str) -> str:
    """The module with its private numeric constants declared; same lines, same meaning.

    Left alone: names assigned more than once or used above their assignment, and values that are not a bare number.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text  # MicroPython's compiler will say what is wrong
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stores = Counter(node.id for node in names if isinstance(node.ctx, ast.Store))
    first = {node.id: node.lineno for node in sorted(names, key=lambda node: -node.lineno)}
    lines = text.split("\n")
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
            continue
        target, value = node.targets[0], node.value
        number = isinstance(value.value, (int, float)) and not isinstance(value.value, bool)
        if not number or not isinstance(target, ast.Name) or not _PRIVATE.fullmatch(target.id):
            continue
        line = lines[node.lineno - 1]
        bare = line[: value.col_offset] == f"{target.id} = " and value.lineno == node.lineno
        if bare and len(node.targets) == 1 and stores[target.id] == 1 and first[target.id] == node.lineno:
            end = value.end_col_offset or 0
            number_text = line[value.col_offset : end]
            lines[node.lineno - 1] = f"{target.id} = const({number_text}){line[end:]}"
    return "\n".join(lines)
