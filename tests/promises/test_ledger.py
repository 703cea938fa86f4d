"""The ledger of confirmed promises: what is overdue, and how well a side keeps its word."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.promises.ledger import Promise, Side, State, kept_rate, overdue, promise_from

TODAY = date(2026, 11, 24)


def promise(text: str, state: str, due: int | None, made: int = 1, **more: str) -> Promise:
    return promise_from(
        {
            "side": "us",
            "client": "acme",
            "text": text,
            "state": state,
            "made": f"2026-11-{made:02}",
            **({} if due is None else {"due": f"2026-11-{due:02}"}),
            **more,
        }
    )


@pytest.mark.parametrize(
    ("state", "due", "waits"),
    [
        pytest.param("open", 23, True, id="open and its day has passed"),
        pytest.param("open", 24, False, id="open and due today"),
        pytest.param("open", None, False, id="open without a day"),
        pytest.param("broken", 20, True, id="broken: they still wait"),
        pytest.param("kept", 20, False, id="kept"),
        pytest.param("late", 20, False, id="late but done"),
    ],
)
def test_overdue_is_what_somebody_still_waits_for(state: str, due: int | None, *, waits: bool) -> None:
    assert bool(overdue([promise("I'll send the plan", state, due)], TODAY)) is waits


def test_of_one_thing_promised_again_and_again_the_last_word_is_overdue() -> None:
    first = promise("You'll have a test link by the end of next week", "broken", 13, made=2)
    second = promise("you'll have the link by end of play tomorrow", "broken", 17, made=16)
    last = promise("You will have the test link by Friday", "broken", 20, made=18)
    other = promise("I'll answer the accountant's letter by Friday", "open", 20, made=3)
    assert overdue([first, other, second, last], TODAY) == (other, last)


def test_a_broken_promise_is_closed_once_the_same_thing_was_promised_again_and_kept() -> None:
    broken = promise("You'll have the test link by Friday", "broken", 13, made=9)
    kept = promise("The test link is yours by Tuesday", "kept", 17, made=16)
    elsewhere = promise("The test link is yours by Tuesday", "kept", 17, made=16, client="other")
    assert overdue([broken, kept], TODAY) == ()
    assert overdue([broken, elsewhere], TODAY) == (broken,)


def test_each_side_has_its_own_count() -> None:
    ledger = [promise("The copy by Monday", "late", 9, side="them"), promise("A note by Friday", "kept", 6)]
    assert (kept_rate(ledger).kept, kept_rate(ledger).n) == (1, 1)
    assert (kept_rate(ledger, Side.THEM).late, kept_rate(ledger, Side.THEM).n) == (1, 1)


@given(st.lists(st.sampled_from(State)))
def test_the_rate_is_smoothed_between_nought_and_one_and_open_ones_do_not_count(states: list[State]) -> None:
    record = kept_rate([Promise(Side.US, "x", state) for state in states])
    assert record.n == sum(state is not State.OPEN for state in states)
    assert 0 < record.rate < 1
    assert record.rate == (record.kept + 1) / (record.kept + record.late + record.broken + 2)
