import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.mail.recurrence import recurrence_words

WORDS = {
    "FREQ=DAILY": "every day",
    "FREQ=DAILY;COUNT=5": "every day, 5 times",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": "every week on working days",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR": "every 2 weeks on Monday, Wednesday and Friday",
    "freq=monthly;byday=-1FR": "every month on the last Friday",
    "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2": "every month on the second Tuesday",
    "FREQ=MONTHLY;BYMONTHDAY=15": "every month on day 15",
    "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=9;UNTIL=20300309": "every year on 9 March, until 9 March 2030",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH": "every year on the fourth Thursday in November",
    "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1": "every month, by a rule of its own",
    "FREQ=DAILY;BYHOUR=9,15": "every day, by a rule of its own",
    "FREQ=SECONDLY": "repeats by a rule of its own",
    "": "repeats by a rule of its own",
}


@pytest.mark.parametrize(("rule", "words"), WORDS.items())
def test_in_words(rule: str, words: str) -> None:
    assert recurrence_words(rule) == words


@given(st.text(alphabet="FREQ=WKLYMONTH;BDAIU,0123456789-+²"))
def test_nothing_makes_it_raise(rule: str) -> None:
    assert recurrence_words(rule)
    assert recurrence_words(f"FREQ=MONTHLY;{rule}")
