from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.mail.message import Address, Envelope
from clientinbox.mail.threads import (
    Placement,
    SubjectCandidate,
    apart,
    mentioned_ids,
    normalised_subject,
    place,
    subject_fallback,
    topic_changed,
)

NOW = datetime(2025, 3, 4, 10, tzinfo=UTC)
JO, US = Address("Jo", "jo@client.example"), Address("", "desk@agency.example")


def envelope(
    message_id: str = "<new@x>",
    subject: str = "Re: Login page",
    *,
    date: datetime | None = NOW,
    references: tuple[str, ...] = (),
    in_reply_to: tuple[str, ...] = (),
    sender: Address = JO,
) -> Envelope:
    return Envelope(message_id, subject, sender, (US,), date=date, references=references, in_reply_to=in_reply_to)


class Shelf:
    """Keeps id → thread as a store would, following `place`."""

    def __init__(self) -> None:
        self.thread_of: dict[str, int] = {}
        self.next_thread = 1

    def add(self, message: Envelope) -> Placement:
        ids = mentioned_ids(message)
        placement = place([self.thread_of[i] for i in ids if i in self.thread_of])
        thread = placement.join
        if thread is None:
            thread, self.next_thread = self.next_thread, self.next_thread + 1
        for identifier, known in self.thread_of.items():
            if known in placement.merge:
                self.thread_of[identifier] = thread
        self.thread_of.update(dict.fromkeys(ids, thread))
        return placement

    def groups(self) -> set[frozenset[str]]:
        threads: dict[int, set[str]] = {}
        for identifier, thread in self.thread_of.items():
            threads.setdefault(thread, set()).add(identifier)
        return {frozenset(group) for group in threads.values()}


@st.composite
def trees(draw: st.DrawFn) -> list[Envelope]:
    """Messages, each answering one before it or none, some of them with the parent alone as reference."""
    messages: list[Envelope] = []
    for number in range(draw(st.integers(1, 12))):
        parent = draw(st.none() | st.sampled_from(messages)) if messages else None
        if parent is None:
            messages.append(envelope(f"<{number}@x>"))
        elif draw(st.booleans()):
            messages.append(envelope(f"<{number}@x>", in_reply_to=(parent.message_id,)))
        else:
            messages.append(envelope(f"<{number}@x>", references=(*parent.references, parent.message_id)))
    return messages


@given(trees(), st.data())
def test_the_order_of_arrival_does_not_change_which_messages_share_a_thread(
    messages: list[Envelope], data: st.DataObject
) -> None:
    in_order, shuffled = Shelf(), Shelf()
    for message in messages:
        in_order.add(message)
    for message in data.draw(st.permutations(messages)):
        shuffled.add(message)
    assert shuffled.groups() == in_order.groups()


@given(trees())
def test_placing_a_message_again_changes_nothing(messages: list[Envelope]) -> None:
    shelf = Shelf()
    for message in messages:
        shelf.add(message)
    before = dict(shelf.thread_of)
    for message in messages:
        placement = shelf.add(message)
        assert placement == Placement(before[message.message_id])
    assert shelf.thread_of == before


def test_a_message_that_ties_threads_together_joins_the_oldest_and_merges_the_rest() -> None:
    assert place([9, 3, 9, 5]) == Placement(3, (5, 9))


def test_a_known_reference_outweighs_the_subject() -> None:
    assert place([7], by_subject=2) == Placement(7)
    assert place([], by_subject=2) == Placement(2)
    assert place([]) == Placement(None)


def test_a_missing_parent_holds_its_answers_together() -> None:
    shelf = Shelf()
    shelf.add(envelope("<b@x>", in_reply_to=("<absent@x>",)))
    assert shelf.add(envelope("<c@x>", references=("<absent@x>",))).join == 1


def test_mentioned_ids_are_the_own_id_first_and_each_once() -> None:
    message = envelope("<c@x>", references=("<a@x>", "<b@x>"), in_reply_to=("<b@x>",))
    assert mentioned_ids(message) == ("<c@x>", "<a@x>", "<b@x>")


@pytest.mark.parametrize(
    ("subject", "normalised"),
    [
        ("Re: [buttons] AW: Fwd:  Login   Page ", "login page"),
        ("RE[2]: SV: Antw: RIF: login", "login"),
        ("Re : page de login", "page de login"),
        ("回复：报价", "报价"),
        ("Re:", ""),
        ("[#4711] Your request", "[#4711] your request"),
        ("[urgent]", "[urgent]"),
        ("Return: policy", "return: policy"),
        ("", ""),
    ],
)
def test_a_subject_is_compared_without_what_programs_put_before_it(subject: str, normalised: str) -> None:
    assert normalised_subject(subject) == normalised


@given(st.lists(st.sampled_from(["Re: ", "Fwd: ", "AW: ", "[list] ", "word ", "[1] ", " "])).map("".join))
def test_normalising_twice_changes_nothing(subject: str) -> None:
    once = normalised_subject(subject)
    assert normalised_subject(once) == once


def candidate(
    thread: int = 4, subject: str = "login page", days: float = 3, people: str = JO.email
) -> SubjectCandidate:
    return SubjectCandidate(thread, subject, frozenset({people}), NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("message", "candidates", "thread"),
    [
        (envelope(), [candidate()], 4),
        (envelope(), [candidate(days=-20)], 4),
        (envelope(subject="Login page", in_reply_to=("<lost@x>",)), [candidate()], 4),
        (envelope(), [candidate(5, days=9), candidate(6, days=2), candidate(7, days=30)], 6),
        (envelope(), [candidate(9), candidate(8)], 8),
        (envelope(subject="Login page"), [candidate()], None),
        (envelope(subject="Fwd: Login page"), [candidate()], None),
        (envelope(), [candidate(days=46)], None),
        (envelope(), [candidate(people="other@client.example")], None),
        (envelope(), [candidate(subject="logout page")], None),
        (envelope(subject="Re: Invoice"), [candidate(subject="invoice")], None),
        (envelope(subject="Re: hi"), [candidate(subject="hi")], None),
        (envelope(subject="Re:"), [candidate(subject="")], None),
        (envelope(date=None), [candidate()], None),
        (envelope(), [], None),
    ],
)
def test_a_reply_without_references_joins_by_subject_people_and_time(
    message: Envelope, candidates: list[SubjectCandidate], thread: int | None
) -> None:
    assert subject_fallback(message, candidates) == thread


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("rocket fuel", "invoice 2041 for march", True),
        ("rocket fuel", "rocket fuel for march", False),
        ("rocket fuel", "", False),
        ("ticket 4411", "ticket 4412", False),
        ("", "invoice", False),
        ("4411", "4412", False),
    ],
)
def test_a_topic_changes_with_nearly_all_words(before: str, after: str, *, changed: bool) -> None:
    assert topic_changed(before, after) is changed
    assert topic_changed(after, before) is changed


@given(st.dictionaries(st.integers(1, 6), st.integers(1, 6)), st.sets(st.integers(1, 6), min_size=1))
def test_of_threads_taken_apart_the_youngest_is_meant(came_from: dict[int, int], threads: set[int]) -> None:
    upwards = {thread: origin for thread, origin in came_from.items() if origin < thread}
    left = apart(threads, upwards)
    assert set(left) <= threads
    assert left
    assert not any(upwards.get(thread) in left for thread in left)
