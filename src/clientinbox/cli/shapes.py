"""The JSON shapes that other programs rely on; each is written down in docs/reference.md."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from clientinbox.desk.views import InvitationView, MessageView, NextAction, Reason, SearchHit, ThreadPage


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds")


def reason(value: Reason) -> dict[str, Any]:
    return {"code": value.code, "text": value.text, "message_id": value.message_id, "evidence": value.evidence}


def next_action(value: NextAction | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"code": value.code, "text": value.text, "due": moment(value.due), "owner": value.owner}


def triage_entry(page: ThreadPage) -> dict[str, Any]:
    row = page.row
    return {
        "thread_id": row.thread_id,
        "message_id": row.message_id,
        "subject": row.subject,
        "client": row.client,
        "project": row.project,
        "contact": {"name": row.contact.name, "email": row.contact.email, "role": row.contact.role},
        "labels": list(row.labels),
        "tension": row.tension,
        "trend": list(row.trend),
        "escalate": row.escalate,
        "score": round(row.score, 2),
        "score_parts": {name: round(points, 2) for name, points in row.score_parts},
        "waiting_bh": None if row.waiting_bh is None else round(row.waiting_bh, 2),
        "reasons": [reason(r) for r in page.reasons],
        "next_action": next_action(page.next_action),
    }


def search_entry(hit: SearchHit) -> dict[str, Any]:
    return {
        "thread_id": hit.thread_id,
        "message_id": hit.message_id,
        "date": moment(hit.sent_at),
        "from": str(hit.sender),
        "subject": hit.subject,
        "client": hit.client,
        "project": hit.project,
        "labels": list(hit.labels),
        "tension": hit.tension,
        "escalate": hit.escalate,
    }


def message(view: MessageView) -> dict[str, Any]:
    return {
        "message_id": view.message_id,
        "date": moment(view.sent_at),
        "direction": view.direction.value,
        "automatic": view.automatic or None,
        "from": str(view.sender),
        "to": [str(a) for a in view.to],
        "cc": [str(a) for a in view.cc],
        "subject": view.subject,
        "body": view.body,
        "zones": [
            {"kind": z.kind.value, "start": z.start, "end": z.end, "confidence": z.confidence} for z in view.zones
        ],
        "attachments": [
            {"filename": a.filename, "content_type": a.content_type, "size": a.size} for a in view.attachments
        ],
        "defects": list(view.defects),
        "unreadable": view.unreadable or None,
        "labels": list(view.labels),
        "unsure": list(view.unsure),
        "tension": view.tension,
        "evidence": [
            {"label": e.label, "text": e.text, "start": e.start, "end": e.end} for e in (*view.evidence, *view.cues)
        ],
        "corrected": list(view.corrected),
        "new_topic": view.new_topic,
        "warnings": [{"code": warning.code, "text": warning.text} for warning in view.warnings],
        "invitation": None if view.invitation is None else invitation(view.invitation),
    }


def invitation(view: InvitationView) -> dict[str, Any]:
    said = view.invitation
    moments = said.moments()
    start, end = (said.start, said.end) if moments is None else moments
    return {
        "method": said.method,
        "cancelled": said.cancelled,
        "uid": said.uid,
        "sequence": said.sequence,
        "summary": said.summary,
        "start": start.isoformat(),
        "end": None if end is None else end.isoformat(),
        "all_day": said.all_day,
        "zone": said.zone or said.unknown_zone or None,
        "their_time": view.theirs or None,
        "recurrence": said.recurrence or None,
        "place": said.place or None,
        "organiser": None if said.organiser is None else {"name": said.organiser.name, "email": said.organiser.email},
        "attendees": [{"name": each.name, "email": each.email, "answer": each.answer} for each in said.attendees],
        "further": said.further,
        "words": list(view.lines),
        "clashes": list(view.clashes),
    }


def thread(page: ThreadPage) -> dict[str, Any]:
    return {
        **triage_entry(page),
        "project_confidence": page.project_confidence,
        "project_reason": page.project_reason,
        "archived": page.archived,
        "calls": [{**asdict(call), "at": moment(call.at), "agreed": list(call.agreed)} for call in page.calls],
        "messages": [message(m) for m in page.messages],
    }
