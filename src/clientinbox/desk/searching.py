"""What answers a question: one row for each thread, its newest answer, newest first."""

import json
from datetime import datetime

from clientinbox.desk.effective import labels_in_force
from clientinbox.desk.views import SearchHit
from clientinbox.edge.store import Connection, queries
from clientinbox.edge.store.search import Found, search
from clientinbox.mail.message import Address
from clientinbox.query.parser import parse


def search_threads(connection: Connection, text: str, now: datetime, limit: int) -> tuple[SearchHit, ...]:
    """Raises QueryError for a question that cannot be read."""
    found: dict[int, Found] = {}
    for each in search(connection, parse(text, now)):
        found.setdefault(each.thread, each)
        if len(found) >= limit:
            break
    corrected = queries.corrections(connection, [each.message_id for each in found.values()])
    return tuple(_hit(each, corrected.get(each.message_id, {})) for each in found.values())


def _hit(found: Found, corrections: dict[str, int]) -> SearchHit:
    return SearchHit(
        thread_id=str(found.thread),
        message_id=found.message_id,
        sent_at=found.sent_at,
        sender=Address(found.from_name, found.from_email),
        subject=found.subject,
        client=found.client,
        project=found.project,
        labels=labels_in_force(json.loads(found.labels), corrections) if found.spoken else (),
        tension=corrections.get("tension", found.tension) if found.spoken else None,
        escalate=found.escalate,
    )
