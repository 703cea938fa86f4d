"""What a message is, once it has walked in: every text here has passed the sanitiser of `edge/mime`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clientinbox.mail.invitation import Invitation


class Direction(StrEnum):
    IN = "in"
    """Somebody outside wrote it."""
    OUT = "out"
    """One of us wrote it, to a client or to a colleague."""


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    """Display name, "" where none was given."""
    email: str
    """Lower case; "" where the header could not be read."""

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


@dataclass(frozen=True, slots=True)
class SenderWarning:
    """Why a sender may not be who they seem to be."""

    code: str
    """look_alike, authentication, reply_to, borrowed_name."""
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    content_type: str
    size: int
    """Octets after decoding."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the header alone says (RFC 5322)."""

    message_id: str
    """As in the header, with <>; made from a digest of the header where it is missing or unusable."""
    subject: str
    sender: Address
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    date: datetime | None = None
    """Aware; None where the header is missing or unreadable."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Oldest first, with <>."""
    automatic: str = ""
    """Why nobody wrote this by hand ("List-Id", "Auto-Submitted"…); "" for a person's message."""
    authentication_results: tuple[str, ...] = ()
    """The raw Authentication-Results fields, topmost first."""
    list_id: str = ""
    """Of the mailing list it came through (RFC 2919), lower case, without <>."""
    digest: str = ""
    """Of From, Date, Subject and Message-ID: tells two messages under one Message-ID apart."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a person reads, and what is attached."""

    text: str
    """Plain text with \\n line ends; every offset anywhere counts characters of this text."""
    quoted_from: int | None = None
    """Where HTML markup (blockquote, gmail_quote, divRplyFwdMsg) says that the quoted history begins."""
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    """What was broken, locked or not loaded, each a sentence for a person."""
    invitation: Invitation | None = None
