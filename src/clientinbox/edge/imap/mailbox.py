"""One IMAP connection as the `Mailbox` that sync works with: read-only, in chunks, patient with servers that lie."""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import contextlib
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Self

from clientinbox.edge.imap import idle, opening, writing
from clientinbox.edge.imap.connect import connect
from clientinbox.edge.imap.errors import ServerRefused
from clientinbox.edge.imap.opening import Opened
from clientinbox.edge.imap.responses import (
    LARGEST_UID,
    Items,
    flags_of,
    gmail_of,
    internaldate_of,
    items_by_uid,
    number_of,
    octets_of,
)
from clientinbox.edge.imap.roles import USUAL_NAME, special_use, with_roles
from clientinbox.edge.imap.sequences import chunks, expanded, uid_set
from clientinbox.edge.imap.session import Question, Session, checked
from clientinbox.edge.imap.structure import part_of
from clientinbox.errors import NetworkError, UsageError
from clientinbox.mail.account import Account
from clientinbox.mail.ports import (
    Appended,
    FetchedHeader,
    FetchedMessage,
    FetchedSections,
    FlagsChanged,
    Folder,
    FolderChanges,
    FolderState,
    Moved,
    Part,
    Secret,
)

READ_TIMEOUT = 30.0
CONNECT_TIMEOUT = 15.0
HEADERS_AT_ONCE = 500
MESSAGES_AT_ONCE = 200
"""Whole messages are held in memory by the chunk, and the next chunk is on its way meanwhile."""
FLAGS_AT_ONCE = 20_000
SEARCH_AT_ONCE = 50_000
"""Messages a plain SEARCH is asked for: imaplib refuses lines above a million octets."""
PIECE = 1024 * 1024
"""Octets of a part that is fetched piece by piece."""

