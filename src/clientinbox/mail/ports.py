"""What sync needs from a mail server, as shapes that `edge/imap` fits, and the values that cross that line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, Self


@dataclass(frozen=True, slots=True)
class Folder:
    name: str
    """Decoded (no modified UTF-7)."""
    role: str = ""
    """inbox, sent, drafts, archive, junk, trash, all or flagged: by special use (RFC 6154), then by name; else ""."""


@dataclass(frozen=True, slots=True)
class FolderState:
    """What SELECT or EXAMINE says (RFC 9051)."""

    uidvalidity: int
    uidnext: int | None
    exists: int
    highestmodseq: int | None = None


@dataclass(frozen=True, slots=True)
class FetchedHeader:
    uid: int
    header: bytes
    flags: tuple[str, ...]
    internaldate: datetime | None
    """Aware."""
    size: int
    """RFC822.SIZE, octets."""


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    uid: int
    raw: bytes


class Mailbox(Protocol):
    """One connection, owned by one thread. Raises NetworkError (worth a retry) or LoginRefused (not)."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def folders(self) -> tuple[Folder, ...]: ...

    def select(self, folder: str) -> FolderState:
        """Read-only (EXAMINE)."""

    def uids(self) -> tuple[int, ...]:
        """All UIDs of the selected folder, ascending."""

    def uids_since(self, day: date) -> tuple[int, ...]:
        """UIDs whose INTERNALDATE is on or after a day, ascending."""

    def fetch_headers(self, uids: Sequence[int]) -> Iterator[FetchedHeader]:
        """BODY.PEEK[HEADER], FLAGS, INTERNALDATE, RFC822.SIZE; a UID that is gone yields nothing."""

    def fetch_messages(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        """BODY.PEEK[]; a UID that is gone yields nothing."""

    def flags(self, uids: Sequence[int], changed_since: int | None = None) -> dict[int, tuple[str, ...]]:
        """Flags by UID; with `changed_since` (a MODSEQ, where the server has CONDSTORE) only those that changed."""

    def wait_for_news(self, seconds: float) -> bool:
        """IDLE (or sleep where the server has none) for at most so long; True when the folder changed."""

    def append(self, folder: str, raw: bytes, flags: Sequence[str] = (), when: datetime | None = None) -> None: ...

    def search_message_id(self, folder: str, message_id: str) -> tuple[int, ...]:
        """UIDs in a folder, which is opened read-only."""

    def add_flags(self, folder: str, uidvalidity: int, uids: Sequence[int], flags: Sequence[str]) -> bool:
        """False, and nothing done, where UIDVALIDITY has changed."""

    def close(self) -> None:
        """End the connection from any thread; whatever waits on it stops with NetworkError."""
