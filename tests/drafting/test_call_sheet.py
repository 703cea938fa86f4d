"""The sheet to ring from: what is on it, and that each line of it can be traced."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.drafting.asked import open_questions
from clientinbox.drafting.callfacts import (
    CallFacts,
    CallSheet,
    ContactFact,
    Line,
    PromiseFact,
    SourceKind,
    TurnFact,
)
from clientinbox.drafting.callsheet import as_text, call_sheet, when_to_ring
from clientinbox.promises.ledger import Promise, Side, State
from clientinbox.worktime.hours import WorkCalendar

LONDON = ZoneInfo("Europe/London")
OFFICE = WorkCalendar.from_words("Europe/London", "09:00-17:30", ("mon", "tue", "wed", "thu", "fri"))
NOW = datetime(2026, 11, 24, 9, 4, tzinfo=LONDON)


def turn(
    number: int, days_ago: int, text: str, *, by_us: bool = False, tension: int | None = None, **more: object
) -> TurnFact:
    sender = "Lee Ray" if by_us else "Kim Ode"
    fact = TurnFact(
        f"<{number}@x>", NOW - timedelta(days=days_ago), by_us, sender, text, tension=None if by_us else tension
    )
    return replace(fact, **more)  # type: ignore[arg-type]


LINK = Promise(
    Side.US,
    "You will have the link by Friday",
    State.BROKEN,
    owner="Jo",
    source="<4@x>",
    made=date(2026, 11, 18),
    due=date(2026, 11, 20),
)
COPY = Promise(
    Side.US, "I'll proof the copy by Thursday", State.OPEN, owner="Lee", source="<2@x>", due=date(2026, 11, 26)
)
DONE = replace(COPY, text="I'll send a note", state=State.KEPT)
TURNS = (
    turn(1, 22, "Dear Lee,\n\nWhen might we have a link to try?\n\nKim", tension=0),
    turn(2, 21, "Hi Kim,\n\nThe link comes by Friday week. I'll proof the copy by Thursday.", by_us=True),
    turn(3, 6, "Lee,\n\nThe link did not come. Who is building it?", tension=2, evidence=("The link did not come",)),
    turn(4, 6, "You're right. You will have the link by Friday.", by_us=True),
    turn(5, 5, "Out of the office.", automatic=True),
    turn(6, 4, "Jo, what shall I tell her?", by_us=True, to_client=False),
    turn(
        7,
        1,
        "Lee,\n\nI no longer believe\nwhat you write. Will our members be able to book on Monday?\n\nKim Ode",
        tension=3,
        evidence=("I no longer believe\nwhat you write", "not her words at all"),
    ),
)
FACTS = CallFacts(
    NOW,
    OFFICE,
    ContactFact("Kim Ode", "kim@client.example", "decider", "Head of Visits", "0191 498 0127", "07700 900641"),
    TURNS,
    "client",
    "Client Museums",
    "CM-2",
    "Ticketing",
    1500,
    "GBP",
    (PromiseFact("p1", LINK), PromiseFact("p2", COPY), PromiseFact("p3", DONE)),
)


def section(sheet: CallSheet, title: str) -> list[str]:
    return [line.text for part in sheet.sections if part.title == title for line in part.lines]


def test_the_sheet_says_whom_to_ring_what_happened_and_what_may_be_offered() -> None:
    sheet = call_sheet(FACTS)
    assert section(sheet, "Ring") == [
        "Kim Ode, Head of Visits (decider)",
        "0191 498 0127 · mobile 07700 900641",
        "09:04 there now",
        "Client Museums, Ticketing (CM-2)",
    ]
    assert section(sheet, "The story") == [
        "Mon 2 Nov, Kim Ode: “When might we have a link to try?”",
        "Tue 3 Nov, Lee Ray: “I'll proof the copy by Thursday” (open, due Thu 26 Nov)",
        "Wed 18 Nov, Kim Ode: “The link did not come”",
        "Wed 18 Nov, Lee Ray: “You will have the link by Friday” (broken, due Fri 20 Nov, 2 bd late)",
        "Mon 23 Nov, Kim Ode: “I no longer believe what you write”",
    ]
    assert section(sheet, "What we promised") == [
        "“You will have the link by Friday” (broken, due Fri 20 Nov, 2 bd late, Jo)",
        "“I'll proof the copy by Thursday” (open, due Thu 26 Nov, Lee)",
    ]
    assert section(sheet, "Ask") == [
        "They asked: “Will our members be able to book on Monday?”",
        "They asked: “Who is building it?”",
        "“You will have the link by Friday” was not kept: what has that cost you?",
    ]
    assert section(sheet, "You may offer") == ["Up to GBP 1,500 without asking anybody."]
    assert len(section(sheet, "How")) == 5


def test_a_sheet_of_little_knowledge_says_little() -> None:
    bare = CallFacts(NOW, OFFICE, ContactFact("", "kim@client.example"), (), "client", "Client Museums")
    sheet = call_sheet(bare)
    assert section(sheet, "Ring")[:2] == ["kim@client.example", "no telephone number is known"]
    assert section(sheet, "The story") == section(sheet, "What we promised") == []
    assert section(sheet, "You may offer") == ["No sum is agreed for Client Museums: ask before you offer money."]


@pytest.mark.parametrize(
    ("hour", "zone", "words"),
    [
        (9, "Europe/London", "09:04 there now"),
        (9, "", "09:04 there now"),
        (9, "Asia/Kolkata", "14:34 there now"),
        (13, "Asia/Kolkata", "18:34 there: ring at 09:05 their time on Wed 25 Nov"),
        (9, "America/New_York", "04:04 there: ring at 09:05 their time"),
    ],
)
def test_nobody_is_rung_outside_their_hours(hour: int, zone: str, words: str) -> None:
    assert when_to_ring(NOW.replace(hour=hour), zone, OFFICE) == words


def test_a_question_is_open_until_a_mail_to_the_client_answers_it() -> None:
    asked = turn(1, 3, "When will it be ready? Does the export lose orders?", tension=1)
    late = turn(2, 2, "It will be ready by Friday.", by_us=True)
    assert [each.text for each in open_questions([asked, late], "Europe/London")] == ["Does the export lose orders?"]
    told = turn(3, 1, "The export no longer loses orders.", by_us=True)
    assert open_questions([asked, late, told], "Europe/London") == ()
    assert len(open_questions([asked, replace(late, to_client=False)], "Europe/London")) == 2
    vague = turn(2, 2, "I hope it will be ready by Friday.", by_us=True)
    assert len(open_questions([asked, vague], "Europe/London")) == 2


def test_the_printed_sheet_keeps_to_its_width() -> None:
    text = as_text(call_sheet(FACTS), 60)
    assert all(len(row) <= 60 for row in text.splitlines())
    assert "ASK\n1. They asked:" in text
    assert text.startswith("RING\n- Kim Ode")


def sources(facts: CallFacts) -> dict[tuple[SourceKind, str], str]:
    """The text behind each source that a line may name."""
    contact = facts.contact
    named = f"{facts.client_name} {facts.project_name} {facts.project} {facts.cap} {facts.currency}"
    return (
        {(SourceKind.MESSAGE, turn.message_id): turn.text for turn in facts.turns}
        | {(SourceKind.REGISTER, fact.id): fact.promise.text for fact in facts.promises}
        | {(SourceKind.REGISTER, facts.client): named, (SourceKind.REGISTER, facts.project): named}
        | {(SourceKind.CONTACT, contact.email): f"{contact.name} {contact.title} {contact.phone} {contact.mobile}"}
    )


def assert_traceable(line: Line, facts: CallFacts) -> None:
    assert "\n" not in line.text
    if line.source.kind is SourceKind.GUIDE:
        assert not line.quote
        return
    text = sources(facts)[line.source.kind, line.source.id]
    assert line.quote in text
    assert " ".join(line.quote.split()) in line.text
    assert ("“" in line.text) is bool(line.quote)


_SAID = st.lists(
    st.sampled_from(
        ["Dear Kim,", "when?", "Who builds it?", "the link broke.", "by Friday", "\n", "long " * 40, "\n\n", "…"]
    ),
    max_size=8,
).map(" ".join)


@st.composite
def facts(draw: st.DrawFn) -> CallFacts:
    turns = []
    for number in range(draw(st.integers(0, 9))):
        text = draw(_SAID)
        start, length = draw(st.integers(0, 40)), draw(st.integers(1, 60))
        turns.append(
            turn(
                number,
                30 - number,
                text,
                by_us=draw(st.booleans()),
                tension=draw(st.integers(0, 3)),
                evidence=tuple(words for words in (text[start : start + length], "nowhere") if words),
                automatic=draw(st.integers(0, 5)) == 0,
                to_client=draw(st.booleans()),
            )
        )
    promises = [
        PromiseFact(
            f"p{number}",
            Promise(
                draw(st.sampled_from(Side)),
                draw(st.sampled_from(["the link broke.", "by Friday", "the moon"])),
                draw(st.sampled_from(State)),
                source=f"<{draw(st.integers(0, 9))}@x>",
                made=draw(st.none() | st.dates(date(2026, 10, 1), date(2026, 11, 24))),
                due=draw(st.none() | st.dates(date(2026, 10, 1), date(2026, 12, 24))),
            ),
        )
        for number in range(draw(st.integers(0, 5)))
    ]
    return replace(FACTS, turns=tuple(turns), promises=tuple(promises), project=draw(st.sampled_from(["", "CM-2"])))


@given(facts())
def test_every_line_comes_from_somewhere_and_quotes_it_exactly(drawn: CallFacts) -> None:
    sheet = call_sheet(drawn)
    assert len([line for part in sheet.sections if part.title == "Ask" for line in part.lines]) <= 3
    assert len(section(sheet, "The story")) <= 5
    for line in sheet.lines:
        assert_traceable(line, drawn)
