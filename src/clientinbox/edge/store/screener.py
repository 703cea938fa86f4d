"""Who wrote and is no client: From, Subject and Date of their mail, for 30 days, and whom the user waved off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.mail.message import Address

KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ScreenedSender:
    sender: Address
    """With the name that the newest mail gives."""
    subjects: tuple[str, ...]
    """Newest first, each once."""
    count: int
    last: datetime


def screen(
    connection: Connection, folder: int, uid: int, sender: Address, subject: str, sent_at: datetime, now: datetime
) -> None:
    """Joins the caller's transaction, which has skipped this UID."""
    if sent_at < now - KEPT_FOR or not sender.email:
        return
    connection.execute(
        "INSERT OR REPLACE INTO screened (folder, uid, from_name, from_email, subject, sent_at) "
        "SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM screener_ignored WHERE email = ?)",
        (folder, uid, sender.name, sender.email, subject, sent_at.isoformat(), sender.email),
    )


def purge(connection: Connection, now: datetime) -> int:
    """Forget what is older than it may be kept; returns how many."""
    return connection.execute(
        "DELETE FROM screened WHERE julianday(sent_at) < julianday(?)", ((now - KEPT_FOR).isoformat(),)
    ).rowcount


def screened(connection: Connection, now: datetime) -> tuple[ScreenedSender, ...]:
    """Whoever wrote last comes first. A mail in two folders counts once."""
    rows = connection.execute(
        "SELECT DISTINCT from_name, from_email, subject, sent_at FROM screened "
        "WHERE julianday(sent_at) >= julianday(?) ORDER BY julianday(sent_at) DESC",
        ((now - KEPT_FOR).isoformat(),),
    )
    return _by_sender((row[0], row[1], row[2], datetime.fromisoformat(row[3])) for row in rows)


def strangers_stored(connection: Connection, since: datetime) -> tuple[ScreenedSender, ...]:
    """People outside who wrote mail that is stored and who are no contact of any client; whoever wrote last first."""
    rows = connection.execute(
        "SELECT from_name, from_email, subject, sent_at FROM messages WHERE ours = 0 AND automatic = '' "
        "AND from_email != '' AND julianday(sent_at) >= julianday(?) "
        "AND from_email NOT IN (SELECT email FROM contacts) AND from_email NOT IN (SELECT email FROM screener_ignored) "
        "ORDER BY julianday(sent_at) DESC",
        (since.isoformat(),),
    )
    return _by_sender((row[0], row[1], row[2], datetime.fromisoformat(row[3])) for row in rows)


def ignore(connection: Connection, email: str, now: datetime) -> int:
    """Ask no more about this sender, and forget what was kept of them; returns how many mails that were."""
    with transaction(connection):
        connection.execute(
            "INSERT OR IGNORE INTO screener_ignored (email, made_at) VALUES (?, ?)", (email, now.isoformat())
        )
        return connection.execute("DELETE FROM screened WHERE from_email = ?", (email,)).rowcount


def unignore(connection: Connection, email: str) -> bool:
    """False where nobody had waved them off."""
    return connection.execute("DELETE FROM screener_ignored WHERE email = ?", (email,)).rowcount > 0


def ignored(connection: Connection) -> tuple[str, ...]:
    return tuple(row["email"] for row in connection.execute("SELECT email FROM screener_ignored ORDER BY email"))


def _by_sender(mails: Iterable[tuple[str, str, str, datetime]]) -> tuple[ScreenedSender, ...]:
    found: dict[str, list[tuple[str, str, datetime]]] = {}
    for name, email, subject, sent_at in mails:
        found.setdefault(email, []).append((name, subject, sent_at))
    return tuple(
        ScreenedSender(
            Address(next((name for name, _, _ in theirs if name), ""), email),
            tuple(dict.fromkeys(subject for _, subject, _ in theirs)),
            len(theirs),
            theirs[0][2],
        )
        for email, theirs in found.items()
    )
