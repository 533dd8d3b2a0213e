"""The table: one writer, nothing lost, nothing twice, the same whatever happened on the way."""

import os
import signal
import subprocess
import sys
import time

import pytest

from perilune_host.errors import InputError, RigError
from perilune_rig.campaign.evidence.summary import summarise
from perilune_rig.campaign.run import flying, session
from perilune_rig.campaign.run.conduct import Independent, Tally, conduct
from perilune_rig.campaign.run.farm import Here
from perilune_rig.campaign.run.store import Store
from tests.hil_rig.campaign import kit


@pytest.fixture
def flown(tmp_path, monkeypatch):
    return kit.fly_all(kit.write(tmp_path), tmp_path / "c", monkeypatch)[0]


def test_a_row_comes_back_as_it_was_put_in(flown):
    row = flown.store.row(3)
    again = flying.fly_run(flown.plan.run(3), "vm").row
    assert row == again
    assert flown.command(row).endswith(
        f"--seed {row.seed} --set vehicle.mass.dry_kg={row.values['vehicle.mass.dry_kg']!r}"
    )


def test_a_run_counts_once_and_has_to_repeat_itself(flown, monkeypatch):
    before = flown.store.table_hash()
    again = flying.fly_run(flown.plan.run(3), "vm")
    assert flown.store.add(again) is False
    assert (len(flown.store.done()), flown.store.table_hash()) == (12, before)
    monkeypatch.setattr(flying, "fly", lambda scenario, seed, *a, **b: kit.made_up(scenario, seed + 1))
    with pytest.raises(RigError, match="run 3 flown twice came out differently"):
        flown.store.add(flying.fly_run(flown.plan.run(3), "vm"))


def test_one_writer_and_any_number_of_readers(flown):
    with pytest.raises(InputError, match="another process is flying this campaign"):
        Store(flown.store.folder, write=True)
    with Store(flown.store.folder) as reader:
        assert reader.table_hash() == flown.store.table_hash()


def test_failures_of_the_rig_are_flown_again_and_marked(tmp_path, monkeypatch, flown):
    seeds = [flown.plan.run(k).seed for k in (2, 5)]
    broken = kit.Breaking({seeds[0]: 1, seeds[1]: 2})
    other, tally = kit.fly_all(kit.write(tmp_path), tmp_path / "d", monkeypatch, flight=broken)
    assert other.store.table_hash() == flown.store.table_hash()
    assert [(k, n, why) for k, n, _worker, why in other.store.failures()] == [
        (2, 1, "the board was unplugged"),
        (5, 1, "the board was unplugged"),
        (5, 2, "the board was unplugged"),
    ]
    assert tally.retries == 3 and not tally.given_up


def test_a_run_that_the_rig_never_flies_is_given_up_and_no_verdict_stands(tmp_path, monkeypatch, flown):
    broken = kit.Breaking({flown.plan.run(2).seed: 9})
    other, tally = kit.fly_all(kit.write(tmp_path), tmp_path / "d", monkeypatch, flight=broken, runs=12)
    assert tally.given_up == ["run 2: the board was unplugged"]
    assert len(other.store.done()) == 11 and summarise(other).verdict == "inconclusive"


def test_flight_software_that_stops_is_a_lost_flight_not_a_broken_rig(tmp_path, monkeypatch):
    from perilune_host.errors import FlightSoftwareError

    def stops(*_args, **_more):
        raise FlightSoftwareError("the flight software stopped at 3.10 s: ZeroDivisionError")

    session, _tally = kit.fly_all(kit.write(tmp_path), tmp_path / "c", monkeypatch, runs=1, flight=stops)
    row = session.store.row(0)
    assert (row.outcome, row.verdict) == ("stopped", "fail") and "ZeroDivisionError" in row.reason


def test_going_on_is_refused_after_the_source_has_changed_but_not_reading(tmp_path, flown, monkeypatch):
    begun = session.begin(flown.plan, "vm", tmp_path / "begun")
    begun.store.__exit__()
    flown.store.__exit__()
    monkeypatch.setattr("perilune_rig.campaign.run.fingerprint.source", lambda: "other")
    with pytest.raises(InputError, match="the source code has changed since"):
        session.reopen(begun.store.folder)
    assert session.reopen(flown.store.folder).complete


KILLED = """
import signal
import sys
from pathlib import Path
from perilune_rig.campaign.plan import load
from perilune_rig.campaign.run import flying
from perilune_rig.campaign.run.conduct import Independent, Tally, conduct
from perilune_rig.campaign.run.farm import Here
from perilune_rig.campaign.run.session import begin
from tests.hil_rig.campaign import kit
flying.fly = kit.made_up
session = begin(load.plan(load.read(sys.argv[1]), 7, 40), "vm", Path(sys.argv[2]))
print("begun", flush=True)

def goes_no_further(*_):
    if len(session.store.done()) >= 20:
        signal.pause()

conduct(Independent(session.plan, set()), session.store, Here("vm"), Tally(40), goes_no_further)
"""


def test_kill_9_at_any_moment_loses_and_doubles_nothing(tmp_path, monkeypatch):
    """After a kill and going on: the table of a campaign that nothing disturbed."""
    file, folder = kit.write(tmp_path), tmp_path / "killed"
    whole, _tally = kit.fly_all(file, tmp_path / "whole", monkeypatch, runs=40)
    child = subprocess.Popen([sys.executable, "-c", KILLED, file, folder], stdout=subprocess.PIPE)
    assert child.stdout and child.stdout.readline() == b"begun\n"
    while not rows_in(folder):
        time.sleep(0.001)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    again = session.reopen(folder)
    done = again.store.done()
    assert 0 < len(done) < 40, "killed too early or too late to show anything"
    conduct(Independent(again.plan, done), again.store, Here("vm"), Tally(40), lambda *_: None)
    assert list(again.store.rows()) == list(whole.store.rows())
    assert again.store.table_hash() == whole.store.table_hash()


def rows_in(folder) -> int:
    try:
        with Store(folder) as store:
            return len(store.done())
    except InputError:
        return 0
