"""Calls as they are logged, and how long a livid client waited for a voice."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clientinbox.relationship.calls import VOICE_GOAL_MINUTES, Agreed, CallRecord, first_voice, read_agreed
from clientinbox.worktime.hours import WorkCalendar

LONDON = ZoneInfo("Europe/London")
OFFICE = WorkCalendar.from_words("Europe/London", "09:00-17:30", ("mon", "tue", "wed", "thu", "fri"))
MONDAY = datetime(2026, 11, 23, 14, 20, tzinfo=LONDON)


def call(at: datetime, *, reached: bool = True) -> CallRecord:
    return CallRecord("Kim Ray", "kim@client.example", at, reached)


def test_time_to_first_voice_counts_working_minutes_to_the_first_call_that_reached_somebody() -> None:
    calls = [
        call(MONDAY + timedelta(hours=20)),
        call(MONDAY + timedelta(hours=1), reached=False),
        call(MONDAY - timedelta(hours=1)),
        call(MONDAY.replace(day=24, hour=9, minute=4)),
    ]
    assert first_voice(MONDAY, calls, OFFICE) == 194
    assert first_voice(MONDAY, calls, OFFICE) > VOICE_GOAL_MINUTES  # type: ignore[operator]
    assert first_voice(MONDAY, calls[1:3], OFFICE) is None


@given(st.lists(st.tuples(st.integers(-3000, 9000), st.booleans()), max_size=6))
def test_a_further_call_never_makes_the_first_voice_later(when: list[tuple[int, bool]]) -> None:
    calls = [call(MONDAY + timedelta(minutes=minutes), reached=reached) for minutes, reached in when]
    waits = [first_voice(MONDAY, calls[:count], OFFICE) for count in range(len(calls) + 1)]
    known = [wait for wait in waits if wait is not None]
    assert known == sorted(known, reverse=True)
    assert waits[len(waits) - len(known) :] == known


def test_a_typed_line_offers_a_promise_where_it_names_a_day_or_an_owner() -> None:
    rung = datetime(2026, 11, 24, 9, 4, tzinfo=LONDON)
    people = ("Lee Roe", "Kim Ray")
    link = read_agreed("test link by  Wed 25 Nov 12:00 (Lee)", rung, "Europe/London", people, OFFICE)
    assert link == Agreed(
        "test link by Wed 25 Nov 12:00 (Lee)", promise=True, owner="Lee Roe", due=date(2026, 11, 25), at=time(12)
    )
    assert read_agreed("nobody is to write to the trustees", rung, "Europe/London", people) == Agreed(
        "nobody is to write to the trustees"
    )
    logged = CallRecord("Kim Ray", "kim@client.example", rung, reached=True, agreed=(link, Agreed("no more letters")))
    assert logged.promises == (link,)
