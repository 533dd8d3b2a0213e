"""Whatever a file says: it is read, or one line says what is wrong with it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given

from perilune.boot import manifest
from perilune.link.authentication import load_key, sealed
from perilune_host import keys
from perilune_host.errors import PeriluneError
from perilune_rig.bitexact.replay import replay
from perilune_rig.campaign.plan import load
from perilune_rig.flight.fly import fly
from perilune_rig.logs import Log
from perilune_rig.logs.reader import read
from perilune_rig.scenario.catalogue import load_scenario
from tests.fuzz.mutations import fuzzed, mutated


def refuses_in_one_line(action) -> None:
    try:
        action()
    except PeriluneError as error:
        assert str(error) and "\n" not in str(error)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@fuzzed
@given(mutated(".toml"))
def test_a_scenario_file_says_anything(folder: Path, data: bytes):
    path = folder / "any.toml"
    path.write_bytes(data)
    refuses_in_one_line(lambda: load_scenario(str(path)))


@fuzzed
@given(mutated(".toml"))
def test_an_option_says_anything(data: bytes):
    text = " ".join(data.decode("utf-8", "replace").split())[:200]  # as the command line shows it
    refuses_in_one_line(lambda: load_scenario("nominal", [text]))
    refuses_in_one_line(lambda: load_scenario("nominal", ["faults=" + text]))
    refuses_in_one_line(lambda: load_scenario("nominal", ["vehicle.mass.dry_kg=" + text]))


@fuzzed
@given(mutated(".campaign"))
def test_a_campaign_file_says_anything(folder: Path, data: bytes):
    path = folder / "any_campaign.toml"
    path.write_bytes(data)
    refuses_in_one_line(lambda: load.plan(load.read(str(path)), 1, 20))


@pytest.fixture(scope="module")
def log(folder: Path) -> bytes:
    """A log of twenty ticks."""
    path = folder / "flight.mcap"
    with Log(path) as made:
        fly(load_scenario("nominal_terminal", ["time_limit_s=0.4"]), 1, "python", observers=[made])
    return path.read_bytes()


def test_a_log_cut_or_changed_anywhere(folder: Path, log: bytes):
    path = folder / "any.mcap"
    for at in range(0, len(log), max(1, len(log) // 120)):
        for data in (log[:at], log[:at] + bytes([log[at] ^ 0x55]) + log[at + 1 :]):
            path.write_bytes(data)
            refuses_in_one_line(lambda: replay(read(path), "python"))


@fuzzed
@given(mutated(".manifest"))
def test_a_manifest_says_anything(data: bytes):
    with suppress(ValueError):  # UnicodeError is one
        manifest.files(data)


@fuzzed
@given(mutated(".manifest"))
def test_a_key_file_says_anything(folder: Path, data: bytes):
    path = folder / "perilune.key"
    path.write_bytes(data)
    key = load_key(str(path))
    assert key == b"" or sealed(key) == data
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.VARIABLE, str(folder))
        (folder / f"{b'whatever'.hex()}.key").write_bytes(data)
        refuses_in_one_line(lambda: keys.find(b"whatever"))
