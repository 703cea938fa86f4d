"""Everything that changes mail in the database. Each function is one short transaction, or says that it joins one."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from clientinbox.edge.store import words
from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.rows import (
    ID_SHIFT,
    StoredVerdict,
    SummaryRow,
    attachments_column,
    compact,
    cues_column,
    evidence_column,
    invitation_column,
    recipients_column,
    zones_column,
)
from clientinbox.mail.message import Address, Body, Envelope
from clientinbox.mail.zone import Zone


@dataclass(frozen=True, slots=True)
class Listing:
    """The first fact about a message: it is there, and what its header says."""

    uid: int
    envelope: Envelope
    flags: tuple[str, ...]
    received: datetime
    """INTERNALDATE, else Date clamped to now."""
    size: int
    ours: bool
    subject_key: str
    thread: int | None
    """To join; None for a thread of its own."""
    merged: tuple[int, ...] = ()
    """Threads that turn out to be the same one."""
    mentioned: tuple[str, ...] = ()
    is_reply: bool = False
    """By its subject."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The second fact: what it says."""

    message: int
    body: Body
    zones: tuple[Zone, ...]
    own_text: str | None
    """None: as the zones have it, so that it need not be stored a second time."""
    deflated: bytes | None
    """As it came, deflated; None: too large to keep; the server has it."""
    version: str


def deflate(raw: bytes) -> bytes:
    """Long before the transaction: a third of the time that reading takes. Levels above 1 save 3 %."""
    return zlib.compress(raw, 1)


def folder_id(connection: Connection, account: str, name: str, role: str) -> int:
    row = connection.execute(
        "INSERT INTO folders (account, name, role) VALUES (?, ?, ?) "
        "ON CONFLICT (account, name) DO UPDATE SET role = excluded.role RETURNING id",
        (account, name, role),
    ).fetchone()
    return int(row["id"])


def forget_uids(connection: Connection, folder: int, uids: Sequence[int]) -> None:
    """The server no longer has these."""
    with transaction(connection):
        mark_stale_by_place(connection, folder, uids)
        connection.executemany("DELETE FROM places WHERE folder = ? AND uid = ?", [(folder, uid) for uid in uids])
        connection.executemany("DELETE FROM skips WHERE folder = ? AND uid = ?", [(folder, uid) for uid in uids])


def mark_stale_by_place(connection: Connection, folder: int, uids: Iterable[int]) -> None:
    """Joins the caller's transaction."""
    connection.executemany(
        "UPDATE threads SET stale = 1 WHERE id = (SELECT thread FROM messages JOIN places ON messages.id = places.message "
        "WHERE places.folder = ? AND places.uid = ?)",
        [(folder, uid) for uid in uids],
    )


def set_flags(connection: Connection, folder: int, flags: dict[int, tuple[str, ...]]) -> None:
    with transaction(connection):
        mark_stale_by_place(connection, folder, flags)
        connection.executemany(
            "UPDATE places SET flags = ? WHERE folder = ? AND uid = ?",
            [(" ".join(value), folder, uid) for uid, value in flags.items()],
        )


def skip(connection: Connection, folder: int, reasons: Iterable[tuple[int, str]]) -> None:
    """Joins the caller's transaction: messages that are on the server and not stored, each with its reason."""
    connection.executemany(
        "INSERT INTO skips (folder, uid, reason) VALUES (?, ?, ?) "
        "ON CONFLICT (folder, uid) DO UPDATE SET reason = excluded.reason, retry_at = NULL",
        [(folder, uid, reason) for uid, reason in reasons],
    )


def new_thread(connection: Connection) -> int:
    return int(connection.execute("INSERT INTO threads DEFAULT VALUES").lastrowid or 0)


def mark_stale(connection: Connection, messages: Iterable[tuple[int, int]]) -> None:
    """Joins the caller's transaction: (message, thread) pairs of what has changed."""
    connection.executemany("UPDATE threads SET stale = max(stale, ?) WHERE id = ?", messages)


_IF_EARLIER = (
    " ON CONFLICT (thread) DO UPDATE SET subject_key = excluded.subject_key, message = excluded.message, "
    "sent = excluded.sent WHERE excluded.sent < sent"
)


def merge_threads(connection: Connection, kept: int, merged: Iterable[int]) -> None:
    """Joins the caller's transaction. The older id stays; the others point to it for ever."""
    for other in merged:
        connection.execute("UPDATE messages SET thread = ? WHERE thread = ?", (kept, other))
        connection.execute("UPDATE mentions SET thread = ? WHERE thread = ?", (kept, other))
        connection.execute("UPDATE threads SET merged_into = ? WHERE merged_into = ?", (kept, other))
        connection.execute("UPDATE threads SET merged_into = ?, stale = 0 WHERE id = ?", (kept, other))
        connection.execute("DELETE FROM summaries WHERE thread = ?", (other,))
        connection.execute(
            "INSERT INTO early_replies SELECT ?, subject_key, message, sent FROM early_replies WHERE thread = ?"
            + _IF_EARLIER,
            (kept, other),
        )
        connection.execute("DELETE FROM early_replies WHERE thread = ?", (other,))


