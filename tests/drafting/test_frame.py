"""What an answer to a complaint says and what it leaves out, slot by slot."""

import json
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.drafting.frame import NEEDED, SLOT_QUESTIONS, Frame, Slot, find_frame, missing, placeholder, unfilled
from clientinbox.projects.relative import expanded
from clientinbox.triage.labels import Label

LONDON = "Europe/London"
NOW = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo(LONDON))
INBOUND = "Dear Lee,\n\nThe export has lost every third order since Sunday and nobody answers the phone.\n\nKim"
GOOD = (
    "Dear Kim,\n\n"
    "You're right, and I'm sorry: the export dropped every third order, and nobody picked up. "
    "The cause was a setting that we changed on Saturday.\n\n"
    "Jo is restoring the lost orders now and you'll have all of them by noon tomorrow. "
    "There is nothing to pay for this. I'll ring you at 12:30 tomorrow, good or bad.\n\n"
    "Lee"
)


def frame_of(draft: str, inbound: str | None = INBOUND) -> Frame:
    return find_frame(draft, inbound, NOW, LONDON, people=("Jo Roe", "Lee Ray"))


def found(frame: Frame) -> set[str]:
    return {slot for slot, there in frame.flags.items() if there}


def test_a_good_answer_fills_every_slot_with_its_own_words() -> None:
    frame = frame_of(GOOD)
    assert found(frame) == {slot.value for slot in Slot}
    assert missing(frame, [Label.COMPLAINT]) == ()
    assert "dropped every third order" in frame[Slot.PROBLEM].text
    assert frame[Slot.COST].text == "There is nothing to pay for this."
    assert frame[Slot.NEXT_UPDATE].text == "I'll ring you at 12:30 tomorrow, good or bad."


@pytest.mark.parametrize(
    ("gone", "slot"),
    [
        ("You're right, and I'm sorry: the export dropped every third order, and nobody picked up. ", Slot.PROBLEM),
        ("There is nothing to pay for this. ", Slot.COST),
        ("I'll ring you at 12:30 tomorrow, good or bad.", Slot.NEXT_UPDATE),
        (" by noon tomorrow", Slot.DATE),
    ],
)
def test_what_is_taken_out_of_it_is_missed(gone: str, slot: Slot) -> None:
    assert gone in GOOD
    assert missing(frame_of(GOOD.replace(gone, "")), ["complaint"]) == (slot,)


@pytest.mark.parametrize(
    "draft",
    [
        "Hi Kim,\n\nSo sorry for the inconvenience! We are looking into it and will come back to you as soon as we can.\n\nLee",
        "Dear Kim, thank you for your patience. I'm sure we'll be fine for Monday. Jo is making great progress.",
        "Kim, as I mentioned the supplier is outside our control. We hope to have news by tomorrow.",
        "Is it the export? When did you last try? Could you send me a picture by Friday?",
        "If you approve the quote by the 31st we can start.",
        "",
    ],
)
def test_an_answer_that_puts_off_fills_nothing(draft: str) -> None:
    frame = frame_of(draft)
    assert found(frame) == set()
    assert missing(frame, {Label.COMPLAINT}) == NEEDED


@pytest.mark.parametrize(
    ("sentence", "slot"),
    [
        ("We should have told you on Friday.", "problem"),
        ("That was our mistake, nobody else's.", "problem"),
        ("You wrote “nobody answers the phone”.", "problem"),
        ("The export loses orders, every third one.", "problem"),
        ("This happened because the server ran on Sydney time.", "explanation"),
        ("We've restored the orders.", "remedy"),
        ("The corrected version is on your test system.", "remedy"),
        ("Jo will reload the orders.", "remedy"),
        ("The fix goes live on Thursday.", "date"),
        ("The list is restored as of 8:15.", "date"),
        ("Cost to you: none.", "cost"),
        ("It is covered by the guarantee.", "cost"),
        ("That is £900, as in CR-07.", "cost"),
        ("We will not charge for it.", "cost"),
        ("The credit note is on its way.", "cost"),
        ("You'll hear from me on Monday either way.", "next_update"),
        ("You get a note from me every Friday.", "next_update"),
        ("Next update: 4 pm.", "next_update"),
    ],
)
def test_a_slot_is_recognised_by_general_wording(sentence: str, slot: str) -> None:
    frame = frame_of(f"Dear Kim,\n\n{sentence}\n")
    assert slot in found(frame)
    assert frame[Slot(slot)].text == sentence


