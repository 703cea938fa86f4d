"""By when: each way of saying a day, resolved as its writer meant it on Tuesday 24 November 2026 at nine."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.promises.due import due_in, dues_in, owner_in
from clientinbox.worktime.hours import WorkCalendar

LONDON = "Europe/London"
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo(LONDON))
OFFICE = WorkCalendar.from_words(
    LONDON, "09:00-17:30", ("mon", "tue", "wed", "thu", "fri"), {date(2026, 12, 25), date(2026, 12, 28)}
)
NOON = time(12)


def nov(day: int) -> date:
    return date(2026, 11, day)


def dec(day: int) -> date:
    return date(2026, 12, day)


@pytest.mark.parametrize(
    ("text", "day", "at", "words"),
    [
        ("You will have it by Friday.", nov(27), None, "by Friday"),
        ("We'll run it again on Wednesday at one.", nov(25), time(13), "on Wednesday at one"),
        ("It goes live this Friday", nov(27), None, "this Friday"),
        ("It goes live next Friday", dec(4), None, "next Friday"),
        ("said on a Tuesday, it comes on Tuesday", dec(1), None, "on Tuesday"),
        ("Wednesday of next week at the latest", dec(2), None, "Wednesday of next week"),
        ("I'll bring it on Friday week", dec(4), None, "on Friday week"),
        ("two pages by a week on Friday", dec(4), None, "by a week on Friday"),
        ("It is with you tomorrow.", nov(25), None, "tomorrow"),
        ("It is with you the day after tomorrow.", nov(26), None, "the day after tomorrow"),
        ("first thing tomorrow morning", nov(25), None, "tomorrow morning"),
        ("Done today!", nov(24), None, "today"),
        ("You'll have it by end of play", nov(24), None, "by end of play"),
        ("I answer by the end of the day", nov(24), None, "by the end of the day"),
        ("by end of play tomorrow", nov(25), None, "by end of play tomorrow"),
        ("the runbook by EOD Thursday", nov(26), None, "by EOD Thursday"),
        ("by the end of the week", nov(27), None, "by the end of the week"),
        ("by the end of next week", dec(4), None, "by the end of next week"),
        ("before the end of November", nov(30), None, "before the end of November"),
        ("the credit note comes by month end", nov(30), None, "by month end"),
        ("early next week", dec(1), None, "early next week"),
        ("in the course of next week", dec(4), None, "in the course of next week"),
        ("in the week of 7 December", dec(11), None, "in the week of 7 December"),
        ("in 3 working days", nov(27), None, "in 3 working days"),
        ("within three to five business days", dec(1), None, "within three to five business days"),
        ("within 2 weeks", dec(8), None, "within 2 weeks"),
        ("in ten days", dec(4), None, "in ten days"),
        ("a call in half an hour", nov(24), time(9, 30), "in half an hour"),
        ("the analysis shall reach you within 48 hours", nov(26), time(9), "within 48 hours"),
        ("test link by Wed 25 Nov 12:00 (Kim)", nov(25), NOON, "by Wed 25 Nov 12:00"),
        ("live on 25 November", nov(25), None, "on 25 November"),
        ("live on the 25th of November, 2026", nov(25), None, "on the 25th of November, 2026"),
        ("by noon Wednesday, November 25", nov(25), NOON, "by noon Wednesday, November 25"),
        ("by the 3rd", dec(3), None, "by the 3rd"),
        ("delivered on the 31.", dec(31), None, "on the 31"),
        ("the list by 14/12", dec(14), None, "by 14/12"),
        ("we install on Saturday, 28.11., early", nov(28), None, "on Saturday, 28.11."),
        ("by Monday 11/30 at the latest", nov(30), None, "by Monday 11/30"),
        ("by 2026-12-04", dec(4), None, "by 2026-12-04"),
        ("a date that is far ahead: by 3 March", date(2027, 3, 3), None, "by 3 March"),
        ("I'll ring you at noon.", nov(24), NOON, "at noon"),
        ("I'll be there at 9.30", nov(24), time(9, 30), "at 9.30"),
        ("I'll ring at 2", nov(24), time(14), "at 2"),
        ("at half past five", nov(24), time(17, 30), "at half past five"),
        ("I'll ring you at 8", nov(25), time(8), "at 8"),
        ("a bridge at 1:00 PM today", nov(24), time(13), "at 1:00 PM today"),
        ("a driver brings it Thursday before noon", nov(26), NOON, "Thursday before noon"),
        ("We missed Monday; it is live by Thursday.", nov(26), None, "by Thursday"),
        ("before Christmas", dec(24), None, "before Christmas"),
        ("a trial over the weekend", nov(29), None, "over the weekend"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_day_is_read_as_its_writer_meant_it(text: str, day: date, at: time | None, words: str) -> None:
    due = due_in(text, TUESDAY, LONDON, OFFICE)
    assert due is not None
    assert (due.day, due.at, due.words) == (day, at, words)
    assert text[due.start : due.end] == words
    assert due.rule


@pytest.mark.parametrize(
    "text",
    [
        "I'll come back to you as soon as I can.",
        "soon, asap, shortly, in due course",
        "You promised it last Friday.",
        "We have waited since Monday.",
        "The link was to come on 20 November.",
        "Since Monday 9:00 nothing works.",
        "A note every Friday at 10, good or bad.",
        "They check the logins at half past five every morning.",
        "We are open 24/7.",
        "The 3rd draft is better than version 2.10.",
        "By 10 people, by 2 percent, by 3.5 points.",
        "Half of it may 3 times be more.",
        "A Monday-morning question.",
        "I sat down in the sun and wed.",
        "",
    ],
)
def test_what_is_vague_past_recurring_or_no_day_at_all_has_no_due_date(text: str) -> None:
    assert due_in(text, TUESDAY, LONDON, OFFICE) is None


def test_the_day_is_that_of_the_writer_and_not_of_the_server() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    tomorrow = [due_in("tomorrow", late, zone) for zone in (LONDON, "Asia/Kolkata")]
    assert [due.day for due in tomorrow if due] == [nov(25), nov(26)]


def test_working_days_skip_holidays_and_the_end_of_a_week_is_its_last_working_day() -> None:
    before = datetime(2026, 12, 22, 10, tzinfo=ZoneInfo(LONDON))
    counted = due_in("in 3 working days", before, LONDON, OFFICE)
    week = due_in("by the end of the week", before, LONDON, OFFICE)
    assert counted is not None
    assert week is not None
    assert (counted.day, week.day) == (dec(29), dec(24))


def test_the_month_comes_first_where_the_reader_says_so() -> None:
    british = due_in("by 4/12", TUESDAY, LONDON)
    american = due_in("by 4/12", TUESDAY, LONDON, day_first=False)
    assert british is not None
    assert american is not None
    assert (british.day, american.day) == (dec(4), date(2027, 4, 12))


@pytest.mark.parametrize(
    ("text", "hard"),
    [("It is live by Friday.", True), ("It should be live by Friday.", False), ("around Friday", False)],
)
def test_words_that_leave_room_make_a_date_soft(text: str, hard: bool) -> None:  # noqa: FBT001
    due = due_in(text, TUESDAY, LONDON)
    assert due is not None
    assert due.hard is hard


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("test link by Wednesday (Kim)", "Kim Ray"),
        ("Kim will have it live", "Kim Ray"),
        ("Kim's sending it", "Kim Ray"),
        ("a working link, from Kim", "Kim Ray"),
        ("Lee Roe will ring; Kim knows", "Lee Roe"),
        ("test link (kim)", "Kim Ray"),
        ("sent by Kim", "Kim Ray"),
        ("live by May", None),
        ("Lee will ring", None),
        ("Kimberley will ring", None),
        ("it will be done", None),
    ],
)
def test_an_owner_is_somebody_we_know_and_can_tell_apart(text: str, owner: str | None) -> None:
    assert owner_in(text, ("Kim Ray", "Lee Roe", "Lee Poe", "May Fox")) == owner


_WORDS = st.sampled_from(
    [
        "by",
        "on",
        "the",
        "next",
        "this",
        "last",
        "Friday",
        "Mon",
        "sat",
        "3rd",
        "31",
        "31/02",
        "29.2.",
        "12:00",
        "at",
        "9",
        "in",
        "999",
        "working",
        "days",
        "weeks",
        "months",
        "tomorrow",
        "end",
        "of",
        "month",
        "week",
        "EOD",
        "2026-99-99",
        "Feb",
        "30",
        "May",
        "within",
        "half",
        "an",
        "hour",
        "KW",
        "60",
        "9999",
        "noon",
        "midnight",
        "every",
        "(Kim)",
        "٣",
        "²",
        "24/7",
        "mid-",
    ]
)


@given(
    text=st.lists(_WORDS, max_size=12).map(" ".join) | st.text(max_size=80),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from([LONDON, "Asia/Kolkata", "Pacific/Kiritimati"]),
)
def test_any_words_are_survived_and_no_due_date_lies_behind(text: str, now: datetime, zone: str) -> None:
    for due in dues_in(text, now, zone):
        assert due.day >= now.astimezone(ZoneInfo(zone)).date()
        assert text[due.start : due.end] == due.words
        assert due.words.strip()
    owner_in(text, ("Kim Ray", ""))


def test_the_last_days_of_the_calendar_are_survived() -> None:
    end = datetime(9999, 12, 30, 12, tzinfo=UTC)
    for text in (
        "in 99 working days",
        "next Friday",
        "by the end of next month",
        "in 12 months",
        "tomorrow at 1",
        "at 9",
    ):
        dues_in(text, end + timedelta(hours=12), "UTC")
