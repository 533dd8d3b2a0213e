"""Bounds are those of the tables of the literature; too few runs demonstrate nothing."""

import itertools
from dataclasses import replace
from xml.etree import ElementTree as xml

import pytest

from perilune_rig.campaign.evidence import evidence, statistics
from perilune_rig.campaign.evidence.junit import junit
from perilune_rig.campaign.evidence.summary import as_json, summarise
from perilune_rig.campaign.page.tables import facts
from perilune_rig.campaign.run import flying
from tests.hil_rig.campaign import kit


@pytest.mark.parametrize(
    ("failures", "reliability", "confidence", "runs"),
    [
        (0, 0.9973, 0.95, 1109),
        (0, 0.95, 0.95, 59),
        (1, 0.95, 0.95, 93),
        (2, 0.95, 0.95, 124),
        (0, 0.9, 0.9, 22),
    ],
)
def test_runs_needed(failures, reliability, confidence, runs):
    """59, 93, 124: Wilks' numbers for the first three orders at 95/95."""
    assert statistics.runs_needed(failures, reliability, confidence) == runs
    assert statistics.lower_bound(runs - failures, runs, confidence) >= reliability
    assert statistics.lower_bound(runs - 1 - failures, runs - 1, confidence) < reliability


def test_clopper_pearson_against_the_closed_form_and_its_mirror():
    assert statistics.lower_bound(10, 10, 0.95) == pytest.approx(0.05**0.1)
    assert statistics.upper_bound(3, 20, 0.95) == pytest.approx(1.0 - statistics.lower_bound(17, 20, 0.95))
    assert statistics.lower_bound(0, 5, 0.95) == 0.0 and statistics.upper_bound(5, 5, 0.95) == 1.0


def test_order_statistics_of_wilks():
    assert [statistics.tolerance_rank(n, 0.95, 0.95) for n in (58, 59, 92, 93, 124)] == [0, 1, 1, 2, 3]
    assert statistics.coverage_of_worst(59, 0.95) == pytest.approx(0.95, abs=1e-3)


def test_twelve_good_runs_demonstrate_nothing_and_say_how_many_are_missing(tmp_path, monkeypatch):
    session, _tally = kit.fly_all(kit.write(tmp_path), tmp_path / "c", monkeypatch)
    (td1,) = [e for e in summarise(session).evidence if e.requirement.id == "TD-1"]
    assert (td1.state, td1.successes, td1.runs, td1.needed) == ("not demonstrated", 12, 12, 29 - 12)
    assert td1.tolerance and td1.tolerance.value == max(row.value("TD-1") for row in session.store.rows())
    assert summarise(session).verdict == "inconclusive"


def test_enough_good_runs_demonstrate(tmp_path, monkeypatch):
    session, _tally = kit.fly_all(kit.write(tmp_path), tmp_path / "c", monkeypatch, runs=29)
    summary = summarise(session)
    assert summary.verdict == "pass" and {e.state for e in summary.evidence} == {"demonstrated"}


def test_a_bad_vehicle_is_refuted_by_its_worst_flights(tmp_path, monkeypatch):
    def hard(scenario, seed, rung="vm", policy=None):
        flown = kit.made_up(scenario, seed, rung, policy)
        flown.touchdown["vertical_m_s"] += 1.6
        return flown

    session, _tally = kit.fly_all(kit.write(tmp_path), tmp_path / "c", monkeypatch, flight=hard)
    summary = summarise(session)
    (td1,) = [e for e in summary.evidence if e.requirement.id == "TD-1"]
    values = sorted((row.value("TD-1") for row in session.store.rows()), reverse=True)
    assert (summary.verdict, td1.state) == ("fail", "refuted")
    assert [finding.value for _k, finding in td1.worst] == values[:3]
    assert evidence.limit_use(session.store.row(td1.worst[0][0]))[0] == float("inf")


def test_losses_that_a_bound_explains_are_losses_in_every_count(tmp_path, monkeypatch):
    """320 landed and 80 crashed once read «320/320, demonstrated»: the crashes had been called unsurvivable."""

    def one_in_five(scenario, seed, rung="vm", policy=None):
        flown = kit.made_up(scenario, seed, rung, policy)
        if next(flights) % 5 == 0:
            flown.touchdown["vertical_m_s"] = 16.0
            return replace(flown, outcome="crashed")
        return flown

    flights = itertools.count()
    monkeypatch.setattr(flying, "_bound", lambda *_run: "stopping: the best steering stops never")
    session, _tally = kit.fly_all(
        kit.write(tmp_path), tmp_path / "c", monkeypatch, runs=400, flight=one_in_five
    )
    summary = summarise(session)
    assert (summary.verdict, summary.verdicts, summary.explained) == ("fail", {"pass": 320, "fail": 80}, 80)
    (td1,) = [e for e in summary.evidence if e.requirement.id == "TD-1"]
    assert (td1.successes, td1.runs, td1.state) == (320, 400, "refuted")
    data = as_json(session, summary)
    assert (data["verdict"], data["explained"], len(data["lost"])) == ("fail", 80, 80)
    assert {row["explained"] for row in data["lost"]} == {"stopping: the best steering stops never"}
    suites = xml.fromstring(junit(session))
    assert (suites.get("tests"), suites.get("failures"), suites.get("skipped")) == ("400", "80", "0")
    told = {one.get("name"): one.get("value") for one in suites.iter("property")}
    assert told["bit_exact"] == ("false" if told["rung"] == "python" else "true")
    assert dict(facts(session, summary))["Out of reach of any software"].startswith("80 of 80 lost flights")
