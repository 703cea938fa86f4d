"""Who waits for whom: only mail that asks something starts a clock, and only mail to the client stops it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clientinbox.mail.message import Direction
from clientinbox.relationship.owed import first_waiting, needs_answer, they_owe_since, waiting_since
from clientinbox.triage.escalation import Turn
from clientinbox.triage.labels import Label, Tension

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def theirs(text: str, hours: float = 0, tension: int = 0, labels: tuple[Label, ...] = ()) -> Turn:
    at = NOON + timedelta(hours=hours)
    return Turn("<in>", Direction.IN, at, "kim@client.example", Tension(tension), frozenset(labels), own_text=text)


def ours(hours: float, text: str = "Done.", *, to_client: bool = True) -> Turn:
    return Turn(
        "<out>", Direction.OUT, NOON + timedelta(hours=hours), "me@us.example", own_text=text, to_client=to_client
    )


@pytest.mark.parametrize(
    ("turn", "answer", "code"),
    [
        (theirs("When is it ready?"), True, "question"),
        (theirs("Could you send the files"), True, "request"),
        (theirs("Please send the logo."), True, "request"),
        (theirs("Let me know which one you prefer."), True, "request"),
        (theirs("My director asks whether it prints."), True, "request"),
        (theirs("The logo is wrong on page 3.", labels=(Label.COMPLAINT,)), True, "label"),
        (theirs("I am rather worried now.", tension=1), True, "tension"),
        (theirs("Thanks!"), False, "thanks"),
        (theirs("Hi Ana,\n\nPerfect, thank you so much.\n\nBest wishes,\nKim"), False, "thanks"),
        (theirs("Great work, approved.", labels=(Label.PROGRESS,)), True, "label"),
        (theirs("Thanks, all good.", labels=(Label.PROGRESS,)), False, "thanks"),
        (theirs("Please find the texts attached."), False, "nothing_asked"),
        (theirs("He wrote “is it ready?” and left."), False, "nothing_asked"),
        (theirs("The page is https://shop.example/list?page=2 now."), False, "nothing_asked"),
        (replace(theirs("Is your mailbox full?"), automatic=True), False, "automatic"),
        (ours(0, "Is it there?"), False, "ours"),
    ],
    ids=lambda value: value.own_text[:30] if isinstance(value, Turn) else str(value),
)
def test_a_mail_wants_an_answer_when_it_asks_or_needs_somebody(turn: Turn, answer: bool, code: str) -> None:  # noqa: FBT001
    owed = needs_answer(turn)
    assert (owed.answer, owed.code) == (answer, code)
    assert owed.words in turn.own_text


def test_the_clock_runs_from_the_oldest_unanswered_question_and_any_mail_to_the_client_stops_it() -> None:
    thread = [theirs("Thanks!"), theirs("When is it ready?", 2), theirs("Any news?", 5)]
    assert waiting_since(thread) == NOON + timedelta(hours=2)
    assert waiting_since([*thread, ours(6, to_client=False)]) == NOON + timedelta(hours=2)
    assert waiting_since([*thread, ours(6)]) is None
    last = theirs("And the price?", 8)
    assert first_waiting([*thread, ours(6), last]) is last


def test_they_owe_us_from_our_first_unanswered_question() -> None:
    asked = [ours(0, "Could you send the copy?"), ours(24, "A small reminder: the copy, please?")]
    assert they_owe_since(asked) == NOON
    assert they_owe_since([*asked, theirs("Here it is.", 25)]) is None
    assert they_owe_since([ours(0, "It is live.")]) is None