def list_message(connection: Connection, folder: int | None, listing: Listing) -> int:
    """Joins the caller's transaction: add the message, or the place of one already known. Returns its id.

    `folder` is None for our own mail that no folder is known to hold yet.
    """
    known = connection.execute(
        "SELECT id, thread FROM messages WHERE message_id = ?", (listing.envelope.message_id,)
    ).fetchone()
    if known is not None:
        message, thread = int(known["id"]), int(known["thread"])
    else:
        thread = listing.thread if listing.thread is not None else new_thread(connection)
        merge_threads(connection, thread, listing.merged)
        message = _add_message(connection, thread, listing)
    if folder is not None:
        connection.execute(
            "INSERT OR REPLACE INTO places (folder, uid, message, flags) VALUES (?, ?, ?, ?)",
            (folder, listing.uid, message, " ".join(listing.flags)),
        )
    mark_stale(connection, [(message, thread)])
    return message


def _add_message(connection: Connection, thread: int, listing: Listing) -> int:
    envelope = listing.envelope
    message = _free_id(connection, listing.received)
    connection.execute(
        "INSERT INTO messages (id, message_id, digest, thread, sent_at, ours, automatic, from_name, from_email, recipients, "
        "subject, subject_key, auth, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message,
            envelope.message_id,
            envelope.digest,
            thread,
            (envelope.date or listing.received).isoformat(),
            int(listing.ours),
            envelope.automatic,
            envelope.sender.name,
            envelope.sender.email,
            recipients_column(envelope),
            envelope.subject,
            listing.subject_key,
            compact(list(envelope.authentication_results)),
            listing.size,
        ),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO mentions (message_id, thread) VALUES (?, ?)",
        [(mentioned, thread) for mentioned in listing.mentioned],
    )
    if listing.is_reply and listing.subject_key:
        connection.execute(
            "INSERT INTO early_replies (thread, subject_key, message, sent) VALUES (?, ?, ?, ?)" + _IF_EARLIER,
            (thread, listing.subject_key, message, (envelope.date or listing.received).timestamp()),
        )
    return message


def _free_id(connection: Connection, received: datetime) -> int:
    first = max(1, int(received.timestamp())) << ID_SHIFT
    row = connection.execute(
        "SELECT max(id) AS taken FROM messages WHERE id BETWEEN ? AND ?", (first, first + (1 << ID_SHIFT) - 1)
    ).fetchone()
    return first if row["taken"] is None else int(row["taken"]) + 1


def read_messages(connection: Connection, readings: Sequence[Reading]) -> None:
    """Bodies, zones and the full-text index of at most BATCH_LIMIT messages."""
    with transaction(connection):
        rows = {
            row["id"]: row
            for row in connection.execute(
                "SELECT id, thread, subject, from_name || ' ' || from_email AS sender, recipients, body IS NOT NULL AS again, "
                "ours = 0 AND automatic = '' AS spoken FROM messages WHERE id IN (SELECT value FROM json_each(?))",
                (compact([reading.message for reading in readings]),),
            )
        }
        found = sorted((r for r in readings if r.message in rows), key=lambda reading: reading.message)
        for reading in found:
            if rows[reading.message]["again"]:
                words.remove(connection, reading.message)
        words.index(
            connection,
            (
                (
                    r.message,
                    rows[r.message]["subject"],
                    rows[r.message]["sender"],
                    rows[r.message]["recipients"],
                    r.body.text,
                )
                for r in found
            ),
        )
        connection.executemany(
            "UPDATE messages SET body = ?, own_text = ?, zones = ?, attachments = ?, defects = ?, invitation = ?, "
            "read_version = ? "
            "WHERE id = ?",
            [
                (
                    reading.body.text,
                    reading.own_text,
                    zones_column(reading.zones),
                    attachments_column(reading.body.attachments),
                    compact(list(reading.body.defects)),
                    invitation_column(reading.body.invitation),
                    reading.version,
                    reading.message,
                )
                for reading in found
            ],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO raw (message, deflated) VALUES (?, ?)",
            [(reading.message, deflated) for reading in found if (deflated := reading.deflated) is not None],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO to_judge (message) VALUES (?)",
            [(reading.message,) for reading in found if rows[reading.message]["spoken"]],
        )
        mark_stale(connection, [(reading.message, rows[reading.message]["thread"]) for reading in found])


