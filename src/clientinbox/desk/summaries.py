"""A thread derived from its mail: whose it is, how things stand, whether somebody is needed. Deterministic, so it may
be done again at any time, by the engine after new mail and by a door after a correction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from clientinbox.desk.effective import effective_labels, effective_tension, effective_unsure
from clientinbox.desk.knowledge import Knowledge
from clientinbox.edge.store import Connection, calls, queries, serverqueue, writes
from clientinbox.edge.store.quarantine import Stage
from clientinbox.edge.store.rows import StoredMessage, SummaryRow
from clientinbox.mail.message import Direction
from clientinbox.projects.linking import REMEMBERED_FROM, Link, LinkFacts, link
from clientinbox.relationship.owed import waiting_since
from clientinbox.triage import escalation
from clientinbox.triage.escalation import UNANSWERED_HOURS, Step, Turn, Verdict
from clientinbox.triage.labels import TENSION_EVIDENCE, Label, Tension

_TEXTS_TO_LINK = 5
"""The newest messages whose words are searched for keywords."""
_NOT_JUDGED = Verdict(escalate=False, reasons=(), score=0.0, next_step=Step.REPLY)
_NOT_LINKED = Link(None, None, 0.0, "")
_ARCHIVES = frozenset({"archive", "all"})
"""Gmail has no archive: what is in no other folder is in All Mail."""


@dataclass(frozen=True, slots=True)
class Derived:
    summary: SummaryRow
    messages: tuple[StoredMessage, ...]
    turns: tuple[Turn, ...]
    verdict: Verdict
    archived: bool


def derive(connection: Connection, thread: int, knowledge: Knowledge, now: datetime) -> SummaryRow | None:
    """Assess and write down. Joins the caller's transaction."""
    derived = assess(connection, thread, knowledge, now)
    if derived is None:
        writes.mark_fresh(connection, thread)
        return None
    writes.summarise(connection, derived.summary)
    return derived.summary


def assess(connection: Connection, thread: int, knowledge: Knowledge, now: datetime) -> Derived | None:
    """How a thread stands at `now`; None for one without messages."""
    messages = queries.thread_messages(connection, thread)
    if not messages:
        return None
    places = serverqueue.thread_places(connection, thread)
    turns = tuple(_turn(message, knowledge) for message in messages)
    # what the rules could not take is shown without them
    plainly = any(message.failed_stage == Stage.THREAD for message in messages)
    linked = _NOT_LINKED if plainly else _link(messages, knowledge)
    reached = [call.at for call in calls.calls(connection, thread=thread) if call.data["reached"]]
    verdict = _NOT_JUDGED if plainly else judge(turns, now, knowledge, linked.client, reached)
    deciding = _deciding(messages, verdict)
    unread = [message.sent_at for message in _since_our_last_answer(messages, turns) if message.unreadable]
    waiting = min((at for at in (waiting_since(turns), *unread) if at is not None), default=None)
    in_inbox = any(place.role == "inbox" for place in places)
    urgent = verdict.escalate or waiting is not None
    state = _state(messages, turns, deciding, verdict, knowledge)
    state["waiting_since"] = None if waiting is None else waiting.isoformat()
    state["flagged"] = any("\\Flagged" in place.flags for place in places)
    state["changes_at"] = None if plainly else _changes_at(turns, verdict, knowledge, now)
    newest = max(message.id for message in messages)
    summary = SummaryRow(
        thread=thread,
        last_message=newest,
        deciding_message=deciding.id,
        messages=len(messages),
        in_inbox=in_inbox,
        unread=any(place.role == "inbox" and "\\Seen" not in place.flags for place in places),
        urgent=urgent,
        client=linked.client,
        project=linked.project,
        project_confidence=round(linked.confidence, 3) if linked.project else None,
        project_reason=linked.reason,
        state=state,
    )
    archived = not in_inbox and any(place.role in _ARCHIVES for place in places)
    return Derived(summary, messages, turns, verdict, archived)


def judge(
    turns: Sequence[Turn],
    now: datetime,
    knowledge: Knowledge,
    client: str | None,
    reached: Sequence[datetime] = (),
) -> Verdict:
    """Rule 5 for a client's thread. Once it is known who the clients are, nobody is rung about a stranger's heat."""
    seniors = _seniors(knowledge, client)
    verdict = escalation.decide(turns, now, knowledge.calendar, calls=reached, seniors=seniors)
    if client is None and knowledge.clients and verdict.escalate:
        return replace(verdict, escalate=False, reasons=(), score=0.0, next_step=Step.REPLY)
    return verdict


