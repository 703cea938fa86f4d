"""Mail that could not be read or judged, and the note of what is being tried, which outlives a crash."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.rows import compact


class Stage(StrEnum):
    HEADER = "header"
    BODY = "body"
    JUDGING = "judging"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Quarantined:
    message: int
    message_id: str
    stage: Stage
    words: str
    version: str
    """Of what failed: another version tries again."""


def take(connection: Connection, stage: Stage, keys: Sequence[str]) -> None:
    """Note what is about to be risked. Committed, so that a crash leaves it behind."""
    connection.execute("INSERT OR REPLACE INTO in_hand (stage, keys) VALUES (?, ?)", (stage, compact(list(keys))))


def put_down(connection: Connection, stage: Stage, acquitted: Sequence[str] = ()) -> None:
    """It went well, or failed without a crash; what was suspected of one no longer is."""
    with transaction(connection):
        connection.execute("DELETE FROM in_hand WHERE stage = ?", (stage,))
        connection.executemany("DELETE FROM suspects WHERE stage = ? AND key = ?", [(stage, key) for key in acquitted])


def charge(connection: Connection, stage: Stage) -> int:
    """What an engine that crashed had in hand becomes suspect; returns how many there are of it."""
    with transaction(connection):
        row = connection.execute("DELETE FROM in_hand WHERE stage = ? RETURNING keys", (stage,)).fetchone()
        keys = [] if row is None else json.loads(row["keys"])
        connection.executemany(
            "INSERT INTO suspects (stage, key, alone) VALUES (?, ?, ?) "
            "ON CONFLICT (stage, key) DO UPDATE SET alone = alone + excluded.alone",
            [(stage, key, int(len(keys) == 1)) for key in keys],
        )
    return len(keys)


def suspects(connection: Connection, stage: Stage) -> dict[str, int]:
    """Key → crashes at which nothing else was in hand."""
    rows = connection.execute("SELECT key, alone FROM suspects WHERE stage = ?", (stage,))
    return {row["key"]: row["alone"] for row in rows}


def any_suspects(connection: Connection) -> bool:
    """Did the last engine crash over a message, or is one still under suspicion?"""
    row = connection.execute("SELECT EXISTS (SELECT 1 FROM in_hand) OR EXISTS (SELECT 1 FROM suspects)").fetchone()
    return bool(row[0])


def set_aside(connection: Connection, message: int, stage: Stage, words: str, version: str) -> None:
    """Joins the caller's transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO quarantine (message, stage, words, version) VALUES (?, ?, ?, ?)",
        (message, stage, words, version),
    )
    connection.execute("UPDATE threads SET stale = 1 WHERE id = (SELECT thread FROM messages WHERE id = ?)", (message,))


def set_thread_aside(connection: Connection, thread: int, words: str, version: str) -> None:
    """Joins the caller's transaction: the word hangs on its newest message."""
    connection.execute(
        "INSERT OR REPLACE INTO quarantine (message, stage, words, version) "
        "SELECT max(id), ?, ?, ? FROM messages WHERE thread = ? HAVING max(id) IS NOT NULL",
        (Stage.THREAD, words, version, thread),
    )


def release(connection: Connection, message: int, stage: Stage, *, but: str) -> None:
    """Joins the caller's transaction: forget that a version other than this one gave it up."""
    connection.execute("DELETE FROM quarantine WHERE message = ? AND stage = ? AND version != ?", (message, stage, but))


def holds_any(connection: Connection) -> bool:
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM quarantine)").fetchone()[0])


def of_other_versions(connection: Connection, stage: Stage, version: str) -> tuple[int, ...]:
    """Messages that another version gave up."""
    rows = connection.execute("SELECT message FROM quarantine WHERE stage = ? AND version != ?", (stage, version))
    return tuple(row["message"] for row in rows)


def pardon(connection: Connection, stage: Stage, version: str) -> None:
    """Another version tries again what an older one gave up."""
    with transaction(connection):
        connection.execute(
            "UPDATE threads SET stale = 1 WHERE id IN (SELECT thread FROM messages JOIN quarantine ON message = id "
            "WHERE stage = ? AND version != ?)",
            (stage, version),
        )
        gone = connection.execute("DELETE FROM quarantine WHERE stage = ? AND version != ?", (stage, version))
        if gone.rowcount:
            connection.execute("DELETE FROM suspects WHERE stage = ?", (stage,))


def all_quarantined(connection: Connection) -> tuple[Quarantined, ...]:
    """Newest first."""
    rows = connection.execute(
        "SELECT quarantine.*, messages.message_id FROM quarantine JOIN messages ON messages.id = quarantine.message "
        "ORDER BY quarantine.message DESC"
    )
    return tuple(_from(row) for row in rows)


def _from(row: sqlite3.Row) -> Quarantined:
    return Quarantined(row["message"], row["message_id"], Stage(row["stage"]), row["words"], row["version"])
