"""The folders of accounts as they were last seen: which messages are where, what was left out and why, what is proven.

Each function is one short transaction, or says that it joins one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.rows import FolderRow, folder_from
from clientinbox.mail.ports import FolderState


@dataclass(frozen=True, slots=True)
class FolderCounts:
    """What the store has of a folder."""

    stored: int
    skipped: tuple[tuple[str, int], ...]
    """(reason, count), most frequent first."""
    not_read: int
    """Listed, and the body not here yet."""
    unreadable: tuple[tuple[str, int], ...]
    """Of those: (the server's words, count) for which it did not give the body."""


def counts(connection: Connection, folder: int) -> FolderCounts:
    def grouped(sql: str) -> tuple[tuple[str, int], ...]:
        return tuple((row[0], row[1]) for row in connection.execute(sql, (folder,)))

    return FolderCounts(
        stored=connection.execute("SELECT count(*) FROM places WHERE folder = ?", (folder,)).fetchone()[0],
        skipped=grouped("SELECT reason, count(*) FROM skips WHERE folder = ? GROUP BY reason ORDER BY 2 DESC, 1"),
        not_read=connection.execute(
            "SELECT count(*) FROM messages JOIN places ON places.message = messages.id "
            "WHERE messages.body IS NULL AND places.folder = ?",
            (folder,),
        ).fetchone()[0],
        unreadable=grouped(
            "SELECT words, count(*) FROM unreadable JOIN places ON places.message = unreadable.message "
            "WHERE folder = ? GROUP BY words ORDER BY 2 DESC, 1"
        ),
    )


def followed(connection: Connection, account: str) -> tuple[FolderRow, ...]:
    """The folders that the last pass of an account looked at, INBOX first."""
    rows = connection.execute(
        "SELECT * FROM folders WHERE account = ? AND followed = 1 ORDER BY role != 'inbox', name", (account,)
    )
    return tuple(folder_from(row) for row in rows)


def follow(connection: Connection, account: str, chosen: Mapping[str, str]) -> dict[str, FolderRow]:
    """Say which folders (name → role) an account's passes look at; returns their rows by name."""
    with transaction(connection):
        connection.execute("UPDATE folders SET followed = 0 WHERE account = ? AND followed = 1", (account,))
        connection.executemany(
            "INSERT INTO folders (account, name, role) VALUES (?, ?, ?) "
            "ON CONFLICT (account, name) DO UPDATE SET role = excluded.role, followed = 1",
            [(account, name, role) for name, role in chosen.items()],
        )
    return {row.name: row for row in followed(connection, account)}


def rename(connection: Connection, folder: int, name: str, role: str) -> None:
    """The server shows a folder under another name; the row that was made for that name gives way."""
    with transaction(connection):
        account = connection.execute("SELECT account FROM folders WHERE id = ?", (folder,)).fetchone()["account"]
        connection.execute("DELETE FROM folders WHERE account = ? AND name = ?", (account, name))
        connection.execute(
            "UPDATE folders SET name = ?, role = ?, followed = 1, settled = 0 WHERE id = ?", (name, role, folder)
        )
        _mark_stale(connection, folder)


def forget(connection: Connection, folder: int) -> None:
    """A folder is gone from its server. Its messages stay, with their threads and all that was decided; they are in
    no folder any more, and so no longer in the inbox.
    """
    with transaction(connection):
        _mark_stale(connection, folder)
        connection.execute("DELETE FROM folders WHERE id = ?", (folder,))


def choose_by(connection: Connection, folder: int, chosen_by: str, scope_reasons: Sequence[str]) -> None:
    """Scope or history is another one now: what the old one left out comes back into question."""
    with transaction(connection):
        connection.execute("UPDATE folders SET chosen_by = ?, settled = 0 WHERE id = ?", (chosen_by, folder))
        connection.executemany(
            "DELETE FROM skips WHERE folder = ? AND reason = ?", [(folder, reason) for reason in scope_reasons]
        )


def drop_skips(connection: Connection, reasons: Sequence[str]) -> int:
    """Messages that were left out come back into question, for instance when a client was added. Returns how many."""
    with transaction(connection):
        connection.execute("UPDATE folders SET settled = 0")
        return sum(connection.execute("DELETE FROM skips WHERE reason = ?", (reason,)).rowcount for reason in reasons)


def ask_again(connection: Connection, folder: int, now: datetime | None) -> None:
    """What the server did not give comes back into question once its time has come; without `now`, all of it."""
    limit = "9999" if now is None else now.isoformat()
    with transaction(connection):
        connection.execute("DELETE FROM skips WHERE folder = ? AND retry_at <= ?", (folder, limit))
        connection.execute(
            "DELETE FROM unreadable WHERE retry_at <= ? AND message IN (SELECT message FROM places WHERE folder = ?)",
            (limit, folder),
        )


def retries_due(connection: Connection, folder: int, now: datetime | None) -> bool:
    """Is there something that the server did not give, and should be asked for again? Without `now`: at any time."""
    limit = "9999" if now is None else now.isoformat()
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM skips WHERE folder = ? AND retry_at <= ?) OR EXISTS (SELECT 1 FROM unreadable "
        "JOIN places ON places.message = unreadable.message WHERE folder = ? AND retry_at <= ?)",
        (folder, limit, folder, limit),
    ).fetchone()
    return bool(row[0])


def row(connection: Connection, folder: int) -> FolderRow:
    return folder_from(connection.execute("SELECT * FROM folders WHERE id = ?", (folder,)).fetchone())


