"""The thread that empties the outbox: one mail after the other, each handed to a server once.

It has a connection of its own to the database, unlike the accounts' threads: between the server's "250" and the note
that the mail is sent lies the one moment in which a kill can make a mail go out twice, and that note must not wait
until the loop has judged a batch. It is written with a full sync to the disk, for the same reason. What remains of the
window is the answer's way over the network and one commit (RFC 1047); after a crash in it the Sent folder is asked
before anything is tried again, and the second try carries the same Message-ID.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from clientinbox.desk.engine.filing import Filing, NoSentFolder, file_copy, is_in_sent
from clientinbox.desk.events import Event, FilingFailed, MessageSent, SendFailed
from clientinbox.desk.syncing import SyncStopped
from clientinbox.edge.imap import ServerRefused, open_mailbox
from clientinbox.edge.secrets import secret_for
from clientinbox.edge.smtp import Delivery, DeliveryUnknown, hand_over
from clientinbox.edge.store import Connection, StoreError, connect, outgoing
from clientinbox.errors import ClientInboxError, LoginRefused, NetworkError, UsageError
from clientinbox.mail.account import Account, Server
from clientinbox.mail.drafts import OutboxEntry, OutboxState, ServerWrite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from clientinbox.desk.intake import Intake
    from clientinbox.mail.ports import Mailbox

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 30.0
"""A clock that is moved, or a mail queued by a door that could not tell us, is noticed after so long."""
_FIRST_RETRY, _LAST_RETRY = timedelta(seconds=30), timedelta(hours=1)
_FILING_ATTEMPTS = 6
_HOLD_FOR = timedelta(minutes=25)
"""An engine without a door stays for a mail in its undo window (20 minutes at most), not for one kept until Monday."""


class Loop(Protocol):
    """What the engine's own thread does for us."""

    def call(self, work: "Callable[[Intake], None]") -> "Future[None]": ...

    def post(self, work: Callable[[], None]) -> None: ...

    def now(self) -> datetime: ...

    def say(self, event: Event) -> None: ...


