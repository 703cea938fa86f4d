"""What every door shows: read models, made once here so that the TUI and the command line never differ.

All text in them has passed the sanitiser; none of it is markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clientinbox.mail.invitation import Invitation
from clientinbox.mail.message import Address, Attachment, Direction, SenderWarning
from clientinbox.mail.zone import Zone
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
    """call, reply, verify."""
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
    unreadable: bool = False
    """Something in it could not be read or judged: that it is calm is not known."""
    flagged: bool = False
    suspicious: bool = False
    """A sender in it may not be who they seem to be."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A thread that answers a question, by its newest message that does."""

    thread_id: str
    message_id: str
    sent_at: datetime
    sender: Address
    subject: str
    client: str | None
    project: str | None
    labels: tuple[str, ...]
    """Of the message."""
    tension: int | None
    """Of the message; None on our own and automatic mail."""
    escalate: bool
    """Of the thread."""


@dataclass(frozen=True, slots=True)
class InvitationView:
    """A meeting, on our clock."""

    invitation: Invitation
    lines: tuple[str, ...]
    """What it is, when, where, who comes: in words."""
    theirs: str
    """The time on their clock; "" where it is ours."""
    clashes: tuple[str, ...]
    """Promises of ours that are due meanwhile, in words."""


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
    unreadable: str = ""
    """What could not be done with it, as a sentence; "" for nearly all."""
    warnings: tuple[SenderWarning, ...] = ()
    """Why the sender may not be who they seem to be."""
    new_topic: bool = False
    """Its subject speaks of something else than the thread before it."""
    invitation: InvitationView | None = None


@dataclass(frozen=True, slots=True)
class CallView:
    """A logged call, as it stands in its thread."""

    at: datetime
    contact: str
    reached: bool
    minutes: int | None
    agreed: tuple[str, ...]
    mood_after: int | None
    note: str


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
    calls: tuple[CallView, ...] = ()
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class CallPrompt:
    """Ring, don't write? Asked before a reply to a thread that should be a call."""

    thread_id: str
    contact: Person
    number: str
    """To copy; "" where none is known."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of the call sheet. Nothing is invented: a fact names where it comes from."""

    text: str
    source: str
    """message, register, contact, guide (standing advice), or "" for an empty line."""
    source_id: str
    """Message-ID of a message; the words of a register row or the e-mail of a contact otherwise."""


@dataclass(frozen=True, slots=True)
class SheetSection:
    title: str
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True, slots=True)
class CallSheetView:
    thread_id: str
    contact: Person
    number: str
    sections: tuple[SheetSection, ...]
    printed: str
    """The same as plain text, for paper."""


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """One thing agreed in a call."""

    text: str
    promise: bool
    """It is a promise and goes into the register."""
    owner: str = ""
    due: datetime | None = None
    """What the words say, resolved; None where they name no day."""


@dataclass(frozen=True, slots=True)
class CallEntry:
    """What a person says of a call they made."""

    reached: bool
    minutes: int | None
    agreed: tuple[AgreedLine, ...]
    mood_after: int | None
    """Tension 0…3, as it sounded at the end."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DraftView:
    """A mail that is being written."""

    draft_id: str
    thread_id: str | None
    kind: str
    """reply or recap."""
    to: str
    cc: str
    bcc: str
    """Address lists as they are typed, comma between."""
    subject: str
    body: str
    waived: tuple[tuple[str, str], ...]
    """(slot, reason) pairs of the solution frame."""
    saved_at: datetime | None = None
    """When it was last written to the store."""


@dataclass(frozen=True, slots=True)
class SlotView:
    """One slot of the solution frame beside a draft."""

    slot: str
    """problem, explanation, remedy, date, cost, next_update."""
    title: str
    found: bool
    text: str
    """The draft's words that fill it; "" where nothing does."""
    required: bool
    waived: str
    """The reason it was waived for; "" where it was not."""


@dataclass(frozen=True, slots=True)
class FrameView:
    slots: tuple[SlotView, ...]
    unfilled: tuple[str, ...]
    """Placeholders that still stand in the text; they block sending."""

    @property
    def blocking(self) -> tuple[str, ...]:
        """Titles of what must be filled or waived before this may leave."""
        open_ = tuple(slot.title for slot in self.slots if slot.required and not slot.found and not slot.waived)
        return open_ + self.unfilled


@dataclass(frozen=True, slots=True)
class Queued:
    """A mail that will leave at a moment unless it is taken back."""

    outbox_id: str
    subject: str
    leaves_at: datetime


class InboxList(Protocol):
    """A list of threads that may be very long: rows are fetched a page at a time."""

    def __len__(self) -> int: ...

    def rows(self, start: int, stop: int) -> Sequence[InboxRow]:
        """Rows start…stop-1, most urgent first; fewer where the list has shrunk meanwhile."""

    def position(self, thread_id: str) -> int | None:
        """Where a thread stands; None when it is not among the urgent ones."""


@dataclass(frozen=True, slots=True)
class AttachmentView:
    message_id: str
    number: int
    """From 1, in its message."""
    filename: str
    content_type: str
    size: int
    """Octets after decoding."""
    kept: bool
    """In the store; otherwise its server is asked for it."""