def messages_at(connection: Connection, folder: int) -> dict[int, int]:
    """UID → message."""
    rows = connection.execute("SELECT uid, message FROM places WHERE folder = ?", (folder,))
    return {row["uid"]: row["message"] for row in rows}


def remap(
    connection: Connection, folder: int, uidvalidity: int, places: Mapping[int, tuple[int, tuple[str, ...]]]
) -> None:
    """UIDVALIDITY changed: each UID that is known by its message now stands for it, all at once. What was skipped is
    looked at again.
    """
    with transaction(connection):
        _mark_stale(connection, folder)
        connection.execute("DELETE FROM places WHERE folder = ?", (folder,))
        connection.execute("DELETE FROM skips WHERE folder = ?", (folder,))
        connection.executemany(
            "INSERT INTO places (folder, uid, message, flags) VALUES (?, ?, ?, ?)",
            [(folder, uid, message, " ".join(flags)) for uid, (message, flags) in places.items()],
        )
        connection.execute(
            "UPDATE folders SET uidvalidity = ?, uidnext = NULL, highestmodseq = NULL, settled = 0 WHERE id = ?",
            (uidvalidity, folder),
        )
        _mark_stale(connection, folder)


def note_refused(connection: Connection, folder: int, words: Mapping[int, str], retry_at: datetime) -> None:
    """The server did not give these at all."""
    with transaction(connection):
        connection.executemany(
            "INSERT INTO skips (folder, uid, reason, retry_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (folder, uid) DO UPDATE SET reason = excluded.reason, retry_at = excluded.retry_at",
            [(folder, uid, reason, retry_at.isoformat()) for uid, reason in words.items()],
        )


def note_unreadable(connection: Connection, words: Mapping[int, str], retry_at: datetime) -> None:
    """The server gave the headers of these messages and not their bodies."""
    with transaction(connection):
        connection.executemany(
            "INSERT OR REPLACE INTO unreadable (message, words, retry_at) VALUES (?, ?, ?)",
            [(message, reason, retry_at.isoformat()) for message, reason in words.items()],
        )


def note_pass_over(
    connection: Connection,
    folder: int,
    state: FolderState,
    on_server: int,
    *,
    older: int,
    settled: bool,
    compared_at: datetime | None,
    now: datetime,
) -> None:
    """A pass has ended in which all that `state` showed was listed; `on_server` is what the server said afterwards.

    `on_server` goes with UIDNEXT and HIGHESTMODSEQ of the earlier state: were they not of one moment, the next pass sees
    a state that differs, and looks.
    """
    connection.execute(
        "UPDATE folders SET uidvalidity = ?, uidnext = ?, highestmodseq = ?, on_server = ?, older = ?, settled = ?, "
        "compared_at = coalesce(?, compared_at), checked_at = ? WHERE id = ?",
        (
            state.uidvalidity,
            state.uidnext,
            state.highestmodseq,
            on_server,
            older,
            int(settled),
            None if compared_at is None else compared_at.isoformat(),
            now.isoformat(),
            folder,
        ),
    )


def note_checked(connection: Connection, folder: int, now: datetime) -> None:
    """The server showed it unchanged."""
    connection.execute("UPDATE folders SET checked_at = ? WHERE id = ?", (now.isoformat(), folder))


@dataclass(frozen=True, slots=True)
class AccountPass:
    """How the last pass over an account ended."""

    ended_at: datetime
    error: str | None
    retry: bool
    exit_code: int


def note_pass(connection: Connection, account: str, ended: AccountPass) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO account_passes (account, ended_at, error, retry, exit_code) VALUES (?, ?, ?, ?, ?)",
        (account, ended.ended_at.isoformat(), ended.error, int(ended.retry), ended.exit_code),
    )


def last_pass(connection: Connection, account: str) -> AccountPass | None:
    row = connection.execute("SELECT * FROM account_passes WHERE account = ?", (account,)).fetchone()
    if row is None:
        return None
    return AccountPass(datetime.fromisoformat(row["ended_at"]), row["error"], bool(row["retry"]), row["exit_code"])


def mention_digest(message_id: str) -> int:
    """63 bits: enough to find a conversation again, nothing to read a private mail's id from."""
    return int.from_bytes(hashlib.sha256(message_id.encode("utf-8", "replace")).digest()[:8]) >> 1


def note_skip_mentions(connection: Connection, folder: int, mentions: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Joins the caller's transaction, which has skipped these UIDs."""
    connection.executemany(
        "INSERT OR IGNORE INTO skip_mentions (mention, folder, uid) VALUES (?, ?, ?)",
        [(mention_digest(each), folder, uid) for uid, ids in mentions for each in ids],
    )


def question_again(connection: Connection, message_ids: Iterable[str]) -> None:
    """Joins the caller's transaction: what was left out and belongs to a conversation with these ids is looked at
    again, in whatever folder.
    """
    for message_id in message_ids:
        found = connection.execute(
            "SELECT folder, uid FROM skip_mentions WHERE mention = ?", (mention_digest(message_id),)
        ).fetchall()
        for row in found:
            connection.execute("DELETE FROM skips WHERE folder = ? AND uid = ?", (row["folder"], row["uid"]))
            connection.execute("UPDATE folders SET settled = 0 WHERE id = ?", (row["folder"],))


def _mark_stale(connection: Connection, folder: int) -> None:
    """Joins the caller's transaction."""
    connection.execute(
        "UPDATE threads SET stale = 1 WHERE id IN (SELECT thread FROM messages JOIN places ON messages.id = places.message "
        "WHERE places.folder = ?)",
        (folder,),
    )
