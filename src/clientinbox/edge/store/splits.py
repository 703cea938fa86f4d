"""Threads that a person took apart: kept by Message-ID, and never joined again by what mail arrives later."""

from dataclasses import dataclass
from datetime import datetime

from clientinbox.edge.store import writes
from clientinbox.edge.store.connection import Connection, transaction


@dataclass(frozen=True, slots=True)
class Split:
    id: int
    origin: int
    """The thread that it was taken from."""
    thread: int
    messages: int


def split(connection: Connection, message_id: str, now: datetime) -> Split | None:
    """A message and the later ones under its subject become a thread of their own. None where that would leave nothing
    behind.
    """
    with transaction(connection):
        root = connection.execute(
            "SELECT thread, subject_key, julianday(sent_at) AS sent FROM messages WHERE message_id = ?", (message_id,)
        ).fetchone()
        if root is None:
            return None
        moved = [
            (row["id"], row["message_id"])
            for row in connection.execute(
                "SELECT id, message_id FROM messages WHERE thread = ? AND subject_key = ? AND julianday(sent_at) >= ?",
                (root["thread"], root["subject_key"], root["sent"]),
            )
        ]
        total = connection.execute("SELECT count(*) FROM messages WHERE thread = ?", (root["thread"],)).fetchone()[0]
        if len(moved) == total:
            return None
        thread = writes.new_thread(connection)
        connection.executemany("UPDATE messages SET thread = ? WHERE id = ?", [(thread, each) for each, _ in moved])
        connection.executemany("UPDATE mentions SET thread = ? WHERE message_id = ?", [(thread, m) for _, m in moved])
        connection.execute(
            "UPDATE early_replies SET thread = ? WHERE thread = ? AND subject_key = ?",
            (thread, root["thread"], root["subject_key"]),
        )
        connection.execute("UPDATE threads SET stale = 1 WHERE id = ?", (root["thread"],))
        row = connection.execute(
            "INSERT INTO splits (message_id, origin, thread, made_at) VALUES (?, ?, ?, ?) RETURNING id",
            (message_id, root["thread"], thread, now.isoformat()),
        ).fetchone()
    return Split(row["id"], root["thread"], thread, len(moved))


def undo_split(connection: Connection, number: int, now: datetime) -> int | None:
    """Join what was taken apart; the thread that it is again, None where it was joined already."""
    with transaction(connection):
        row = connection.execute(
            "UPDATE splits SET undone_at = ? WHERE id = ? AND undone_at IS NULL RETURNING origin, thread",
            (now.isoformat(), number),
        ).fetchone()
        if row is None:
            return None
        kept, other = sorted(_now(connection, thread) for thread in (row["origin"], row["thread"]))
        if kept != other:
            writes.merge_threads(connection, kept, [other])
        connection.execute("UPDATE threads SET stale = 1 WHERE id = ?", (kept,))
    return kept


def last_split_at(connection: Connection, message_id: str) -> int | None:
    """The split that begins with a message."""
    row = connection.execute(
        "SELECT id FROM splits WHERE message_id = ? AND undone_at IS NULL ORDER BY id DESC", (message_id,)
    ).fetchone()
    return None if row is None else int(row["id"])


def origins(connection: Connection) -> dict[int, int]:
    """Thread that was split off → the one it came from, both as they are called now."""
    rows = connection.execute("SELECT origin, thread FROM splits WHERE undone_at IS NULL ORDER BY id").fetchall()
    return {_now(connection, row["thread"]): _now(connection, row["origin"]) for row in rows}


def _now(connection: Connection, thread: int) -> int:
    row = connection.execute("SELECT coalesce(merged_into, id) FROM threads WHERE id = ?", (thread,)).fetchone()
    return int(row[0])