def _turn(message: StoredMessage, knowledge: Knowledge) -> Turn:
    level = effective_tension(message)
    said = None if message.verdict is None else message.verdict.classification
    carried = next((e.text for e in said.evidence if e.label == TENSION_EVIDENCE), "") if said is not None else ""
    return Turn(
        message_id=message.message_id,
        direction=Direction.OUT if message.ours else Direction.IN,
        at=message.sent_at,
        sender_email=message.sender.email,
        tension=None if level is None else Tension(level),
        labels=frozenset(Label(label) for label in effective_labels(message)),
        cues=() if message.verdict is None else message.verdict.cues,
        own_text=message.own_text or "",
        cc=tuple(address.email for address in message.cc),
        automatic=bool(message.automatic),
        to_client=any(not knowledge.ours.includes(address) for address in (*message.to, *message.cc)),
        tension_words=carried,
        tense_probability=None if said is None else sum(said.tension_probabilities[2:]),
    )


def _deciding(messages: Sequence[StoredMessage], verdict: Verdict) -> StoredMessage:
    """The message a flag is about: the one judged, else the last one a person outside wrote, else the last one."""
    by_id = {message.message_id: message for message in messages}
    if verdict.message_id in by_id:
        return by_id[verdict.message_id]
    outside = [message for message in messages if not message.ours]
    return (outside or list(messages))[-1]


def _link(messages: Sequence[StoredMessage], knowledge: Knowledge) -> Link:
    """Message by message, oldest first: what was certain of an earlier one holds for the thread."""
    remembered: str | None = None
    linked: Link | None = None
    for position, message in enumerate(messages):
        near = messages[max(0, position + 1 - _TEXTS_TO_LINK) : position + 1]
        linked = link(
            LinkFacts(
                addresses=_outside(message, knowledge),
                subjects=(message.subject,),
                texts=tuple(m.own_text for m in reversed(near) if m.own_text),
                attachments=tuple(a.filename for m in near for a in m.attachments),
                remembered=remembered,
                automatic=bool(message.automatic),
                date=message.sent_at,
            ),
            knowledge.registry,
        )
        if linked.project is not None and linked.confidence >= REMEMBERED_FROM:
            remembered = linked.project
    if linked is None:
        raise ValueError("a thread without messages is linked to nothing")
    return linked


def _outside(message: StoredMessage, knowledge: Knowledge) -> tuple[str, ...]:
    everybody = (message.sender, *message.to, *message.cc)
    return tuple(dict.fromkeys(a.email for a in everybody if a.email and not knowledge.ours.includes(a)))


def _seniors(knowledge: Knowledge, client: str | None) -> frozenset[str]:
    known = knowledge.clients.get(client or "")
    contacts: Iterable[Any] = () if known is None else known.contacts
    return frozenset(contact.email for contact in contacts if contact.role.value in {"decider", "approver"})


def _state(
    messages: Sequence[StoredMessage],
    turns: Sequence[Turn],
    deciding: StoredMessage,
    verdict: Verdict,
    knowledge: Knowledge,
) -> dict[str, Any]:
    """What a row shows, as JSON."""
    unanswered = _since_our_last_answer(messages, turns)
    labels = {label for message in (unanswered or (deciding,)) for label in effective_labels(message)}
    unsure = {label for message in (unanswered or (deciding,)) for label in effective_unsure(message)}
    person = knowledge.person(deciding.sender)
    reasons = [{key: value for key, value in asdict(reason).items() if key != "weight"} for reason in verdict.reasons]
    reasons += [
        {"code": "unreadable", "text": message.unreadable, "message_id": message.message_id, "evidence": None}
        for message in messages
        if message.unreadable and (message in (unanswered or (deciding,)) or message.failed_stage == Stage.THREAD)
    ]
    return {
        "message_id": deciding.message_id,
        "subject": messages[-1].subject or messages[0].subject,
        "contact": [person.name, person.email, person.role],
        "labels": [label.value for label in Label if label.value in labels],
        "unsure": [label.value for label in Label if label.value in unsure - labels],
        "tension": effective_tension(deciding),
        "trend": [int(turn.tension) for turn in turns if turn.by_client and turn.tension is not None],
        "escalate": verdict.escalate,
        "reasons": reasons,
        "last_at": messages[-1].sent_at.isoformat(),
        "suspicious": any(knowledge.warnings_about(m) for m in unanswered or (deciding,)),
    }


def _since_our_last_answer(messages: Sequence[StoredMessage], turns: Sequence[Turn]) -> tuple[StoredMessage, ...]:
    last = max((at for at, turn in enumerate(turns) if turn.answers_client), default=-1)
    return tuple(message for message, turn in zip(messages, turns, strict=True) if turn.by_client)[
        sum(turn.by_client for turn in turns[: last + 1]) :
    ]


def _changes_at(turns: Sequence[Turn], verdict: Verdict, knowledge: Knowledge, now: datetime) -> str | None:
    """When waiting alone will turn a tense thread into one to ring about."""
    since = escalation.unanswered_since(turns)
    if since is None or verdict.escalate or not any(turn.tension == Tension.TENSE for turn in turns):
        return None
    at = knowledge.calendar.add_hours(since, UNANSWERED_HOURS)
    return at.isoformat() if at >= now else None
