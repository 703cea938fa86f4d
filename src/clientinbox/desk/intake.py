"""Mail walks in: what is listed, what is read, what is left out and why. The only writer of mail runs this.

Owns the question "may this message be stored, and which thread is it of"; it never talks to a server.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clientinbox.desk.people import Ours, WithClients
from clientinbox.desk.placing import Placing
from clientinbox.desk.quarantine import Guard
from clientinbox.edge.mime.body import READER_VERSION, read_body
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.edge.mime.unread import plain_body, plain_envelope
from clientinbox.edge.store import BATCH_LIMIT, Connection, quarantine, queries, registry, transaction, writes
from clientinbox.edge.store.quarantine import Stage
from clientinbox.mail.account import Account, Scope
from clientinbox.mail.message import Envelope
from clientinbox.mail.ports import FetchedHeader, FetchedMessage, FolderState
from clientinbox.mail.syncplan import StoredFolder
from clientinbox.mail.zones import ZONES_VERSION, own_words, zones_of

log = logging.getLogger(__name__)

KEEP_RAW_UP_TO = 64 * 1024
"""Octets; larger messages are fetched again when somebody wants all of them."""

_READER = f"{READER_VERSION}+{ZONES_VERSION}"

NOT_WITH_A_CLIENT = "no client in From, To or Cc"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stored message whose body is still to be fetched."""

    message: int
    uid: int
    size: int


class Intake:
    def __init__(self, connection: Connection, account_emails: Sequence[str]) -> None:
        self._connection = connection
        self._account_emails = tuple(account_emails)
        self._headers = Guard(connection, Stage.HEADER)
        self._bodies = Guard(connection, Stage.BODY)
        self.reload_registry()
        self._try_again()

    @property
    def connection(self) -> Connection:
        """The engine's own, for what else is to be written on its thread."""
        return self._connection

    def reload_registry(self) -> None:
        known = registry.load_registry(self._connection)
        self._ours = Ours.of(known.us, self._account_emails)
        self._clients = WithClients.of(known)

    def open_folder(self, account: Account, name: str, role: str) -> tuple[int, StoredFolder, int | None]:
        """The folder's id, what is stored of it, and the HIGHESTMODSEQ up to which its flags are known."""
        folder = writes.folder_id(self._connection, account.name, name, role)
        row = next(row for row in queries.folders(self._connection, account.name) if row.id == folder)
        stored = StoredFolder(
            uidvalidity=row.uidvalidity,
            uids=queries.stored_uids(self._connection, folder),
            skipped=queries.skipped_uids(self._connection, folder),
        )
        return folder, stored, row.highestmodseq

    def settle_folder(self, folder: int, state: FolderState, gone: Sequence[int], *, reset: bool) -> None:
        """Before anything is fetched: forget what the server no longer has."""
        if reset:
            writes.reset_folder(self._connection, folder, state.uidvalidity)
        elif gone:
            writes.forget_uids(self._connection, folder, gone)

    def close_folder(self, folder: int, state: FolderState, *, on_server: int, older: int, now: datetime) -> None:
        writes.note_folder_state(
            self._connection,
            folder,
            uidvalidity=state.uidvalidity,
            highestmodseq=state.highestmodseq,
            on_server=on_server,
            older=older,
            checked_at=now,
        )

    def refresh_flags(self, folder: int, flags: dict[int, tuple[str, ...]]) -> None:
        known = queries.flags_by_uid(self._connection, folder)
        changed = {uid: value for uid, value in flags.items() if uid in known and set(known[uid]) != set(value)}
        if changed:
            writes.set_flags(self._connection, folder, changed)

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
                if not self._in_scope(account, envelope, placing):
                    writes.skip(self._connection, folder, [(fetched.uid, NOT_WITH_A_CLIENT)])
                    continue
                message = placing.add(folder, fetched, envelope, now)
                if unreadable:
                    quarantine.set_aside(self._connection, message, Stage.HEADER, unreadable, _READER)

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

    def _in_scope(self, account: Account, envelope: Envelope, placing: Placing) -> bool:
        # a colleague's answer within a client's thread
        return account.scope is Scope.ALL or self._clients.in_envelope(envelope) or placing.mentions(envelope)

    def take_sent(self, raw: bytes, now: datetime) -> None:
        """Our own mail that a server has just taken: in its thread at once, in no folder yet. Idempotent."""
        envelope = read_envelope(raw)
        if queries.thread_of(self._connection, envelope.message_id) is not None:
            return
        fetched = FetchedHeader(uid=0, header=raw, flags=("\\Seen",), internaldate=now, size=len(raw))
        with transaction(self._connection):
            message = Placing(self._connection, self._ours, [envelope]).add(None, fetched, envelope, now)
        self.read_messages([(message, FetchedMessage(0, raw))])

    def bodies_missing(self, folder: int) -> tuple[Wanted, ...]:
        """Newest first."""
        return tuple(Wanted(u.message, u.uid, u.size) for u in queries.bodies_missing(self._connection, folder))

    def read_messages(self, fetched: Sequence[tuple[int, FetchedMessage]]) -> None:
        """The second fact, of (message, bytes) pairs: parsed outside the transaction, written inside."""
        for group, allowed in self._bodies.apart(fetched, lambda pair: str(pair[0])):
            if allowed:
                with self._bodies.holding([str(message) for message, _ in group]):
                    readings = [self._reading(message, whole) for message, whole in group]
            else:
                words = self._bodies.words(None)
                readings = [(self._plain_reading(message, whole, words), words) for message, whole in group]
                self._bodies.condemn([str(message) for message, _ in group])
            self._write(readings)

    def _reading(self, message: int, whole: FetchedMessage) -> tuple[writes.Reading, str]:
        """With what could not be done, as a sentence."""
        try:
            body = read_body(whole.raw, bulk=True)
            zones = zones_of(body.text, body.quoted_from)
            own = own_words(body.text, zones).text
        except Exception as exc:  # whatever one mail does to a reader, the others are to be read
            log.exception("message %d cannot be read", message)
            words = self._bodies.words(exc)
            return self._plain_reading(message, whole, words), words
        return writes.Reading(message, body, zones, own, _kept(whole), _READER), ""

    @staticmethod
    def _plain_reading(message: int, whole: FetchedMessage, words: str) -> writes.Reading:
        body = plain_body(whole.raw, words)
        return writes.Reading(message, body, (), "", _kept(whole), _READER)

    def _write(self, readings: Sequence[tuple[writes.Reading, str]]) -> None:
        """The word that a mail is unreadable comes first: its text alone would be taken for its writer's."""
        failed = [(reading.message, words) for reading, words in readings if words]
        if failed:
            with transaction(self._connection):
                for message, words in failed:
                    quarantine.set_aside(self._connection, message, Stage.BODY, words, _READER)
        writes.read_messages(self._connection, [reading for reading, _ in readings])

    def _try_again(self) -> None:
        """What another version of the reader gave up."""
        for message in quarantine.of_other_versions(self._connection, Stage.HEADER, _READER):
            writes.forget_message(self._connection, message)  # and the next sync lists it anew
        for message in quarantine.of_other_versions(self._connection, Stage.BODY, _READER):
            raw = queries.raw_message(self._connection, message)
            if raw is None:
                writes.forget_body(self._connection, message)  # the next sync fetches it
            else:
                self.read_messages([(message, FetchedMessage(0, raw))])
            with transaction(self._connection):
                quarantine.release(self._connection, message, Stage.BODY, but=_READER)


def _kept(whole: FetchedMessage) -> bytes | None:
    return writes.deflate(whole.raw) if len(whole.raw) <= KEEP_RAW_UP_TO else None
