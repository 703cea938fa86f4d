"""What is to go out: drafts as they were last typed, the outbox, and what was changed on a server. Values out.

The outbox is a small machine: waiting → sending → sent → filed; sending → waiting when it did not work, → failed when it
never will; waiting → cancelled when its writer takes it back. Each arrow is one short transaction that holds only from
the state it starts at, so that a door that cancels and an engine that sends cannot both win.
"""

import json
import sqlite3
import zlib
from dataclasses import dataclass
from datetime import datetime

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.rows import compact
from clientinbox.mail.drafts import Draft, OutboxEntry, OutboxState, ServerWrite


@dataclass(frozen=True, slots=True)
class NewEntry:
    message_id: str
    account: str
    thread: int | None
    draft: int
    raw: bytes
    sender: str
    recipients: tuple[str, ...]
    subject: str
    answers: str
    queued_at: datetime
    not_before: datetime


_DRAFT = (
    "SELECT drafts.*, coalesce(threads.merged_into, threads.id) AS thread_now FROM drafts "
    "LEFT JOIN threads ON threads.id = drafts.thread "
)
_ENTRY = (
    "SELECT outbox.*, coalesce(threads.merged_into, threads.id) AS thread_now FROM outbox "
    "LEFT JOIN threads ON threads.id = outbox.thread "
)
_COLUMNS = {"to": "to_line", "cc": "cc_line", "bcc": "bcc_line", "subject": "subject", "body": "body"}


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _draft_from(row: sqlite3.Row) -> Draft:
    return Draft(
        id=row["id"],
        account=row["account"],
        thread=row["thread_now"],
        kind=row["kind"],
        in_reply_to=row["in_reply_to"],
        to=row["to_line"],
        cc=row["cc_line"],
        bcc=row["bcc_line"],
        subject=row["subject"],
        body=row["body"],
        waived=json.loads(row["waived"]),
        made_at=datetime.fromisoformat(row["made_at"]),
        saved_at=datetime.fromisoformat(row["saved_at"]),
        outbox=row["outbox"],
    )


def _entry_from(row: sqlite3.Row) -> OutboxEntry:
    return OutboxEntry(
        id=row["id"],
        message_id=row["message_id"],
        account=row["account"],
        thread=row["thread_now"],
        draft=row["draft"],
        sender=row["sender"],
        recipients=tuple(json.loads(row["recipients"])),
        subject=row["subject"],
        answers=row["answers"],
        state=OutboxState(row["state"]),
        uncertain=bool(row["uncertain"]),
        queued_at=datetime.fromisoformat(row["queued_at"]),
        not_before=datetime.fromisoformat(row["not_before"]),
        retry_at=_moment(row["retry_at"]),
        attempts=row["attempts"],
        last_error=row["last_error"],
        sent_at=_moment(row["sent_at"]),
        filed=bool(row["filed"]),
    )


# ---- drafts


def add_draft(
    connection: Connection,
    *,
    account: str,
    thread: int | None,
    kind: str,
    in_reply_to: str,
    to: str,
    cc: str,
    subject: str,
    body: str,
    now: datetime,
) -> Draft:
    with transaction(connection):
        row = connection.execute(
            "INSERT INTO drafts (account, thread, kind, in_reply_to, to_line, cc_line, bcc_line, subject, body, waived, "
            "made_at, saved_at) VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, '{}', ?, ?) RETURNING id",
            (account, thread, kind, in_reply_to, to, cc, subject, body, now.isoformat(), now.isoformat()),
        ).fetchone()
    made = draft(connection, int(row["id"]))
    if made is None:
        raise LookupError("a draft that was just written is not there")
    return made


def draft(connection: Connection, number: int) -> Draft | None:
    """None where there is none, or it was discarded."""
    row = connection.execute(_DRAFT + "WHERE drafts.id = ? AND drafts.discarded_at IS NULL", (number,)).fetchone()
    return None if row is None else _draft_from(row)


def open_drafts(connection: Connection) -> tuple[Draft, ...]:
    """Neither discarded nor queued nor sent, last saved first."""
    rows = connection.execute(
        _DRAFT
        + "WHERE drafts.discarded_at IS NULL AND drafts.outbox IS NULL ORDER BY drafts.saved_at DESC, drafts.id DESC"
    )
    return tuple(_draft_from(row) for row in rows)


