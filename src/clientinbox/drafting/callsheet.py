"""The sheet to ring from: one screen, printable, and nothing on it that was made up.

Owns what stands on it and in which order. Each line names the mail, the register row or the contact it comes from;
what is advice and not fact says so by its source.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from clientinbox.drafting.asked import open_questions
from clientinbox.drafting.callfacts import CallFacts, CallSheet, Line, Section, Source, SourceKind
from clientinbox.drafting.days import short_day
from clientinbox.drafting.sentences import clipped
from clientinbox.drafting.story import LONGEST_QUOTE, shown, state_words, story, telling_words
from clientinbox.promises.ledger import Side, State, overdue
from clientinbox.worktime.hours import WorkCalendar

QUESTIONS = 3
MOST_QUOTES, MOST_OVERDUE, MOST_OPEN = 4, 4, 3
_OPENS, _CLOSES = time(9), time(17, 30)
_SETTLED_IN = timedelta(minutes=5)
_RECENT = 3
"""Mails of theirs whose words are quoted."""
_HEARD = (
    ("hear", "Hear: let them finish, note their words, explain nothing yet."),
    ("empathise", "Empathise: say back what it has cost them, in their words."),
    ("apologise", "Apologise: for what we did, with no “if” and no “but”."),
    ("resolve", "Resolve: one remedy, one owner, one day that will hold, and what it costs."),
    ("diagnose", "Diagnose: ask what must be different next time; say when they hear from you."),
)


def call_sheet(facts: CallFacts) -> CallSheet:
    sections = (
        Section("Ring", tuple(_contact(facts))),
        Section("The story", story(facts)),
        Section("Their words", tuple(_their_words(facts))),
        Section("What we promised", tuple(_promises(facts))),
        Section("How", tuple(Line(words, Source(SourceKind.GUIDE, f"heard:{step}")) for step, words in _HEARD)),
        Section("Ask", tuple(_questions(facts))[:QUESTIONS]),
        Section("You may offer", (_offer(facts),)),
    )
    return CallSheet(tuple(section for section in sections if section.lines))


def when_to_ring(now: datetime, timezone: str, calendar: WorkCalendar) -> str:
    """Return "09:04 there now", or when they will be in: "17:45 there: ring at 09:05 their time on Wed 25 Nov".

    Their office is taken to be open from 09:00 to 17:30 on our working days.
    """
    theirs = replace(calendar, timezone=timezone or calendar.timezone, start=_OPENS, end=_CLOSES)
    local = now.astimezone(ZoneInfo(theirs.timezone))
    if theirs.is_open(now):
        return f"{local:%H:%M} there now"
    then = theirs.next_opening(now) + _SETTLED_IN
    day = "" if then.date() == local.date() else f" on {short_day(then.date(), local.year)}"
    return f"{local:%H:%M} there: ring at {then:%H:%M} their time{day}"


def as_text(sheet: CallSheet, width: int = 80) -> str:
    """The sheet for paper or a pipe, no line wider than `width` unless one word is."""
    parts = []
    for section in sheet.sections:
        lines = [section.title.upper()]
        for number, line in enumerate(section.lines, 1):
            mark = f"{number}. " if section.title == "Ask" else "- "
            lines += textwrap.wrap(
                line.text,
                max(width, len(mark) + 1),
                initial_indent=mark,
                subsequent_indent=" " * len(mark),
                break_long_words=False,
                break_on_hyphens=False,
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _contact(facts: CallFacts) -> Iterator[Line]:
    contact = facts.contact
    source = Source(SourceKind.CONTACT, contact.email)
    role = f" ({contact.role})" if contact.role and contact.role != "unknown" else ""
    yield Line(", ".join(part for part in (contact.name or contact.email, contact.title) if part) + role, source)
    numbers = [number for number in (contact.phone, contact.mobile and f"mobile {contact.mobile}") if number]
    yield Line(" · ".join(numbers) or "no telephone number is known", source)
    yield Line(when_to_ring(facts.now, contact.timezone, facts.calendar), source)
    if facts.project:
        named = f"{facts.project_name} ({facts.project})" if facts.project_name else facts.project
        yield Line(f"{facts.client_name}, {named}", Source(SourceKind.REGISTER, facts.project))
    else:
        yield Line(facts.client_name, Source(SourceKind.REGISTER, facts.client))


def _their_words(facts: CallFacts) -> Iterator[Line]:
    told = {line.quote for line in story(facts)}
    theirs = [turn for turn in facts.turns if not turn.by_us and not turn.automatic][-_RECENT:]
    quotes = [
        (clipped(words, LONGEST_QUOTE), turn.message_id)
        for turn in reversed(theirs)
        for words in dict.fromkeys(turn.evidence)
        if words.strip() and words in turn.text
    ]
    fresh = [(quote, source) for quote, source in quotes if quote not in told]
    for quote, message_id in (fresh or quotes)[:MOST_QUOTES]:
        yield Line(shown(quote), Source(SourceKind.MESSAGE, message_id), quote)


def _promises(facts: CallFacts) -> Iterator[Line]:
    today = facts.today
    late = overdue((fact.promise for fact in facts.promises), today)
    # By identity: two rows may hold the same words.
    overdue_facts = [fact for promise in late for fact in facts.promises if fact.promise is promise]
    still_open = [
        fact
        for fact in facts.promises
        if fact.promise.side is Side.US
        and fact.promise.state is State.OPEN
        and (fact.promise.due is None or fact.promise.due >= today)
    ]
    still_open.sort(key=lambda fact: (fact.promise.due is None, fact.promise.due or today))
    for fact in (*overdue_facts[:MOST_OVERDUE], *still_open[:MOST_OPEN]):
        quote = clipped(fact.promise.text, LONGEST_QUOTE)
        owner = f", {fact.promise.owner}" if fact.promise.owner else ""
        source = Source(SourceKind.REGISTER, fact.id, fact.promise.source)
        yield Line(f"{shown(quote)} ({state_words(fact, facts)}{owner})", source, quote)


def _questions(facts: CallFacts) -> Iterator[Line]:
    for asked in open_questions(facts.turns, facts.calendar.timezone):
        yield Line(f"They asked: {shown(asked.text)}", Source(SourceKind.MESSAGE, asked.message_id), asked.text)
    late = overdue((fact.promise for fact in facts.promises), facts.today)
    for fact in facts.promises:
        if late and fact.promise is late[0]:
            quote = clipped(fact.promise.text, LONGEST_QUOTE)
            source = Source(SourceKind.REGISTER, fact.id, fact.promise.source)
            yield Line(f"{shown(quote)} was not kept: what has that cost you?", source, quote)
    theirs = [turn for turn in facts.turns if not turn.by_us and not turn.automatic and turn.text.strip()]
    if theirs:
        quote = clipped(telling_words(theirs[-1]), LONGEST_QUOTE)
        source = Source(SourceKind.MESSAGE, theirs[-1].message_id)
        yield Line(f"You wrote {shown(quote)}: what would put that right?", source, quote)
    thing, row = (facts.project_name or facts.project, facts.project) if facts.project else ("", facts.client)
    on = f" on {thing}" if thing else ""
    yield Line(f"What has to be ready first{on}, and for whom?", Source(SourceKind.REGISTER, row))
    yield Line("Who else is waiting for this, and what may I tell them?", Source(SourceKind.GUIDE, "ask:others"))


def _offer(facts: CallFacts) -> Line:
    source = Source(SourceKind.REGISTER, facts.client)
    if facts.cap is None:
        return Line(f"No sum is agreed for {facts.client_name}: ask before you offer money.", source)
    sum_of = f"{facts.currency} {facts.cap:,.2f}".strip().removesuffix(".00")
    return Line(f"Up to {sum_of} without asking anybody.", source)
