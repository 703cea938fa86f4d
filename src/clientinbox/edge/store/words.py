"""The full-text index: which words stand in which message. Its content is the message itself, kept once."""

from collections.abc import Iterable

from clientinbox.edge.store.connection import Connection

_INSERT = "INSERT INTO words (rowid, subject, sender, recipients, body) VALUES (?, ?, ?, ?, ?)"
_DELETE = (
    "INSERT INTO words (words, rowid, subject, sender, recipients, body) "
    "SELECT 'delete', id, subject, sender, recipients, body FROM searchable WHERE id = ? AND body IS NOT NULL"
)


def index(connection: Connection, entries: Iterable[tuple[int, str, str, str, str]]) -> None:
    """Joins the caller's transaction: (message, subject, sender, recipients, body) of messages not yet indexed.

    Oldest first: FTS5 writes a segment each time that a rowid is below the one before.
    """
    connection.executemany(_INSERT, sorted(entries))


def remove(connection: Connection, message: int) -> None:
    """Joins the caller's transaction, before the message is changed: an entry goes with the words it came with."""
    connection.execute(_DELETE, (message,))
