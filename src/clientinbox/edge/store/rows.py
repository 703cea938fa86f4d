"""Rows become values here, and values become columns."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, field
from datetime import date, datetime
from typing import Any

from clientinbox.mail.invitation import Invitation, Participant
from clientinbox.mail.message import Address, Attachment, Envelope
from clientinbox.mail.ports import FolderState
from clientinbox.mail.zone import Zone, ZoneKind
from clientinbox.triage.hits import CueHit
from clientinbox.triage.labels import Classification, Evidence, Label, Tension

ID_SHIFT = 20
"""Room for 2^20 messages within one second of INTERNALDATE."""


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """What was understood of one message, corrections not applied."""

    version: str
    classification: Classification
    cues: tuple[CueHit, ...]
    """Offsets into the sender's own words, where the classification's evidence counts in the whole body."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    id: int
    """rowid: grows with the date."""
    message_id: str
    thread: int
    sent_at: datetime
    ours: bool
    automatic: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    authentication_results: tuple[str, ...]
    body: str | None
    own_text: str | None
    zones: tuple[Zone, ...]
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    verdict: StoredVerdict | None
    corrections: dict[str, int] = field(default_factory=dict)
    """Field ("tension" or a label) → what a person set."""
    unreadable: str = ""
    """What could not be done with it, as a sentence; "" for nearly all."""
    failed_stage: str = ""
    """A `quarantine.Stage`."""
    invitation: Invitation | None = None


@dataclass(frozen=True, slots=True)
class FolderRow:
    id: int
    account: str
    name: str
    role: str
    uidvalidity: int | None
    highestmodseq: int | None
    on_server: int | None
    older: int
    """Messages on the server that are older than the account's history."""
    uidnext: int | None = None
    chosen_by: str = ""
    """Scope and history by which its messages were chosen."""
    settled: bool = False
    """All was there when the last pass ended."""
    compared_at: datetime | None = None
    """When all its UIDs were compared last."""
    checked_at: datetime | None = None
    followed: bool = True

    @property
    def state(self) -> FolderState | None:
        """As the last pass that listed all of it saw it; None where there was none."""
        if self.uidvalidity is None or self.on_server is None:
            return None
        return FolderState(self.uidvalidity, self.uidnext, self.on_server, self.highestmodseq)


@dataclass(frozen=True, slots=True)
class SummaryRow:
    thread: int
    last_message: int
    deciding_message: int
    messages: int
    in_inbox: bool
    unread: bool
    urgent: bool
    client: str | None
    project: str | None
    project_confidence: float | None
    project_reason: str | None
    state: dict[str, Any]


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def recipients_column(envelope: Envelope) -> str:
    """To, Cc, and Reply-To where there is one."""
    groups = [envelope.to, envelope.cc, *([envelope.reply_to] if envelope.reply_to else [])]
    return compact([[[a.name, a.email] for a in group] for group in groups])


def evidence_column(evidence: Iterable[Evidence]) -> str:
    return compact([[e.label, e.text, e.start, e.end] for e in evidence])


def cues_column(cues: Iterable[CueHit]) -> str:
    return compact([list(astuple(cue)) for cue in cues])


def zones_column(zones: Iterable[Zone]) -> str:
    return compact([[z.kind.value, z.start, z.end, z.confidence] for z in zones])


def attachments_column(attachments: Iterable[Attachment]) -> str:
    return compact([asdict(a) for a in attachments])


def invitation_column(invitation: Invitation | None) -> str | None:
    if invitation is None:
        return None
    end = invitation.end
    days = {"start": invitation.start.isoformat(), "end": None if end is None else end.isoformat()}
    return compact({**asdict(invitation), **days})


def _invitation(data: dict[str, Any]) -> Invitation:
    organiser = data["organiser"]
    return Invitation(
        **{
            **data,
            "start": _day_or_time(data["start"]),
            "end": None if data["end"] is None else _day_or_time(data["end"]),
            "organiser": None if organiser is None else Participant(**organiser),
            "attendees": tuple(Participant(**each) for each in data["attendees"]),
        }
    )


def _day_or_time(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _evidence(column: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(*item) for item in json.loads(column))


def verdict_from(row: sqlite3.Row) -> StoredVerdict | None:
    if row["version"] is None:
        return None
    probabilities = {Label(key): value for key, value in json.loads(row["probabilities"]).items()}
    p0, p1, p2, p3 = json.loads(row["tension_probabilities"])
    return StoredVerdict(
        version=row["version"],
        classification=Classification(
            labels=frozenset(Label(label) for label in json.loads(row["labels"])),
            probabilities=probabilities,
            tension=Tension(row["tension"]),
            tension_probabilities=(p0, p1, p2, p3),
            evidence=_evidence(row["evidence"]),
            unsure=frozenset(Label(label) for label in json.loads(row["unsure"])),
        ),
        cues=tuple(CueHit(*item) for item in json.loads(row["cues"])),
    )


def message_from(row: sqlite3.Row, corrections: dict[str, int]) -> StoredMessage:
    to, cc, *answers = json.loads(row["recipients"])
    # three values each where an older version has read the message
    zones = tuple(Zone(ZoneKind(kind), *rest) for kind, *rest in json.loads(row["zones"] or "[]"))
    own_text = row["own_text"]
    if own_text is None and row["body"] is not None:
        from clientinbox.mail.zones import own_words  # patterns that a list without messages does not need

        own_text = own_words(row["body"], zones).text
    return StoredMessage(
        id=row["id"],
        message_id=row["message_id"],
        thread=row["thread"],
        sent_at=datetime.fromisoformat(row["sent_at"]),
        ours=bool(row["ours"]),
        automatic=row["automatic"],
        sender=Address(row["from_name"], row["from_email"]),
        to=tuple(Address(*a) for a in to),
        cc=tuple(Address(*a) for a in cc),
        reply_to=tuple(Address(*a) for a in (answers[0] if answers else ())),
        subject=row["subject"],
        authentication_results=tuple(json.loads(row["auth"])),
        body=row["body"],
        own_text=own_text,
        zones=zones,
        attachments=tuple(Attachment(**a) for a in json.loads(row["attachments"] or "[]")),
        defects=tuple(json.loads(row["defects"] or "[]")),
        verdict=verdict_from(row),
        corrections=corrections,
        unreadable=row["unreadable"] or "",
        failed_stage=row["failed_stage"] or "",
        invitation=None if row["invitation"] is None else _invitation(json.loads(row["invitation"])),
    )


def folder_from(row: sqlite3.Row) -> FolderRow:
    return FolderRow(
        id=row["id"],
        account=row["account"],
        name=row["name"],
        role=row["role"],
        uidvalidity=row["uidvalidity"],
        highestmodseq=row["highestmodseq"],
        on_server=row["on_server"],
        older=row["older"],
        uidnext=row["uidnext"],
        chosen_by=row["chosen_by"],
        settled=bool(row["settled"]),
        compared_at=_moment(row["compared_at"]),
        checked_at=_moment(row["checked_at"]),
        followed=bool(row["followed"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def summary_from(row: sqlite3.Row) -> SummaryRow:
    return SummaryRow(
        thread=row["thread"],
        last_message=row["last_message"],
        deciding_message=row["deciding_message"],
        messages=row["messages"],
        in_inbox=bool(row["in_inbox"]),
        unread=bool(row["unread"]),
        urgent=bool(row["urgent"]),
        client=row["client"],
        project=row["project"],
        project_confidence=row["project_confidence"],
        project_reason=row["project_reason"],
        state=json.loads(row["state"]),
    )
