"""Options of the whole suite: which rungs the core tests run on; slow tests only on request.

A machine that lacks a rung skips what needs it. Where that must not happen, as in CI, PERILUNE_REQUIRE_RUNGS names the
rungs without which nothing is run at all.
"""

import os
from collections.abc import Iterator

import hypothesis
import pytest

from perilune_rig.rungs import RUNGS

DEFAULT_RUNGS = ("vm", "python")
# how long an example takes says how busy the machine is, and nothing about what is tested
hypothesis.settings.register_profile("perilune", deadline=None)
hypothesis.settings.load_profile("perilune")

LEFT_OUT = ("slow", "boards", "browser", "wheel")  # markers


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rung",
        action="append",
        metavar="NAME",
        help=f"run the core tests on this rung; may be repeated (default: {' and '.join(DEFAULT_RUNGS)})",
    )


def pytest_configure(config: pytest.Config) -> None:
    required = os.environ.get("PERILUNE_REQUIRE_RUNGS", "").split()
    unknown = {*(config.getoption("--rung") or ()), *required} - set(RUNGS)
    if unknown:
        raise pytest.UsageError(f"no rung is called {unknown.pop()!r}; there are {', '.join(RUNGS)}")
    for name in required:
        reason = RUNGS[name].available()
        if reason:
            raise pytest.UsageError(f"rung {name}: {reason}; it is required here (PERILUNE_REQUIRE_RUNGS)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves slow tests, and those that need boards' tools, out unless `-m` or a test's own name asks for them."""
    if config.option.markexpr or any("::" in argument for argument in config.args):
        return
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in LEFT_OUT)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What a command line tells this process by its environment ends with the test: the next one has its own."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys() - {"PYTEST_CURRENT_TEST"}:
        del os.environ[name]
    os.environ.update(before)
