"""Telephone calls that were logged, and what was decided when the program advised one. Both hang on a thread's id."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.rows import compact


@dataclass(frozen=True, slots=True)
class CallRow:
    id: int
    thread: int | None
    client: str | None
    contact_email: str
    at: datetime
    data: dict[str, Any]
    """What was said, as the door that logged it put it: reached, minutes, agreed, mood…"""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    id: int
    thread: int
    message_id: str
    """The message the advice was about: a later one asks anew."""
    choice: str
    """call, hold or write."""
    reason: str
    until: datetime | None
    """When a hold ends."""
    made_at: datetime


_THREAD_NOW = "(SELECT coalesce(merged_into, id) FROM threads WHERE threads.id = {}.thread)"
_CALL = f"SELECT calls.*, {_THREAD_NOW.format('calls')} AS thread_now FROM calls WHERE undone_at IS NULL "
_DECISION = f"SELECT call_decisions.*, {_THREAD_NOW.format('call_decisions')} AS thread_now FROM call_decisions "


def log_call(
    connection: Connection,
    *,
    thread: int | None,
    client: str | None,
    contact_email: str,
    at: datetime,
    data: dict[str, Any],
    promises: Sequence[dict[str, Any]] = (),
) -> int:
    """The call and the promises made in it, whole or not at all. Returns the row's id, for undo."""
    with transaction(connection):
        row = connection.execute(
            "INSERT INTO calls (thread, client, contact_email, at, data) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (thread, client, contact_email, at.isoformat(), compact(data)),
        ).fetchone()
        connection.executemany(
            "INSERT INTO register_rows (kind, data, call) VALUES ('promises', ?, ?)",
            [(compact(promise), row["id"]) for promise in promises],
        )
        connection.execute("UPDATE threads SET stale = 1 WHERE id = ?", (thread,))
    return int(row["id"])


def undo_call(connection: Connection, call: int, now: datetime) -> None:
    with transaction(connection):
        connection.execute("UPDATE threads SET stale = 1 WHERE id = (SELECT thread FROM calls WHERE id = ?)", (call,))
        connection.execute("DELETE FROM register_rows WHERE call = ?", (call,))
        connection.execute("UPDATE calls SET undone_at = ? WHERE id = ?", (now.isoformat(), call))


def calls(connection: Connection, *, thread: int | None = None, client: str | None = None) -> tuple[CallRow, ...]:
    """All, of a thread or of a client; oldest first."""
    rows = connection.execute(
        _CALL + "AND (? IS NULL OR thread_now = ?) AND (? IS NULL OR client = ?) ORDER BY julianday(at), id",
        (thread, thread, client, client),
    )
    return tuple(_call_from(row) for row in rows)


def _call_from(row: sqlite3.Row) -> CallRow:
    return CallRow(
        row["id"],
        row["thread_now"],
        row["client"],
        row["contact_email"],
        datetime.fromisoformat(row["at"]),
        json.loads(row["data"]),
    )


def decide(
    connection: Connection,
    *,
    thread: int,
    message_id: str,
    choice: str,
    reason: str,
    until: datetime | None,
    now: datetime,
) -> int:
    """Call, hold or write anyway. Kept for ever: a later one counts instead of it, none replaces it."""
    with transaction(connection):
        row = connection.execute(
            "INSERT INTO call_decisions (thread, message_id, choice, reason, until, made_at) VALUES (?, ?, ?, ?, ?, ?) "
            "RETURNING id",
            (thread, message_id, choice, reason, None if until is None else until.isoformat(), now.isoformat()),
        ).fetchone()
    return int(row["id"])


def decisions(connection: Connection, thread: int) -> tuple[DecisionRow, ...]:
    """Oldest first; the last one about a message is the one that counts."""
    rows = connection.execute(_DECISION + "WHERE thread_now = ? ORDER BY id", (thread,))
    return tuple(
        DecisionRow(
            row["id"],
            row["thread_now"],
            row["message_id"],
            row["choice"],
            row["reason"],
            None if row["until"] is None else datetime.fromisoformat(row["until"]),
            datetime.fromisoformat(row["made_at"]),
        )
        for row in rows
    )
