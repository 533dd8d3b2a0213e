"""Options of the whole suite: which rungs the core tests run on; slow tests only on request."""

import pytest

from hil_rig.rungs import RUNGS

DEFAULT_RUNGS = ("vm", "python")
LEFT_OUT = ("slow", "boards", "browser")  # markers


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
    """Leaves slow tests, and those that need boards' tools, out unless `-m` or a test's own name asks for them."""
    if config.option.markexpr or any("::" in argument for argument in config.args):
        return
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in LEFT_OUT)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
