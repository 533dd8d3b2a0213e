"""An SQLite file whose every trouble is one line: who holds it, what is wrong with it, and the mend."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from perilune_host.errors import InputError, PeriluneError, RigError

_WAIT_S = 60.0  # for another program that has the file open, such as a viewer or a backup
_Found = TypeVar("_Found")


class Database:
    """One connection, each statement a transaction of its own unless `BEGIN` says otherwise.

    InputError for a file that is damaged, read-only or no database; RigError where it stays busy or the disk is full.
    """

    def __init__(self, path: Path, *, write: bool, wait_s: float = _WAIT_S) -> None:
        self.path = path
        self._db = self._tried(lambda: self._connected(write, wait_s))

    def execute(self, statement: str, values: tuple = ()) -> sqlite3.Cursor:
        """As sqlite3's own."""
        return self._tried(lambda: self._db.execute(statement, values))

    def executemany(self, statement: str, rows: Iterable[tuple]) -> sqlite3.Cursor:
        """As sqlite3's own."""
        return self._tried(lambda: self._db.executemany(statement, rows))

    def executescript(self, script: str) -> sqlite3.Cursor:
        """As sqlite3's own."""
        return self._tried(lambda: self._db.executescript(script))

    def rows(self, statement: str, values: tuple = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, read as they are asked for."""
        cursor = self.execute(statement, values)
        while (row := self._tried(cursor.fetchone)) is not None:
            yield row

    def roll_back(self) -> None:
        """End a transaction that failed, if one is open."""
        if self._db.in_transaction:
            self._db.rollback()

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def _connected(self, write: bool, wait_s: float) -> sqlite3.Connection:
        if write:
            return sqlite3.connect(self.path, isolation_level=None, timeout=wait_s)
        url = f"file:{quote(bytes(self.path.resolve()))}?mode=ro"
        db = sqlite3.connect(url, uri=True, isolation_level=None, timeout=wait_s)
        try:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:  # a folder that cannot be written: fine if nobody was writing
            db.close()
            if self.path.with_name(self.path.name + "-wal").exists():
                raise
            return sqlite3.connect(f"{url}&immutable=1", uri=True, isolation_level=None, timeout=wait_s)
        return db

    def _tried(self, act: Callable[[], _Found]) -> _Found:
        try:
            return act()
        except sqlite3.Error as error:
            raise self._trouble(error) from None

    def _trouble(self, error: sqlite3.Error) -> PeriluneError:
        said = str(error)
        if "locked" in said or "busy" in said:
            return RigError(f"{self.path}: another program holds it: end it, then go on with --resume")
        if "full" in said or "disk I/O" in said:
            return RigError(f"{self.path}: cannot be written: {said}")
        if "readonly" in said or "unable to open" in said:
            return InputError(f"{self.path}: cannot be opened, or is read-only: {said}")
        return InputError(f"{self.path}: damaged, or not a campaign: {said}")