def save_draft(
    connection: Connection, number: int, changes: dict[str, str], waived: dict[str, str] | None, now: datetime
) -> bool:
    """Whole or not at all. False where it is not open (discarded, queued, sent)."""
    columns = [f"{_COLUMNS[name]} = ?" for name in changes]
    values = list(changes.values())
    if waived is not None:
        columns.append("waived = ?")
        values.append(compact(waived))
    with transaction(connection):
        saved = connection.execute(
            f"UPDATE drafts SET {', '.join([*columns, 'saved_at = ?'])} "
            "WHERE id = ? AND discarded_at IS NULL AND outbox IS NULL",
            (*values, now.isoformat(), number),
        )
    return saved.rowcount == 1


def discard_draft(connection: Connection, number: int, now: datetime) -> bool:
    """False where it is not open. Its words stay in the database, and `recover_draft` brings them back."""
    with transaction(connection):
        done = connection.execute(
            "UPDATE drafts SET discarded_at = ? WHERE id = ? AND discarded_at IS NULL AND outbox IS NULL",
            (now.isoformat(), number),
        )
    return done.rowcount == 1


def recover_draft(connection: Connection, number: int) -> bool:
    with transaction(connection):
        done = connection.execute(
            "UPDATE drafts SET discarded_at = NULL WHERE id = ? AND discarded_at IS NOT NULL", (number,)
        )
    return done.rowcount == 1


# ---- the outbox, from a door


def queue(connection: Connection, new: NewEntry) -> int | None:
    """The entry's id; None where the draft is not open (another door was faster)."""
    with transaction(connection):
        row = connection.execute(
            "INSERT INTO outbox (message_id, account, thread, draft, raw, sender, recipients, subject, answers, state, "
            "queued_at, not_before) SELECT ?, ?, ?, id, ?, ?, ?, ?, ?, 'waiting', ?, ? FROM drafts "
            "WHERE id = ? AND discarded_at IS NULL AND outbox IS NULL RETURNING id",
            (
                new.message_id,
                new.account,
                new.thread,
                new.raw,
                new.sender,
                compact(new.recipients),
                new.subject,
                new.answers,
                new.queued_at.isoformat(),
                new.not_before.isoformat(),
                new.draft,
            ),
        ).fetchone()
        if row is None:
            return None
        connection.execute("UPDATE drafts SET outbox = ? WHERE id = ?", (row["id"], new.draft))
    return int(row["id"])


def cancel(connection: Connection, number: int) -> bool:
    """Back to its draft. False where it is too late: it is being sent, was sent, or may have been."""
    with transaction(connection):
        done = connection.execute(
            "UPDATE outbox SET state = 'cancelled' WHERE id = ? AND state = 'waiting' AND uncertain = 0", (number,)
        )
        if done.rowcount:
            connection.execute("UPDATE drafts SET outbox = NULL WHERE outbox = ?", (number,))
    return done.rowcount == 1


def send_now(connection: Connection, number: int, now: datetime) -> bool:
    """End the undo window."""
    with transaction(connection):
        done = connection.execute(
            "UPDATE outbox SET not_before = ?, retry_at = NULL WHERE id = ? AND state = 'waiting'",
            (now.isoformat(), number),
        )
    return done.rowcount == 1


def entry(connection: Connection, number: int) -> OutboxEntry | None:
    row = connection.execute(_ENTRY + "WHERE outbox.id = ?", (number,)).fetchone()
    return None if row is None else _entry_from(row)


def outbox(connection: Connection) -> tuple[OutboxEntry, ...]:
    """What is on its way, and what failed and was neither queued again nor discarded; oldest first."""
    rows = connection.execute(
        _ENTRY + "LEFT JOIN drafts ON drafts.id = outbox.draft WHERE outbox.state IN ('waiting', 'sending') OR ("
        "outbox.state = 'failed' AND drafts.outbox IS NULL AND drafts.discarded_at IS NULL "
        "AND outbox.id = (SELECT max(id) FROM outbox AS latest WHERE latest.draft = drafts.id)) ORDER BY outbox.id"
    )
    return tuple(_entry_from(row) for row in rows)


def is_own(connection: Connection, message_id: str) -> bool:
    """Did a mail with this Message-ID go through the outbox?"""
    return connection.execute("SELECT 1 FROM outbox WHERE message_id = ?", (message_id,)).fetchone() is not None


# ---- the outbox, from the engine


def take_up(connection: Connection) -> None:
    """At an engine's start: what another one was sending when it died may or may not have arrived."""
    with transaction(connection):
        connection.execute("UPDATE outbox SET state = 'waiting', uncertain = 1 WHERE state = 'sending'")


def retry_at_once(connection: Connection) -> None:
    """Somebody asks for a sync: the network may be back."""
    with transaction(connection):
        connection.execute("UPDATE outbox SET retry_at = NULL WHERE retry_at IS NOT NULL")


