"""The mail after a call holds what was logged and nothing else."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clientinbox.drafting.frame import Slot, find_frame, unfilled
from clientinbox.drafting.recap import recap
from clientinbox.relationship.calls import Agreed, CallRecord, read_agreed
from clientinbox.triage.labels import Tension

LONDON = "Europe/London"
RUNG = datetime(2026, 11, 24, 9, 4, tzinfo=ZoneInfo(LONDON))
PEOPLE = ("Jo Roe", "Lee Ray")


def call(*agreed: Agreed, reached: bool = True) -> CallRecord:
    return CallRecord("Kim Ode", "kim@client.example", RUNG, reached, 12, agreed, Tension.CONCERNED, "was in tears")


def logged(line: str) -> Agreed:
    return read_agreed(line, RUNG, LONDON, PEOPLE)


def test_a_recap_fills_all_that_was_logged_and_leaves_the_cost_open_until_it_is_typed() -> None:
    record = call(
        logged("test link by Wed 25 Nov 12:00 (Jo)"), logged("Lee rings Kim on Wed 25 Nov at 11:00, whatever the news")
    )
    inbound = "The link did not come, and I no longer believe what you write."
    draft = recap(record, "Dear Kim", "Lee", problem="The link did not come")
    frame = find_frame(draft, inbound, RUNG, LONDON, people=PEOPLE)
    assert frame.flags == {
        "problem": True,
        "explanation": False,
        "remedy": True,
        "date": True,
        "cost": False,
        "next_update": True,
    }
    (blocking,) = unfilled(draft)
    filled = draft.replace(blocking.text, "at no cost to you")
    assert find_frame(filled, inbound, RUNG, LONDON, people=PEOPLE)[Slot.COST].found
    assert not unfilled(filled)


def test_what_was_not_said_stays_open_in_every_slot() -> None:
    draft = recap(call(), "Dear Kim", "Lee")
    assert len(unfilled(draft)) == 5
    assert not any(find_frame(draft, "", RUNG, LONDON).flags.values())


def test_a_day_and_an_owner_logged_beside_the_words_are_said() -> None:
    draft = recap(
        call(Agreed("a working link", promise=True, owner="Jo Roe", due=date(2026, 11, 25), at=time(12))), "Kim", "Lee"
    )
    assert "a working link (Jo Roe, Wednesday 25 November, 12:00)" in draft
    vague = recap(call(Agreed("a link by Friday", promise=True, due=date(2026, 11, 27))), "Kim", "Lee")
    assert "a link by Friday (Friday 27 November)" in vague


def test_nobody_reached_promises_nothing() -> None:
    draft = recap(call(logged("a link by Friday"), reached=False), "Dear Kim", "Lee")
    assert "Tuesday 24 November, 09:04" in draft
    assert "link" not in draft
    assert unfilled(draft)


def test_a_recap_never_tells_how_they_seemed() -> None:
    assert "tears" not in recap(call(logged("a link by Friday")), "Dear Kim", "Lee")


_LINES = st.lists(
    st.sampled_from(
        ["link", "4 pages", "by Friday", "£90", "rings", "Zoe", "(Jo)", "on 3 March", "at 11", "no charge"]
    ),
    min_size=1,
    max_size=5,
).map(" ".join)


@given(
    agreed=st.lists(_LINES.map(logged), max_size=4),
    problem=st.sampled_from(["", "it broke\n twice"]),
    cost=st.sampled_from(["", "£12"]),
)
def test_no_date_number_or_name_is_invented(agreed: list[Agreed], problem: str, cost: str) -> None:
    draft = recap(call(*agreed), "Dear Kim", "Lee", problem=problem, cost=cost)
    record = " ".join(
        ["Dear Kim Lee 24", problem, cost, *(f"{line.text} {line.owner}" for line in agreed)]
        + [f"{line.due.day} {line.at or ''}" for line in agreed if line.due]
    )
    assert set(re.findall(r"[0-9]+", draft)) <= set(re.findall(r"[0-9]+", record))
    # A name is a capital that does not begin a line or a sentence; days and months follow from the logged dates.
    names = set(re.findall(r"(?<![.:\n] )(?<!\n)(?<!“)\b[A-Z][a-z]+", draft[1:]))
    calendar = {f"{day:%A}" for day in days(agreed)} | {f"{day:%B}" for day in days(agreed)}
    assert names <= set(re.findall(r"[A-Z][a-z]+", record)) | calendar


def days(agreed: list[Agreed]) -> list[date]:
    return [RUNG.date(), *(line.due for line in agreed if line.due)]
