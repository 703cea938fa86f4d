"""Drafts and the outbox as text and as JSON, for the commands that show them."""

from typing import Any

from clientinbox.cli.shapes import moment
from clientinbox.mail.drafts import Draft, OutboxEntry, ServerWrite


def draft_shape(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "thread_id": None if draft.thread is None else str(draft.thread),
        "kind": draft.kind,
        "account": draft.account,
        "in_reply_to": draft.in_reply_to or None,
        "to": draft.to,
        "cc": draft.cc,
        "bcc": draft.bcc,
        "subject": draft.subject,
        "body": draft.body,
        "waived": draft.waived,
        "made_at": moment(draft.made_at),
        "saved_at": moment(draft.saved_at),
        "outbox": draft.outbox,
    }


def entry_shape(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "state": str(entry.state),
        "message_id": entry.message_id,
        "account": entry.account,
        "thread_id": None if entry.thread is None else str(entry.thread),
        "draft": entry.draft,
        "recipients": list(entry.recipients),
        "subject": entry.subject,
        "queued_at": moment(entry.queued_at),
        "due": moment(entry.due),
        "attempts": entry.attempts,
        "error": entry.last_error or None,
        "sent_at": moment(entry.sent_at),
    }


def write_shape(write: ServerWrite) -> dict[str, Any]:
    return {
        "at": moment(write.at),
        "account": write.account,
        "folder": write.folder or None,
        "what": write.what,
        "message_id": write.message_id,
    }


def print_draft(draft: Draft) -> None:
    print(f"draft {draft.id}" + ("" if draft.thread is None else f" in t{draft.thread}"))
    for name, value in (("To", draft.to), ("Cc", draft.cc), ("Bcc", draft.bcc), ("Subject", draft.subject)):
        if value:
            print(f"{name}: {value}")
    if draft.body:
        print()
        print(draft.body.rstrip())


def draft_line(draft: Draft) -> str:
    where = "" if draft.thread is None else f" t{draft.thread}"
    return f"{draft.id}{where} {draft.kind} to {draft.to or 'nobody yet'}: {draft.subject or '(no subject)'}"


def entry_line(entry: OutboxEntry) -> str:
    how = {
        "waiting": f"goes out at {entry.due.astimezone():%H:%M:%S}",
        "sending": "is being sent",
        "sent": "sent",
        "failed": "not sent",
        "cancelled": "taken back",
    }[entry.state]
    if entry.state == "waiting" and entry.attempts:
        how = f"queued, offline; tried {entry.attempts} {'time' if entry.attempts == 1 else 'times'}"
    why = f" ({entry.last_error})" if entry.last_error else ""
    return f"{entry.id} {how}: to {', '.join(entry.recipients)}: {entry.subject or '(no subject)'}{why}"