def unsent(connection: Connection) -> tuple[OutboxEntry, ...]:
    rows = connection.execute(_ENTRY + "WHERE outbox.state = 'waiting' ORDER BY outbox.id")
    return tuple(_entry_from(row) for row in rows)


def unfiled(connection: Connection) -> tuple[OutboxEntry, ...]:
    """Sent, and not yet in its thread and the Sent folder."""
    rows = connection.execute(_ENTRY + "WHERE outbox.state = 'sent' AND outbox.filed = 0 ORDER BY outbox.id")
    return tuple(_entry_from(row) for row in rows)


def raw_of(connection: Connection, number: int) -> bytes:
    return bytes(connection.execute("SELECT raw FROM outbox WHERE id = ?", (number,)).fetchone()["raw"])


def claim(connection: Connection, number: int) -> bool:
    """Before anybody talks to the server. False where it was cancelled meanwhile."""
    with transaction(connection):
        done = connection.execute(
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ? AND state = 'waiting'", (number,)
        )
    return done.rowcount == 1


def note_sent(connection: Connection, number: int, now: datetime, *, warning: str = "") -> None:
    with transaction(connection):
        connection.execute(
            "UPDATE outbox SET state = 'sent', uncertain = 0, sent_at = ?, attempts = 0, retry_at = NULL, last_error = ? WHERE id = ?",
            (now.isoformat(), warning, number),
        )


def note_retry(connection: Connection, number: int, error: str, retry_at: datetime, *, uncertain: bool) -> None:
    with transaction(connection):
        connection.execute(
            "UPDATE outbox SET state = 'waiting', uncertain = ?, last_error = ?, retry_at = ? WHERE id = ?",
            (int(uncertain), error, retry_at.isoformat(), number),
        )


def note_failed(connection: Connection, number: int, error: str) -> None:
    """Its draft is open again."""
    with transaction(connection):
        connection.execute("UPDATE outbox SET state = 'failed', last_error = ? WHERE id = ?", (error, number))
        connection.execute("UPDATE drafts SET outbox = NULL WHERE outbox = ?", (number,))


def note_filed(connection: Connection, number: int, *, warning: str = "") -> None:
    with transaction(connection):
        connection.execute(
            "UPDATE outbox SET filed = 1, last_error = CASE WHEN ? = '' THEN last_error ELSE ? END WHERE id = ?",
            (warning, warning, number),
        )


def note_filing_retry(connection: Connection, number: int, retry_at: datetime) -> None:
    with transaction(connection):
        connection.execute(
            "UPDATE outbox SET attempts = attempts + 1, retry_at = ? WHERE id = ?", (retry_at.isoformat(), number)
        )


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """Where a message lies on a server, as far as is known."""

    account: str
    folder: str
    uidvalidity: int
    uid: int
    flags: tuple[str, ...]


def places_by_message_id(connection: Connection, message_id: str, account: str) -> tuple[StoredPlace, ...]:
    rows = connection.execute(
        "SELECT folders.account, folders.name, folders.uidvalidity, places.uid, places.flags FROM messages "
        "JOIN places ON places.message = messages.id JOIN folders ON folders.id = places.folder "
        "WHERE messages.message_id = ? AND folders.account = ? AND folders.uidvalidity IS NOT NULL ORDER BY folders.id",
        (message_id, account),
    )
    return tuple(StoredPlace(row[0], row[1], row[2], row[3], tuple(row[4].split())) for row in rows)


# ---- what was changed on a server


def record_write(connection: Connection, write: ServerWrite) -> None:
    """Joins the caller's transaction where there is one."""
    connection.execute(
        "INSERT INTO server_writes (at, account, folder, what, message_id) VALUES (?, ?, ?, ?, ?)",
        (write.at.isoformat(), write.account, write.folder, write.what, write.message_id),
    )


def server_writes(connection: Connection) -> tuple[ServerWrite, ...]:
    """Oldest first."""
    rows = connection.execute("SELECT * FROM server_writes ORDER BY id")
    return tuple(
        ServerWrite(datetime.fromisoformat(row["at"]), row["account"], row["folder"], row["what"], row["message_id"])
        for row in rows
    )


def raw_message(connection: Connection, message_id: str) -> bytes | None:
    """A received message whole; None where it was too large to keep, or is not there."""
    row = connection.execute(
        "SELECT raw.deflated FROM raw JOIN messages ON messages.id = raw.message WHERE messages.message_id = ?",
        (message_id,),
    ).fetchone()
    return None if row is None else zlib.decompress(row["deflated"])
