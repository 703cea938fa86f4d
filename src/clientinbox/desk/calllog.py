"""Calls as they are kept, and what a call sheet is made of: the store's rows to the core's values and back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.summaries import Derived
from clientinbox.desk.views import CallEntry, ThreadPage
from clientinbox.drafting.callfacts import CallFacts, ContactFact, PromiseFact, TurnFact
from clientinbox.drafting.sentences import content_words, sentences
from clientinbox.edge.store.calls import CallRow
from clientinbox.edge.store.rows import StoredMessage
from clientinbox.relationship.calls import Agreed, CallRecord
from clientinbox.triage.escalation import Turn
from clientinbox.triage.labels import TENSION_EVIDENCE, Label, Tension

_LONGEST_PROBLEM = 200


def data_of(entry: CallEntry, contact_name: str, first_voice_minutes: int | None) -> dict[str, Any]:
    return {
        "contact_name": contact_name,
        "reached": entry.reached,
        "minutes": entry.minutes,
        "agreed": [
            {
                "text": line.text,
                "promise": line.promise,
                "owner": line.owner,
                "due": None if line.due is None else line.due.isoformat(),
            }
            for line in entry.agreed
        ],
        "mood_after": entry.mood_after,
        "note": entry.note,
        "first_voice_minutes": first_voice_minutes,
    }


def promise_rows(
    entry: CallEntry, client: str | None, project: str | None, now: datetime
) -> tuple[dict[str, Any], ...]:
    """Rows of the register of promises, in the form that `registry import` gives them."""
    return tuple(
        {
            "side": "us",
            "client": client,
            "project": project,
            "owner": line.owner,
            "text": line.text,
            "made": now.date().isoformat(),
            "due": None if line.due is None else line.due.date().isoformat(),
            "state": "open",
        }
        for line in entry.agreed
        if line.promise
    )


def record_of(row: CallRow, zone: tzinfo) -> CallRecord:
    return record_from(row.data, row.contact_email, row.at.astimezone(zone))


def record_from(data: Mapping[str, Any], contact_email: str, at: datetime) -> CallRecord:
    agreed = []
    for line in data["agreed"]:
        due = None if line["due"] is None else datetime.fromisoformat(line["due"])
        agreed.append(
            Agreed(
                text=line["text"],
                promise=line["promise"],
                owner=line["owner"],
                due=None if due is None else due.date(),
                at=None if due is None else due.timetz().replace(tzinfo=None),
            )
        )
    return CallRecord(
        contact_name=data["contact_name"],
        contact_email=contact_email,
        at=at,
        reached=data["reached"],
        minutes=data["minutes"],
        agreed=tuple(agreed),
        mood_after=None if data["mood_after"] is None else Tension(data["mood_after"]),
        note=data["note"],
    )


def call_facts(derived: Derived, page: ThreadPage, knowledge: Knowledge, now: datetime) -> CallFacts:
    """What is known, and nothing else."""
    row = page.row
    known = knowledge.contacts.get(row.contact.email)
    client = knowledge.clients[row.client or ""]
    project = next((p for p in knowledge.registry.projects if p.code == row.project), None)
    return CallFacts(
        now=now,
        calendar=knowledge.calendar,
        contact=ContactFact(
            name=row.contact.name,
            email=row.contact.email,
            role=row.contact.role,
            title="" if known is None else known.title,
            phone="" if known is None else known.phone,
            mobile="" if known is None else known.mobile,
            timezone=client.timezone,
        ),
        turns=tuple(_turn(message, turn) for message, turn in zip(derived.messages, derived.turns, strict=True)),
        client=client.key,
        client_name=client.name,
        project=row.project or "",
        project_name="" if project is None else project.name,
        cap=client.compensation_cap,
        currency=knowledge.registry.currency,
        promises=tuple(
            PromiseFact(f"promises {number}", promise)
            for number, promise in enumerate(knowledge.promises, 1)
            if promise.client == client.key and promise.project in {None, row.project}
        ),
    )


def _turn(message: StoredMessage, turn: Turn) -> TurnFact:
    own = message.own_text or ""
    said = () if message.verdict is None else message.verdict.classification.evidence
    ordered = sorted(said, key=lambda evidence: evidence.label != TENSION_EVIDENCE)
    cues = () if message.verdict is None else message.verdict.cues
    serious = [cue for cue in cues if cue.serious and not cue.in_subject]
    said_whole = [
        sentence.text
        for cue in serious
        for sentence in sentences(own)
        if sentence.start <= cue.start and cue.end <= sentence.end
    ]
    quotes = [e.text for e in ordered] + said_whole
    return TurnFact(
        message_id=message.message_id,
        at=message.sent_at,
        by_us=message.ours,
        sender=message.sender.name or message.sender.email,
        text=own,
        evidence=tuple(dict.fromkeys(quote for quote in quotes if quote in own)),
        tension=None if turn.tension is None else int(turn.tension),
        to_client=turn.to_client,
        automatic=turn.automatic,
    )


def problem_in_their_words(derived: Derived, owed: Sequence[str]) -> str:
    """What went wrong, exactly as they wrote it; "" where their mails name nothing.

    Of the sentences of their tense mails the one that says most of what we owe them, the earliest of equals: "The link
    did not come yesterday" says it better than the anger it led to. Where nothing is owed: the evidence of a complaint.
    """
    about = frozenset[str]().union(*(content_words(text) for text in owed))
    best, most = "", 0
    for message, turn in zip(derived.messages, derived.turns, strict=True):
        if not turn.by_client or (turn.tension or 0) < Tension.TENSE:
            continue
        for sentence in sentences(message.own_text or ""):
            shared = len(content_words(sentence.text) & about)
            if shared > most and "?" not in sentence.text and len(sentence.text) <= _LONGEST_PROBLEM:
                best, most = sentence.text, shared
    if best:
        return " ".join(best.split())
    deciding = next(m for m in derived.messages if m.id == derived.summary.deciding_message)
    said = () if deciding.verdict is None else deciding.verdict.classification.evidence
    ordered = sorted(said, key=lambda evidence: evidence.label != Label.COMPLAINT)
    return next((" ".join(evidence.text.split()) for evidence in ordered), "")
