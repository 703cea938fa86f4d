"""Questions to the mail in the database, each named after what it asks; answers are values."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clientinbox.edge.store.connection import Connection
from clientinbox.edge.store.rows import (
    ID_SHIFT,
    FolderRow,
    StoredMessage,
    SummaryRow,
    compact,
    folder_from,
    message_from,
    summary_from,
)

_MESSAGE = (
    "SELECT messages.*, verdicts.version, verdicts.labels, verdicts.unsure, verdicts.probabilities, verdicts.tension, "
    "verdicts.tension_probabilities, verdicts.evidence, verdicts.cues, "
    "quarantine.words AS unreadable, quarantine.stage AS failed_stage "
    "FROM messages LEFT JOIN verdicts ON verdicts.message = messages.id "
    "LEFT JOIN quarantine ON quarantine.message = messages.id "
)


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def folders(connection: Connection, account: str | None = None) -> tuple[FolderRow, ...]:
    rows = connection.execute(
        "SELECT * FROM folders WHERE ? IS NULL OR account = ? ORDER BY account, role != 'inbox', name",
        (account, account),
    )
    return tuple(folder_from(row) for row in rows)


def stored_uids(connection: Connection, folder: int) -> frozenset[int]:
    return frozenset(row[0] for row in connection.execute("SELECT uid FROM places WHERE folder = ?", (folder,)))


def skipped_uids(connection: Connection, folder: int) -> frozenset[int]:
    return frozenset(row[0] for row in connection.execute("SELECT uid FROM skips WHERE folder = ?", (folder,)))


def flags_by_uid(connection: Connection, folder: int) -> dict[int, tuple[str, ...]]:
    rows = connection.execute("SELECT uid, flags FROM places WHERE folder = ?", (folder,))
    return {row["uid"]: tuple(row["flags"].split()) for row in rows}


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that is listed and not yet read."""

    message: int
    uid: int
    size: int


def bodies_missing(connection: Connection, folder: int) -> tuple[Unread, ...]:
    """Newest first."""
    rows = connection.execute(
        "SELECT messages.id, places.uid, messages.size FROM messages JOIN places ON places.message = messages.id "
        "WHERE messages.body IS NULL AND places.folder = ? "
        "AND messages.id NOT IN (SELECT message FROM unreadable) ORDER BY messages.id DESC",
        (folder,),
    )
    return tuple(Unread(*row) for row in rows)


