"""What sync needs from a mail server, as shapes that `edge/imap` fits, and the values that cross that line."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
    """What SELECT, EXAMINE or STATUS says (RFC 9051).

    Two equal ones with a HIGHESTMODSEQ: nothing was added, removed or flagged between them.
    """

    uidvalidity: int
    uidnext: int | None
    exists: int
    highestmodseq: int | None = None


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """What happened in a folder since a state of it that was kept (RFC 7162)."""

    state: FolderState
    """Now; where its UIDVALIDITY is another one, nothing else is told."""
    flags: Mapping[int, tuple[str, ...]] | None
    """By UID, of each message that is new (from the kept UIDNEXT on) or whose flags changed. None: the server cannot
    tell, compare `uids()` and ask `flags()`."""
    vanished: tuple[int, ...] | None
    """Which of the known UIDs are gone, ascending. None: the server cannot tell, compare `uids()`."""


@dataclass(frozen=True, slots=True)
class GmailFacts:
    """X-GM-EXT-1: one message keeps these in every label folder that shows it."""

    message: int
    """X-GM-MSGID"""
    thread: int
    """X-GM-THRID"""
    labels: tuple[str, ...]
    """Decoded, system labels as `\\Inbox`; the label of the folder that is open is left out by Gmail itself."""


@dataclass(frozen=True, slots=True)
class FetchedHeader:
    uid: int
    header: bytes
    flags: tuple[str, ...]
    internaldate: datetime | None
    """Aware."""
    size: int
    """RFC822.SIZE, octets."""
    gmail: GmailFacts | None = None


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    uid: int
    raw: bytes
    sizes: tuple[int, ...] | None = None
    """None: this is the whole message. Else the octets of its attachments are left out, and would be so many."""


@dataclass(frozen=True, slots=True)
class Part:
    """A node of BODYSTRUCTURE; texts are the sender's, decoded as little as possible and not yet sanitised."""

    number: str
    """The section to ask for: "1", "2.1.3"; "" (the whole message) for a multipart at the root, "3.TEXT" for one at
    the root of a message within."""
    content_type: str
    """Lower case, "text/plain"."""
    charset: str = ""
    encoding: str = ""
    """Content-Transfer-Encoding, lower case."""
    filename: str = ""
    """As in the header: RFC 2047 words and RFC 2231 percents are the reader's affair."""
    size: int = 0
    """Octets as transferred, before decoding; 0 of a multipart."""
    disposition: str = ""
    """ "inline", "attachment" or ""."""
    content_id: str = ""
    """With <>."""
    parts: tuple["Part", ...] = ()
    """Of a multipart, and of a message/rfc822 what is in it."""

    def walk(self) -> Iterator["Part"]:
        """Itself and all below, in the order of the message."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))


@dataclass(frozen=True, slots=True)
class FetchedSections:
    uid: int
    sections: Mapping[str, bytes]
    """What was asked for and came, by section."""


@dataclass(frozen=True, slots=True)
class FlagsChanged:
    """What the server took of a change of flags."""

    dropped: tuple[str, ...] = ()
    """Not taken: PERMANENTFLAGS says that the folder does not keep them."""


@dataclass(frozen=True, slots=True)
class Moved:
    uids: Mapping[int, int] | None = None
    """Old UID to new one (COPYUID); None where the server does not say."""
    uidvalidity: int | None = None
    """Of the folder moved to, where `uids` is given."""
    left_behind: bool = False
    """The server can only copy: the originals are still there, flagged \\Deleted, since EXPUNGE would also take
    what others have flagged so."""


@dataclass(frozen=True, slots=True)
class Appended:
    """APPENDUID (RFC 4315)."""

    uidvalidity: int
    uid: int


class Tokens(Protocol):
    """An OAuth2 access token, as good as a password for an hour. Raises NetworkError, UsageError or TokenRefused."""

    def token(self) -> str: ...

    def renewed(self, refused: str) -> str:
        """Another one than this, which a server did not take."""


Secret = str | Tokens
"""What a login is made with: a password, or where tokens come from."""


class Mailbox(Protocol):
    """One connection, owned by one thread. Raises NetworkError (worth a retry) or LoginRefused (not).

    A refused command raises the adapter's ServerRefused; the connection is still good then.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def folders(self) -> tuple[Folder, ...]: ...

    def folder_for(self, role: str, *, create: bool = False) -> Folder | None:
        """The folder of a role; where there is none and `create` insists, it is made ("Archive", "Trash"…)."""

    def status(self, folders: Sequence[str]) -> dict[str, FolderState]:
        """Of several folders in one round trip, without opening them; one that does not exist is missing."""

    def select(self, folder: str) -> FolderState:
        """Read-only (EXAMINE)."""

    def changes(self, folder: str, since: FolderState, known: Collection[int]) -> FolderChanges:
        """Open a folder read-only and hear what happened since a state that was kept.

        `known` are the UIDs held under that state. What the server cannot tell is None, never guessed.
        """

    def uids(self) -> tuple[int, ...]:
        """All UIDs of the selected folder, ascending."""

    def uids_since(self, day: date) -> tuple[int, ...]:
        """UIDs whose INTERNALDATE is on or after a day, ascending."""

    def fetch_headers(self, uids: Sequence[int]) -> Iterator[FetchedHeader]:
        """BODY.PEEK[HEADER], FLAGS, INTERNALDATE, RFC822.SIZE; a UID that is gone yields nothing."""

    def fetch_messages(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        """BODY.PEEK[]; a UID that is gone yields nothing."""

    def structures(self, uids: Sequence[int]) -> Iterator[tuple[int, Part]]:
        """BODYSTRUCTURE by UID; one that is gone yields nothing. Slow to parse: not for each message of a folder."""

    def fetch_sections(self, uids: Sequence[int], sections: Sequence[str]) -> Iterator[FetchedSections]:
        """Of each message the same sections ("HEADER", "1", "1.2", "2.MIME"), still encoded and whole in memory."""

    def stream(self, uid: int, section: str = "") -> Iterator[bytes]:
        """One section, "" for the whole message, in pieces of at most a mebibyte; nothing where it is gone."""

    def refused(self) -> Mapping[int, str]:
        """Of the open folder: UIDs that were asked for and that the server could not give, with its words."""

    def flags(self, uids: Sequence[int], changed_since: int | None = None) -> dict[int, tuple[str, ...]]:
        """Flags by UID; with `changed_since` (a MODSEQ, where the server has CONDSTORE) only those that changed."""

    def wait_for_news(self, seconds: float) -> bool:
        """IDLE (or ask now and then where the server has none) for at most so long; True when the folder changed."""

    def interrupt(self) -> None:
        """End the wait for news that is under way, or the next one, from any thread; it returns False."""

    def append(
        self, folder: str, raw: bytes, flags: Sequence[str] = (), when: datetime | None = None
    ) -> Appended | None:
        """Where the message is now, if the server says so."""

    def search_message_id(self, folder: str, message_id: str) -> tuple[int, ...]:
        """UIDs in a folder, which is opened read-only."""

    def add_flags(self, folder: str, uidvalidity: int, uids: Sequence[int], flags: Sequence[str]) -> bool:
        """False, and nothing done, where UIDVALIDITY has changed."""

    def change_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> FlagsChanged | None:
        """None, and nothing done, where UIDVALIDITY has changed. UIDs that are gone are passed over."""

    def move(self, folder: str, uidvalidity: int, uids: Sequence[int], to: str) -> Moved | None:
        """None, and nothing done, where UIDVALIDITY has changed. UIDs that are gone are passed over.

        A NetworkError leaves open whether it was done: look for the Message-ID in `to` before trying again.
        """

    def close(self) -> None:
        """End the connection from any thread; whatever waits on it stops with NetworkError."""


class SortingMailbox(Mailbox, Protocol):
    """One in which mail can also be put in order."""

    def create_folder(self, folder: str) -> None: ...

    def remove(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> bool | None:
        """Take out what lies in another folder already. None, and nothing done, where UIDVALIDITY has changed; False
        where they are only flagged as deleted, since the server cannot expunge these alone.
        """
