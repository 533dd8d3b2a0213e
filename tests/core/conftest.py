"""The `rung` fixture: every test that takes it, or what is made from it, runs once on each rung."""

from collections.abc import Callable, Iterator

import pytest

from perilune_rig.flight.fly import fly
from perilune_rig.rungs import RUNGS, Rung
from perilune_sim.flight_record import FlightRecord
from tests.conftest import DEFAULT_RUNGS
from tests.core.kit import NOMINAL, Board

REFERENCE = "vm"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    asked = metafunc.config.getoption("--rung")
    names = asked or DEFAULT_RUNGS
    if "rung" in metafunc.fixturenames:
        metafunc.parametrize("rung", names, indirect=True, scope="session")
    if "faulty_rung" in metafunc.fixturenames:
        metafunc.parametrize("faulty_rung", asked or ["python"], indirect=True)
    if "other_rung" in metafunc.fixturenames:
        metafunc.parametrize("other_rung", [name for name in names if name != REFERENCE], indirect=True)


def _available(name: str) -> str:
    reason = RUNGS[name].available()
    if reason:
        pytest.skip(f"rung {name}: {reason}")
    return name


@pytest.fixture(scope="session")
def rung(request: pytest.FixtureRequest) -> str:
    """Name of the rung under test."""
    return _available(request.param)


@pytest.fixture
def other_rung(request: pytest.FixtureRequest) -> str:
    """Name of a rung that is held against the reference."""
    return _available(request.param)


@pytest.fixture
def faulty_rung(request: pytest.FixtureRequest) -> str:
    """Name of a rung for many whole flights."""
    return _available(request.param)


@pytest.fixture
def link(rung: str) -> Iterator[Rung]:
    """A flight computer just started."""
    link = RUNGS[rung]()
    yield link
    link.close()


@pytest.fixture
def board(link: Rung) -> Board:
    """The same, with the words of the wire."""
    return Board(link)


@pytest.fixture(scope="session")
def nominal() -> Callable[[str], FlightRecord]:
    """The whole nominal descent on a rung, seed 1, flown once."""
    flown: dict[str, FlightRecord] = {}

    def record(rung: str) -> FlightRecord:
        if rung not in flown:
            flown[rung] = fly(NOMINAL, 1, _available(rung))
        return flown[rung]

    return record
