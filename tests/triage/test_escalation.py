"""When a thread should leave the keyboard: each branch of the rule as a thread a person would recognise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.mail.message import Direction
from clientinbox.triage.cues import find_cues
from clientinbox.triage.escalation import Step, Turn, Verdict, decide, unanswered_since
from clientinbox.triage.labels import Tension
from clientinbox.worktime.hours import WorkCalendar

OFFICE = WorkCalendar.from_words("UTC", "09:00-17:30", ("mon", "tue", "wed", "thu", "fri"))
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


def inbound(hours: float, tension: int, text: str = "See above.", sender: str = "kim@client.example") -> Turn:
    at = MONDAY + timedelta(hours=hours)
    cues = find_cues("", text)
    return Turn(f"<{at:%d%H%M}>", Direction.IN, at, sender, Tension(tension), cues=cues, own_text=text)


def ours(hours: float, text: str = "Here is what we do.", *, to_client: bool = True) -> Turn:
    at = MONDAY + timedelta(hours=hours)
    return Turn(f"<o{at:%d%H%M}>", Direction.OUT, at, "me@us.example", own_text=text, to_client=to_client)


def judge(*turns: Turn, later: float = 0.0, calls: tuple[datetime, ...] = ()) -> Verdict:
    return decide(turns, turns[-1].at + timedelta(hours=later), OFFICE, calls=calls)


@pytest.mark.parametrize(
    ("turns", "codes"),
    [
        pytest.param([inbound(0, 3)], ["livid"], id="livid at once"),
        pytest.param([inbound(0, 0, "So I must give you three months' notice.")], ["leaving"], id="leaving, kindly"),
        pytest.param([inbound(0, 1, "Your invoice is on hold.")], ["withholding"], id="payment held, in worry only"),
        pytest.param([inbound(0, 1, "Can you give me a ring please.")], ["call_me"], id="asks to be rung"),
        pytest.param([inbound(0, 2), inbound(1, 2)], ["repeated"], id="tense twice running"),
        pytest.param([inbound(0, 1), ours(1), inbound(60, 2)], ["rising"], id="rose since the last mail"),
        pytest.param([inbound(0, 3), ours(1), inbound(60, 2)], ["repeated"], id="cooler than livid, still tense"),
        pytest.param([inbound(0, 2), ours(0.2)], [], id="a first tense mail, answered within minutes"),
        pytest.param(
            [inbound(0, 2, "When will it be live? Will you charge for it?")], [], id="a first tense mail with questions"
        ),
        pytest.param([inbound(0, 1, "Will it be there tomorrow? I'm nervous.")], [], id="anxious, needs only a fact"),
        pytest.param([inbound(0, 0, "Ring me about the box on Tuesday, or don't.")], [], id="small talk about a call"),
        pytest.param([inbound(0, 3), ours(1), inbound(4, 1)], [], id="settled by a calmer mail"),
        pytest.param([inbound(0, 3), inbound(1, 0)], [], id="the same person takes it back"),
        pytest.param(
            [inbound(0, 3), inbound(1, 0, sender="lee@client.example")],
            ["livid"],
            id="a calm colleague settles nothing",
        ),
        pytest.param(
            [inbound(0, 3), ours(1), inbound(2, 0, sender="lee@client.example")],
            [],
            id="a calm colleague after our answer does",
        ),
        pytest.param([ours(0)], [], id="nobody wrote to us"),
    ],
)
def test_the_rule_on_one_thread(turns: list[Turn], codes: list[str]) -> None:
    verdict = judge(*turns)
    assert [reason.code for reason in verdict.reasons] == codes
    assert verdict.escalate is bool(codes)
    assert (verdict.score >= 0.5) is verdict.escalate


def test_a_tense_mail_left_lying_for_more_than_four_business_hours_escalates_and_says_how_long() -> None:
    tense = inbound(0, 2)
    assert not judge(tense, later=4).escalate
    (reason,) = judge(tense, later=4.5).reasons
    assert (reason.code, reason.text) == ("unanswered", "unanswered for 4.5 business hours")
    note_to_a_colleague = ours(1, to_client=False)
    assert judge(tense, note_to_a_colleague, later=4).escalate
    assert not judge(tense, ours(1), later=40).escalate


def test_four_mails_in_two_days_with_a_tense_one_last_are_a_spiral() -> None:
    thread = [inbound(0, 2), ours(1), inbound(2, 0), ours(3), inbound(4, 2)]
    assert "volleys" in [reason.code for reason in judge(*thread).reasons]
    slow = [replace(turn, at=MONDAY + timedelta(days=3 * n)) for n, turn in enumerate(thread)]
    assert "volleys" not in [reason.code for reason in judge(*slow).reasons]


def test_our_own_letter_settles_nothing_but_a_call_does() -> None:
    thread = [inbound(0, 3), ours(1, "We are sorry and this is what we do.")]
    assert judge(*thread, later=100).escalate
    before = decide(thread, MONDAY + timedelta(hours=9), OFFICE, calls=[MONDAY - timedelta(hours=1)])
    assert before.escalate
    rung = MONDAY + timedelta(hours=2)
    after = decide(thread, MONDAY + timedelta(hours=9), OFFICE, calls=[rung])
    assert (after.escalate, after.settled_by_call, after.next_step) == (False, rung, Step.NONE)


def test_a_serious_failure_answered_at_once_is_being_dealt_with() -> None:
    incident = inbound(0, 2, "Our site is down.")
    assert [reason.code for reason in judge(incident).reasons] == ["serious_failure"]
    assert not judge(incident, ours(0.3)).escalate
    assert judge(incident, ours(2)).escalate


def test_writing_past_each_other_is_noticed_but_a_second_chaser_is_not() -> None:
    first = inbound(0, 0, "Please send us the open files of the book app.")
    answer = ours(1, "As I said, the files are open, the folder is public.")
    restated = inbound(30, 1, "That is not what I asked. We need the sources.")
    assert [reason.code for reason in judge(first, answer, restated).reasons] == ["misunderstanding"]
    chaser = inbound(30, 1, "Any news on this?")
    assert not judge(inbound(0, 1, "Any news on this?"), ours(1), chaser).escalate
    question = "Does the monthly price include the support for all four shops?"
    again = judge(inbound(0, 1, question), ours(1), inbound(30, 1, f"Hello. {question}"))
    assert [(reason.code, reason.evidence) for reason in again.reasons] == [("misunderstanding", question)]


def test_reasons_come_weightiest_first_with_the_exact_words_and_the_mail() -> None:
    words = "I am sorry to say so. We will not pay the balance until it runs. Regards"
    boss = "head@client.example"
    last = replace(inbound(50, 3, words), cc=(boss,))
    thread = [inbound(0, 1), ours(1), inbound(25, 2), ours(26), last]
    verdict = decide(thread, last.at, OFFICE, seniors=frozenset({boss}))
    assert [reason.code for reason in verdict.reasons] == ["livid", "withholding", "rising", "repeated", "copied_in"]
    held = verdict.reasons[1]
    assert (held.evidence, held.message_id) == ("We will not pay the balance until it runs.", last.message_id)
    assert verdict.reasons[2].text == "rose 1→2→3"
    assert verdict.next_step is Step.CALL


def test_automatic_mail_neither_escalates_nor_starts_a_clock() -> None:
    robot = replace(inbound(0, 3, "Our lawyers have the file."), automatic=True, tension=None)
    assert not judge(robot, later=50).escalate
    assert unanswered_since([robot]) is None


levels = st.lists(st.tuples(st.sampled_from(["in", "out"]), st.integers(0, 3)), max_size=8)


@given(levels)
def test_livid_is_never_missed_and_calm_is_never_an_alarm(course: list[tuple[str, int]]) -> None:
    turns = [inbound(n * 3, level) if way == "in" else ours(n * 3) for n, (way, level) in enumerate(course)]
    verdict = decide(turns, MONDAY + timedelta(hours=3 * len(turns)), OFFICE)
    heard = [turn.tension for turn in turns if turn.tension is not None]
    last = heard[-1] if heard else Tension.CALM
    if last == Tension.LIVID:
        assert verdict.escalate
    if last <= Tension.CONCERNED:
        assert not verdict.escalate
    assert 0 <= verdict.score <= 1
