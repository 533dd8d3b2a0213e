"""The pytest plugin: a `lander` fixture for scenario tests of one's own.

It is loaded with every pytest of an environment that has perilune in it, so it adds nothing that another suite could
notice: options under `--perilune-...`, with `--rung` and `--port` for short only where nobody else has them; no
output, no import of the rig, until a test asks for the fixture.
"""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from perilune_rig.testing.lander import Flight, Lander

_TURN_S = 3600.0  # for the other workers' flights on one board
DEFAULT, FALLBACK = "vm", "python"
_SHORT = {"--rung": "perilune_rung", "--port": "perilune_port"}
_FLOWN = pytest.StashKey[list["Flight"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options under their full names."""
    group = parser.getgroup("perilune", "Perilune: scenario tests with the fixture `lander`")
    rung = f"what runs the flight software (see `perilune list`); default {DEFAULT}, else {FALLBACK}"
    group.addoption("--perilune-rung", metavar="RUNG", help=rung)
    required = f"fail where {DEFAULT} is not available, instead of flying on {FALLBACK}"
    group.addoption("--perilune-require-rung", action="store_true", help=required)
    group.addoption("--perilune-port", metavar="URL", help="pyserial URL of the board for rung board")
    seed = "seed of flights that name none, and the first of `perilune_seeds`; default 1"
    group.addoption("--perilune-seed", metavar="SEED", type=int, default=1, help=seed)
    parser.addini("perilune_rung", "as --perilune-rung")
    parser.addini("perilune_port", "as --perilune-port")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Generator[None, Any, Any]:
    """The short options, once it is known that no other plugin or conftest has them."""
    result = yield
    group = parser.getgroup("perilune")
    for option, dest in _SHORT.items():
        if _free(parser, option):
            group.addoption(
                option, dest=dest, metavar=dest[9:].upper(), help=f"short for --{dest.replace('_', '-')}"
            )
    return result


def _free(parser: pytest.Parser, option: str) -> bool:
    try:
        _known, unknown = parser.parse_known_and_unknown_args([f"{option}=x"])
    except (Exception, SystemExit):  # someone else's, and x is not to their taste
        return False
    return f"{option}=x" in unknown


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for suites with --strict-markers. UsageError for words that moved pytest's rootdir."""
    _check_words(config.invocation_params.args)
    about = "perilune_seeds(count): run the test once a seed, `lander.seed` counting up from --perilune-seed"
    config.addinivalue_line("markers", about)


def _check_words(words: Sequence[object]) -> None:
    """pytest looks for its rootdir before it knows our options: a value that is a path of its own moves it there."""
    for option, value in itertools.pairwise(map(str, words)):
        ours = option.startswith("--perilune-") or option in _SHORT
        if ours and "=" not in option and not value.startswith("-") and os.path.exists(value):
            raise pytest.UsageError(
                f"write {option}={value} in one word: pytest takes {value} for a test path"
            )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a seed."""
    marker = metafunc.definition.get_closest_marker("perilune_seeds")
    if marker is None or "lander" not in metafunc.fixturenames:
        return
    first = _first_seed(metafunc.config)
    seeds = range(first, first + int(marker.args[0]))
    metafunc.parametrize("lander", seeds, indirect=True, ids=[f"seed{seed}" for seed in seeds])


def _first_seed(config: pytest.Config) -> int:
    return config.option.perilune_seed


@pytest.fixture
def lander(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Lander:
    """Flies scenarios: `flight = lander.fly("nominal", seed=3)`. Each flight is noted in the JUnit report.

    Under pytest-xdist the workers take turns at a board: each waits until it has the port.
    """
    from perilune_rig.testing.lander import Lander

    if port := _asked(request.config, "perilune_port"):
        monkeypatch.setenv("PERILUNE_PORT", port)
    if "PYTEST_XDIST_WORKER" in os.environ and "PERILUNE_PORT_WAIT_S" not in os.environ:
        monkeypatch.setenv("PERILUNE_PORT_WAIT_S", str(_TURN_S))
    note_down = request.node.user_properties.append  # as record_property does, in every family of JUnit's XML
    flown: list[Flight] = request.node.stash.setdefault(_FLOWN, [])

    def note(flight: Flight) -> None:
        flown.append(flight)
        for name in ("command", "outcome", "trace_hash"):
            note_down((f"flight_{len(flown)}_{name}", getattr(flight, name)))
        note_down((f"flight_{len(flown)}_verdict", flight.run.verdict.judgement))
        note_down((f"flight_{len(flown)}_rung", flight.run.rung))
        note_down((f"flight_{len(flown)}_bit_exact", str(flight.run.rung != FALLBACK).lower()))

    seed = getattr(request, "param", _first_seed(request.config))
    rung = _rung(_asked(request.config, "perilune_rung"), request.config.option.perilune_require_rung)
    return Lander(rung, seed, note)


def _asked(config: pytest.Config, name: str) -> str | None:
    """What the command line says, else the suite's own configuration."""
    return config.getoption(name) or config.getini(name) or None


def _rung(asked: str | None, required: bool) -> str:
    """The rung asked for, or the best that this machine has; the test fails where there is none."""
    from perilune_host.errors import InputError
    from perilune_rig.rungs import find

    try:
        reason = find(asked or DEFAULT).available()
    except InputError as error:
        pytest.fail(f"--perilune-rung: {error}", pytrace=False)
    if reason is None:
        return asked or DEFAULT
    if asked:
        pytest.fail(f"--perilune-rung {asked}: not available here: {reason}", pytrace=False)
    if required:
        pytest.fail(f"--perilune-require-rung: {DEFAULT}: not available here: {reason}", pytrace=False)
    warnings.warn(
        f"rung {DEFAULT} is not available here, flying on {FALLBACK}, NOT bit-exact: {reason}", stacklevel=2
    )
    return FALLBACK


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test says what its flights were and how to fly them again."""
    report = yield
    flown = item.stash.get(_FLOWN, [])
    if report.when == "call" and report.failed and flown:
        report.sections.append(("flights", "\n\n".join(flight.explain() for flight in flown)))
    return report
