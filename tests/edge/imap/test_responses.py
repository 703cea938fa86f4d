"""FETCH answers in every order and company a server may choose."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from clientinbox.edge.imap import responses
from clientinbox.edge.imap.responses import Items, flags_of, internaldate_of, octets_of


def items_by_uid(data: list[Any]) -> dict[int, Items]:
    found, spoilt = responses.items_by_uid(data)
    assert not spoilt
    return found


def body(uid: int, raw: bytes, *, number: int = 1) -> list[Any]:
    return [(b"%d (UID %d BODY[] {%d}" % (number, uid, len(raw)), raw), b")"]


def test_responses_in_any_order_find_their_uid() -> None:
    found = items_by_uid([*body(9, b"nine", number=2), *body(4, b"four")])

    assert {uid: octets_of(items, b"BODY[]") for uid, items in found.items()} == {4: b"four", 9: b"nine"}


def test_flags_that_nobody_asked_for_do_not_pass_for_another_message() -> None:
    # message number 4 has some UID; it is not the message whose UID is 4
    found = items_by_uid([*body(4, b"four", number=1), b"4 (FLAGS (\\Seen))"])

    assert found.keys() == {4}
    assert flags_of(found[4]) is None


def test_two_responses_for_one_message_are_put_together_and_nil_undoes_nothing() -> None:
    found = items_by_uid([*body(4, b"four"), b"1 (UID 4 FLAGS (\\Seen) BODY[] NIL)"])

    assert octets_of(found[4], b"BODY[]") == b"four"
    assert flags_of(found[4]) == ("\\Seen",)


def test_nil_is_no_body_and_an_empty_literal_is_an_empty_one() -> None:
    found = items_by_uid([b"1 (UID 4 BODY[] NIL)", b'2 (UID 5 BODY[] "")', *body(6, b"")])

    assert [octets_of(found[uid], b"BODY[]") for uid in (4, 5, 6)] == [None, b"", b""]


def test_keywords_of_digits_and_session_flags() -> None:
    assert flags_of(items_by_uid([b"1 (UID 4 FLAGS (\\Seen \\Recent $Junk 2024 NIL))"])[4]) == (
        "\\Seen",
        "$Junk",
        "2024",
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b'"17-Jul-2026 02:44:25 -0700"', datetime(2026, 7, 17, 2, 44, 25, tzinfo=timezone(-timedelta(hours=7)))),
        (b'" 1-Jan-1970 00:00:00 +0000"', datetime(1970, 1, 1, tzinfo=UTC)),
        (b'"31-Feb-2026 02:44:25 +0000"', None),
        (b'"17-Jul-2026 02:44:25 +9999"', None),
        (b"NIL", None),
        (b'"yesterday"', None),
    ],
)
def test_internaldate_is_aware_or_none(written: bytes, expected: datetime | None) -> None:
    assert internaldate_of(items_by_uid([b"1 (UID 4 INTERNALDATE " + written + b")"])[4]) == expected


@pytest.mark.parametrize(
    "data",
    [
        [b"1"],
        [b"1 2"],
        [b"1 (UID)"],
        [b"1 (UID 4 FLAGS (\\Seen)"],
        [b"1 ((UID) 4)"],
        [(b"1 (UID 4 BODY[] {9}", b"x"), b")"],
    ],
)
def test_what_cannot_be_understood_is_said_so_and_its_neighbours_stay(data: list[Any]) -> None:
    found, spoilt = responses.items_by_uid([*body(7, b"seven"), *data])

    assert spoilt
    assert found.keys() == {7}


def test_two_messages_under_one_number_are_neither_of_them() -> None:
    found, spoilt = responses.items_by_uid([*body(4, b"four"), *body(4, b"five"), *body(6, b"six"), *body(6, b"six")])

    assert spoilt
    assert found.keys() == {6}