class Outbox:
    """`wake`, `stop` and the properties may be used by any thread."""

    def __init__(self, database: Path, accounts: tuple[Account, ...], loop: Loop, *, insecure: bool = False) -> None:
        self._database = database
        self._accounts = {account.name: account for account in accounts}
        self._loop = loop
        self._insecure = insecure
        self._guard = threading.Condition()
        self._asked = self._done = 0
        self._retry = False
        self._stopping = False
        self._holds = False
        self._thread: threading.Thread | None = None
        self._mailbox: Mailbox | None = None
        self._taken: set[int] = set()
        """Entries that a server has taken: were the note of it lost to a full disk, we still know."""

    def wake(self, *, retry: bool = False) -> int:
        """Look at what is due; with `retry` also at what waits after a failure. Returns this request's number."""
        with self._guard:
            self._asked += 1
            self._retry = self._retry or retry
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()
            self._guard.notify_all()
            return self._asked

    def has_done(self, request: int) -> bool:
        """Was everything that was due at a request tried?"""
        return self._done >= request or not self.is_alive()

    @property
    def busy(self) -> bool:
        return not self.has_done(self._asked)

    @property
    def holds(self) -> bool:
        """Is a mail in its undo window?"""
        return self._holds and self.is_alive()

    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        with self._guard:
            self._stopping = True
            self._guard.notify_all()
        mailbox = self._mailbox
        if mailbox is not None:
            mailbox.close()

    # ---- its own thread

    def _run(self) -> None:
        try:
            connection = connect(self._database)
        except StoreError as exc:
            log.error("outbox: %s", exc)  # noqa: TRY400  words for a person, not a traceback
            return
        try:
            connection.execute("PRAGMA synchronous = FULL")
            outgoing.take_up(connection)
            while not self._stopping:
                with self._guard:
                    request, retry, self._retry = self._asked, self._retry, False
                self._drain(connection, retry=retry)
                pause = self._pause(connection)
                with self._guard:
                    self._done = request
                    self._loop.post(lambda: None)  # whoever waits for this request need not wait for the loop's tick
                    if self._asked == request and not self._stopping:
                        self._guard.wait(pause)
        except Exception as exc:  # a fault of ours must be in the log; the next wake begins anew
            log.exception("outbox", exc_info=exc)
        finally:
            connection.close()
            with self._guard:
                self._thread = None

    def _drain(self, connection: Connection, *, retry: bool) -> None:
        if retry:
            outgoing.retry_at_once(connection)
        for entry in outgoing.unsent(connection):
            if self._stopping:
                return
            if entry.due <= self._loop.now():
                self._send(connection, entry)
        for entry in outgoing.unfiled(connection):
            if self._stopping:
                return
            if entry.due <= self._loop.now():
                self._file(connection, entry)

    def _pause(self, connection: Connection) -> float:
        """Seconds until something becomes due, as far as is known."""
        now = self._loop.now()
        waiting = [*outgoing.unsent(connection), *outgoing.unfiled(connection)]
        self._holds = any(entry.attempts == 0 and entry.due <= now + _HOLD_FOR for entry in waiting)
        until = min((entry.due - now for entry in waiting), default=timedelta.max)
        return max(0.01, min(_LOOK_AGAIN_S, until / timedelta(seconds=1)))

    # ---- sending

    def _send(self, connection: Connection, entry: OutboxEntry) -> None:
        thread = None if entry.thread is None else str(entry.thread)
        if entry.id in self._taken:
            outgoing.note_sent(connection, entry.id, self._loop.now())
            return
        try:
            account, server = self._way_out(entry)
            if entry.uncertain and self._was_sent(account, entry):
                outgoing.note_sent(connection, entry.id, self._loop.now())
                self._tell_sent(connection, entry, account, warning="")
                return
            secret = secret_for(server.password, environ=environ, insecure=self._insecure)
            if not outgoing.claim(connection, entry.id):
                return  # taken back meanwhile
            delivery = hand_over(server, secret, entry.sender, entry.recipients, outgoing.raw_of(connection, entry.id))
        except NetworkError as exc:
            # once handed over and not answered for, a mail stays in doubt until the Sent folder could be asked
            uncertain = isinstance(exc, DeliveryUnknown) or (entry.uncertain and not self._claimed(connection, entry))
            at = self._loop.now() + _backoff(entry.attempts)
            outgoing.note_retry(connection, entry.id, str(exc), at, uncertain=uncertain)
            log.warning("outbox %d: queued, offline: %s", entry.id, exc)
            self._loop.say(SendFailed(entry.id, thread, str(exc), retry=True))
        except StoreError:
            raise
        except ClientInboxError as exc:
            outgoing.note_failed(connection, entry.id, str(exc))
            log.warning("outbox %d: not sent: %s", entry.id, exc)
            self._loop.say(SendFailed(entry.id, thread, str(exc), retry=False))
        else:
            self._taken.add(entry.id)
            warning = _warning(delivery)
            outgoing.note_sent(connection, entry.id, self._loop.now(), warning=warning)
            self._tell_sent(connection, entry, account, warning=warning)

    def _way_out(self, entry: OutboxEntry) -> tuple[Account, Server]:
        account = self._accounts.get(entry.account)
        if account is None:
            raise UsageError(f"The account {entry.account}, which this was to go out from, is not configured any more.")
        if account.smtp is None:
            raise UsageError(f"The account {account.name} cannot send.", todo="Give it an smtp.server.")
        return account, account.smtp

    @staticmethod
    def _claimed(connection: Connection, entry: OutboxEntry) -> bool:
        """Had the Sent folder been asked, so that this failure is one before the mail was handed over?"""
        now = outgoing.entry(connection, entry.id)
        return now is not None and now.state is OutboxState.SENDING

    def _was_sent(self, account: Account, entry: OutboxEntry) -> bool:
        """Raises NetworkError alone: while it is not known, the mail is neither sent again nor called failed."""
        try:
            with self._open(account) as mailbox:
                return is_in_sent(mailbox, entry.message_id)
        except ClientInboxError as exc:
            raise NetworkError(f"It may have gone out already, and the Sent folder cannot be asked: {exc}") from exc

    def _tell_sent(self, connection: Connection, entry: OutboxEntry, account: Account, *, warning: str) -> None:
        now = self._loop.now()
        many = f"{len(entry.recipients)} recipient{'s' if len(entry.recipients) > 1 else ''}"
        outgoing.record_write(connection, ServerWrite(now, account.name, "", f"sent to {many}", entry.message_id))
        self._loop.say(
            MessageSent(entry.id, entry.message_id, None if entry.thread is None else str(entry.thread), warning)
        )

    # ---- what follows

    def _file(self, connection: Connection, entry: OutboxEntry) -> None:
        raw = outgoing.raw_of(connection, entry.id)
        try:
            self._loop.call(lambda intake: intake.take_sent(raw, self._loop.now())).result()
        except SyncStopped:
            return
        account = self._accounts.get(entry.account)
        if account is None or account.read_only:
            outgoing.note_filed(connection, entry.id)
            return
        sent_at = entry.sent_at or self._loop.now()
        places = outgoing.places_by_message_id(connection, entry.answers, entry.account) if entry.answers else ()

        def record(folder: str, what: str, message_id: str) -> None:
            outgoing.record_write(connection, ServerWrite(self._loop.now(), account.name, folder, what, message_id))

        try:
            with self._open(account) as mailbox:
                file_copy(account, mailbox, Filing(entry, raw, sent_at, places), record)
        except LoginRefused as exc:
            self._give_up_filing(connection, entry, str(exc))
        except (NetworkError, UsageError) as exc:  # also what seems to be no TLS: a hotel's network may be in between
            if entry.attempts < _FILING_ATTEMPTS:
                outgoing.note_filing_retry(connection, entry.id, self._loop.now() + _backoff(entry.attempts))
                return
            self._give_up_filing(connection, entry, str(exc))
        except (ServerRefused, NoSentFolder) as exc:
            self._give_up_filing(connection, entry, str(exc))
        else:
            outgoing.note_filed(connection, entry.id)

    def _give_up_filing(self, connection: Connection, entry: OutboxEntry, why: str) -> None:
        words = f"Sent, but no copy is in the Sent folder: {why}"
        outgoing.note_filed(connection, entry.id, warning=words)
        log.warning("outbox %d: %s", entry.id, words)
        self._loop.say(FilingFailed(entry.id, None if entry.thread is None else str(entry.thread), words))

    @contextmanager
    def _open(self, account: Account) -> "Iterator[Mailbox]":
        secret = secret_for(account.imap.password, environ=environ, insecure=self._insecure)
        with open_mailbox(account, secret) as mailbox:
            self._mailbox = mailbox
            try:
                yield mailbox
            finally:
                self._mailbox = None


def _warning(delivery: Delivery) -> str:
    if not delivery.refused:
        return ""
    gone = ", ".join(delivery.accepted)
    refused = "; ".join(f"{each.recipient} ({each.words})" for each in delivery.refused)
    return f"It went to {gone}, but not to {refused}."


def _backoff(attempts: int) -> timedelta:
    """30 s, 1 min, 2 min … 1 h."""
    return min(_LAST_RETRY, _FIRST_RETRY * (1 << min(attempts, 10)))
