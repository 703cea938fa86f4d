"""One IMAP connection as the `Mailbox` that sync works with: read-only, in chunks, patient with servers that lie."""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import contextlib
import imaplib
import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from clientinbox.edge.imap import idle
from clientinbox.edge.imap.connect import connect, cut, hang_up
from clientinbox.edge.imap.errors import ServerRefused, translated
from clientinbox.edge.imap.responses import (
    Items,
    ProtocolError,
    flags_of,
    internaldate_of,
    items_by_uid,
    octets_of,
)
from clientinbox.edge.imap.roles import with_roles
from clientinbox.edge.imap.sequences import chunks, expanded, uid_set
from clientinbox.errors import NetworkError
from clientinbox.mail.account import Account
from clientinbox.mail.ports import FetchedHeader, FetchedMessage, Folder, FolderState

READ_TIMEOUT = 30.0
CONNECT_TIMEOUT = 15.0
HEADERS_AT_ONCE = 500
MESSAGES_AT_ONCE = 100
"""Whole messages are held in memory by the chunk, and the next chunk is on its way meanwhile."""
FLAGS_AT_ONCE = 20_000
SEARCH_AT_ONCE = 50_000
"""Messages a plain SEARCH is asked for: imaplib refuses lines above a million octets."""

_HEADER_ITEMS = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])"
_MESSAGE_ITEMS = "(UID BODY.PEEK[])"
_ESEARCH_ALL = re.compile(rb"\bALL ([0-9:,]+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def open_mailbox(
    account: Account, password: str, *, timeout: float = READ_TIMEOUT, connect_timeout: float = CONNECT_TIMEOUT
) -> "ImapMailbox":
    """Connect and log in. UsageError, LoginRefused (neither worth a retry) or NetworkError (worth one)."""
    client = connect(account, password, connect_timeout=min(timeout, connect_timeout), read_timeout=timeout)
    return ImapMailbox(account, client)


@dataclass(slots=True)
class _Question:
    """A FETCH that was sent, and what came back once it has been read."""

    tag: Any
    data: list[Any] | None = None
    refusal: ServerRefused | None = None


