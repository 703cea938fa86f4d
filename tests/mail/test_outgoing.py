"""A mail is fit to be sent or it is refused in words; nothing is quietly mended."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.errors import UsageError
from clientinbox.mail.message import Address
from clientinbox.mail.outgoing import (
    MOST_REFERENCES,
    Outgoing,
    as_typed,
    checked,
    new_message_id,
    references_to,
)

ANA = Address("Ana Ferreira", "ana@lantern.example")
HELEN = Address("Helen Marsh", "helen@museum.example")
JO = Address("Jo", "jo@lantern.example")
MAIL = Outgoing(
    sender=ANA,
    to=(HELEN,),
    subject="Re: Test link",
    body="It is there now.",
    message_id="<a@lantern.example>",
    date=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to": ()}, "no recipient"),
        ({"to": (Address("Helen", ""),)}, "“Helen” is no e-mail address"),
        ({"cc": (Address("", "helen@"),)}, "no e-mail address"),
        ({"to": (Address("", "a@b@c"),)}, "no e-mail address"),
        ({"to": (Address("", "a b@c.example"),)}, "no e-mail address"),
        ({"to": (Address("", "helen@müseum.example"),)}, "xn--"),
        ({"to": (Address("", "x" * 250 + "@c.example"),)}, "no e-mail address"),
        ({"body": " \n\t\n"}, "empty draft"),
        ({"body": "\ud800"}, "cannot be sent"),
        ({"subject": "x\r\nBcc: all@museum.example"}, "line break"),
        ({"subject": "x\u2028y"}, "line break"),
        ({"subject": "x" * 3000}, "longer"),
        ({"to": (Address("Helen\nCc: x", "helen@museum.example"),)}, "line break"),
        ({"bcc": (Address("", "helen@museum.example\r"),)}, "line break"),
        ({"sender": Address("A\x1b[2J", "ana@lantern.example")}, "control character"),
        ({"references": ("<a@b>\r\nX: y",)}, "line break"),
        ({"in_reply_to": "no id"}, "no Message-ID"),
        ({"message_id": "<ü@b>"}, "no Message-ID"),
    ],
    ids=str,
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        checked(replace(MAIL, **change))
    assert all(character.isprintable() for character in str(caught.value))


def test_nobody_gets_it_twice_and_the_open_fields_win() -> None:
    helen = Address("", "Helen@Museum.example")
    sent = checked(replace(MAIL, to=(HELEN, helen), cc=(JO, HELEN), bcc=(JO, Address("", "ruth@lantern.example"))))
    assert sent.recipients == ("helen@museum.example", "jo@lantern.example", "ruth@lantern.example")
    assert (sent.to, sent.cc, sent.bcc) == ((HELEN,), (JO,), (Address("", "ruth@lantern.example"),))


def test_bcc_alone_is_enough() -> None:
    assert checked(replace(MAIL, to=(), bcc=(HELEN,))).recipients == (HELEN.email,)


@given(st.lists(st.integers(0, 10_000), unique=True, max_size=80))
def test_references_keep_the_root_and_the_last_ones(numbers: list[int]) -> None:
    parents = [f"<{number}@x>" for number in numbers]
    references = references_to("<parent@x>", parents)
    assert references[-1] == "<parent@x>"
    assert len(references) == min(len(parents) + 1, MOST_REFERENCES)
    assert references[0] == [*parents, "<parent@x>"][0]
    assert checked(replace(MAIL, references=references)).references == references


def test_ids_that_no_header_takes_are_left_out_of_the_references() -> None:
    assert references_to("<p@x>", ["<ü@x>", "<a b@x>", "<ok@x>", "<ok@x>"]) == ("<ok@x>", "<p@x>")
    assert references_to("<p@x>", ["<p@x>", "<q@x>"]) == ("<q@x>", "<p@x>")


def test_a_message_id_is_made_of_the_token_it_is_given() -> None:
    assert new_message_id("lantern.example", "abc") == "<abc@lantern.example>"
    with pytest.raises(UsageError):
        new_message_id("lantern example", "abc")


def test_a_line_of_addresses_is_typed_so_that_it_can_be_read_again() -> None:
    line = as_typed((Address('Doe, "JD" Jane', "jane@x.example"), HELEN, Address("", "bare@x.example")))
    assert line == '"Doe, \\"JD\\" Jane" <jane@x.example>, Helen Marsh <helen@museum.example>, bare@x.example'
