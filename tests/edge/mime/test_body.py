from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mime.body import read_body
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.edge.mime.sanitise import sanitise, sanitise_line

BROKEN = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "broken").glob("*.eml"))}

READABLE = {
    "nul_bytes": "The page\ufffd is\ufffd blank.",
    "utf8_labelled_latin1": "Le café est fermé – désolée.",
    "cp1252_labelled_utf8": "“Größe” und Maße fehlen.",
    "unknown_charset": "Über uns ist leer.",
    "escape_in_header": "Body \ufffd[2Jwith escapes \ufffd31m and \ufffd bidi.",
    "boundary_never_closed": "First half of the let",
    "nested_200_deep": "At the bottom.",
    "header_without_body": "",
    "markup_in_subject": "See [link=file:///etc/passwd]here[/link].",
    "iso2022jp_seven_bit": "納期はいつですか。",
    "stub_beside_html": "The real letter.",
    "html_with_plain_footer": "The letter itself.\n\nFooter of the list.",
    "misspelt_types": "The letter itself.",
    "message_in_message": "What do I answer?",
    "hostile_parameters": "Still readable.",
}
WHOLE = {"body_without_header", "header_without_body", "markup_in_subject", "iso2022jp_seven_bit", "misspelt_types", "html_with_plain_footer", "message_in_message", "escape_in_header"}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_mail_is_read_safely_and_alike_by_both_readers(name: str) -> None:
    body = read_body(BROKEN[name])
    assert sanitise(body.text) == body.text
    for attached in body.attachments:
        assert sanitise_line(attached.filename + attached.content_type) == attached.filename + attached.content_type
    assert read_body(BROKEN[name], bulk=True) == body


@pytest.mark.parametrize("name", READABLE)
def test_what_can_be_saved_of_a_broken_mail_is_saved(name: str) -> None:
    assert read_body(BROKEN[name]).text == READABLE[name]


@pytest.mark.parametrize("name", sorted(set(BROKEN) - WHOLE - {"hostile_parameters", "nul_bytes"}))
def test_what_is_broken_is_said(name: str) -> None:
    defects = read_body(BROKEN[name]).defects
    assert defects
    assert all((defect.endswith(".") and defect[0].isupper()) or " image" in defect for defect in defects)


@pytest.mark.parametrize("name", sorted(WHOLE - {"escape_in_header"}))
def test_nothing_is_said_of_a_mail_that_is_whole(name: str) -> None:
    assert read_body(BROKEN[name]).defects == ()


def test_where_nothing_can_be_parsed_the_raw_text_is_shown() -> None:
    assert "The words are still here." in read_body(BROKEN["missing_boundary"]).text
    deep = read_body(BROKEN["nested_1500_deep"])
    assert "At the bottom." in deep.text
    assert deep.defects == ("The message is nested too deeply; it is shown as it came.",)


def test_the_words_of_an_attached_message_are_not_the_senders() -> None:
    attachments = read_body(BROKEN["message_in_message"]).attachments
    assert [(attached.filename, attached.content_type) for attached in attachments] == [
        ("Angry.eml", "message/rfc822"),
        ("a\ufffdb\ufffdfdp.exe", "application/pdf"),
    ]


def test_images_that_were_not_loaded_are_named() -> None:
    assert read_body(BROKEN["stub_beside_html"]).defects == (
        "1 tracking image not loaded.",
        "1 remote image not loaded.",
    )


def test_escapes_in_a_header_reach_nobody() -> None:
    envelope = read_envelope(BROKEN["escape_in_header"])
    assert envelope.sender.name == "\ufffd]0;owned\ufffdJane"
    assert "\x1b" not in envelope.subject
    assert "\u202e" not in envelope.subject
    assert (
        read_envelope(BROKEN["markup_in_subject"]).subject == "[bold]URGENT[/bold] [/] [@click=app.quit]price[/offer]"
    )


def test_an_absurdly_long_body_is_cut_and_that_is_said() -> None:
    body = read_body(b"Subject: x\n\n" + b"all work and no play\n" * 100_000)
    assert len(body.text) == 1_000_000
    assert body.defects == ("The text is very long; its end is left out.",)


def test_history_marked_in_html_is_found_in_the_text() -> None:
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content(
        "<p>Fine by me – go.</p><div class=gmail_quote>On Monday<blockquote>old</blockquote></div>", subtype="html"
    )
    body = read_body(mail.as_bytes())
    assert body.quoted_from is not None
    assert body.text[: body.quoted_from].strip() == "Fine by me – go."


@given(st.binary(max_size=600))
def test_no_bytes_make_the_reader_raise(raw: bytes) -> None:
    body = read_body(raw)
    assert sanitise(body.text) == body.text


@given(st.sampled_from(sorted(set(BROKEN) - {"nested_1500_deep", "nested_200_deep"})), st.data())
def test_no_damage_to_a_mail_makes_the_reader_raise_or_the_two_readers_differ(name: str, data: st.DataObject) -> None:
    raw = bytearray(BROKEN[name])
    for position, octet in data.draw(
        st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=12)
    ):
        raw[position] = octet
    cut = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    assert read_body(cut) == read_body(cut, bulk=True)


def test_both_readers_write_an_accented_letter_the_same_way() -> None:
    raw = "From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ncafe\u0301 \U0002f800\r\n".encode()
    assert read_body(raw).text == read_body(raw, bulk=True).text == "caf\u00e9 \u4e3d"
