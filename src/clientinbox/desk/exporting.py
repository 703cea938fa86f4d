"""Messages as other programs want them: one value each, oldest first, the thread's verdict as it stands now."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from clientinbox.desk.effective import effective_labels, effective_tension
from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.summaries import Derived, assess, judge
from clientinbox.edge.store import Connection, queries

_KEPT_THREADS = 500
"""The messages of a thread lie near each other in time: derived threads are kept for so many of them."""


@dataclass(frozen=True, slots=True)
class ExportedMessage:
    message_id: str
    account: str | None
    folders: tuple[str, ...]
    date: datetime
    sender: str
    subject: str
    client: str | None
    project: str | None
    project_confidence: float | None
    project_reason: str | None
    thread_id: str
    labels: tuple[str, ...]
    tension: int | None
    escalate: bool
    """Whether the thread, as it stood when this message had come, asked for a call."""
    auth: str | None


def export_messages(connection: Connection, knowledge: Knowledge, now: datetime) -> Iterator[ExportedMessage]:
    """One message after the other; each is judged from what was there when it came."""
    threads: OrderedDict[int, Derived] = OrderedDict()
    for message in queries.all_messages(connection):
        derived = threads.get(message.thread) or assess(connection, message.thread, knowledge, now)
        if derived is None:
            continue
        threads[message.thread] = derived
        threads.move_to_end(message.thread)
        if len(threads) > _KEPT_THREADS:
            threads.popitem(last=False)
        position = next(at for at, known in enumerate(derived.messages) if known.id == message.id)
        places = queries.places_of(connection, message.id)
        verdict = judge(derived.turns[: position + 1], message.sent_at, knowledge, derived.summary.client)
        yield ExportedMessage(
            message_id=message.message_id,
            account=places[0][0] if places else None,
            folders=tuple(folder for _, folder in places),
            date=message.sent_at,
            sender=str(message.sender),
            subject=message.subject,
            client=derived.summary.client,
            project=derived.summary.project,
            project_confidence=derived.summary.project_confidence,
            project_reason=derived.summary.project_reason,
            thread_id=str(message.thread),
            labels=effective_labels(message),
            tension=effective_tension(message),
            escalate=derived.turns[position].by_client and verdict.escalate,
            auth="; ".join(message.authentication_results) or None,
        )