@pytest.mark.parametrize(
    ("sentence", "slot"),
    [
        ("I'll let you know when it is done.", "next_update"),
        ("I'll be in touch soon.", "next_update"),
        ("I'll ring you on Wednesday.", "date"),
        ("We missed it last Friday.", "date"),
        ("Somebody else will restore the orders.", "remedy"),
        ("Thank you for the order of every third export.", "problem"),
        ("Feel free to ring.", "cost"),
    ],
)
def test_a_slot_is_not_claimed_for_what_only_sounds_like_it(sentence: str, slot: str) -> None:
    assert slot not in found(frame_of(f"Dear Kim,\n\n{sentence}\n"))


def test_quotes_and_signatures_fill_nothing_and_offsets_count_in_the_whole_draft() -> None:
    below = "\n\nOn Mon, 23 Nov 2026 at 14:20, Kim <kim@client.example> wrote:\n> There is nothing to pay for this.\n"
    assert "cost" not in found(frame_of(f"Dear Kim,\n\nWe missed it.{below}"))
    inline = f"> When will it be back?\n\nJo will restore it by noon.\n\n> And the money?\n\nNo charge.{below}"
    frame = frame_of(inline)
    assert (frame[Slot.REMEDY].text, frame[Slot.COST].text) == ("Jo will restore it by noon.", "No charge.")
    assert inline[frame[Slot.COST].start :].startswith("No charge.")


def test_only_a_complaint_needs_the_frame_and_a_waiver_needs_its_reason() -> None:
    empty = frame_of("Dear Kim,")
    assert missing(empty, [Label.PROGRESS, Label.SCOPE_CHANGE]) == ()
    waived = {"cost": "nothing was sold", "date": " "}
    assert missing(empty, ["complaint"], waived) == (Slot.PROBLEM, Slot.REMEDY, Slot.DATE, Slot.NEXT_UPDATE)


def test_a_placeholder_blocks_and_fills_nothing() -> None:
    draft = f"Cost to you: {placeholder(Slot.COST)}\nHello {{{{first_name}}}}\n\n> Cost: ‹quoted›\n"
    left = unfilled(draft)
    assert [each.text for each in left] == [f"‹{SLOT_QUESTIONS[Slot.COST]}›", "{{first_name}}"]
    assert all(draft[each.start : each.end] == each.text for each in left)
    assert "cost" not in found(frame_of(draft))


def demo_text(message: str) -> tuple[str, datetime]:
    today = date(2026, 11, 24)
    rows = files("clientinbox.demo").joinpath("data", "messages.jsonl").read_text("utf-8").splitlines()
    row = next(row for row in map(json.loads, rows) if row["id"] == message)
    sent = datetime.combine(today - timedelta(days=row["days_ago"]), time.fromisoformat(row["time"]), ZoneInfo(LONDON))
    return expanded(row["text"], today), sent


@pytest.mark.parametrize(
    ("message", "answers", "least", "most"),
    [
        ("ch1-login-06", "ch1-login-05", 6, 6),
        ("hd1-demo-02", "hd1-demo-01", 5, 6),
        ("ngm2-testlink-11", "ngm2-testlink-10", 0, 0),
    ],
)
def test_the_answers_of_the_demo_mailbox_are_told_apart(message: str, answers: str, least: int, most: int) -> None:
    draft, sent = demo_text(message)
    frame = find_frame(draft, demo_text(answers)[0], sent, LONDON, people=("Ana Ferreira", "Jo Marwood"))
    assert least <= len(found(frame)) <= most


_WORDS = [
    "we",
    "missed",
    "it",
    "Jo",
    "will",
    "restore",
    "by",
    "Friday",
    "no",
    "charge",
    "I'll",
    "ring",
    "you",
    "on",
    "Monday",
    "£9",
    "‹",
    "›",
    "{{",
    "}}",
    ">",
    "\n",
    "--",
    "\n",
    "“",
    "”",
    "'",
    ".",
    "?",
    "Cost:",
    "CR-1",
]


@given(
    draft=st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join) | st.text(max_size=200),
    inbound=st.none() | st.text(max_size=80),
)
def test_every_slot_points_at_exact_words_whatever_is_written(draft: str, inbound: str | None) -> None:
    frame = find_frame(draft, inbound, datetime(2026, 11, 24, 9, tzinfo=UTC), "UTC", people=("Jo", "(", ""))
    assert [state.slot for state in frame.slots] == list(Slot)
    for state in frame.slots:
        assert draft[state.start : state.end] == state.text
        assert state.found is bool(state.text)
    for each in unfilled(draft):
        assert draft[each.start : each.end] == each.text
