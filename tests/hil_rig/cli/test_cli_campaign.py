"""`perilune campaign`: flies, tells, goes on, refuses."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from perilune_rig.campaign.run import descent_profile, flying
from perilune_rig.campaign.run.conduct import Tally
from perilune_rig.cli import main
from perilune_rig.cli.campaign_live import Follower
from perilune_rig.flight.fly import fly
from perilune_rig.live.feed import Cursor, Feed
from perilune_sim.bridge import Bridge
from tests.hil_rig.campaign import kit


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    monkeypatch.setattr(flying, "fly", kit.made_up)


def campaign(*words) -> int:
    return main(["campaign", *map(str, words)])


def test_a_campaign_prints_its_table_and_can_be_flown_again_from_a_row(tmp_path, capsys):
    words = (kit.write(tmp_path), "--runs", 29, "--rung", "python", "--workers", 1, "--out", tmp_path / "c")
    assert campaign(*words, "--json", tmp_path / "c.json") == 0
    told = capsys.readouterr().out
    assert "29 of 29" in told and "TD-1   Vertical speed at touchdown" in told and "PASS: 29 of 29" in told
    result = json.loads((tmp_path / "c.json").read_text())
    assert result["verdict"] == "pass" and f"table hash {result['table_hash']}" in told
    worst = next(r for r in result["requirements"] if r["id"] == "TD-1")["worst"][0]
    assert worst["command"].startswith("perilune fly nominal_terminal --rung python --seed ")


def test_ctrl_c_leaves_a_campaign_to_go_on_with(tmp_path, monkeypatch, capsys):
    """In flight it was taken for the end of a run, which counted as invalid; the campaign went on."""
    flown = []

    def pressed(*_args):
        raise KeyboardInterrupt

    def interrupted(*args, **more):
        flown.append(1)
        if len(flown) == 5:
            monkeypatch.setattr(Bridge, "fly", pressed)
            return fly(*args, **more)
        return kit.made_up(*args, **more)

    monkeypatch.setattr(flying, "fly", interrupted)
    words = (kit.write(tmp_path), "--rung", "python", "--workers", 1, "--out", tmp_path / "c")
    assert campaign(*words) == 130
    assert f"go on with: perilune campaign --resume {tmp_path / 'c'}" in capsys.readouterr().out
    monkeypatch.setattr(flying, "fly", kit.made_up)
    assert campaign("--resume", tmp_path / "c", "--workers", 1) == 4
    resumed = capsys.readouterr().out
    assert "4 of 12 runs done" in resumed
    assert campaign(*words[:-1], tmp_path / "d") == 4
    assert table_hash(resumed) == table_hash(capsys.readouterr().out)


def table_hash(told: str) -> str:
    return next(line for line in told.splitlines() if line.startswith("table hash"))


def test_too_few_runs_are_no_verdict(tmp_path, capsys):
    assert campaign(kit.write(tmp_path), "--rung", "python", "--workers", 1, "--out", tmp_path / "c") == 4
    told = capsys.readouterr().out
    assert "INCONCLUSIVE: 12 of 12" in told and "not demonstrated, 17 more runs needed" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a campaign's name or file"),
        (["smokee"], "did you mean smoke?"),
        (["smoke", "--resume", "x"], "--resume takes no NAME"),
        (["--resume", "nowhere"], "nowhere: no campaign here"),
        (["smoke", "--runs", "0"], "'0' is not a positive whole number"),
    ],
)
def test_wrong_words_are_one_clear_line(words, said, capsys):
    assert campaign(*words) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_folder_that_holds_a_campaign_is_not_written_over(tmp_path, capsys):
    words = (kit.write(tmp_path), "--rung", "python", "--workers", 1, "--out", tmp_path / "c", "--runs", 1)
    assert campaign(*words) == 4
    assert campaign(*words) == 2
    assert "holds a campaign already" in capsys.readouterr().err


def test_the_live_page_follows_a_campaign(tmp_path, monkeypatch, capsys):
    stands, flights = [], []
    monkeypatch.setattr(Feed, "campaign", lambda _feed, now: stands.append(now))
    monkeypatch.setattr(Feed, "end", lambda _feed, found: flights.append(found))
    words = (kit.write(tmp_path), "--rung", "python", "--workers", 1, "--out", tmp_path / "c")
    assert campaign(*words, "--live-port", 0) == 4
    assert "live    http://127.0.0.1:" in capsys.readouterr().out
    assert [now["done"] for now in stands] == list(range(1, 13))
    assert stands[-1]["passed"] + stands[-1]["failed"] == stands[-1]["total"] == 12
    assert "runs/h" in stands[-1]["text"]


def test_a_flight_flown_elsewhere_is_drawn_from_its_profile():
    feed, heights = Feed(), np.linspace(2000.0, -5.0, 500)
    telemetry = {name: np.zeros(500) for name in descent_profile.COLUMNS}
    telemetry |= {"agl_m": heights, "time_s": np.arange(500.0)}
    row = SimpleNamespace(k=7, stratum="nominal", seed=3, outcome="landed", verdict="pass", trace_hash="ab")
    row.touchdown, row.profile = {"vertical_m_s": 1.0}, descent_profile.pack(telemetry)
    tally = Tally(2)
    tally.count("pass")
    Follower(feed, "Nominal", "vm")(tally, row, "nearly done")
    told = feed.since(Cursor())
    assert told["campaign"]["passed"] == 1 and told["flight"]["title"] == "run 7: nominal"
    drawn = told["columns"]["agl_m"]
    assert len(drawn) > 20 and drawn == sorted(drawn, reverse=True)
    assert told["result"]["verdict"] == "pass"
