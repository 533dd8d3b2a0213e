"""The table of a campaign: one SQLite file, one row a run, one writer; what is committed survives kill -9.

`runs` and `findings` hold what (root, k) decides and nothing else, so that their hash is that of the campaign.
`work` holds what was measured by clocks, `attempts` every flight that the rig failed.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from perilune_host.errors import InputError, RigError
from perilune_rig.campaign.run.database import Database
from perilune_rig.campaign.run.flying import Flown
from perilune_rig.campaign.run.row import Found, Row, Work

FILE = "campaign.sqlite"
_LOCK = "campaign.lock"
_JSON = ("values", "sets", "place", "touchdown", "drawn")  # of Row
_PLAIN = [f.name for f in fields(Row) if f.name not in ("findings",)]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    k INTEGER PRIMARY KEY, stratum TEXT, replicate INTEGER, seed INTEGER, "values" TEXT, sets TEXT, place TEXT,
    outcome TEXT, verdict TEXT, reason TEXT, explained TEXT, touchdown TEXT, propellant_left_kg REAL, sim_time_s REAL,
    ticks INTEGER, fault_events INTEGER, trace_hash TEXT, drawn TEXT, profile BLOB);
CREATE TABLE IF NOT EXISTS findings (
    k INTEGER, id TEXT, value, passed INTEGER, design_met INTEGER, bound INTEGER, PRIMARY KEY (k, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS work (
    k INTEGER PRIMARY KEY, worker TEXT, flight_s REAL, other_s REAL, parts_us TEXT, tick_us TEXT, gc_us REAL,
    fingerprint TEXT);
CREATE TABLE IF NOT EXISTS attempts (k INTEGER, n INTEGER, worker TEXT, why TEXT, PRIMARY KEY (k, n)) WITHOUT ROWID;
"""


