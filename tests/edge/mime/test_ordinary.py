"""The quick readers against the email package: the same parts, the same fields, or none at all."""

import base64
import quopri
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mime import envelope
from clientinbox.edge.mime.body import _by_standard_library, read_body
from clientinbox.edge.mime.ordinary import ordinary_parts

BROKEN = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "broken").glob("*.eml"))}

TEXTS = (
    "Where is it?\r\n",
    "Gr\u00fc\u00dfe\r\n\r\n> quoted\r\n",
    "",
    "\r\n",
    "--b1\r\n--b1--\r\n",
    "= =20 =\r\nx",
    "a" * 200,
)
HEADS = (
    ("Content-Type: text/plain; charset=utf-8",),
    ('Content-Type: text/html; charset="utf-8"; format=flowed',),
    ("Content-Type: text/plain;\r\n\tcharset=iso-8859-1",),
    ("content-type: TEXT/PLAIN; charset=us-ascii; charset=utf-8",),
    ("Content-Type: text/plain; charset=x-unknown",),
    ("Content-Type: text/plain; name*=utf-8''%61b.txt",),
    ('Content-Type: application/pdf; name="=?utf-8?q?=C3=A4?=.pdf"', "Content-Disposition: attachment"),
    ("Content-Type: image/png", 'Content-Disposition: inline;\r\n filename="a.png"'),
    ("Content-Type: text/plain", "Content-Disposition: attachment; filename=a.txt"),
    ("Content-Type: text/calendar; method=REQUEST",),
    ("Content-Type: message/rfc822",),
    ("Content-Type: nonsense",),
    ("Content-Type: text/plain; charset=utf-8 (a comment)",),
    ("X-Other: 1", "no field at all"),
    (),
)
ENCODINGS = ("", "7bit", "8bit", "quoted-printable", "Base64", "base64 ", "x-uuencode")


@st.composite
def leaf(draw: st.DrawFn) -> str:
    head, text, encoding = draw(st.sampled_from(HEADS)), draw(st.sampled_from(TEXTS)), draw(st.sampled_from(ENCODINGS))
    octets = text.encode()
    if encoding == "quoted-printable":
        octets = quopri.encodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    elif encoding == "Base64" and draw(st.integers(0, 4)):
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    lines = [*head, f"Content-Transfer-Encoding: {encoding}"] if encoding else [*head]
    return "\r\n".join([*lines, "", octets.decode("ascii", "surrogateescape")])


def container(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    @st.composite
    def make(draw: st.DrawFn) -> str:
        boundary = draw(st.sampled_from(("b1", "b1-2", "--", "<b>", "b 1", "'()+_,./:=?")))
        kind = draw(st.sampled_from(("mixed", "alternative", "related", "digest", 'related; type="text/html"')))
        quote = draw(st.sampled_from(('"', '"', "")))
        inside = draw(st.lists(parts, min_size=0, max_size=3))
        head = draw(
            st.sampled_from(("", "Content-Transfer-Encoding: 8bit\r\n", "Content-Transfer-Encoding: base64\r\n"))
        )
        opening = draw(st.sampled_from((f"--{boundary}\r\n", f"Preamble\r\n--{boundary}\r\n", f"--{boundary} \r\n")))
        closing = draw(
            st.sampled_from((f"\r\n--{boundary}--\r\n", f"\r\n--{boundary}--", f"\r\n--{boundary}--x", "\r\nEnd"))
        )
        body = opening + f"\r\n--{boundary}\r\n".join(inside) + closing
        return f"Content-Type: multipart/{kind}; boundary={quote}{boundary}{quote}\r\n{head}\r\n{body}"

    return make()


MAILS = st.recursive(leaf(), container, max_leaves=6).map(
    lambda text: b"From: a@b.example\r\nSubject: x\r\n" + text.encode("utf-8", "surrogateescape")
)


def agrees(raw: bytes) -> bool:
    parts = ordinary_parts(raw)
    assert parts is None or parts == _by_standard_library(raw)
    return parts is not None


@given(MAILS)
def test_parts_are_those_of_the_email_package(raw: bytes) -> None:
    agrees(raw)


@given(st.one_of(MAILS, st.sampled_from(sorted(BROKEN.values(), key=len)[:-2])), st.data())
def test_parts_of_damaged_mail_are_those_of_the_email_package(whole: bytes, data: st.DataObject) -> None:
    raw = bytearray(whole)
    octets = st.one_of(st.integers(0, 255), st.sampled_from(b'\r\n-:;="/ \tb'))
    for position, octet in data.draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), octets), max_size=8)):
        raw[position] = octet
    agrees(bytes(raw[: data.draw(st.integers(0, len(raw)))]))


ORDINARY = {
    "plain": "Subject: x\r\n\r\nHello\r\n",
    "alternative": (
        'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n--b--\r\n"
    ),
    "attachment": (
        "Content-Type: multipart/mixed; boundary=b\r\n\r\nPreamble\r\n--b\r\n\r\nHello\r\n--b\r\nContent-Type: image/png\r\n"
        'Content-Disposition: attachment; filename="a.png"\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\nEnd'
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_mail_is_read_quickly(name: str) -> None:
    assert agrees(ORDINARY[name].encode())
    assert read_body(ORDINARY[name].encode()) == read_body(ORDINARY[name].encode(), bulk=True)


LINES = st.sampled_from(
    (
        'From: Jane <jane@x.example>, "Doe, J" <d@x.example>',
        "From: ",
        "To: a@x.example,\r\n b@x.example;c@x.example",
        "To: undisclosed: ;",
        "CC:\r\n\tMaria \u00e9 <m@x.example> (work), <n@x.example",
        "Subject: =?utf-8?q?Gr=C3=BC?=\r\n =?utf-8?q?=C3=9Fe?= x",
        "Subject:  two  spaces ",
        "Date: Mon, 2 Mar 2026 09:00:00 +0000",
        "Date: 31 Foo",
        "Message-ID: <a@x> <b@x>",
        "Message-Id: bare@x",
        "References: <1@x>\r\n <2 @x>\r\n\t<3@x>",
        "In-Reply-To: <1@x>",
        "Precedence: bulk",
        "Return-Path: <>",
        "Authentication-Results: mx; dkim=pass\r\n header.d=x",
        " continued",
        "Bad Name: x",
        ": x",
        "no colon",
        "From nobody Mon Mar  2",
        "X-Bare: a\rb",
        "",
    )
)


@given(
    st.lists(LINES, max_size=8), st.sampled_from(("\r\n", "\n")), st.sampled_from(("", "\r\n", "\r\n\r\nBody: 1\r\n"))
)
def test_an_envelope_is_the_one_of_the_email_package(lines: list[str], end: str, after: str) -> None:
    header = (end.join(lines) + after).encode("utf-8")
    found = envelope.read_envelope(header)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(envelope, "fields_of", lambda _: None)
        assert envelope.read_envelope(header) == found
