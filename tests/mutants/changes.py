"""Mutants of a module: copies of its syntax tree with one small change each, such as a slip of the programmer makes.

Comparisons (`<` for `<=` and for `>=`), arithmetic (`+` for `-`, `*` for `/`), numbers (an integer one up and one down,
a float doubled and halved), `and` for `or`, a condition negated, a sign or a `not` lost, `min` for `max`, `abs` lost,
a call or an assignment to an attribute or item left out. What would only be a missing name is not tried.
"""

import ast
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_FUNCTIONS = {"min": "max", "max": "min", "abs": "float"}


class Mutant(NamedTuple):
    """One change of one module, found again by its number."""

    path: str
    number: int
    line: int
    first: int  # lines of the statement it is in, a compound statement's body not included ...
    last: int
    constant: str  # name that the statement gives a value to where modules are loaded, or ""
    before: str
    after: str


class _Site(NamedTuple):
    """A place in a tree and how to change it there."""

    statement: ast.stmt
    constant: str
    node: ast.AST  # shown before and after
    change: Callable[[], ast.AST | None]  # what is shown after it, if that is another node


def count(source: str) -> int:
    """How many mutants a module's source has."""
    return sum(1 for _ in _sites(ast.parse(source)))


def mutant(path: str, source: str, number: int) -> Mutant:
    """One of them, described."""
    site = _site(ast.parse(source), number)
    statement, node = site.statement, site.node
    before = ast.unparse(node)
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    line = getattr(node, "lineno", statement.lineno)
    after = ast.unparse(site.change() or node)
    return Mutant(
        path, number, line, statement.lineno, max(last, statement.lineno), site.constant, before, after
    )


def mutated(source: str, number: int) -> ast.Module:
    """The tree with that change."""
    tree = ast.parse(source)
    _site(tree, number).change()
    return ast.fix_missing_locations(tree)


def _site(tree: ast.Module, number: int) -> _Site:
    for here, site in enumerate(_sites(tree)):
        if here == number:
            return site
    raise IndexError(number)


def _sites(tree: ast.Module) -> Iterator[_Site]:
    for statement, constant, holder in _statements(tree.body, ""):
        yield from _left_out(statement, constant, holder)
        for parent, key, node in _expressions(statement):
            for change in _changes(parent, key, node):
                yield _Site(statement, constant, node, change)
        for key in ("op",) if isinstance(statement, ast.AugAssign) else ():
            for change in _replaced(statement, key, _OPERATORS.get(type(statement.op))):
                yield _Site(statement, constant, statement, change)


def _statements(body: list[ast.stmt], within: str) -> Iterator[tuple[ast.stmt, str, tuple[list, str]]]:
    """Every statement, the constant it defines, and (the list it stands in, the function it is in)."""
    for statement in body:
        constant = ""
        if not within and isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            constant = statement.targets[0].id
        yield statement, constant, (body, within)
        inner = within
        if isinstance(statement, ast.FunctionDef):
            inner = statement.name
        for part in ("body", "orelse"):
            yield from _statements(getattr(statement, part, []), inner)


def _left_out(statement: ast.stmt, constant: str, holder: tuple[list, str]) -> Iterator[_Site]:
    body, function = holder
    call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    early = isinstance(statement, ast.Return) and statement.value is None
    stored = isinstance(statement, ast.AugAssign)
    if isinstance(statement, ast.Assign) and function != "__init__":  # in it, a name would be missing
        stored = any(isinstance(target, ast.Attribute | ast.Subscript) for target in statement.targets)
    if call or early or stored or isinstance(statement, ast.Continue | ast.Break):

        def change() -> ast.AST:
            nothing = ast.copy_location(ast.Pass(), statement)
            body[body.index(statement)] = nothing
            return nothing

        yield _Site(statement, constant, statement, change)


def _expressions(statement: ast.stmt) -> Iterator[tuple[Any, Any, ast.expr]]:
    """Every expression of a statement, bodies apart, with what holds it and where."""
    waiting: list[tuple[Any, Any, Any]] = []
    for key, value in ast.iter_fields(statement):
        if key not in ("body", "orelse", "op", "decorator_list", "args"):
            waiting.append((statement, key, value))
    while waiting:
        parent, key, value = waiting.pop(0)
        if isinstance(value, list):
            waiting += [(value, i, item) for i, item in enumerate(value)]
        elif isinstance(value, ast.AST):
            if isinstance(value, ast.expr):
                yield parent, key, value
            waiting += [(value, name, field) for name, field in ast.iter_fields(value)]


def _changes(parent: Any, key: Any, node: ast.expr) -> Iterator[Callable[[], ast.AST | None]]:
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for new in _COMPARISONS[type(op)]:
                yield from _replaced(node.ops, i, new)
    elif isinstance(node, ast.BinOp):
        yield from _replaced(node, "op", _OPERATORS.get(type(node.op)))
    elif isinstance(node, ast.BoolOp):
        yield from _replaced(node, "op", ast.Or if isinstance(node.op, ast.And) else ast.And)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield lambda: _put(parent, key, node.operand)
    elif isinstance(node, ast.Constant):
        for value in _values(node.value):
            yield lambda value=value: setattr(node, "value", value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        called = node.func
        yield lambda: setattr(called, "id", _FUNCTIONS[called.id])
    negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    if key == "test" and not negated and not isinstance(node, ast.Compare):
        yield lambda: _put(parent, key, ast.UnaryOp(ast.Not(), node))


def _values(value: Any) -> tuple:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return value + 1, value - 1
    if isinstance(value, float):
        return (2.0 * value, 0.5 * value) if value else (1.0,)
    return ()


def _replaced(parent: Any, key: Any, new: type | None) -> Iterator[Callable[[], None]]:
    if new is not None:
        yield lambda: _put(parent, key, new()) and None


def _put(parent: Any, key: Any, node: Any) -> Any:
    if isinstance(parent, list):
        parent[key] = node
    else:
        setattr(parent, key, node)
    return node
