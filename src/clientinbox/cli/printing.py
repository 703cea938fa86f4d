"""The plain-text twins of the screens."""

from collections.abc import Iterator, Sequence
from textwrap import indent

from clientinbox.cli.shapes import dumps, triage_entry
from clientinbox.desk.views import CallView, InboxRow, MessageView, SearchHit, ThreadPage
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
    if row.unreadable:
        parts.append("could not be read")
    if row.labels:
        parts.append(", ".join(row.labels))
    if row.waiting_bh is not None:
        parts.append(f"waited {row.waiting_bh:.1f} business hours")
    if row.suspicious:
        parts.append("check the sender")
    if row.escalate:
        parts.append("ring")
    return " · ".join(parts)


def hit_line(hit: SearchHit) -> str:
    where = " ".join(word for word in (hit.client, hit.project) if word) or "no client"
    who = hit.sender.name or hit.sender.email
    parts = [f"{SIGNS[hit.tension]} t{hit.thread_id} {hit.sent_at:%Y-%m-%d} {hit.subject} — {who}, {where}"]
    if hit.labels:
        parts.append(", ".join(hit.labels))
    if hit.escalate:
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
    spoken = list(page.calls)
    for message in page.messages:
        while spoken and spoken[0].at < message.sent_at:
            _print_call(spoken.pop(0))
        print()
        _print_message(message)
    for call in spoken:
        _print_call(call)


def _print_call(call: CallView) -> None:
    length = f", {call.minutes} minutes" if call.minutes is not None else ""
    mood = f", tension {call.mood_after} afterwards" if call.mood_after is not None else ""
    print(f"\n{call.at:%a %d %b %Y %H:%M} CALL with {call.contact}{length}{mood}" if call.reached else
          f"\n{call.at:%a %d %b %Y %H:%M} CALL to {call.contact}: nobody answered")  # fmt: skip
    for line in (*call.agreed, call.note):
        if line:
            print(f"    {line}")


def _print_message(message: MessageView) -> None:
    print(f"{message.sent_at:%a %d %b %Y %H:%M} {message.sender}")
    print(f"to {', '.join(map(str, (*message.to, *message.cc)))}")
    print(message.subject)
    for warning in message.warnings:
        print(f"CHECK THE SENDER: {warning.text}")
    if message.labels or message.tension:
        print(f"[{', '.join(message.labels) or 'no label'}; tension {message.tension}]")
    if message.unreadable:
        print(f"[{message.unreadable}]")
    if message.invitation is not None:
        for line in (*message.invitation.lines, *message.invitation.clashes):
            print(f"[{line}]")
    print(indent(message.body if message.body is not None else "(not fetched yet)", "    "))
    for attachment in message.attachments:
        print(f"    attached: {attachment.filename} ({attachment.content_type}, {attachment.size} octets)")
