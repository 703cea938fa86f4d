"""The read models, made from what is stored: rows of the inbox a page at a time, one thread whole."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from clientinbox.desk.effective import effective_labels, effective_tension, effective_unsure
from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.views import (
    CallView,
    InboxRow,
    InvitationView,
    MessageView,
    NextAction,
    Person,
    Reason,
    ThreadPage,
)
from clientinbox.edge.store import Connection, calls, queries
from clientinbox.edge.store.rows import StoredMessage, SummaryRow
from clientinbox.mail.message import Direction
from clientinbox.promises.ledger import Promise
from clientinbox.relationship.urgency import UrgencyFacts, urgency
from clientinbox.triage.labels import Evidence, Tension

_CALL_WITHIN_BH = 2.0
"""Business hours until a call is late (time to first voice)."""
_ANSWER_WITHIN_BH = 8.0


class StoredInbox:
    """Urgent threads first, by urgency; then the quiet ones, newest first, fetched as they are looked at."""

    def __init__(self, connection: Connection, knowledge: Knowledge, now: datetime) -> None:
        self._connection = connection
        self._knowledge = knowledge
        self._now = now
        self._late = knowledge.late_promises(now)
        rows = [
            self._row(_fresh(connection, summary, knowledge, now)) for summary in queries.urgent_summaries(connection)
        ]
        rows.sort(key=lambda row: (-row.score, -(row.waiting_bh or 0.0), -row.last_at.timestamp()))
        self._urgent = rows
        self._quiet = queries.quiet_count(connection)
        self._positions = {row.thread_id: position for position, row in enumerate(rows)}

    def __len__(self) -> int:
        return len(self._urgent) + self._quiet

    def rows(self, start: int, stop: int) -> Sequence[InboxRow]:
        urgent = self._urgent[start:stop]
        first, count = max(0, start - len(self._urgent)), stop - max(start, len(self._urgent))
        if count <= 0:
            return urgent
        return urgent + [self._row(summary) for summary in queries.quiet_page(self._connection, first, count)]

    def position(self, thread_id: str) -> int | None:
        return self._positions.get(thread_id)

    @property
    def needing_somebody(self) -> tuple[InboxRow, ...]:
        return tuple(self._urgent)

    def _row(self, summary: SummaryRow) -> InboxRow:
        return inbox_row(summary, self._knowledge, self._now, self._late)


def _fresh(connection: Connection, summary: SummaryRow, knowledge: Knowledge, now: datetime) -> SummaryRow:
    """A verdict may depend on how long somebody has waited: then it is given again at the time of looking."""
    changes_at = summary.state["changes_at"]
    if changes_at is None or datetime.fromisoformat(changes_at) > now:
        return summary
    from clientinbox.desk.summaries import assess  # the rules, which a list seldom needs

    derived = assess(connection, summary.thread, knowledge, now)
    return summary if derived is None else derived.summary


def inbox_row(summary: SummaryRow, knowledge: Knowledge, now: datetime, late: Sequence[Promise]) -> InboxRow:
    """`late` are our promises that are overdue at `now`."""
    state = summary.state
    since = None if state["waiting_since"] is None else datetime.fromisoformat(state["waiting_since"])
    waiting = None if since is None else knowledge.calendar.hours_between(since, now)
    tension = state["tension"]
    labels = tuple(state["labels"])
    # once it is known who the clients are, a stranger's mail counts by how long it waits alone
    stranger = summary.client is None and bool(knowledge.clients)
    weighed = urgency(
        UrgencyFacts(
            tension=None if tension is None or stranger else Tension(tension),
            escalate=state["escalate"],
            waited_hours=waiting,
            promise_overdue=any(_made_to(promise, summary) for promise in late),
            complaint="complaint" in labels and not stranger,
            scope_change="scope_change" in labels and not stranger,
            decider=state["contact"][2] in {"decider", "approver"},
        )
    )
    client = knowledge.clients.get(summary.client or "")
    return InboxRow(
        thread_id=str(summary.thread),
        message_id=state["message_id"],
        subject=state["subject"],
        contact=Person(*state["contact"]),
        client=summary.client,
        client_name=None if client is None else client.name,
        project=summary.project,
        labels=labels,
        unsure=tuple(state["unsure"]),
        tension=tension,
        trend=tuple(state["trend"]),
        escalate=state["escalate"],
        needs_you=summary.urgent,
        waiting_since=since,
        waiting_bh=waiting,
        score=weighed.total if summary.urgent else 0.0,
        score_parts=weighed.parts if summary.urgent else (),
        last_at=datetime.fromisoformat(state["last_at"]),
        messages=summary.messages,
        unread=summary.unread,
        unreadable=any(reason["code"] == "unreadable" for reason in state["reasons"]),
        flagged=bool(state.get("flagged")),  # what was derived before there were flags does not say
        suspicious=bool(state.get("suspicious")),
    )


def _made_to(promise: Promise, summary: SummaryRow) -> bool:
    if summary.client is None:
        return False
    return promise.project == summary.project if summary.project else promise.client == summary.client


def thread_page(connection: Connection, thread: int, knowledge: Knowledge, now: datetime) -> ThreadPage | None:
    from clientinbox.desk.summaries import assess  # the rules' patterns take 40 ms to compile

    derived = assess(connection, thread, knowledge, now)
    if derived is None:
        return None
    row = inbox_row(derived.summary, knowledge, now, knowledge.late_promises(now))
    return ThreadPage(
        row=row,
        messages=tuple(
            message_view(message, knowledge, new_topic=drifted)
            for message, drifted in zip(derived.messages, _drifts(derived.messages), strict=True)
        ),
        reasons=tuple(Reason(**reason) for reason in derived.summary.state["reasons"]),
        next_action=_next_action(row, knowledge, now),
        project_confidence=derived.summary.project_confidence,
        project_reason=derived.summary.project_reason,
        archived=derived.archived,
        calls=tuple(_call_view(call) for call in calls.calls(connection, thread=thread)),
    )


def _call_view(call: calls.CallRow) -> CallView:
    data = call.data
    return CallView(
        at=call.at,
        contact=data["contact_name"],
        reached=data["reached"],
        minutes=data["minutes"],
        agreed=tuple(line["text"] for line in data["agreed"]),
        mood_after=data["mood_after"],
        note=data["note"],
    )


def _next_action(row: InboxRow, knowledge: Knowledge, now: datetime) -> NextAction | None:
    """What to do, by when, and who: a flag is worthless unless it makes somebody act."""
    if not row.needs_you:
        return None
    owner = knowledge.me or "you"
    who = row.contact.name
    since = row.waiting_since or now
    if row.suspicious:
        words = f"Make sure that {who} wrote this, by a number you know, before you answer, pay or open anything."
        return NextAction("verify", words, knowledge.calendar.add_hours(since, _ANSWER_WITHIN_BH), owner)
    if row.escalate:
        contact = knowledge.contacts.get(row.contact.email)
        number = (contact.mobile or contact.phone) if contact is not None else ""
        due = knowledge.calendar.add_hours(since, _CALL_WITHIN_BH)
        words = f"Ring {who}" + (f" on {number}" if number else "") + "; don't write."
        return NextAction("call", words, due, owner)
    if "scope_change" in row.labels:
        words = f"Answer {who}: what the change means for scope, time and cost."
    elif "complaint" in row.labels:
        words = f"Answer {who}: what went wrong, how it is put right, by when, at what cost."
    else:
        words = f"Answer {who}."
    return NextAction("reply", words, knowledge.calendar.add_hours(since, _ANSWER_WITHIN_BH), owner)


def _drifts(messages: Sequence[StoredMessage]) -> Iterator[bool]:
    """Which messages take up a new topic; one that returns to an earlier subject does not."""
    from clientinbox.mail.threads import normalised_subject, topic_changed

    seen: list[str] = []
    for message in messages:
        subject = normalised_subject(message.subject)
        yield bool(seen) and subject not in seen and topic_changed(seen[-1], subject)
        if subject:
            seen.append(subject)


def message_view(message: StoredMessage, knowledge: Knowledge, *, new_topic: bool = False) -> MessageView:
    verdict = message.verdict
    said = None if verdict is None else verdict.classification
    ours = message.ours
    return MessageView(
        message_id=message.message_id,
        sent_at=message.sent_at,
        direction=Direction.OUT if ours else Direction.IN,
        automatic=message.automatic,
        sender=message.sender,
        to=message.to,
        cc=message.cc,
        subject=message.subject,
        body=message.body,
        zones=message.zones,
        attachments=message.attachments,
        defects=message.defects,
        labels=effective_labels(message),
        unsure=effective_unsure(message),
        probabilities=() if said is None else tuple((label.value, p) for label, p in said.probabilities.items()),
        tension=effective_tension(message),
        tension_probabilities=() if said is None else said.tension_probabilities,
        evidence=() if said is None else said.evidence,
        cues=_cues(message),
        corrected=tuple(sorted(message.corrections)),
        understood=verdict is not None or ours or bool(message.automatic),
        unreadable=message.unreadable,
        warnings=knowledge.warnings_about(message),
        new_topic=new_topic,
        invitation=_invitation(message, knowledge),
    )


def _invitation(message: StoredMessage, knowledge: Knowledge) -> InvitationView | None:
    if message.invitation is None:
        return None
    from clientinbox.desk.meetings import invitation_view  # few messages have one

    return invitation_view(message.invitation, knowledge)


def _cues(message: StoredMessage) -> tuple[Evidence, ...]:
    """The open rules' spans, as offsets into the body."""
    if message.verdict is None or message.body is None:
        return ()
    from clientinbox.mail.zones import own_words  # patterns that only an opened thread needs

    own = own_words(message.body, message.zones)
    spans = ((cue.code, *own.in_body(cue.start, cue.end)) for cue in message.verdict.cues if not cue.in_subject)
    return tuple(Evidence(code, message.body[start:end], start, end) for code, start, end in spans)
