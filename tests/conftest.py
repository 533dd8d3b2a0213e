"""Options of the whole suite: which rungs the core tests run on; slow tests only on request."""

import pytest

from hil_rig.rungs import RUNGS

DEFAULT_RUNGS = ("vm", "python")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rung",
        action="append",
        metavar="NAME",
        help=f"run the core tests on this rung; may be repeated (default: {' and '.join(DEFAULT_RUNGS)})",
    )


def pytest_configure(config: pytest.Config) -> None:
    unknown = set(config.getoption("--rung") or ()) - set(RUNGS)
    if unknown:
        raise pytest.UsageError(f"no rung is called {unknown.pop()!r}; there are {', '.join(RUNGS)}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves slow tests out unless `-m` or a test's own name asks for something else."""
    if config.option.markexpr or any("::" in argument for argument in config.args):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
