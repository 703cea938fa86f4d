"""What every door shows: read models, made once here so that the TUI and the command line never differ.

All text in them has passed the sanitiser; none of it is markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clientinbox.mail.message import Address, Attachment, Direction
from clientinbox.mail.zones import Zone
from clientinbox.triage.labels import Evidence


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    role: str
    """A `projects.registry.Role` value."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a thread was flagged, in words, with the message and the words that caused it."""

    code: str
    text: str
    message_id: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class NextAction:
    code: str
    """call, reply, review."""
    text: str
    due: datetime | None
    owner: str


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One thread in a list."""

    thread_id: str
    message_id: str
    """Of the message that decides: the last one of a client, else the last one."""
    subject: str
    contact: Person
    client: str | None
    client_name: str | None
    project: str | None
    labels: tuple[str, ...]
    unsure: tuple[str, ...]
    tension: int | None
    """None on threads without a client's message."""
    trend: tuple[int, ...]
    """Tension of the inbound messages by hand, oldest first."""
    escalate: bool
    needs_you: bool
    waiting_since: datetime | None
    """Of the oldest unanswered inbound message."""
    waiting_bh: float | None
    """Business hours since `waiting_since`."""
    score: float
    score_parts: tuple[tuple[str, float], ...]
    last_at: datetime
    messages: int
    unread: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    message_id: str
    sent_at: datetime
    direction: Direction
    automatic: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    body: str | None
    """None: listed, not yet fetched."""
    zones: tuple[Zone, ...]
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    labels: tuple[str, ...]
    unsure: tuple[str, ...]
    probabilities: tuple[tuple[str, float], ...]
    tension: int | None
    tension_probabilities: tuple[float, ...]
    evidence: tuple[Evidence, ...]
    """Offsets into `body`: the model's spans."""
    cues: tuple[Evidence, ...]
    """Offsets into `body`: spans of the open rules; `label` is the cue's code."""
    corrected: tuple[str, ...]
    """What a person set: "tension", "progress", "complaint", "scope_change"."""
    understood: bool


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A thread as it is read, oldest message first."""

    row: InboxRow
    messages: tuple[MessageView, ...]
    reasons: tuple[Reason, ...]
    next_action: NextAction | None
    project_confidence: float | None
    project_reason: str | None
    archived: bool


class InboxList(Protocol):
    """A list of threads that may be very long: rows are fetched a page at a time."""

    def __len__(self) -> int: ...

    def rows(self, start: int, stop: int) -> Sequence[InboxRow]:
        """Rows start…stop-1, most urgent first; fewer where the list has shrunk meanwhile."""

    def position(self, thread_id: str) -> int | None:
        """Where a thread stands; None when it is not among the urgent ones."""
