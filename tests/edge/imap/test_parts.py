"""The parts of a message, fetched one by one: what is where, and never more in memory than asked for."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from clientinbox.edge.imap import ImapMailbox, ServerRefused
from clientinbox.edge.imap.mailbox import PIECE
from clientinbox.edge.imap.structure import part_of
from clientinbox.edge.imap.values import values_of
from clientinbox.errors import UsageError
from clientinbox.mail.ports import Part


def letter() -> bytes:
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("forwarded\n")
    inner.add_attachment(b"x" * 10, maintype="application", subtype="x-inner", filename="inner.bin")
    mail = EmailMessage()
    mail["Subject"] = "parts"
    mail.set_content("Hällo\n", cte="quoted-printable")
    mail.add_alternative("<p>Hällo <img src='cid:logo@x'></p>\n", subtype="html", cte="base64")
    html = mail.get_payload()[1]  # type: ignore[index]
    html.add_related(b"\x89PNG", "image", "png", cid="<logo@x>", filename="logo.png")  # type: ignore[union-attr]
    mail.add_attachment(b"%PDF" * 1000, maintype="application", subtype="pdf", filename="Angebot März.pdf")
    mail.add_attachment(inner)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def shape(part: Part) -> dict[str, str]:
    return {node.number: node.content_type for node in part.walk()}


@pytest.mark.dovecot
def test_each_part_is_found_and_fetched_alone(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    raw = letter()
    deliver(raw)
    mailbox.select("INBOX")
    ((uid, root),) = mailbox.structures((1, 77))

    assert uid == 1
    assert shape(root) == {
        "": "multipart/mixed",
        "1": "multipart/alternative",
        "1.1": "text/plain",
        "1.2": "multipart/related",
        "1.2.1": "text/html",
        "1.2.2": "image/png",
        "2": "application/pdf",
        "3": "message/rfc822",
        "3.TEXT": "multipart/mixed",
        "3.1": "text/plain",
        "3.2": "application/x-inner",
    }
    parts = {part.number: part for part in root.walk()}
    assert (parts["1.1"].charset, parts["1.1"].encoding) == ("utf-8", "quoted-printable")
    assert parts["1.2.2"].content_id == "<logo@x>"
    assert (parts["2"].filename, parts["2"].disposition) == ("utf-8''Angebot%20M%C3%A4rz.pdf", "attachment")
    (found,) = mailbox.fetch_sections((1, 77), ("HEADER", "1.1", "3.2", "1.2.MIME", "9"))
    header, _, _ = raw.partition(b"\r\n\r\n")
    assert found.sections["HEADER"] == header + b"\r\n\r\n"
    assert found.sections["1.1"] == b"H=C3=A4llo\r\n"
    assert found.sections["3.2"].strip() == b"eHh4eHh4eHh4eA=="
    assert b"multipart/related" in found.sections["1.2.MIME"]
    assert not found.sections.get("9")
    assert len(b"".join(mailbox.stream(1, "2"))) == parts["2"].size
    assert b"".join(mailbox.stream(1)) == raw
    assert list(mailbox.stream(77)) == []


@pytest.mark.dovecot
def test_a_huge_message_comes_in_pieces(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    raw = b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 150_000
    deliver(raw)
    mailbox.select("INBOX")
    pieces = list(mailbox.stream(1))

    assert max(map(len, pieces)) == PIECE
    assert b"".join(pieces) == raw
    ((_, part),) = mailbox.structures((1,))
    assert (part.number, part.content_type, part.parts) == ("1", "text/plain", ())


@pytest.mark.dovecot
def test_a_section_cannot_smuggle_in_a_command(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    deliver(b"Subject: x\r\n\r\n")
    mailbox.select("INBOX")
    for section in ("1]) (FLAGS", "1\r\nA1 NOOP", "0", "1..2", "HEADER.FIELDS (DATE)"):
        with pytest.raises(UsageError):
            list(mailbox.stream(1, section))
        with pytest.raises(UsageError):
            list(mailbox.fetch_sections((1,), (section,)))
    with pytest.raises(ServerRefused):
        mailbox.select("Nowhere")


@pytest.mark.parametrize(
    "written",
    [
        b"NIL",
        b"()",
        b'("TEXT")',
        b'("TEXT" "PLAIN" NIL NIL NIL NIL NIL)',
        b'(NIL NIL NIL NIL NIL "7BIT" -5 NIL)',
        b'("TEXT" "PLAIN" ("CHARSET") NIL NIL "7BIT" 99999999999999999999999 NIL)',
        b'(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)(()) NIL)',
        b"(" * 190 + b")" * 190,
        b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 5 NIL (' * 90 + b'"A"' + b"))" * 90,
    ],
)
def test_a_structure_that_makes_no_sense_is_opaque_and_never_an_error(written: bytes) -> None:
    part = part_of(values_of([written])[0])
    assert part is None or all(isinstance(node.size, int) for node in part.walk())


FILENAMES: list[tuple[bytes, str]] = [
    (b'NIL ("attachment" ("filename" "a\\"b.pdf"))', 'a"b.pdf'),
    (b'NIL ("ATTACHMENT" ("FILENAME*0*" "utf-8\'\'%C3%A4" "FILENAME*1" "b.txt"))', "utf-8''%C3%A4b.txt"),
    (b"NIL NIL NIL", "from-type.txt"),
]


@pytest.mark.parametrize(("extension", "name"), FILENAMES)
def test_a_file_name_is_found_wherever_it_stands(extension: bytes, name: str) -> None:
    value: Any = values_of([b'("TEXT" "X" ("NAME" "from-type.txt") NIL NIL "base64" 5 1 ' + extension + b")"])[0]
    part = part_of(value)
    assert part is not None
    assert part.filename == name
