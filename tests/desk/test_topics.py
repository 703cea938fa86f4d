"""A thread whose topic changes: noticed, taken apart by a person, and left apart by whatever arrives later."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clientinbox.errors import UsageError

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def thread(kit: Any) -> list[Any]:
    """Fuel, fuel; then, under the old headers, the invoice, and an answer to that."""
    subjects = ["Rocket fuel", "Re: Rocket fuel", "Invoice 2041 for March", "Re: Invoice 2041 for March"]
    mails: list[Any] = []
    for number, subject in enumerate(subjects):
        mails.append(
            kit.Mail(
                text=f"Part {number}. LEVEL 1",
                subject=subject,
                sender=kit.US if number % 2 else "wile@acme.example",
                to="wile@acme.example" if number % 2 else kit.US,
                date=START + timedelta(hours=number),
                id=f"<{number}@x>",
                references=tuple(f"<{earlier}@x>" for earlier in range(number)),
            )
        )
    return mails


def later(kit: Any, *references: str, subject: str = "Re: Invoice 2041 for March") -> Any:
    return kit.Mail(subject=subject, date=START + timedelta(days=1), id="<later@x>", references=references)


def test_a_change_of_topic_is_pointed_at_where_it_begins(house: Any, kit: Any) -> None:
    mails = thread(kit)
    house.receive(*mails, later(kit, "<3@x>", subject="AW: Rocket fuel"))
    assert [view.new_topic for view in house.page(mails[0]).messages] == [False, False, True, False, False]


def test_taken_apart_it_stays_apart_whatever_a_reply_names(house: Any, kit: Any) -> None:
    mails = thread(kit)
    house.receive(*mails)
    said = house.changes.split(house.connection, house.knowledge, house.now, "<2@x>")[1]
    assert said.startswith("2 messages split off")
    assert house.threads() == {frozenset({"<0@x>", "<1@x>"}), frozenset({"<2@x>", "<3@x>"})}
    house.receive(later(kit, *(f"<{each}@x>" for each in range(4))))
    assert house.threads() == {frozenset({"<0@x>", "<1@x>"}), frozenset({"<2@x>", "<3@x>", "<later@x>"})}
    assert not any(view.new_topic for mail in (mails[0], mails[2]) for view in house.page(mail).messages)
    assert [row.messages for row in sorted(house.rows(), key=lambda row: row.messages)] == [2, 3]


def test_an_answer_without_references_finds_the_part_it_is_about(house: Any, kit: Any) -> None:
    house.receive(*thread(kit))
    house.changes.split(house.connection, house.knowledge, house.now, "<2@x>")
    house.receive(later(kit))
    assert frozenset({"<2@x>", "<3@x>", "<later@x>"}) in house.threads()


def test_the_split_is_taken_back_and_made_again(house: Any, kit: Any) -> None:
    mails = thread(kit)
    house.receive(*mails)
    for _ in range(2):
        house.changes.split(house.connection, house.knowledge, house.now, "<2@x>")
        assert house.changes.undo(house.connection, house.knowledge, house.now) == "undone: the split"
        assert house.threads() == {frozenset(mail.message_id for mail in mails)}
    house.receive(later(kit, "<0@x>", "<3@x>"))
    assert len(house.threads()) == 1
    assert house.page(mails[0]).row.messages == 5


@pytest.mark.parametrize("message_id", ["<0@x>", "<nobody@x>"])
def test_what_cannot_be_taken_apart_is_refused_in_a_sentence(house: Any, kit: Any, message_id: str) -> None:
    house.receive(*thread(kit)[:2])
    with pytest.raises(UsageError):
        house.changes.split(house.connection, house.knowledge, house.now, message_id)
    assert len(house.threads()) == 1
