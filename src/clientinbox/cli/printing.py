"""The plain-text twins of the screens."""

from collections.abc import Iterator, Sequence
from textwrap import indent

from clientinbox.cli.shapes import dumps, triage_entry
from clientinbox.desk.views import InboxRow, MessageView, ThreadPage
from clientinbox.triage.labels import Tension
from clientinbox.triage.tension import TENSION_WORDS, steps

SIGNS = {3: "!!", 2: "! ", 1: "· ", 0: "  ", None: "  "}


def print_triage(pages: Sequence[ThreadPage], *, as_json: bool) -> None:
    if as_json:
        print(dumps([triage_entry(page) for page in pages]))
        return
    if not pages:
        print("Nobody is waiting for you.")
    for page in pages:
        print(headline(page.row))
        for words in _reasons(page):
            print(f"     {words}")
        if page.next_action is not None:
            print(f"     → {page.next_action.text}")


def _reasons(page: ThreadPage) -> Iterator[str]:
    """Each reason with the words that carry it; words that carry several are quoted once."""
    quoted: set[str] = set()
    for reason in page.reasons:
        fresh = reason.evidence is not None and reason.evidence and reason.evidence not in quoted
        quoted.add(reason.evidence or "")
        yield f"{reason.text} “{reason.evidence}”" if fresh else reason.text


def headline(row: InboxRow) -> str:
    where = " ".join(word for word in (row.client_name, row.project) if word) or "no client"
    parts = [f"{SIGNS[row.tension]} t{row.thread_id} {row.subject} — {row.contact.name or row.contact.email}, {where}"]
    if row.labels:
        parts.append(", ".join(row.labels))
    if row.waiting_bh is not None:
        parts.append(f"waited {row.waiting_bh:.1f} business hours")
    if row.escalate:
        parts.append("ring")
    return " · ".join(parts)


def print_thread(page: ThreadPage) -> None:
    print(headline(page.row))
    if page.row.tension is not None:
        word = TENSION_WORDS[Tension(page.row.tension)]
        print(f"   {word} ({page.row.tension}), trend {steps(page.row.trend)}")
    if page.project_reason:
        print(f"   {page.row.project or 'no project'}: {page.project_reason}")
    for words in _reasons(page):
        print(f"   {words}")
    for message in page.messages:
        print()
        _print_message(message)


def _print_message(message: MessageView) -> None:
    print(f"{message.sent_at:%a %d %b %Y %H:%M} {message.sender}")
    print(f"to {', '.join(map(str, (*message.to, *message.cc)))}")
    print(message.subject)
    if message.labels or message.tension:
        print(f"[{', '.join(message.labels) or 'no label'}; tension {message.tension}]")
    print(indent(message.body if message.body is not None else "(not fetched yet)", "    "))
    for attachment in message.attachments:
        print(f"    attached: {attachment.filename} ({attachment.content_type}, {attachment.size} octets)")
