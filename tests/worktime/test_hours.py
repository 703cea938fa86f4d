"""Business hours: the cases a person would work out on paper, and the laws that hold for any moments."""

import timeit
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.errors import UsageError
from clientinbox.worktime.hours import WorkCalendar

LONDON = ZoneInfo("Europe/London")
WEEK = ("mon", "tue", "wed", "thu", "fri")
OFFICE = WorkCalendar.from_words("Europe/London", "09:00-17:30", WEEK, {date(2026, 12, 25), date(2026, 12, 28)})

moments = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
calendars = st.builds(
    WorkCalendar,
    timezone=st.sampled_from(["Europe/London", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"]),
    start=st.times(time(6), time(11, 59)),
    end=st.times(time(12), time(22)),
    workdays=st.frozensets(st.integers(0, 6), min_size=1),
    holidays=st.frozensets(st.dates(date(2024, 1, 1), date(2029, 1, 1)), max_size=20),
)


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("a", "b", "hours"),
    [
        pytest.param(at(2026, 11, 23, 14, 20), at(2026, 11, 24, 9), 3 + 10 / 60, id="afternoon to next opening"),
        pytest.param(at(2026, 11, 24, 10), at(2026, 11, 24, 12, 30), 2.5, id="within a day"),
        pytest.param(at(2026, 11, 20, 17), at(2026, 11, 23, 9, 30), 1.0, id="over a weekend"),
        pytest.param(at(2026, 11, 21, 10), at(2026, 11, 22, 22), 0.0, id="a weekend is nothing"),
        pytest.param(at(2026, 12, 24, 16, 30), at(2026, 12, 29, 10), 2.0, id="over Christmas"),
        pytest.param(at(2026, 10, 23, 17), at(2026, 10, 26, 9, 30), 1.0, id="clocks went back on Sunday"),
        pytest.param(at(2026, 3, 27, 17), at(2026, 3, 30, 9, 30), 1.0, id="clocks went forward on Sunday"),
        pytest.param(at(2026, 11, 24, 12), at(2026, 11, 24, 9), 0.0, id="never negative"),
    ],
)
def test_hours_between_counts_only_when_somebody_is_at_work(a: datetime, b: datetime, hours: float) -> None:
    assert OFFICE.hours_between(a, b) == pytest.approx(hours)


def test_their_time_zone_is_turned_into_ours() -> None:
    coimbatore = datetime(2026, 11, 24, 15, 30, tzinfo=ZoneInfo("Asia/Kolkata"))  # 10:00 in London
    assert OFFICE.hours_between(coimbatore, at(2026, 11, 24, 11)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("a", "b", "days"),
    [
        (date(2026, 11, 20), date(2026, 11, 24), 2),
        (date(2026, 11, 24), date(2026, 11, 20), -2),
        (date(2026, 12, 24), date(2026, 12, 29), 1),
        (date(2026, 11, 24), date(2026, 11, 24), 0),
    ],
)
def test_slip_is_counted_in_business_days_with_its_sign(a: date, b: date, days: int) -> None:
    assert OFFICE.days_between(a, b) == days


def test_an_opening_is_found_across_holidays_and_kept_while_open() -> None:
    assert OFFICE.next_opening(at(2026, 12, 24, 18)) == at(2026, 12, 29, 9)
    assert OFFICE.next_opening(at(2026, 12, 24, 7)) == at(2026, 12, 24, 9)
    assert OFFICE.next_opening(at(2026, 12, 24, 11)) == at(2026, 12, 24, 11)
    assert OFFICE.is_open(at(2026, 12, 24, 9))
    assert not OFFICE.is_open(at(2026, 12, 24, 17, 30))
    assert not OFFICE.is_open(at(2026, 12, 25, 11))


@given(calendars, st.tuples(moments, moments, moments).map(sorted))
def test_hours_add_up(calendar: WorkCalendar, abc: list[datetime]) -> None:
    a, b, c = abc
    assert calendar.hours_between(a, c) == pytest.approx(calendar.hours_between(a, b) + calendar.hours_between(b, c))


@given(calendars, moments, st.floats(0, 400))
def test_adding_hours_is_undone_by_measuring_them(calendar: WorkCalendar, moment: datetime, hours: float) -> None:
    end = calendar.add_hours(moment, hours)
    assert end >= moment
    assert calendar.hours_between(moment, end) == pytest.approx(hours, abs=1e-6)


@given(calendars, st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.integers(0, 400))
def test_counting_by_weeks_agrees_with_counting_by_days(calendar: WorkCalendar, a: date, days: int) -> None:
    one_by_one = sum(calendar.is_workday(a + timedelta(days=n)) for n in range(1, days + 1))
    assert calendar.days_between(a, a + timedelta(days=days)) == one_by_one


def test_five_years_of_waiting_cost_no_more_than_an_hour_of_it() -> None:
    call = timeit.timeit(lambda: OFFICE.hours_between(at(2021, 11, 24, 9), at(2026, 11, 24, 9)), number=200) / 200
    assert call < 0.001


@pytest.mark.parametrize(
    ("zone", "hours", "days"),
    [
        ("Europe/Lundon", "09:00-17:30", WEEK),
        ("Europe", "09:00-17:30", WEEK),
        ("../etc/passwd", "09:00-17:30", WEEK),
        ("Europe/London", "nine to five", WEEK),
        ("Europe/London", "17:30-09:00", WEEK),
        ("Europe/London", "09:00-25:00", WEEK),
        ("Europe/London", "09:00-17:30", ("mon", "funday")),
        ("Europe/London", "09:00-17:30", ()),
    ],
)
def test_nonsense_in_the_config_is_refused_in_words(zone: str, hours: str, days: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as refused:
        WorkCalendar.from_words(zone, hours, days)
    assert refused.value.todo
