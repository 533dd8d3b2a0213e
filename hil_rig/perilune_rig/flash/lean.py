"""Source as a board needs it that keeps modules in RAM: without the schema's words for people."""

import ast

_UNIT, _NOTE, _FIELDS = 3, 8, 9  # of a field in perilune.wire.schema


def without_notes(source: str) -> str:
    """The schema with empty units and notes: both are for docs/wire.md, and no part of what both ends agree on."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple) and len(node.elts) == _FIELDS and _text(node.elts[_NOTE]):
            node.elts[_UNIT] = node.elts[_NOTE] = ast.Constant("")
    return ast.unparse(tree)


def _text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
