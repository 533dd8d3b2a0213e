"""The house rules of the flight software, held against its text: who imports, reads and writes whom.

No circle at run time: a station imports no other, a part is not given its owner, nobody reads another's parts. Each
attribute of a record has one writer. Modes are never compared by size.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from perilune.flight import signals
from perilune.flight.navigation.estimator import Navigation
from perilune_rig.vm.build import FIRMWARE_DIR

PERILUNE = FIRMWARE_DIR / "perilune"
FLIGHT = PERILUNE / "flight"
TREES = {
    path.relative_to(FIRMWARE_DIR).as_posix(): ast.parse(path.read_text()) for path in PERILUNE.rglob("*.py")
}
STATIONS = ("navigation", "guidance", "propulsion")


def module(path: str) -> str:
    """perilune/flight/modes.py as perilune.flight.modes."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(tree: ast.AST) -> Iterator[str]:
    """Modules that a module imports, and names it imports that may be modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


GRAPH = {module(path): {name for name in imports(tree)} for path, tree in TREES.items()}


def reached(start: str) -> set[str]:
    """Every module that importing one brings in."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for name in GRAPH[waiting.pop()] & GRAPH.keys():
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen


def test_no_module_of_the_flight_software_imports_itself_round_a_corner():
    assert [name for name in GRAPH if name in reached(name)] == []


@pytest.mark.parametrize("station", STATIONS)
def test_no_station_imports_another(station):
    others = [f"perilune.flight.{name}" for name in STATIONS if name != station]
    others += [f"perilune.flight.{name}" for name in ("flight", "control", "touchdown", "readiness")]
    others += ["perilune.checkpoint", "perilune.link", "perilune.ports"]
    for name in GRAPH:
        if name.startswith(f"perilune.flight.{station}."):
            assert not [found for found in reached(name) if found.startswith(tuple(others))], name


def gives_itself(tree: ast.AST) -> list[str]:
    """Calls that hand over `self` as an argument."""
    return [
        ast.unparse(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(argument, ast.Name)
        and argument.id == "self"
        and getattr(node.func, "id", "") != "setattr"
    ]


def test_no_part_is_given_its_owner():
    found = {
        path for path, tree in TREES.items() if path.startswith("perilune/flight/") and gives_itself(tree)
    }
    assert found == set()


def test_that_a_part_which_is_given_its_owner_is_found():
    assert gives_itself(ast.parse("class A:\n    def f(self):\n        self.part.judge(1, self)")) == [
        "self.part.judge"
    ]


# Who reads whom

PUBLIC = {name for name in vars(Navigation) if not name.startswith("_")}
KEEPERS = {
    "perilune/checkpoint/layout.py",
    "perilune/checkpoint/snapshot.py",
}  # what outlives a reset lies in the parts


def chain(node: ast.AST) -> list[str]:
    """a.b.c as ["a", "b", "c"]; empty where something else than names stands in it."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else []


def chains(tree: ast.AST) -> Iterator[list[str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and chain(node):
            yield chain(node)


def through(tree: ast.AST) -> list[str]:
    """Attributes of navigation that are not for others, and whatever is reached through one."""
    found = []
    for names in chains(tree):
        if "nav" in names:
            after = names[names.index("nav") + 1 :]
            if len(after) > 1 or (after and after[0] not in PUBLIC):
                found.append(".".join(names))
    return found


def test_nobody_reaches_through_navigation():
    for path, tree in TREES.items():
        if path not in KEEPERS:
            assert through(tree) == [], path


def test_the_tick_reaches_through_no_station():
    """Of a station it reads attributes and asks methods; parts of parts are the station's own."""
    stations = {"guidance", "propulsion", "control", "touchdown", "readiness", "surface"}
    for names in chains(TREES["perilune/flight/flight.py"]):
        if names[0] in stations or (names[0] == "self" and len(names) > 1 and names[1] in stations):
            depth = len(names) - (2 if names[0] == "self" else 1)
            assert depth < 2, ".".join(names)


def test_that_a_reach_through_is_found():
    assert through(ast.parse("self.nav.inertial.dvel[2]")) == ["self.nav.inertial.dvel", "self.nav.inertial"]
    assert through(ast.parse("self.nav.strapdown")) == ["self.nav.strapdown"]
    assert through(ast.parse("self.nav.update(frame)")) == []


# Records

LINE = re.compile(r"self\.(\w+) = .*  # (.*)")
RATES = ("50 Hz", "10 Hz", "change", "once")


def declared() -> dict[str, dict[str, list[str]]]:
    """By record, by attribute: unit, frame, rate, writer, meaning."""
    found: dict[str, dict[str, list[str]]] = {}
    record = ""
    for line in (FLIGHT / "signals.py").read_text().splitlines():
        if line.startswith("class "):
            record = line.removeprefix("class ").removesuffix(":")
        elif match := LINE.search(line):
            found.setdefault(record, {})[match[1]] = match[2].split("; ")
    return found


RECORDS = declared()
BASES = {"Estimate": {"e", "estimate"}, "Limits": {"limits"}, "Command": {"command", "demand"}}


@pytest.mark.parametrize("record", list(RECORDS))
def test_every_attribute_says_its_unit_frame_rate_writer_and_meaning(record):
    made = getattr(signals, record)()
    assert set(RECORDS[record]) == set(vars(made))
    for name, words in RECORDS[record].items():
        assert len(words) == 5, name
        assert words[2] in RATES, name
        assert f"perilune.flight.{words[3]}" in GRAPH, name


def written(tree: ast.AST, bases: set[str], names: set[str]) -> set[str]:
    """Attributes of a record that a module assigns: `e.agl = ...`, `self.estimate.agl = ...`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in names:
            before = chain(node.value)
            if before and before[-1] in bases:
                found.add(node.attr)
    return found


def used(record: str) -> bool:
    """Whether a station makes one."""
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == record
        for tree in TREES.values()
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("record", list(RECORDS))
def test_every_attribute_has_one_writer_and_that_writes_it(record):
    assert used(record)
    names = set(RECORDS[record])
    writers = {
        name: {module(path) for path, tree in TREES.items() if name in written(tree, BASES[record], names)}
        for name in names
    }
    for name, (_unit, _frame, _rate, writer, *_meaning) in RECORDS[record].items():
        assert writers[name] == {f"perilune.flight.{writer}"}, name


def test_that_a_second_writer_is_found():
    assert written(ast.parse("self.estimate.agl = 1.0"), {"estimate"}, {"agl"}) == {"agl"}
    assert written(ast.parse("e.sigma_agl, e.v_up = 1.0, 2.0"), {"e"}, {"sigma_agl", "v_up"}) == {
        "sigma_agl",
        "v_up",
    }
    assert written(ast.parse("x = e.agl"), {"e"}, {"agl"}) == set()


# Modes

BY_SIZE = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def sized(tree: ast.AST) -> list[str]:
    """Comparisons by size of which one side is a mode."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, BY_SIZE) for op in node.ops):
            sides = [chain(side) or [getattr(side, "id", "")] for side in (node.left, *node.comparators)]
            if any("modes" in names or names[-1] == "mode" for names in sides):
                found.append(ast.unparse(node))
    return found


def test_no_mode_is_compared_by_size():
    assert {path: sized(tree) for path, tree in TREES.items() if sized(tree)} == {}


def test_that_a_comparison_by_size_is_found():
    assert sized(ast.parse("modes.HOLD > self.mode >= modes.TOUCHDOWN")) != []
    assert sized(ast.parse("mode < 3")) != [] and sized(ast.parse("mode in modes.FLYING and x < 3")) == []
