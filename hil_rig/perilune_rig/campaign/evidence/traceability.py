"""Requirement -> tests -> campaigns -> verdict, from the sources themselves.

A test names what it holds up: `@pytest.mark.requirement("TD-1")`, or `pytestmark` for a whole file.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from perilune_rig.campaign.evidence.evidence import Evidence
from perilune_rig.campaign.plan import load
from perilune_rig.campaign.plan.strata import unfold
from perilune_rig.scenario import requirements
from perilune_rig.scenario.catalogue import names
from perilune_rig.scenario.requirements import Requirement

TESTS = Path(__file__).resolve().parents[4] / "tests"
MARKER = "requirement"


@dataclass(frozen=True)
class Trace:
    """One requirement, what is there to prove it, and what this campaign says."""

    id: str
    text: str
    how: str
    source: str
    tests: tuple[str, ...]  # path::name, from tests/ on
    campaigns: tuple[str, ...]  # shipped ones that judge by it
    verdict: str  # of this campaign; "not flown" where it does not apply to it


def rows(found: Iterable[Evidence] = ()) -> list[Trace]:
    """All requirements in the order of requirements.toml."""
    states = {e.requirement.id: e.state for e in found}
    return [
        Trace(
            need.id,
            need.text,
            need.how,
            need.source,
            tuple(name for name, ids in tests() if need.id in ids),
            tuple(name for name, outcomes in campaigns() if _judges(need, outcomes)),
            states.get(need.id, "not flown"),
        )
        for need in requirements.load()
    ]


def _judges(need: Requirement, outcomes: frozenset[str]) -> bool:
    """Campaigns fly as fast as they can, so that what needs a pace is not asked of them."""
    return need.of_every_rung and (need.outcome is None or need.outcome in outcomes)


@cache
def campaigns() -> tuple[tuple[str, frozenset[str]], ...]:
    """Shipped campaigns and the outcomes that their scenarios expect."""
    return tuple(
        (name, frozenset(s.scenario.expect for s in unfold(load.read(name))))
        for name in names(load.CAMPAIGNS)
    )


@cache
def tests(folder: Path = TESTS) -> tuple[tuple[str, frozenset[str]], ...]:
    """Every test that names requirements, and which; empty where the tests are not installed."""
    found = []
    for path in sorted(folder.rglob("test_*.py")):
        found += [(f"{path.relative_to(folder)}::{name}", ids) for name, ids in _in_file(path)]
    return tuple(found)


def _in_file(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    module = ast.parse(path.read_text(encoding="utf-8"))
    whole = frozenset(i for node in module.body for i in _of_module(node))
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            ids = whole | frozenset(i for mark in node.decorator_list for i in _ids(mark))
            if ids:
                yield node.name, ids


def _of_module(node: ast.stmt) -> Sequence[str]:
    """The ids of `pytestmark = pytest.mark.requirement(...)`, or of a list with it."""
    if not isinstance(node, ast.Assign) or not any(
        getattr(t, "id", "") == "pytestmark" for t in node.targets
    ):
        return ()
    marks = node.value.elts if isinstance(node.value, ast.List) else [node.value]
    return [i for mark in marks for i in _ids(mark)]


def _ids(mark: ast.expr) -> Sequence[str]:
    if not isinstance(mark, ast.Call) or getattr(mark.func, "attr", "") != MARKER:
        return ()
    return [str(arg.value) for arg in mark.args if isinstance(arg, ast.Constant)]