class Store:
    """A campaign's folder, opened to be written to or only read. A context.

    InputError if there is none to read, or if another process is writing to it.
    """

    def __init__(self, folder: Path, write: bool = False) -> None:
        self.folder, self.path = folder, folder / FILE
        self._lock: sqlite3.Connection | None = None
        if write:
            self._take()
        elif not self.path.is_file():
            raise InputError(f"{folder}: no campaign here: there is no {FILE}")
        try:
            self._db = Database(self.path, write=write)
            if write:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.executescript(_SCHEMA)
            self._check()
        except BaseException:
            self._let_go()
            raise

    def _take(self) -> None:
        """The system drops this lock with the process, however that ends."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = sqlite3.connect(self.folder / _LOCK, isolation_level=None, timeout=0.0)
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            busy = "locked" in str(error)
            why = "another process is flying this campaign" if busy else f"it cannot be written: {error}"
            raise InputError(f"{self.folder}: {why}") from None
        except OSError as error:
            raise InputError(
                f"{error.filename or self.folder}: cannot be written: {error.strerror}"
            ) from None

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_error: object) -> None:
        self._db.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _check(self) -> None:
        """Damage is said now, not after hours of flying."""
        found = next(self._db.rows("PRAGMA quick_check(1)"))[0]
        if found != "ok":
            raise InputError(f"{self.path}: damaged: {found}")
        next(self._db.rows("SELECT count(*) FROM runs"))

    def about(self) -> dict[str, Any]:
        """What was written by `describe`."""
        with self._whole():
            return {key: json.loads(value) for key, value in self._db.rows("SELECT key, value FROM about")}
        return {}

    def describe(self, about: dict[str, Any]) -> None:
        """Keep facts about the campaign, by key, as JSON."""
        rows = [(key, json.dumps(value)) for key, value in about.items()]
        self._db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", rows)

    def add(self, flown: Flown) -> bool:
        """Keep a run; False if it was there already. RigError if it was there and came out otherwise this time."""
        row, work = flown.row, flown.work
        self._db.execute("BEGIN IMMEDIATE")
        try:
            new = self._insert(row, work)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.roll_back()
            raise
        if not new and self.row(row.k).trace_hash != row.trace_hash:
            raise RigError(f"run {row.k} flown twice came out differently: the rig is not repeatable")
        return new

    def _insert(self, row: Row, work: Work) -> bool:
        marks = ", ".join("?" * len(_PLAIN))
        new = self._db.execute(f"INSERT OR IGNORE INTO runs VALUES ({marks})", _plain(row)).rowcount == 1
        if new:
            found = [(row.k, *astuple(finding)) for finding in row.findings]
            self._db.executemany("INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?)", found)
            self._db.execute("INSERT INTO work VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _worked(row.k, work))
        return new

    def failed(self, k: int, worker: str, why: str) -> None:
        """Mark one more failed attempt at run k."""
        made = "SELECT coalesce(max(n), 0) + 1 FROM attempts WHERE k = ?"
        self._db.execute(f"INSERT INTO attempts VALUES (?, ({made}), ?, ?)", (k, k, worker, why))

    def failures(self) -> list[tuple[int, int, str, str]]:
        """Every failed attempt: (k, n, worker, why)."""
        return [
            (k, n, who, why)
            for k, n, who, why in self._db.rows("SELECT k, n, worker, why FROM attempts ORDER BY k, n")
        ]

    def done(self) -> set[int]:
        """The runs that are there."""
        return {k for (k,) in self._db.rows("SELECT k FROM runs")}

    def row(self, k: int) -> Row:
        """One run; RigError if it is not there."""
        for row in self._rows("WHERE k = ?", (k,)):
            return row
        raise RigError(f"{self.path}: no run {k}")

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Around reading what was written as JSON."""
        try:
            yield
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{self.path}: damaged: {error}") from None

    def rows(self) -> Iterator[Row]:
        """All runs in the order of their index."""
        return self._rows("ORDER BY k")

    def _rows(self, clause: str, values: tuple = ()) -> Iterator[Row]:
        with self._whole():
            for raw in self._db.rows(f"SELECT * FROM runs {clause}", values):
                data = dict(zip(_PLAIN, raw, strict=True))
                data |= {name: json.loads(data[name]) for name in _JSON}
                data |= {"sets": tuple(data["sets"]), "place": tuple(data["place"])}
                yield Row(**data, findings=self._findings(data["k"]))

    def _findings(self, k: int) -> tuple[Found, ...]:
        query = "SELECT id, value, passed, design_met, bound FROM findings WHERE k = ?"
        return tuple(
            Found(name, value, bool(passed), None if met is None else bool(met), bool(bound))
            for name, value, passed, met, bound in self._db.rows(query, (k,))
        )

    def works(self) -> Iterator[tuple[int, Work]]:
        """What each run cost, by index."""
        for k, worker, flight_s, other_s, parts, ticks, gc_us, fingerprint in self._db.rows(
            "SELECT * FROM work ORDER BY k"
        ):
            yield (
                k,
                Work(
                    worker, flight_s, other_s, json.loads(parts), tuple(json.loads(ticks)), gc_us, fingerprint
                ),
            )

    def table_hash(self) -> str:
        """SHA-256 over runs and findings: two campaigns with the same one flew the same, row for row, bit for bit."""
        digest = hashlib.sha256()
        for table, order in (("runs", "k"), ("findings", "k, id")):
            for raw in self._db.rows(f"SELECT * FROM {table} ORDER BY {order}"):
                digest.update(repr(raw).encode())
        return digest.hexdigest()


def _plain(row: Row) -> tuple:
    values = {name: getattr(row, name) for name in _PLAIN}
    return tuple(json.dumps(value) if name in _JSON else value for name, value in values.items())


def _worked(k: int, work: Work) -> tuple:
    parts, ticks = json.dumps(work.parts_us), json.dumps(work.tick_us)
    return (k, work.worker, work.flight_s, work.other_s, parts, ticks, work.gc_us, work.fingerprint)
