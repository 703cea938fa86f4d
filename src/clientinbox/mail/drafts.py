"""Words on their way out, as every door sees them: a draft, its place in the outbox, and what was done to a server."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OutboxState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    """Somebody talks to the server about it, or did so when the process died."""
    SENT = "sent"
    FAILED = "failed"
    """Refused for good; its draft is open again."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Draft:
    id: int
    account: str
    thread: int | None
    kind: str
    """reply, recap or new."""
    in_reply_to: str
    """Message-ID of the message it answers; "" for a new conversation."""
    to: str
    """This and the next two as typed, comma separated."""
    cc: str
    bcc: str
    subject: str
    body: str
    waived: dict[str, str]
    """Slot of the solution frame → why it is left out."""
    made_at: datetime
    saved_at: datetime
    outbox: int | None
    """Where it is queued (or went out from); None while it is open."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    id: int
    message_id: str
    account: str
    thread: int | None
    draft: int | None
    sender: str
    recipients: tuple[str, ...]
    subject: str
    answers: str
    """Message-ID of the message that is answered by it; "" for none."""
    state: OutboxState
    uncertain: bool
    """A server may have it already: the Sent folder is asked before it is tried again."""
    queued_at: datetime
    not_before: datetime
    retry_at: datetime | None
    attempts: int
    """To send it, then anew to file it."""
    last_error: str
    sent_at: datetime | None
    filed: bool

    @property
    def due(self) -> datetime:
        return self.not_before if self.retry_at is None else max(self.not_before, self.retry_at)


@dataclass(frozen=True, slots=True)
class ServerWrite:
    at: datetime
    account: str
    folder: str
    """"" for what went out by SMTP."""
    what: str
    message_id: str
