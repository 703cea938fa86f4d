"""Mail walks in: what is listed, what is read, what is left out and why. The only writer of mail runs this.

Owns the question "may this message be stored, and which thread is it of"; it never talks to a server.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from clientinbox.desk.folderbook import FolderBook
from clientinbox.desk.people import Ours, WithClients
from clientinbox.desk.placing import Placing
from clientinbox.desk.quarantine import Guard
from clientinbox.desk.scope import STRANGER, ScopeRule
from clientinbox.edge.mailfiles import FiledMessage
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.edge.mime.unread import plain_body, plain_envelope
from clientinbox.edge.store import (
    BATCH_LIMIT,
    Connection,
    folders,
    quarantine,
    queries,
    registry,
    rereading,
    screener,
    transaction,
    writes,
)
from clientinbox.edge.store.quarantine import Stage
from clientinbox.mail.account import Account, Scope
from clientinbox.mail.message import Envelope
from clientinbox.mail.ports import FetchedHeader, FetchedMessage
from clientinbox.mail.threads import mentioned_ids

log = logging.getLogger(__name__)

KEEP_RAW_UP_TO = 64 * 1024
"""Octets. Larger mail, and what no person wrote, is fetched again when somebody wants all of it: half of a mailbox."""

_READ_AGAIN = 8
"""Messages between two looks at what a door asks."""

IMPORTED = "import"
"""Stands for an account, of mail that came from files."""
_HEADER_END = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stored message whose body is still to be fetched."""

    message: int
    uid: int
    size: int


@dataclass(frozen=True, slots=True)
class Imported:
    new: int
    known: int