def message_by_id(connection: Connection, message_id: str) -> int | None:
    row = connection.execute("SELECT id FROM messages WHERE message_id = ?", (message_id,)).fetchone()
    return None if row is None else int(row["id"])


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch of messages may meet in the store."""

    digests: dict[str, str]
    """Message-ID → digest."""
    threads: dict[str, int]
    """Message-ID that some header named → thread."""
    early_replies: dict[str, set[int]]
    """Subject → threads whose earliest reply has it; of several threads one, and 0."""


def known(
    connection: Connection, message_ids: Sequence[str], mentioned: Sequence[str], subject_keys: Sequence[str]
) -> Known:
    def answers(sql: str, values: Sequence[str]) -> list[Any]:
        return connection.execute(sql, (compact(list(values)),)).fetchall()

    within = "IN (SELECT value FROM json_each(?))"
    digests = answers(f"SELECT message_id, digest FROM messages WHERE message_id {within}", message_ids)
    threads = answers(f"SELECT message_id, thread FROM mentions WHERE message_id {within}", mentioned)
    early = answers(
        "SELECT value, thread, message < (SELECT max(message) FROM early_replies WHERE subject_key = value) "
        "FROM json_each(?) JOIN early_replies ON message = (SELECT min(message) FROM early_replies WHERE subject_key = value)",
        tuple(dict.fromkeys(subject_keys)),
    )
    return Known(
        {row[0]: row[1] for row in digests},
        {row[0]: row[1] for row in threads},
        {row[0]: {row[1], 0} if row[2] else {row[1]} for row in early},
    )


@dataclass(frozen=True, slots=True)
class SameSubject:
    message: int
    thread: int
    subject: str
    sent_at: datetime
    correspondents: frozenset[str]


def same_subject(connection: Connection, subject_key: str, received: datetime) -> tuple[SameSubject, ...]:
    """The messages under a normalised subject that came nearest to a moment, before and after it."""
    return _nearest(
        connection,
        "SELECT id, thread, subject, sent_at, from_email, recipients FROM messages "
        "WHERE subject_key = ? AND subject_key != '' AND id",
        "id",
        subject_key,
        received,
    )


def early_replies(connection: Connection, subject_key: str, received: datetime) -> tuple[SameSubject, ...]:
    """The earliest replies of their threads among them."""
    return _nearest(
        connection,
        "SELECT id, messages.thread, subject, sent_at, from_email, recipients FROM early_replies JOIN messages "
        "ON messages.id = early_replies.message WHERE early_replies.subject_key = ? AND message",
        "message",
        subject_key,
        received,
    )


def _nearest(
    connection: Connection, select: str, order: str, subject_key: str, received: datetime, limit: int = 20
) -> tuple[SameSubject, ...]:
    middle = int(received.timestamp()) << ID_SHIFT
    before = f"SELECT * FROM ({select} < ? ORDER BY {order} DESC LIMIT ?)"
    after = f"SELECT * FROM ({select} >= ? ORDER BY {order} LIMIT ?)"
    rows = connection.execute(f"{before} UNION ALL {after}", (subject_key, middle, limit, subject_key, middle, limit))
    return tuple(
        SameSubject(
            row["id"],
            row["thread"],
            row["subject"],
            datetime.fromisoformat(row["sent_at"]),
            frozenset({row["from_email"]} | {a[1] for group in json.loads(row["recipients"]) for a in group}),
        )
        for row in rows
    )


def first_message(connection: Connection, thread: int) -> int:
    """The message that a thread begins with, by the date it was sent."""
    row = connection.execute(
        "SELECT id FROM messages WHERE thread = ? ORDER BY julianday(sent_at), id LIMIT 1", (thread,)
    ).fetchone()
    return int(row["id"])


def by_hand(connection: Connection, messages: Sequence[int]) -> frozenset[int]:
    """Those of them that a person wrote."""
    rows = connection.execute(
        "SELECT id FROM messages WHERE automatic = '' AND id IN (SELECT value FROM json_each(?))",
        (compact(list(messages)),),
    )
    return frozenset(row[0] for row in rows)


_NOT_SET_ASIDE = "message NOT IN (SELECT message FROM quarantine WHERE stage IN ('body', 'judging'))"


def never_judged(connection: Connection, limit: int) -> tuple[int, ...]:
    """Messages of people outside whose words were read and not yet judged, newest first."""
    rows = connection.execute(
        f"SELECT message FROM to_judge WHERE {_NOT_SET_ASIDE} ORDER BY message DESC LIMIT ?", (limit,)
    )
    return tuple(row[0] for row in rows)


def judged_otherwise(connection: Connection, version: str, limit: int) -> tuple[int, ...]:
    """Those that another version judged, newest first."""
    rows = connection.execute(
        "SELECT message FROM verdicts JOIN messages ON messages.id = verdicts.message WHERE (version < ?1 OR version > ?1) "
        f"AND ours = 0 AND automatic = '' AND {_NOT_SET_ASIDE} ORDER BY message DESC LIMIT ?2",
        (version, limit),
    )
    return tuple(row[0] for row in rows)


def change_mark(connection: Connection) -> tuple[int, int]:
    """Differs from what it was once anything in the database has been changed, by this connection or another."""
    return connection.total_changes, int(connection.execute("PRAGMA data_version").fetchone()[0])


def stale_threads(connection: Connection, limit: int, since: int = 1) -> tuple[int, ...]:
    """To be derived again, newest first: what this message or a newer one changed, or what is not mail at all."""
    select = "SELECT id FROM threads WHERE stale != 0 AND stale"
    rows = connection.execute(f"{select} >= ? ORDER BY stale DESC LIMIT ?", (since, limit)).fetchall()
    rows = rows or connection.execute(f"{select} = 1 LIMIT ?", (limit,)).fetchall()
    return tuple(row[0] for row in rows)


def resolve_thread(connection: Connection, thread: int) -> int | None:
    """The id that a thread has now, after merges; None where there never was one."""
    row = connection.execute("SELECT coalesce(merged_into, id) AS now FROM threads WHERE id = ?", (thread,)).fetchone()
    return None if row is None else int(row["now"])


@dataclass(frozen=True, slots=True)
class Held:
    message: int
    read: bool


def held(connection: Connection, message_id: str) -> Held | None:
    """Whether a message is stored, and with its body."""
    row = connection.execute("SELECT id, body IS NOT NULL FROM messages WHERE message_id = ?", (message_id,)).fetchone()
    return None if row is None else Held(row[0], bool(row[1]))


def thread_of(connection: Connection, message_id: str) -> int | None:
    row = connection.execute("SELECT thread FROM messages WHERE message_id = ?", (message_id,)).fetchone()
    return None if row is None else int(row["thread"])


def thread_of_message(connection: Connection, message: int) -> int:
    return int(connection.execute("SELECT thread FROM messages WHERE id = ?", (message,)).fetchone()["thread"])


def messages_by_id(connection: Connection, ids: Sequence[int]) -> tuple[StoredMessage, ...]:
    rows = connection.execute(_MESSAGE + f"WHERE messages.id IN ({_marks(ids)}) ORDER BY messages.id", tuple(ids))
    return tuple(message_from(row, {}) for row in rows)


def thread_messages(connection: Connection, thread: int) -> tuple[StoredMessage, ...]:
    """Oldest first, with what a person set about each.

    By the date they were sent: the id knows only when each came to its server, which after a move of a whole mailbox is
    the same minute for all.
    """
    rows = connection.execute(_MESSAGE + "WHERE messages.thread = ?", (thread,)).fetchall()
    corrected = corrections(connection, [row["message_id"] for row in rows])
    found = (message_from(row, corrected.get(row["message_id"], {})) for row in rows)
    return tuple(sorted(found, key=lambda message: (message.sent_at, message.id)))


@dataclass(frozen=True, slots=True)
class MessageHeader:
    id: int
    message_id: str
    ours: bool


def thread_headers(connection: Connection, thread: int) -> tuple[MessageHeader, ...]:
    """Oldest first, without their text."""
    rows = connection.execute(
        "SELECT id, message_id, ours FROM messages WHERE thread = ? ORDER BY julianday(sent_at), id", (thread,)
    )
    return tuple(MessageHeader(row["id"], row["message_id"], bool(row["ours"])) for row in rows)


def corrected_messages(connection: Connection) -> tuple[StoredMessage, ...]:
    """Those about which a person has set something that stands."""
    rows = connection.execute(
        _MESSAGE + "WHERE messages.message_id IN (SELECT message_id FROM corrections WHERE undone_at IS NULL)"
    ).fetchall()
    corrected = corrections(connection, [row["message_id"] for row in rows])
    return tuple(message_from(row, corrected[row["message_id"]]) for row in rows)


def corrections(connection: Connection, message_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Message-ID → field → value; the newest word that was not taken back."""
    found: dict[str, dict[str, int]] = {}
    for start in range(0, len(message_ids), 500):
        part = message_ids[start : start + 500]
        rows = connection.execute(
            f"SELECT message_id, field, value FROM corrections WHERE undone_at IS NULL AND message_id IN ({_marks(part)}) "
            "ORDER BY id",
            tuple(part),
        )
        for row in rows:
            found.setdefault(row["message_id"], {})[row["field"]] = row["value"]
    return found