_HEADER_ITEMS = "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]"
_GMAIL_ITEMS = "X-GM-MSGID X-GM-THRID X-GM-LABELS"
_MESSAGE_ITEMS = "UID BODY.PEEK[]"
_SECTION = re.compile(r"(?:[1-9]\d{0,4}(?:\.[1-9]\d{0,4}){0,60}(?:\.(?:MIME|HEADER|TEXT))?|HEADER|TEXT)?")
_GMAIL = b"X-GM-EXT-1"
_ESEARCH = re.compile(
    rb'(?:\(TAG "[^"]*"\) ?)?(?:UID ?)?(?:MODSEQ \d+ ?)?(?:ALL ([0-9:,]+) ?)?(?:MODSEQ \d+ ?)?', re.IGNORECASE
)
_SEARCH = re.compile(rb"((?:\d++ *+)*+)(?:\(MODSEQ \d+\))? *", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def open_mailbox(
    account: Account, secret: Secret, *, timeout: float = READ_TIMEOUT, connect_timeout: float = CONNECT_TIMEOUT
) -> "ImapMailbox":
    """Connect and log in. UsageError, LoginRefused (neither worth a retry) or NetworkError (worth one)."""
    client = connect(account, secret, connect_timeout=min(timeout, connect_timeout), read_timeout=timeout)
    return ImapMailbox(account, client)


class ImapMailbox:
    """Owned by one thread; only `close` and `interrupt` may be called from another."""

    def __init__(self, account: Account, client: Any) -> None:
        self._session = Session(account, client)
        self._client = client
        self._exists = 0
        self._openings = 0
        self._refused: dict[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self._session.closed and not exc[0]:
            with contextlib.suppress(NetworkError, ServerRefused), self._session.talking():
                self._client.logout()
        self.close()

    def close(self) -> None:
        """End the connection from any thread; a thread that waits on it gets NetworkError."""
        self._session.close()

    def interrupt(self) -> None:
        """End the wait for news that is under way, or the next one, from any thread; the connection lives on."""
        self._session.waker.wake()

    # ---- folders

    def folders(self) -> tuple[Folder, ...]:
        with self._session.talking() as imap:
            listed = opening.listed(imap)
        return with_roles(listed, self._session.account.folder_aliases)

    def folder_for(self, role: str, *, create: bool = False) -> Folder | None:
        found = next((folder for folder in self.folders() if folder.role == role), None)
        if found or not create or role not in USUAL_NAME:
            return found
        name = self._prefix() + USUAL_NAME[role]
        self.create_folder(name, special_use(role))
        return next((folder for folder in self.folders() if folder.name == name), None)

    def _prefix(self) -> str:
        """Where one's own folders begin: "INBOX." on some servers (RFC 2342)."""
        if b"NAMESPACE" not in self._session.capabilities:
            return ""
        with self._session.talking():
            personal = self._client.namespace().personal
        return _text(personal[0][0]) if personal else ""

    def create_folder(self, folder: str, use: str = "") -> None:
        """`use` as in RFC 6154; left out where the server takes none."""
        with self._session.talking() as imap:
            name = self._client._normalise_folder(folder)
            wanted = [f"(USE ({use}))"] if use and b"CREATE-SPECIAL-USE" in self._session.capabilities else []
            checked(*imap._simple_command("CREATE", name, *wanted))
            checked(*imap._simple_command("SUBSCRIBE", name))

    def status(self, folders: Sequence[str]) -> dict[str, FolderState]:
        with self._session.talking() as imap:
            return opening.status(self._session, imap, folders)

    def select(self, folder: str) -> FolderState:
        """Read-only (EXAMINE). ServerRefused where there is no such folder."""
        with self._session.talking() as imap:
            return self._opened(opening.open_folder(self._session, imap, folder)).state

    def changes(self, folder: str, since: FolderState, known: Collection[int]) -> FolderChanges:
        with self._session.talking() as imap:
            told = opening.changes(self._session, imap, folder, since, known)
        self._now_in(told.state)
        return told

    def _opened(self, opened: Opened) -> Opened:
        self._now_in(opened.state)
        return opened

    def _now_in(self, state: FolderState) -> None:
        self._exists = state.exists
        self._refused = {}
        self._openings += 1

    def uids(self) -> tuple[int, ...]:
        """All UIDs of the selected folder, ascending."""
        return self._search("ALL", all_of_them=True)

    def uids_since(self, day: date) -> tuple[int, ...]:
        """UIDs whose INTERNALDATE is on or after a day, ascending."""
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year:04}")

    def _search(self, criteria: str, *, all_of_them: bool = False) -> tuple[int, ...]:
        found: set[int] = set()
        with self._session.talking() as imap:
            if b"ESEARCH" in self._session.capabilities:  # 100k UIDs in a few octets
                imap.untagged_responses.pop("ESEARCH", None)
                checked(*imap._simple_command("UID", "SEARCH", "RETURN", "(ALL)", criteria))
                for line in imap.untagged_responses.pop("ESEARCH", []):
                    found.update(_found_in(_ESEARCH, line))
            else:
                imap.untagged_responses.pop("SEARCH", None)
                # The folder may have grown since SELECT, hence the "*" in the last window.
                for first in range(1, max(self._exists, 1) + 1, SEARCH_AT_ONCE):
                    last = "*" if first + SEARCH_AT_ONCE > self._exists else str(first + SEARCH_AT_ONCE - 1)
                    window = f"{first}:{last} " if self._exists > SEARCH_AT_ONCE else ""
                    checked(*imap._simple_command("UID", "SEARCH", window + criteria))
                    for line in imap.untagged_responses.pop("SEARCH", []):
                        found.update(_found_in(_SEARCH, line))
            said = imap.untagged_responses
            if all_of_them and self._exists and not found and "EXPUNGE" not in said and "VANISHED" not in said:
                raise ValueError("a full folder that seems to be empty")  # believed, all that is stored would go
        return tuple(sorted(found - {0}))

    # ---- messages

    def fetch_headers(self, uids: Sequence[int]) -> Iterator[FetchedHeader]:
        """In the order asked for; a UID that is gone, or of which the server gives nothing, yields nothing."""
        gmail = _GMAIL in self._session.capabilities
        what = f"({_HEADER_ITEMS} {_GMAIL_ITEMS})" if gmail else f"({_HEADER_ITEMS})"
        for uid, items in self._fetch(uids, what, HEADERS_AT_ONCE):
            header = self._needed(uid, items, b"BODY[HEADER]")
            if header is not None:
                yield FetchedHeader(
                    uid=uid,
                    header=header,
                    flags=flags_of(items) or (),
                    internaldate=internaldate_of(items),
                    size=number_of(items, b"RFC822.SIZE") or 0,
                    gmail=gmail_of(items) if gmail else None,
                )

    def fetch_messages(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        """In the order asked for; a UID that is gone, or of which the server gives nothing, yields nothing."""
        for uid, items in self._fetch(uids, f"({_MESSAGE_ITEMS})", MESSAGES_AT_ONCE):
            raw = self._needed(uid, items, b"BODY[]")
            if raw is not None:
                yield FetchedMessage(uid, raw)

    def _needed(self, uid: int, items: Items, name: bytes) -> bytes | None:
        octets = octets_of(items, name)
        if octets is None:
            self._refused[uid] = "the server gives nothing of it"
        return octets

    def structures(self, uids: Sequence[int]) -> Iterator[tuple[int, Part]]:
        for uid, items in self._fetch(uids, "(UID BODYSTRUCTURE)", HEADERS_AT_ONCE):
            part = part_of(items.get(b"BODYSTRUCTURE"))
            if part is not None:
                yield uid, part

    def fetch_sections(self, uids: Sequence[int], sections: Sequence[str]) -> Iterator[FetchedSections]:
        names = {f"BODY[{_section(section)}]".encode("ascii"): section for section in sections}
        what = " ".join(f"BODY.PEEK[{section}]" for section in sections)
        for uid, items in self._fetch(uids, f"(UID {what})", MESSAGES_AT_ONCE):
            found = {section: octets_of(items, name) for name, section in names.items()}
            yield FetchedSections(uid, {section: octets for section, octets in found.items() if octets is not None})

    def stream(self, uid: int, section: str = "") -> Iterator[bytes]:
        _section(section)
        start = 0
        short = False  # some servers give less than they have, so that only nothing more is the end
        while True:
            what = f"(UID BODY.PEEK[{section}]<{start}.{PIECE}>)"
            answer = next((items for _, items in self._fetch((uid,), what, 1)), {})
            piece = octets_of(answer, f"BODY[{section}]<{start}>".encode("ascii"))
            if piece is None:
                whole = octets_of(answer, f"BODY[{section}]".encode("ascii"))
                if whole and not start:  # a server that knows no pieces
                    yield whole
                elif start and not short:
                    raise NetworkError("The message went away while it was fetched.")
                return
            if len(piece) > PIECE:
                raise NetworkError(f"{self._session.account.imap.host} sent more than it was asked for.")
            if not piece:
                return
            yield piece
            start += len(piece)
            short = len(piece) < PIECE

    def refused(self) -> Mapping[int, str]:
        return MappingProxyType(self._refused)

    def flags(self, uids: Sequence[int], changed_since: int | None = None) -> dict[int, tuple[str, ...]]:
        """Flags by UID; with `changed_since` only those that changed, where the server can tell."""
        tells = changed_since is not None and b"CONDSTORE" in self._session.capabilities
        what = "(UID FLAGS)" + (f" (CHANGEDSINCE {changed_since})" if tells else "")
        found = ((uid, flags_of(items)) for uid, items in self._fetch(uids, what, FLAGS_AT_ONCE))
        return {uid: flags for uid, flags in found if flags is not None}

    def _fetch(self, uids: Sequence[int], what: str, at_once: int) -> Iterator[tuple[int, Items]]:
        """Ask for the next chunk before the one at hand is parsed: the server works while we do."""
        asked: deque[tuple[tuple[int, ...], Question]] = deque()
        openings = self._openings
        for chunk, text in chunks(tuple(dict.fromkeys(uids)), at_once):
            if self._openings != openings:
                raise RuntimeError("another folder was opened in the middle of a fetch: the numbers are not its own")
            with self._session.talking() as imap:  # settles, i.e. reads the answer to the chunk before
                question = self._session.ask(imap, text, what)
            if asked:
                yield from self._answers(*asked.popleft(), what)
            asked.append((chunk, question))
        while asked:
            self._session.settle()
            yield from self._answers(*asked.popleft(), what)

    def _answers(self, chunk: tuple[int, ...], question: Question, what: str) -> Iterator[tuple[int, Items]]:
        found, spoilt = items_by_uid(question.data or (), set(chunk))
        question.data = None
        missing = tuple(uid for uid in chunk if uid not in found) if question.refusal or spoilt else ()
        if len(chunk) == 1 and missing:
            self._refused[chunk[0]] = question.refusal or "what the server sent of it cannot be read"
            return
        # One message that the server cannot send properly must not hide its neighbours: halve until it is alone.
        middle = len(missing) // 2 or 1
        for half in filter(None, (missing[:middle], missing[middle:])):
            with self._session.talking() as imap:
                again = self._session.ask(imap, uid_set(half), what)
            self._session.settle()
            found.update(self._answers(half, again, what))
        for uid in chunk:  # what nobody asked for stays out
            if uid in found:
                yield uid, found.pop(uid)

    # ---- news, and what goes the other way

    def wait_for_news(self, seconds: float) -> bool:
        """IDLE (or ask now and then where the server has none); True when the folder changed."""
        session = self._session
        with session.talking() as imap:
            if b"IDLE" in session.capabilities:
                news = idle.wait(self._client, seconds, session.waker)
            else:
                news = idle.poll(imap, seconds, session.waker)
            if session.closed:
                raise NetworkError("The connection was closed.")
            return news

    def append(
        self, folder: str, raw: bytes, flags: Sequence[str] = (), when: datetime | None = None
    ) -> Appended | None:
        with self._session.talking() as imap:
            imap.untagged_responses.pop("APPENDUID", None)
            self._client.append(folder, raw, flags, when)
            return writing.appended(imap)

    def search_message_id(self, folder: str, message_id: str) -> tuple[int, ...]:
        """UIDs in a folder, which is opened read-only. An id that no search can name is nowhere."""
        if not message_id.isascii() or not message_id.isprintable():
            return ()
        self.select(folder)
        quoted = message_id.replace("\\", "\\\\").replace('"', '\\"')
        return self._search(f'HEADER Message-ID "{quoted}"')

    def add_flags(self, folder: str, uidvalidity: int, uids: Sequence[int], flags: Sequence[str]) -> bool:
        """False, and nothing done, where the UIDs mean other messages now."""
        return self.change_flags(folder, uidvalidity, uids, add=flags) is not None

    def change_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> FlagsChanged | None:
        with self._session.talking() as imap:
            opened = self._opened(opening.open_folder(self._session, imap, folder, writable=True))
            if opened.state.uidvalidity != uidvalidity:
                return None
            return writing.change_flags(imap, opened, uids, add, remove)

    def move(self, folder: str, uidvalidity: int, uids: Sequence[int], to: str) -> Moved | None:
        with self._session.talking() as imap:
            opened = self._opened(opening.open_folder(self._session, imap, folder, writable=True))
            if opened.state.uidvalidity != uidvalidity:
                return None
            return writing.move(self._session, imap, opened, uids, to)

    def remove(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> bool | None:
        with self._session.talking() as imap:
            opened = self._opened(opening.open_folder(self._session, imap, folder, writable=True))
            if opened.state.uidvalidity != uidvalidity:
                return None
            return writing.remove(self._session, imap, opened, uids)


def _section(section: str) -> str:
    if not _SECTION.fullmatch(section):
        raise UsageError(f"{section!r} is no section of a message.")
    return section


def _found_in(form: re.Pattern[bytes], line: Any) -> list[int]:
    """UIDs of one answer to SEARCH; ValueError for one that is anything else: half of it would be half a folder."""
    match = form.fullmatch(line) if isinstance(line, bytes) else None
    if match is None:
        raise ValueError("a list of messages that cannot be read")
    text = ",".join((match[1] or b"").decode("ascii").split())
    numbers = expanded(text) if text else []
    if numbers and max(numbers) > LARGEST_UID:
        raise ValueError("a message with an impossible number")
    return numbers


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