class Intake:
    def __init__(self, connection: Connection, account_emails: Sequence[str]) -> None:
        self._connection = connection
        self._account_emails = tuple(account_emails)
        self._headers = Guard(connection, Stage.HEADER)
        self._bodies = Guard(connection, Stage.BODY)
        self.folders = FolderBook(connection)
        self._all_current = False
        self.reload_registry()
        self._try_again()

    @property
    def connection(self) -> Connection:
        """The engine's own, for what else is to be written on its thread."""
        return self._connection

    def reload_registry(self) -> None:
        known = registry.load_registry(self._connection)
        self._ours = Ours.of(known.us, self._account_emails)
        self._scope = ScopeRule(self._ours, WithClients.of(known))

    def list_messages(
        self, account: Account, folder: int, uidvalidity: int, headers: Sequence[FetchedHeader], now: datetime
    ) -> None:
        """The first fact, for at most BATCH_LIMIT messages: whole or not at all."""
        if len(headers) > BATCH_LIMIT:
            raise ValueError(f"{len(headers)} messages in one transaction; {BATCH_LIMIT} are allowed")
        envelopes = self._envelopes(headers, f"{folder}:{uidvalidity}")
        with transaction(self._connection):
            self._connection.execute("UPDATE folders SET uidvalidity = ? WHERE id = ?", (uidvalidity, folder))
            placing = Placing(self._connection, self._ours, [envelope for _, envelope, _ in envelopes])
            for fetched, envelope, unreadable in envelopes:
                reason = self._left_out(account, envelope, placing)
                if reason:
                    self._leave_out(folder, fetched, envelope, reason, now)
                    continue
                message = placing.add(folder, fetched, envelope, now)
                if unreadable:
                    quarantine.set_aside(self._connection, message, Stage.HEADER, unreadable, _reader())
                if account.scope is not Scope.ALL:
                    folders.question_again(self._connection, mentioned_ids(envelope))

    def _envelopes(self, headers: Sequence[FetchedHeader], where: str) -> list[tuple[FetchedHeader, Envelope, str]]:
        """With what could not be done, as a sentence."""
        found: list[tuple[FetchedHeader, Envelope, str]] = []
        for group, allowed in self._headers.apart(headers, lambda fetched: f"{where}:{fetched.uid}"):
            if not allowed:
                found += [(each, plain_envelope(each.header), self._headers.words(None)) for each in group]
                self._headers.condemn([f"{where}:{each.uid}" for each in group])
                continue
            with self._headers.holding([f"{where}:{each.uid}" for each in group]):
                found += [(each, *self._envelope(each.header)) for each in group]
        return found

    def _envelope(self, header: bytes) -> tuple[Envelope, str]:
        try:
            return read_envelope(header), ""
        except Exception as exc:  # whatever one header does to a reader, the others are to be listed
            log.exception("a header could not be read")
            return plain_envelope(header), self._headers.words(exc)

    def _left_out(self, account: Account, envelope: Envelope, placing: Placing) -> str:
        # a colleague's answer within a client's thread is no less the client's
        if account.scope is Scope.ALL or placing.mentions(envelope):
            return ""
        return self._scope.left_out(self._ours.by_hand(envelope))

    def _leave_out(self, folder: int, fetched: FetchedHeader, envelope: Envelope, reason: str, now: datetime) -> None:
        writes.skip(self._connection, folder, [(fetched.uid, reason)])
        folders.note_skip_mentions(self._connection, folder, [(fetched.uid, mentioned_ids(envelope))])
        if reason == STRANGER:
            sent_at = min(fetched.internaldate or envelope.date or now, now)
            screener.screen(self._connection, folder, fetched.uid, envelope.sender, envelope.subject, sent_at, now)

    def recognise(self, headers: Sequence[FetchedHeader]) -> dict[int, tuple[int, tuple[str, ...]]]:
        """UID → (message, flags) of those that are stored, whatever folder they were found in before."""
        envelopes = [self._envelope(fetched.header)[0] for fetched in headers]
        placing = Placing(self._connection, self._ours, envelopes)
        found = {}
        for fetched, envelope in zip(headers, envelopes, strict=True):
            message = queries.message_by_id(self._connection, placing.stored_under(envelope))
            if message is not None:
                found[fetched.uid] = (message, fetched.flags)
        return found

    def take_sent(self, raw: bytes, now: datetime) -> None:
        """Our own mail that a server has just taken: in its thread at once, in no folder yet. Idempotent."""
        envelope = read_envelope(raw)
        if queries.thread_of(self._connection, envelope.message_id) is not None:
            return
        fetched = FetchedHeader(uid=0, header=raw, flags=("\\Seen",), internaldate=now, size=len(raw))
        with transaction(self._connection):
            message = Placing(self._connection, self._ours, [envelope]).add(None, fetched, envelope, now)
        self.read_messages([(message, FetchedMessage(0, raw))])

    def import_messages(self, folder: str, role: str, messages: Sequence[FiledMessage], now: datetime) -> Imported:
        """Mail from files, at most BATCH_LIMIT, whatever the scope: somebody chose it. Idempotent by Message-ID."""
        number = writes.folder_id(self._connection, IMPORTED, folder, role)
        uid = max(queries.stored_uids(self._connection, number), default=0)
        headers = [
            FetchedHeader(uid + place, _header(filed.raw), filed.flags, None, len(filed.raw))
            for place, filed in enumerate(messages, 1)
        ]
        filed_by_uid = {header.uid: filed for header, filed in zip(headers, messages, strict=True)}
        to_read: dict[int, FetchedMessage] = {}
        known = 0
        envelopes = self._envelopes(headers, f"import:{folder}")
        with transaction(self._connection):
            placing = Placing(self._connection, self._ours, [envelope for _, envelope, _ in envelopes])
            for header, envelope, unreadable in envelopes:
                filed = filed_by_uid[header.uid]
                dated = header if envelope.date else replace(header, internaldate=min(filed.modified, now))
                stored = queries.held(self._connection, placing.told_apart(envelope).message_id)
                if stored is None:
                    message = placing.add(number, dated, envelope, now)
                    if unreadable:
                        quarantine.set_aside(self._connection, message, Stage.HEADER, unreadable, _reader())
                elif stored.read or stored.message in to_read:  # a run before, a server, or this very file brought it
                    known += 1
                    continue
                else:
                    message = stored.message
                to_read[message] = FetchedMessage(header.uid, filed.raw)
        self.read_messages(tuple(to_read.items()), keep_all=True)
        return Imported(new=len(messages) - known, known=known)

    def bodies_missing(self, folder: int) -> tuple[Wanted, ...]:
        """Newest first."""
        return tuple(Wanted(u.message, u.uid, u.size) for u in queries.bodies_missing(self._connection, folder))

    def read_messages(self, fetched: Sequence[tuple[int, FetchedMessage]], *, keep_all: bool = False) -> None:
        """The second fact, of (message, bytes) pairs: parsed outside the transaction, written inside.

        `keep_all`: no server has them.
        """
        by_hand = queries.by_hand(self._connection, [message for message, _ in fetched])
        complete = [(message, len(whole.raw)) for message, whole in fetched if whole.sizes is None]
        small = {message for message, octets in complete if keep_all or octets <= KEEP_RAW_UP_TO}
        keep = small if keep_all else small & by_hand
        for group, allowed in self._bodies.apart(fetched, lambda pair: str(pair[0])):
            if allowed:
                with self._bodies.holding([str(message) for message, _ in group]):
                    readings = [self._reading(message, whole, keep=message in keep) for message, whole in group]
            else:
                words = self._bodies.words(None)
                readings = [
                    (self._plain_reading(message, whole, words, keep=message in small), words)
                    for message, whole in group
                ]
                self._bodies.condemn([str(message) for message, _ in group])
            self._write(readings)

    def _reading(self, message: int, whole: FetchedMessage, *, keep: bool) -> tuple[writes.Reading, str]:
        """With what could not be done, as a sentence."""
        from clientinbox.desk.bodies import reading_of

        try:
            return reading_of(message, whole, keep=keep), ""
        except Exception as exc:  # whatever one mail does to a reader, the others are to be read
            log.exception("message %d cannot be read", message)
            words = self._bodies.words(exc)
            return self._plain_reading(message, whole, words, keep=keep), words

    @staticmethod
    def _plain_reading(message: int, whole: FetchedMessage, words: str, *, keep: bool) -> writes.Reading:
        from clientinbox.desk.bodies import READER, kept

        return writes.Reading(message, plain_body(whole.raw, words), (), "", kept(whole.raw, keep=keep), READER)

    def _write(self, readings: Sequence[tuple[writes.Reading, str]]) -> None:
        """The word that a mail is unreadable comes first: its text alone would be taken for its writer's."""
        failed = [(reading.message, words) for reading, words in readings if words]
        if failed:
            with transaction(self._connection):
                for message, words in failed:
                    quarantine.set_aside(self._connection, message, Stage.BODY, words, _reader())
        writes.read_messages(self._connection, [reading for reading, _ in readings])

    def _try_again(self) -> None:
        """What another version of the reader gave up."""
        if not quarantine.holds_any(self._connection):
            return
        reader = _reader()
        for message in quarantine.of_other_versions(self._connection, Stage.HEADER, reader):
            writes.forget_message(self._connection, message)  # and the next sync lists it anew
        for message in quarantine.of_other_versions(self._connection, Stage.BODY, reader):
            raw = queries.raw_message(self._connection, message)
            if raw is None:
                writes.forget_body(self._connection, message)  # the next sync fetches it
            else:
                self.read_messages([(message, FetchedMessage(0, raw))])
            with transaction(self._connection):
                quarantine.release(self._connection, message, Stage.BODY, but=reader)

    def read_again(self) -> bool:
        """Read a few messages that another version of the reader has read, newest first; False once there are none.
        Their verdicts are derived again; what a person set stays.
        """
        if self._all_current:
            return False
        reader = _reader()
        outdated = rereading.next_outdated(self._connection, reader, _READ_AGAIN)
        if outdated is None:
            self._all_current = True
            return False
        raws = ((message, queries.raw_message(self._connection, message)) for message in outdated.messages)
        self.read_messages([(message, FetchedMessage(0, raw)) for message, raw in raws if raw is not None])
        rereading.note_reached(self._connection, reader, outdated.reached)
        return True


def _header(raw: bytes) -> bytes:
    end = _HEADER_END.search(raw)
    return raw if end is None else raw[: end.end()]


def _reader() -> str:
    from clientinbox.desk.bodies import READER

    return READER
