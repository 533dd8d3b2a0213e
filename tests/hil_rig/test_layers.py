"""The rig is a house: what stands on a floor imports from the floors below it, and from nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import perilune_rig

# From the ground up. `baseline` is the frozen logic under `policies`.
FLOORS = (
    "perilune perilune_host perilune_sim vm boards wiring scenario baseline policies faults rungs flight "
    "verdict report logs live bench bitexact flash matrix campaign hostile testing cli"
).split()
OURS = ("perilune", "perilune_host", "perilune_sim", "perilune_rig")
RIG = Path(perilune_rig.__file__).parent
TOP = RIG.parents[1]
LATE = {  # imports inside functions, with the reason
    "hil_rig/perilune_rig/cli/doctor.py": "a doctor who dies of the patient's illness is no use",
    "hil_rig/perilune_rig/testing/pytest_plugin.py": "pytest loads it in every session, also in those that fly nothing",
    "firmware/perilune/boot/slots.py": "the slot that is imported from is chosen by this function",
    "firmware/perilune/ports/rp2.py": "an RP2040 has no FPU: it need not keep in memory what sets one",
    "sim_bridge/perilune_sim/world/__init__.py": "its extension is built by a module beside it",
}
FILES = sorted(
    path
    for folder in (
        "firmware/perilune",
        "host/perilune_host",
        "sim_bridge/perilune_sim",
        "hil_rig/perilune_rig",
    )
    for path in (TOP / folder).rglob("*.py")
)


def floor_of(name: str) -> str:
    """The floor that a dotted module stands on."""
    parts = name.split(".")
    return parts[1] if parts[0] == "perilune_rig" and len(parts) > 1 else parts[0]


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module of ours that is imported, and the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (
                (name, node.lineno) for name in (inside if node.module == "perilune_rig" else [node.module])
            )
        elif isinstance(node, ast.Import):
            named = [alias.name for alias in node.names if alias.name.split(".")[0] in OURS]
            yield from ((name, node.lineno) for name in named if name != "perilune_rig")


def module(path: Path) -> str:
    """The dotted name of a file of one of the four packages."""
    return ".".join(path.relative_to(TOP).with_suffix("").parts[1:])


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(TOP).as_posix() for path in FILES])
def test_no_import_runs_upward(path: Path):
    own = FLOORS.index(floor_of(module(path))) if path != RIG / "__init__.py" else -1
    up = [
        (name, line)
        for name, line in imports(ast.parse(path.read_text(encoding="utf-8")))
        if FLOORS.index(floor_of(name)) > own
    ]
    assert not up


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(TOP).as_posix() for path in FILES])
def test_no_import_of_ours_is_hidden_in_a_function(path: Path):
    """Hidden ones are how a circle is kept alive. Libraries that are extras may be imported late."""
    functions = (
        n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.FunctionDef)
    )
    hidden = [found for function in functions for found in imports(function)]
    assert bool(hidden) == (path.relative_to(TOP).as_posix() in LATE)


def test_every_folder_of_the_rig_has_its_floor():
    there = {path.name for path in RIG.iterdir() if (path / "__init__.py").is_file()}
    assert there <= set(FLOORS)
    assert set(FLOORS) - {"perilune", "perilune_host", "perilune_sim"} <= there
