"""Opening the database: pragmas, transactions, and sqlite3's errors in our words.

Plain sqlite3 costs 5 ms to import; sqlite_utils costs 130–200 ms with numpy installed, so it is imported only where a
schema has to be made or migrated.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from clientinbox.errors import ClientInboxError

BUSY_TIMEOUT_S = 10.0
_BUSY_PAUSE_S = 0.01
BATCH_LIMIT = 200
"""Messages one transaction may hold, so that a door never waits long for its turn to write."""


class StoreError(ClientInboxError):
    """The database could not be read or written."""


class StoreBusy(StoreError):
    """Another process held it for longer than we wait."""


def _translated(error: sqlite3.Error) -> StoreError:
    words = str(error)
    if "full" in words:
        return StoreError("The disk is full, so the change was not kept.", todo="Free some space and try again.")
    if "disk I/O" in words:
        return StoreError(
            "The disk could not be written or read, so the change was not kept.",
            todo="It may be full or failing: look, and try again.",
        )
    if "readonly" in words or "unable to open" in words:
        return StoreError(
            "The database cannot be written.", todo="Check the permissions of its folder (clientinbox locate data)."
        )
    if "locked" in words or "busy" in words:
        return StoreBusy("The database is busy.", todo="Try again in a moment.")
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in words or "not a database" in words):
        return StoreError(
            "The database file is damaged.", todo="Move it away and sync again; what is on the server comes back."
        )
    return StoreError(f"The database said: {words}.")


class Connection(sqlite3.Connection):
    """A connection whose errors are ours. One thread owns it."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        try:
            return super().execute(sql, parameters)
        except sqlite3.Error as exc:
            raise _translated(exc) from exc

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        try:
            return super().executemany(sql, parameters)
        except sqlite3.Error as exc:
            raise _translated(exc) from exc


def connect(path: Path) -> Connection:
    """Open the database, making or migrating it where needed. The file and its folder are for the owner's eyes only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, factory=Connection)
    except OSError as exc:
        raise StoreError(
            f"The database {path} cannot be opened ({exc.strerror}).", todo="Check the folder's permissions."
        ) from exc
    except sqlite3.Error as exc:
        raise _translated(exc) from exc
    connection.row_factory = sqlite3.Row
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate_if_needed(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: Connection) -> None:
    """SQLite heeds no busy timeout here, and of processes that open a fresh file at once all but one would fail."""
    deadline = monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except StoreBusy:
            if monotonic() > deadline:
                raise
            sleep(_BUSY_PAUSE_S)
        else:
            return


def _migrate_if_needed(connection: Connection) -> None:
    from clientinbox.edge.store.migration_names import MIGRATION_SET, NAMES

    try:
        rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATION_SET,))
        applied = {row["name"] for row in rows}
    except StoreError:  # no such table: a fresh file
        applied = set()
    newer = applied - set(NAMES)
    if newer:
        raise StoreError(
            "The database was made by a newer clientinbox.", todo="Update this one, or use another data folder."
        )
    if applied != set(NAMES):
        from clientinbox.edge.store.schema import migrate

        migrate(connection)


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT: whole or not at all.

    Immediate, because a deferred read that turns into a write fails as "locked" in spite of the busy timeout.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back by itself
            connection.execute("ROLLBACK")
        raise