def urgent_summaries(connection: Connection) -> tuple[SummaryRow, ...]:
    rows = connection.execute("SELECT * FROM summaries WHERE urgent = 1 AND in_inbox = 1")
    return tuple(summary_from(row) for row in rows)


def quiet_count(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM summaries WHERE urgent = 0 AND in_inbox = 1").fetchone()
    return int(row[0])


def quiet_page(connection: Connection, start: int, count: int) -> tuple[SummaryRow, ...]:
    """Threads of the inbox that need nobody, newest first."""
    rows = connection.execute(
        "SELECT * FROM summaries WHERE urgent = 0 AND in_inbox = 1 ORDER BY last_message DESC LIMIT ? OFFSET ?",
        (count, start),
    )
    return tuple(summary_from(row) for row in rows)


def summary(connection: Connection, thread: int) -> SummaryRow | None:
    row = connection.execute("SELECT * FROM summaries WHERE thread = ?", (thread,)).fetchone()
    return None if row is None else summary_from(row)


def raw_message(connection: Connection, message: int) -> bytes | None:
    row = connection.execute("SELECT deflated FROM raw WHERE message = ?", (message,)).fetchone()
    return None if row is None else zlib.decompress(row["deflated"])


def keeps_raw(connection: Connection, message: int) -> bool:
    return connection.execute("SELECT 1 FROM raw WHERE message = ?", (message,)).fetchone() is not None


def all_messages(connection: Connection) -> Iterator[StoredMessage]:
    """Oldest first, a page at a time."""
    last = 0
    while True:
        rows = connection.execute(_MESSAGE + "WHERE messages.id > ? ORDER BY messages.id LIMIT 200", (last,)).fetchall()
        if not rows:
            return
        corrected = corrections(connection, [row["message_id"] for row in rows])
        for row in rows:
            yield message_from(row, corrected.get(row["message_id"], {}))
        last = rows[-1]["id"]


def places_of(connection: Connection, message: int) -> tuple[tuple[str, str], ...]:
    """(account, folder) pairs."""
    rows = connection.execute(
        "SELECT folders.account, folders.name FROM places JOIN folders ON folders.id = places.folder WHERE places.message = ? "
        "ORDER BY folders.id",
        (message,),
    )
    return tuple((row[0], row[1]) for row in rows)


def message_count(connection: Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])
