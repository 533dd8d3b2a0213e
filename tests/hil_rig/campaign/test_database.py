"""A campaign's table that is busy, damaged, read-only or cut off: a wait, or one line."""

import os
import shutil
import sqlite3
import threading

import pytest

from perilune_host.errors import InputError, PeriluneError, RigError
from perilune_rig.campaign.run.database import Database
from perilune_rig.campaign.run.session import reopen
from perilune_rig.campaign.run.store import FILE, Store
from perilune_rig.cli import main
from tests.hil_rig.campaign import kit


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A campaign that has been flown and closed."""
    kit.fly_all(kit.write(tmp_path), tmp_path / "c", monkeypatch)[0].store.__exit__()
    return tmp_path / "c"


def test_a_table_that_another_program_holds_is_waited_for(folder):
    other = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.4, other.rollback).start()
    db = Database(
        folder / FILE, write=True
    )  # without a wait: OperationalError, out of the middle of a campaign
    db.execute("BEGIN IMMEDIATE")
    db.roll_back()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RigError, match="another program holds it: end it, then go on with --resume"):
        Database(folder / FILE, write=True, wait_s=0.1).execute("BEGIN IMMEDIATE")
    other.close()


@pytest.mark.parametrize("at", [0, 40, 4096, 8192, 20000])
def test_a_damaged_table_is_one_line_before_anything_is_flown(folder, at, capsys):
    path = folder / FILE
    data = bytearray(path.read_bytes())
    data[at : at + 600] = b"\xa5" * len(data[at : at + 600])
    path.write_bytes(data)
    for words in (["campaign", "--resume", str(folder)], ["compare", str(folder), str(folder)]):
        assert main(words) == 2, capsys.readouterr()
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "internal" not in said and "campaign" in said


@pytest.mark.parametrize("keep", [0, 1, 100, 5000])
def test_a_table_that_was_cut_off_is_one_line(folder, keep):
    os.truncate(folder / FILE, keep)
    with pytest.raises(PeriluneError, match=r"damaged|never begun|no campaign"):
        reopen(folder)


def test_what_it_says_of_itself_may_be_damaged_too(folder):
    for key, value in (("campaign", "{}"), ("runs", '"x"'), ("root", "nonsense")):
        shutil.copytree(folder, copy := folder.with_name(f"copy-{key}"))
        with sqlite3.connect(copy / FILE) as db:
            db.execute("UPDATE about SET value = ? WHERE key = ?", (value, key))
        db.close()
        with pytest.raises(InputError, match="damaged"):
            reopen(copy)


def test_a_table_opened_to_be_read_is_not_written_to(folder):
    before = (folder / FILE).stat().st_mtime_ns
    with Store(folder) as store:
        assert store.done()
        with pytest.raises(InputError, match="read-only"):
            store.failed(1, "here", "x")
    assert (folder / FILE).stat().st_mtime_ns == before