class ImapMailbox:
    """Owned by one thread; only `close` may be called from another."""

    def __init__(self, account: Account, client: Any) -> None:
        self._account = account
        self._client = client
        self._capabilities = frozenset(client.capabilities())
        self._exists = 0
        self._ahead: _Question | None = None
        self._closed = threading.Event()
        self._busy = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self._closed.is_set() and not exc[0]:
            with contextlib.suppress(NetworkError, ServerRefused), self._talking():
                self._client.logout()
        self.close()

    def close(self) -> None:
        """End the connection from any thread; a thread that waits on it gets NetworkError."""
        self._closed.set()
        cut(self._client)
        if self._busy.acquire(blocking=False):
            try:
                hang_up(self._client)
            finally:
                self._busy.release()

    @contextlib.contextmanager
    def _talking(self) -> Iterator[Any]:
        """Give the imaplib connection to one exchange, and translate its errors."""
        with self._busy:
            if self._closed.is_set():
                raise NetworkError("The connection was closed.")
            try:
                with translated(self._account.imap):
                    self._settle()
                    yield self._client._imap
            except NetworkError as exc:
                lost = self._closed.is_set()
                self._closed.set()  # after a lost connection nothing may be read as an answer to something else
                if lost:
                    raise NetworkError("The connection was closed.") from exc
                raise
            finally:
                if self._closed.is_set():
                    hang_up(self._client)

    # ---- folders

    def folders(self) -> tuple[Folder, ...]:
        with self._talking():
            listed = [
                (tuple(_text(flag) for flag in flags), _text(delimiter or b""), _text(name))
                for flags, delimiter, name in self._client.list_folders()
            ]
        return with_roles(listed, self._account.folder_aliases)

    def select(self, folder: str) -> FolderState:
        """Read-only (EXAMINE). ServerRefused where there is no such folder."""
        with self._talking() as imap:
            said = self._client.select_folder(folder, readonly=True)
            idle.forget(imap)  # what is mentioned from here on is news
            self._exists = int(said.get(b"EXISTS", 0))
            uidnext, highestmodseq = said.get(b"UIDNEXT"), said.get(b"HIGHESTMODSEQ")
            return FolderState(
                uidvalidity=int(said.get(b"UIDVALIDITY", 0)),
                uidnext=None if uidnext is None else int(uidnext),
                exists=self._exists,
                highestmodseq=None if highestmodseq is None else int(highestmodseq),
            )

    def uids(self) -> tuple[int, ...]:
        """All UIDs of the selected folder, ascending."""
        return self._search("ALL")

    def uids_since(self, day: date) -> tuple[int, ...]:
        """UIDs whose INTERNALDATE is on or after a day, ascending."""
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year:04}")

    def _search(self, criteria: str) -> tuple[int, ...]:
        found: set[int] = set()
        with self._talking() as imap:
            if b"ESEARCH" in self._capabilities:  # 100k UIDs in a few octets
                imap.untagged_responses.pop("ESEARCH", None)
                _checked(*imap._simple_command("UID", "SEARCH", "RETURN", "(ALL)", criteria))
                for line in imap.untagged_responses.pop("ESEARCH", []):
                    if match := _ESEARCH_ALL.search(line):
                        found.update(expanded(match[1].decode("ascii")))
            else:
                # The folder may have grown since SELECT, hence the "*" in the last window.
                for first in range(1, max(self._exists, 1) + 1, SEARCH_AT_ONCE):
                    last = "*" if first + SEARCH_AT_ONCE > self._exists else str(first + SEARCH_AT_ONCE - 1)
                    window = f"{first}:{last} " if self._exists > SEARCH_AT_ONCE else ""
                    for line in _checked(*imap.uid("SEARCH", window + criteria)):
                        found.update(int(word) for word in (line or b"").split() if word.isdigit())
        return tuple(sorted(found - {0}))

    # ---- messages

    def fetch_headers(self, uids: Sequence[int]) -> Iterator[FetchedHeader]:
        """In the order asked for; a UID that is gone, or of which the server gives nothing, yields nothing."""
        for uid, items in self._fetch(uids, _HEADER_ITEMS, HEADERS_AT_ONCE):
            header = octets_of(items, b"BODY[HEADER]")
            if header is not None:
                size = items.get(b"RFC822.SIZE")
                yield FetchedHeader(
                    uid=uid,
                    header=header,
                    flags=flags_of(items) or (),
                    internaldate=internaldate_of(items),
                    size=size if isinstance(size, int) else 0,
                )

    def fetch_messages(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        """In the order asked for; a UID that is gone, or of which the server gives nothing, yields nothing."""
        for uid, items in self._fetch(uids, _MESSAGE_ITEMS, MESSAGES_AT_ONCE):
            raw = octets_of(items, b"BODY[]")
            if raw is not None:
                yield FetchedMessage(uid, raw)

    def flags(self, uids: Sequence[int], changed_since: int | None = None) -> dict[int, tuple[str, ...]]:
        """Flags by UID; with `changed_since` only those that changed, where the server can tell."""
        tells = changed_since is not None and b"CONDSTORE" in self._capabilities
        what = "(UID FLAGS)" + (f" (CHANGEDSINCE {changed_since})" if tells else "")
        found = ((uid, flags_of(items)) for uid, items in self._fetch(uids, what, FLAGS_AT_ONCE))
        return {uid: flags for uid, flags in found if flags is not None}

    def _fetch(self, uids: Sequence[int], what: str, at_once: int) -> Iterator[tuple[int, Items]]:
        """Ask for the next chunk before the one at hand is parsed: the server works while we do."""
        asked: deque[tuple[tuple[int, ...], _Question]] = deque()
        for chunk, text in chunks(tuple(dict.fromkeys(uids)), at_once):
            with self._talking():  # settles, i.e. reads the answer to the chunk before
                question = self._ahead = _Question(self._client._imap._command("UID", "FETCH", text, what))
            if asked:
                yield from self._answers(*asked.popleft(), what)
            asked.append((chunk, question))
        while asked:
            with self._talking():
                pass
            yield from self._answers(*asked.popleft(), what)

    def _settle(self) -> None:
        """Read the answer to the question that is under way, so that nothing else takes it for its own."""
        question, self._ahead = self._ahead, None
        if question is None:
            return
        imap = self._client._imap
        try:
            status, words = imap._command_complete("UID", question.tag)
            _checked(status, words)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as exc:
            question.refusal = ServerRefused(f"{self._account.imap.host} refused to give messages: {exc}")
        question.data = imap.untagged_responses.pop("FETCH", [])

    def _answers(self, chunk: tuple[int, ...], question: _Question, what: str) -> Iterator[tuple[int, Items]]:
        try:
            if question.refusal is not None:
                raise question.refusal
            found = items_by_uid(question.data or [])
        except (ServerRefused, ProtocolError):
            # One message that the server cannot send properly must not hide its neighbours: halve until it is alone.
            if len(chunk) > 1:
                middle = len(chunk) // 2
                for half in (chunk[:middle], chunk[middle:]):
                    with self._talking() as imap:
                        again = self._ahead = _Question(imap._command("UID", "FETCH", uid_set(half), what))
                    with self._talking():
                        pass
                    yield from self._answers(half, again, what)
            return
        question.data = None
        for uid in chunk:  # what nobody asked for stays out
            if uid in found:
                yield uid, found.pop(uid)

    # ---- news, and what goes the other way

    def wait_for_news(self, seconds: float) -> bool:
        """IDLE (or ask once at the end where the server has none); True when the folder changed."""
        if b"IDLE" in self._capabilities:
            with self._talking():
                return idle.idle(self._client, seconds)
        if self._closed.wait(seconds):
            raise NetworkError("The connection was closed.")
        with self._talking() as imap:
            _checked(*imap._simple_command("NOOP"))
            return idle.told(imap)

    def append(self, folder: str, raw: bytes, flags: Sequence[str] = (), when: datetime | None = None) -> None:
        with self._talking():
            self._client.append(folder, raw, flags, when)

    def search_message_id(self, folder: str, message_id: str) -> tuple[int, ...]:
        """UIDs in a folder, which is opened read-only. An id that no search can name is nowhere."""
        if not message_id.isascii() or not message_id.isprintable():
            return ()
        self.select(folder)
        quoted = message_id.replace("\\", "\\\\").replace('"', '\\"')
        return self._search(f'HEADER Message-ID "{quoted}"')

    def add_flags(self, folder: str, uidvalidity: int, uids: Sequence[int], flags: Sequence[str]) -> bool:
        """False, and nothing done, where the UIDs mean other messages now."""
        with self._talking() as imap:
            said = self._client.select_folder(folder)
            idle.forget(imap)
            self._exists = int(said.get(b"EXISTS", 0))
            if int(said.get(b"UIDVALIDITY", 0)) != uidvalidity:
                return False
            _checked(*imap.uid("STORE", uid_set(uids), "+FLAGS.SILENT", f"({' '.join(flags)})"))
        return True

    def create_folder(self, folder: str) -> None:
        with self._talking():
            self._client.create_folder(folder)


def _checked(status: str, words: list[Any]) -> list[Any]:
    if status != "OK":
        raise imaplib.IMAP4.error(words[0] if words else status)
    return words


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
