"""What goes out is what was written, read by our own reader and by the standard library's."""

import email
from dataclasses import replace
from datetime import datetime
from email import policy
from unicodedata import normalize
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mime.body import read_body
from clientinbox.edge.mime.compose import compose
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.mail.message import Address
from clientinbox.mail.outgoing import Outgoing, checked

HELEN = Address("Marsh, Hélène", "helen@museum.example")
MAIL = Outgoing(
    sender=Address("Ana Ferreira", "ana@lantern.example"),
    to=(HELEN, Address('Tom "T" Reyes', "tom@museum.example")),
    cc=(Address("", "jo@lantern.example"),),
    bcc=(Address("Secret", "ruth@lantern.example"),),
    subject="Re: Größe",
    body="Hello,\n\nit is there.\n",
    message_id="<a@lantern.example>",
    date=datetime(2026, 7, 1, 9, 0, 30, tzinfo=ZoneInfo("Europe/London")),
    in_reply_to="<p@museum.example>",
    references=("<root@museum.example>", "<p@museum.example>"),
)


def test_headers_come_back_and_bcc_is_nowhere() -> None:
    raw = compose(checked(MAIL))
    read = read_envelope(raw)
    assert (read.sender, read.to, read.cc, read.subject) == (MAIL.sender, MAIL.to, MAIL.cc, MAIL.subject)
    assert (read.message_id, read.in_reply_to, read.references) == (
        MAIL.message_id,
        (MAIL.in_reply_to,),
        MAIL.references,
    )
    assert read.date == MAIL.date
    assert b"+0100" in raw
    assert b"ruth" not in raw
    assert b"secret" not in raw.lower()
    assert not read.automatic


def test_a_mail_for_nobody_in_the_open_says_so() -> None:
    raw = compose(checked(replace(MAIL, to=(), cc=())))
    assert b"To: undisclosed-recipients:;\r\n" in raw
    assert read_envelope(raw).to == ()


def test_long_message_ids_are_not_encoded_as_words() -> None:
    long = tuple(f"<{'x' * 90}{number}@museum.example>" for number in range(20))
    raw = compose(checked(replace(MAIL, references=long)))
    assert read_envelope(raw).references == long
    assert b"=?utf-8?" not in raw.partition(b"References:")[2].partition(b"MIME-Version")[0]


_NAMES = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=120).map(str.strip)
_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]) | st.sampled_from("\n\t .F"), max_size=400)


@given(_NAMES, _NAMES, _TEXTS.filter(str.strip))
def test_any_words_survive_the_travel_in_lines_that_every_server_takes(name: str, subject: str, body: str) -> None:
    body = f"From {body}"
    mail = replace(MAIL, to=(Address(name, "helen@museum.example"),), subject=subject, body=body)
    raw = compose(checked(mail))
    raw.decode("ascii")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) < 400
    read = email.message_from_bytes(raw, policy=policy.SMTP)
    assert not read.defects
    assert " ".join(str(read["Subject"]).split()) == " ".join(subject.split())
    assert read_envelope(raw).subject == subject
    assert read_body(raw).text.rstrip("\n") == normalize("NFC", body).rstrip()  # as any mail is read; sent as typed:
    payload = read.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n").rstrip("\n") == body.rstrip()
    assert [address.email for address in read_envelope(raw).to] == ["helen@museum.example"]


@given(_NAMES.filter(lambda name: "'" not in name and "\\" not in name))
def test_a_name_comes_back_as_it_was(name: str) -> None:
    raw = compose(checked(replace(MAIL, to=(Address(name, "helen@museum.example"),))))
    assert read_envelope(raw).to == (Address(name, "helen@museum.example"),)
    parsed = email.message_from_bytes(raw, policy=policy.default)["To"]
    assert parsed.addresses[0].addr_spec == "helen@museum.example"
