"""Two campaigns side by side: what changed is shown, what luck explains is not."""

import json

import pytest

from perilune_rig.campaign.evidence.comparison import compare, newcombe
from perilune_rig.cli import main
from tests.hil_rig.campaign import kit


def harder(by: float):
    def flight(scenario, seed, rung="vm", policy=None):
        flown = kit.made_up(scenario, seed, rung, policy)
        flown.touchdown["vertical_m_s"] += by
        flown.trace_hash = f"{by}{seed}"
        return flown

    return flight


@pytest.fixture
def fly(tmp_path, monkeypatch):
    def flown(name: str, flight=kit.made_up, runs: int = 30):
        session, _tally = kit.fly_all(kit.write(tmp_path), tmp_path / name, monkeypatch, runs, flight)
        session.store.__exit__()
        return tmp_path / name

    return flown


def change(found: list, requirement: str) -> str:
    return next(d.change for d in found if d.what.startswith(requirement))


def test_newcombes_own_examples():
    """Statistics in Medicine 17 (1998) 873, table II: (a) 56/70 less 48/80, (b) 9/10 less 3/10."""
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert newcombe(9, 10, 3, 10) == pytest.approx((0.1705, 0.8090), abs=1e-4)


def test_nothing_changed_is_said_to_the_bit(fly):
    found = compare(fly("a"), fly("b"))
    assert found.paired and found.same_bits == 30 and found.flips == []
    assert {d.change for d in [*found.proportions, *found.values]} == {"none shown"}


def test_a_small_shift_is_found_run_by_run(fly):
    """0.02 m/s is far below the spread of the flights: only pairs show it."""
    found = compare(fly("a"), fly("b", harder(0.02)))
    td1 = next(d for d in found.values if d.what.startswith("TD-1"))
    assert td1.change == "worse" and (td1.low, td1.high) == pytest.approx((0.02, 0.02), abs=1e-6)
    assert change(found.proportions, "TD-1") == "none shown" and not found.worse


def test_lost_flights_are_worse_and_named(fly, tmp_path, capsys):
    a, b = fly("a"), fly("b", harder(1.6))
    assert main(["compare", str(a), str(b), "--json", str(tmp_path / "d.json")]) == 1
    told = capsys.readouterr().out
    result = json.loads((tmp_path / "d.json").read_text())
    assert result["worse"] and len(result["flips"]) > 5
    assert f"run {result['flips'][0]['k']}: pass before, fail now" in told


def test_other_roots_are_compared_as_samples(fly, tmp_path, monkeypatch):
    from perilune_rig.campaign.plan import load
    from perilune_rig.campaign.run import session
    from perilune_rig.campaign.run.conduct import Independent, Tally, conduct
    from perilune_rig.campaign.run.farm import Here

    other = session.begin(load.plan(load.read(kit.write(tmp_path)), 8, 30), "vm", tmp_path / "other")
    first = fly("a")
    conduct(Independent(other.plan, set()), other.store, Here("vm"), Tally(30), lambda *_: None)
    found = compare(first, tmp_path / "other")
    assert not found.paired and {d.change for d in found.values} == {"none shown"}
