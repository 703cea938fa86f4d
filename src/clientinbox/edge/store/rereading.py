"""Stored messages that an older reader has read: which come next, and how far reading them again has come.

Progress is a row of its own, so that a kill costs one step and a store without anything old is looked through once for
each version of the reader.
"""

import json
from dataclasses import dataclass

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.rows import compact

_LOOKED_AT = 200
_NAME = "read_again"


@dataclass(frozen=True, slots=True)
class Outdated:
    messages: tuple[int, ...]
    """Whose bytes are kept, newest first."""
    reached: int
    """What is older than this message has not been looked at."""


def next_outdated(connection: Connection, version: str, limit: int) -> Outdated | None:
    """At most `limit` messages that another version has read; None once all have been looked at."""
    looked_at = connection.execute(
        "SELECT id, body IS NOT NULL AND read_version IS NOT ? AND id IN (SELECT message FROM raw) AS outdated "
        "FROM messages WHERE id < ? ORDER BY id DESC LIMIT ?",
        (version, _below(connection, version), _LOOKED_AT),
    ).fetchall()
    if not looked_at:
        return None
    found = tuple(row["id"] for row in looked_at if row["outdated"])[:limit]
    return Outdated(found, found[-1] if len(found) == limit else looked_at[-1]["id"])


def note_reached(connection: Connection, version: str, reached: int) -> None:
    with transaction(connection):
        connection.execute(
            "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)",
            (_NAME, compact({"version": version, "below": reached})),
        )


def _below(connection: Connection, version: str) -> int:
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (_NAME,)).fetchone()
    mark = None if row is None else json.loads(row["value"])
    if mark is not None and mark["version"] == version:
        return int(mark["below"])
    return int(connection.execute("SELECT coalesce(max(id), 0) + 1 AS below FROM messages").fetchone()["below"])
