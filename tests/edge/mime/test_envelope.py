from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.edge.mime.sanitise import sanitise_line
from clientinbox.mail.message import Address

FIELDS = [b"From", b"To", b"Cc", b"Date", b"Subject", b"Message-ID", b"References", b"In-Reply-To", b"Content-Type"]
PIECES = [b"<a@b.example>", b"=?utf-8?q?", b"=?gb2312?b?", b"?=", b'"', b"(", b")", b",", b":", b"\n ", b"\xff", b"\0"]


def header(**fields: str) -> bytes:
    return "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items()).encode() + b"\nbody"


@given(
    st.binary()
    | st.lists(st.tuples(st.sampled_from(FIELDS), st.lists(st.sampled_from(PIECES) | st.binary(max_size=9)))).map(
        lambda fields: b"".join(name + b": " + b"".join(value) + b"\n" for name, value in fields)
    )
)
def test_any_bytes_give_an_envelope_with_a_usable_id_and_harmless_text(raw: bytes) -> None:
    envelope = read_envelope(raw)
    assert envelope.message_id.startswith("<")
    assert envelope.message_id.endswith(">")
    assert envelope.date is None or envelope.date.tzinfo is not None
    people = (envelope.sender, *envelope.to, *envelope.cc)
    for text in (envelope.subject, *envelope.references, *(f"{person.name}{person.email}" for person in people)):
        assert sanitise_line(text) == text
        text.encode()
    assert read_envelope(raw) == envelope


def test_encoded_words_are_joined_before_they_are_decoded() -> None:
    raw = header(Subject="=?utf-8?b?w4M=?= =?utf-8?q?=C3?=\n =?utf-8?q?=A9?= plain =?iso-8859-1?q?=E9_x?=")
    assert read_envelope(raw).subject == "Ãé plain é x"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Roe, Jane <JANE@X.example>", [Address("Roe, Jane", "jane@x.example")]),
        ('"a@b.example" <c@d.example>', [Address("a@b.example", "c@d.example")]),
        ("team: a@b.example, B <b@b.example>;, c@d.example (Cee)", [Address("", "a@b.example"), Address("B", "b@b.example"), Address("Cee", "c@d.example")]),
        ("=?utf-8?q?M=C3=BCller=2C_J?= <m@x.example>", [Address("Müller, J", "m@x.example")]),
        ('"O\\"Neil, (x)" <o@x.example>', [Address('O"Neil, (x)', "o@x.example")]),
        ("undisclosed-recipients:;", []),
    ],
)  # fmt: skip
def test_addresses_are_read_as_people_write_them(raw: str, expected: list[Address]) -> None:
    assert list(read_envelope(header(To=raw)).to) == expected


def test_an_address_that_cannot_be_read_keeps_its_name() -> None:
    assert read_envelope(header(From="Jane at home")).sender == Address("Jane at home", "")


def test_ids_are_kept_with_their_brackets_in_order_each_once() -> None:
    envelope = read_envelope(
        header(Message_ID="<own@x>", References="<a@b> junk <c\n @d> <a@b>", In_Reply_To="Your mail of <c@d>")
    )
    assert envelope.message_id == "<own@x>"
    assert envelope.references == ("<a@b>", "<c@d>")
    assert envelope.in_reply_to == ("<c@d>",)


def test_of_thousands_of_references_the_first_and_the_last_fifty_are_kept() -> None:
    references = read_envelope(header(References=" ".join(f"<{n}@x>" for n in range(2000)))).references
    assert (len(references), references[0], references[50], references[-1]) == (100, "<0@x>", "<1950@x>", "<1999@x>")


def test_a_missing_id_is_made_from_the_header_and_is_the_same_for_every_copy() -> None:
    one = header(Received="by a", From="a@b.example", Date="Tue, 4 Mar 2025 10:00:00 +0000", Subject="x")
    other = header(Received="by c", From="a@b.example", Date="Tue, 4 Mar 2025 10:00:00 +0000", Subject="x")
    made = read_envelope(one).message_id
    assert made.endswith("@missing.clientinbox.invalid>")
    assert read_envelope(other).message_id == made
    assert read_envelope(header(From="a@b.example", Subject="y")).message_id != made


def test_two_messages_under_one_id_have_different_digests() -> None:
    assert (
        read_envelope(header(Message_ID="<a@b>", Subject="x")).digest
        != read_envelope(header(Message_ID="<a@b>", Subject="y")).digest
    )


@pytest.mark.parametrize(
    ("raw", "date"),
    [
        ("Tue, 4 Mar 2025 10:00:00 +0100", datetime(2025, 3, 4, 9, tzinfo=UTC)),
        ("Tue, 4 Mar 2025 10:00:00 -0000", datetime(2025, 3, 4, 10, tzinfo=UTC)),
        ("yesterday", None),
        ("Tue, 4 Mar 1901 10:00:00 +0000", None),
        ("Tue, 4 Mar 2025 10:00:00 +9999", None),
    ],
)
def test_dates_are_aware_or_absent(raw: str, date: datetime | None) -> None:
    assert read_envelope(header(Date=raw)).date == date


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"From": "jane@x.example"}, ""),
        ({"From": "jane@x.example", "List_Unsubscribe": "<https://x.example/u>"}, ""),
        ({"From": "jane@x.example", "Auto_Submitted": "no"}, ""),
        ({"From": "reply@x.example"}, ""),
        ({"From": "jane@x.example", "List_Id": "Dev <dev.x.example>"}, "List-Id"),
        ({"From": "jane@x.example", "Auto_Submitted": "auto-replied (vacation)"}, "Auto-Submitted"),
        ({"From": "jane@x.example", "Precedence": "Bulk"}, "Precedence"),
        ({"From": "jane@x.example", "Return_Path": "<>"}, "Return-Path"),
        ({"From": "jane@x.example", "Content_Type": "multipart/report; report-type=delivery-status"}, "multipart/report"),
        ({"From": "jane@x.example", "List_Unsubscribe_Post": "List-Unsubscribe=One-Click"}, "List-Unsubscribe"),
        ({"From": "No Reply <no-reply@x.example>"}, "no-reply sender"),
        ({"From": "Shop <orders-noreply@x.example>"}, "no-reply sender"),
        ({"From": "MAILER-DAEMON@x.example"}, "no-reply sender"),
    ],
)  # fmt: skip
def test_it_says_why_nobody_wrote_this_by_hand(fields: dict[str, str], reason: str) -> None:
    assert read_envelope(header(**fields)).automatic == reason


def test_authentication_results_are_kept_raw_topmost_first() -> None:
    raw = b"Authentication-Results: mx.us; spf=pass\n\tsmtp.mailfrom=x\nAuthentication-Results: forged; dkim=pass \x1b[1m\n\n"
    assert read_envelope(raw).authentication_results == (
        "mx.us; spf=pass smtp.mailfrom=x",
        "forged; dkim=pass \ufffd[1m",
    )
