"""Attachments out of whole messages, and decoded in pieces: the same octets both ways."""

import base64
import quopri
import random
from email.message import EmailMessage

import pytest

from clientinbox.edge.mime.attachment import attachment_octets, decoded
from clientinbox.edge.mime.body import read_body


def message() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Files"
    mail.set_content("Here they are.")
    mail.add_alternative("<p>Here they are.</p>", subtype="html")
    mail.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment("ä,b\r\n", subtype="csv", filename="b.csv")
    inner = EmailMessage()
    inner["Subject"] = "Older"
    inner.set_content("before\n")
    mail.add_attachment(inner)
    return mail.as_bytes()


def test_each_is_the_one_that_the_list_has_at_its_place() -> None:
    raw = message()
    listed = read_body(raw).attachments
    assert [file.filename for file in listed] == ["a.pdf", "b.csv", "Older.eml"]
    assert attachment_octets(raw, 1) == bytes(range(256)) * 40
    assert (attachment_octets(raw, 2) or b"").decode() == "ä,b\n"
    assert b"Subject: Older" in (attachment_octets(raw, 3) or b"")
    assert attachment_octets(raw, 4) is attachment_octets(raw, 0) is None


@pytest.mark.parametrize("seed", range(6))
def test_pieces_decode_as_the_whole(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    octets = rng.randbytes(rng.randrange(1, 9_000))
    for encoding, encoded in (
        ("base64", base64.encodebytes(octets).replace(b"\n", b"\r\n")),
        ("quoted-printable", quopri.encodestring(octets).replace(b"\n", b"\r\n")),
        ("8bit", octets),
    ):
        cuts = sorted(rng.randrange(len(encoded) + 1) for _ in range(9))
        pieces = [encoded[a:b] for a, b in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]
        whole = octets if encoding != "quoted-printable" else quopri.decodestring(encoded)
        assert b"".join(decoded(pieces, encoding)) == whole


def test_broken_base64_gives_what_is_there() -> None:
    assert b"".join(decoded([b"aGVs", b"b\xff!G8", b"="], "base64")) == b"hello"
    assert b"".join(decoded([b"aGVsbG8h", b"Y"], "base64")) == b"hello!"