def forget_body(connection: Connection, message: int) -> None:
    """It is fetched and read again."""
    with transaction(connection):
        words.remove(connection, message)
        connection.execute("UPDATE messages SET body = NULL WHERE id = ?", (message,))
        connection.execute("DELETE FROM to_judge WHERE message = ?", (message,))


def forget_message(connection: Connection, message: int) -> None:
    """As if it had never been listed; what a person set hangs on its Message-ID and stays."""
    with transaction(connection):
        words.remove(connection, message)
        row = connection.execute("DELETE FROM messages WHERE id = ? RETURNING thread", (message,)).fetchone()
        connection.execute("UPDATE threads SET stale = 1 WHERE id = ?", (row["thread"],))


def understand_messages(connection: Connection, verdicts: Sequence[tuple[int, StoredVerdict]]) -> None:
    """The third fact: what each message is for, and how tense."""
    with transaction(connection):
        for message, verdict in verdicts:
            said = verdict.classification
            connection.execute(
                "INSERT OR REPLACE INTO verdicts (message, version, labels, unsure, probabilities, tension, "
                "tension_probabilities, evidence, cues) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    message,
                    verdict.version,
                    compact(sorted(said.labels)),
                    compact(sorted(said.unsure)),
                    compact({label.value: round(p, 4) for label, p in said.probabilities.items()}),
                    int(said.tension),
                    compact([round(p, 4) for p in said.tension_probabilities]),
                    evidence_column(said.evidence),
                    cues_column(verdict.cues),
                ),
            )
        connection.executemany("DELETE FROM to_judge WHERE message = ?", [(message,) for message, _ in verdicts])
        connection.executemany(
            "UPDATE threads SET stale = max(stale, ?1) WHERE id = (SELECT thread FROM messages WHERE id = ?1)",
            [(message,) for message, _ in verdicts],
        )


def summarise(connection: Connection, summary: SummaryRow) -> None:
    """Joins the caller's transaction, which must also have read what the summary was derived from."""
    connection.execute(
        "INSERT OR REPLACE INTO summaries (thread, last_message, deciding_message, messages, in_inbox, unread, urgent, "
        "client, project, project_confidence, project_reason, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            summary.thread,
            summary.last_message,
            summary.deciding_message,
            summary.messages,
            int(summary.in_inbox),
            int(summary.unread),
            int(summary.urgent),
            summary.client,
            summary.project,
            summary.project_confidence,
            summary.project_reason,
            compact(summary.state),
        ),
    )
    connection.execute("UPDATE threads SET stale = 0 WHERE id = ?", (summary.thread,))


def mark_fresh(connection: Connection, thread: int) -> None:
    """Joins the caller's transaction: nothing can be derived of this thread, it has no messages."""
    connection.execute("DELETE FROM summaries WHERE thread = ?", (thread,))
    connection.execute("UPDATE threads SET stale = 0 WHERE id = ?", (thread,))


def add_correction(connection: Connection, message_id: str, field: str, value: int, now: datetime) -> int:
    """A person's word about a message; returns the row's id, for undo."""
    with transaction(connection):
        _mark_stale_by_message_id(connection, message_id)
        row = connection.execute(
            "INSERT INTO corrections (message_id, field, value, made_at) VALUES (?, ?, ?, ?) RETURNING id",
            (message_id, field, value, now.isoformat()),
        ).fetchone()
    return int(row["id"])


def _mark_stale_by_message_id(connection: Connection, message_id: str) -> None:
    connection.execute(
        "UPDATE threads SET stale = 1 WHERE id = (SELECT thread FROM messages WHERE message_id = ?)", (message_id,)
    )


def undo_correction(connection: Connection, correction: int, now: datetime) -> None:
    with transaction(connection):
        row = connection.execute("SELECT message_id FROM corrections WHERE id = ?", (correction,)).fetchone()
        _mark_stale_by_message_id(connection, row["message_id"])
        connection.execute("UPDATE corrections SET undone_at = ? WHERE id = ?", (now.isoformat(), correction))


def mark_ours(connection: Connection, is_ours: Callable[[Address], bool]) -> None:
    """Say anew which messages one of us wrote, after the registry has changed."""
    with transaction(connection):
        emails = [row[0] for row in connection.execute("SELECT DISTINCT from_email FROM messages")]
        connection.executemany(
            "UPDATE messages SET ours = ? WHERE from_email = ?",
            [(int(is_ours(Address("", email))), email) for email in emails],
        )
        connection.execute(
            "DELETE FROM to_judge WHERE message IN (SELECT id FROM messages WHERE id IN (SELECT message FROM to_judge) AND ours = 1)"
        )
        connection.execute(
            "INSERT OR IGNORE INTO to_judge SELECT id FROM messages WHERE ours = 0 AND automatic = '' AND body IS NOT NULL "
            "AND id NOT IN (SELECT message FROM verdicts)"
        )
