"""The order of the inbox is rule 14 to the point, and its parts add up to it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.relationship.urgency import PART_NAMES, Urgency, UrgencyFacts, order_key, urgency
from clientinbox.triage.labels import Tension

facts = st.builds(
    UrgencyFacts,
    tension=st.none() | st.sampled_from(Tension),
    escalate=st.booleans(),
    waited_hours=st.none() | st.floats(0, 500),
    promise_overdue=st.booleans(),
    complaint=st.booleans(),
    scope_change=st.booleans(),
    decider=st.booleans(),
)


@pytest.mark.parametrize(
    ("known", "parts"),
    [
        pytest.param(UrgencyFacts(), (0, 0, 0, 0, 0, 0, 0), id="nothing"),
        pytest.param(UrgencyFacts(tension=Tension.CALM, waited_hours=4), (0, 0, 7.5, 0, 0, 0, 0), id="half the goal"),
        pytest.param(
            UrgencyFacts(tension=Tension.TENSE, waited_hours=1), (26.67, 0, 7.5, 0, 0, 0, 0), id="tense: 2 hours"
        ),
        pytest.param(
            UrgencyFacts(Tension.LIVID, True, 3 + 1 / 6, True, True, True, True),  # noqa: FBT003
            (40, 20, 22.5, 10, 8, 4, 3),
            id="everything at once",
        ),
        pytest.param(UrgencyFacts(Tension.LIVID, escalate=True), (40, 20, 0, 0, 0, 0, 0), id="answered, not settled"),
    ],
)
def test_the_sum_is_the_one_in_the_book(known: UrgencyFacts, parts: tuple[float, ...]) -> None:
    order = urgency(known)
    assert order.parts == tuple(zip(PART_NAMES, parts, strict=True))
    assert order.total == pytest.approx(sum(parts))


@given(facts, st.floats(0, 100))
def test_waiting_longer_never_makes_a_thread_less_urgent(known: UrgencyFacts, more: float) -> None:
    longer = UrgencyFacts(
        known.tension,
        known.escalate,
        (known.waited_hours or 0) + more,
        known.promise_overdue,
        known.complaint,
        known.scope_change,
        known.decider,
    )
    assert urgency(longer).total >= urgency(known).total
    assert 0 <= urgency(known).total <= 107.5


def test_ties_go_to_the_longest_waiting() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    same = Urgency(10.0, ())
    keys = {
        "urgent": order_key(Urgency(11.0, ()), None, noon),
        "old": order_key(same, noon - timedelta(days=3), noon),
        "new": order_key(same, noon - timedelta(days=1), noon),
        "nobody waits": order_key(same, None, noon),
    }
    assert sorted(keys, key=lambda name: keys[name]) == ["urgent", "old", "new", "nobody waits"]
