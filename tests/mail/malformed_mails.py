"""Mail as it should not be, from a seed: whole mails damaged in every way we could think of, and monsters built to hang.

The same seed gives the same mails, so that what one run finds the next one can show again.
"""

import base64
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BROKEN = Path(__file__).parents[1] / "edge" / "mime" / "broken"
HUGE = 40_000_000

_WORDS = [
    "Where",
    "is",
    "the",
    "login",
    "page",
    "you",
    "promised?",
    "Größe",
    "€",
    "naïve",
    "納期",
    "😀",
    "<b>x</b>",
    "[/]",
    "\x1b]0;x\x07",
    "\u202e",
    "=20",
    "--",
    ">",
    "From",
    "",
]
_LABELS = (
    "utf-8",
    "us-ascii",
    "utf-16",
    "utf-7",
    "iso-2022-jp",
    "klingon",
    "",
    "x" * 300,
    "idna",
    "undefined",
    "\xe9",
    "hz",
    "base64_codec",
    "rot13",
)
_ENCODINGS = ("base64", "quoted-printable", "7bit", "8bit", "x-uuencode", "gzip", "", "base64; x", "quoted-printable\0")
_TYPES = ("text/plain", "text/html", "multipart/mixed", "multipart/alternative", "message/rfc822", "message/partial", "text/calendar", "application/ms-tnef", "image/png", "nonsense", "multipart/", "/", "text/plain; charset", "multipart/report; report-type=delivery-status", "message/external-body", "message/delivery-status")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Malformed:
    name: str
    raw: bytes


def malformed_mails(count: int, seed: int = 2026, *, huge: bool = False) -> Iterator[Malformed]:
    """Monsters first, each once; then damaged mails until there are `count`; `huge` adds parts of 40 MB."""
    made = 0
    for name, build in MONSTERS.items():
        if made < count:
            yield Malformed(name, build())
            made += 1
    if huge:
        yield Malformed("a part of 40 MB", _leaf("application/zip", "A" * HUGE, "base64"))
        yield Malformed("a text of 40 MB", _leaf("text/plain", "all work and no play\r\n" * (HUGE // 22), "7bit"))
        yield Malformed("a page of 40 MB", _leaf("text/html", "<p>all work and no play</p>\r\n" * (HUGE // 29), "8bit"))
        made += 3
    seeds = [path.read_bytes() for path in sorted(BROKEN.glob("*.eml")) if "1500" not in path.name]
    while made < count:
        chance = random.Random(f"{seed}:{made}")  # noqa: S311 - repeatable, not secret
        raw = chance.choice(seeds) if chance.random() < 0.3 else mail(chance)
        names = []
        for _ in range(chance.randint(1, 4)):
            damage = chance.choice(DAMAGES)
            names.append(damage.__name__)
            raw = damage(raw, chance)
        yield Malformed(f"{made}: {' '.join(names)}", raw)
        made += 1


# --- whole mails --------------------------------------------------------------------------------------------------


def _text(chance: random.Random, most: int = 60) -> str:
    return "".join(
        chance.choice(_WORDS) + chance.choice((" ", " ", " ", "\r\n")) for _ in range(chance.randint(0, most))
    )


def mail(chance: random.Random) -> bytes:
    """A mail as programs write them, with any parts."""
    head = [
        "From: Jo Röe <jo@x.example>" if chance.random() < 0.3 else "From: Jo <jo@x.example>",
        f"To: {', '.join(f'p{n}@y.example' for n in range(chance.randint(0, 4)))}",
        f"Subject: =?utf-8?B?{base64.b64encode(_text(chance, 5).encode()).decode()}?=",
        "Date: Tue, 4 Mar 2025 10:00:00 +0000",
        f"Message-ID: <{chance.getrandbits(64)}@x.example>",
        "MIME-Version: 1.0",
    ]
    return ("\r\n".join(head) + "\r\n").encode() + _part(chance, 0)


def _part(chance: random.Random, depth: int) -> bytes:
    if depth < 3 and chance.random() < 0.5:
        boundary = f"b{chance.randint(0, 99)}"
        kind = chance.choice(("mixed", "alternative", "related", "signed", "digest", "report"))
        parts = [_part(chance, depth + 1) for _ in range(chance.randint(1, 4))]
        if depth and chance.random() < 0.2:
            return b"Content-Type: message/rfc822\r\n\r\n" + mail(chance)
        return _container(kind, boundary, parts)
    kind = chance.choice(_TYPES[:2] * 4 + _TYPES)
    text = _text(chance)
    if kind == "text/html":
        text = f"<html><table><tr><td>{text}<td><img src=https://x/y.gif><blockquote type=cite>{text}</table>"
    return _leaf(kind, text, chance.choice(_ENCODINGS[:4]), chance.choice(_LABELS[:5]))


def _leaf(kind: str, text: str, encoding: str, label: str = "utf-8") -> bytes:
    octets = text.encode("utf-8", "surrogateescape")
    if encoding == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    head = f"Content-Type: {kind}; charset={label}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("utf-8", "surrogateescape") + octets


def _container(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    mark = f"\r\n--{boundary}".encode()
    inside = b"".join(mark + b"\r\n" + part for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + inside + mark + b"--\r\n"


# --- damages ------------------------------------------------------------------------------------------------------


def flip_octets(raw: bytes, chance: random.Random) -> bytes:
    out = bytearray(raw)
    for _ in range(chance.randint(1, 30) if out else 0):
        out[chance.randrange(len(out))] = chance.choice((0, 10, 13, 27, 32, 34, 45, 58, 61, 255, chance.randrange(256)))
    return bytes(out)


def cut_off(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randint(0, len(raw))]


def behead(raw: bytes, chance: random.Random) -> bytes:
    return raw[chance.randint(0, min(len(raw), 400)) :]


def lose_a_piece(raw: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(raw))
    return raw[:start] + raw[start + chance.randint(0, 200) :]


def repeat_a_piece(raw: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(raw))
    return raw[:start] + raw[start : start + chance.randint(0, 200)] * chance.randint(2, 20) + raw[start:]


def noise(raw: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(raw))
    return raw[:start] + chance.randbytes(chance.randint(1, 300)) + raw[start:]


def nuls(raw: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(raw))
    return raw[:start] + b"\0" * chance.randint(1, 500) + raw[start:]


def other_line_ends(raw: bytes, chance: random.Random) -> bytes:
    return raw.replace(b"\r\n", chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n ", b"\x0b\n", b"\x85")))


def shuffle_lines(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\r\n")
    first = chance.randrange(len(lines))
    some = lines[first : first + 12]
    chance.shuffle(some)
    lines[first : first + 12] = some
    return b"\r\n".join(lines)


def double_header(raw: bytes, chance: random.Random) -> bytes:
    kind = f"Content-Type: {chance.choice(_TYPES)}; boundary=b{chance.randint(0, 99)}\r\n"
    lines = (
        kind,
        "From: <>\r\n",
        "Subject:\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Date: ?\r\n",
        ": \r\n",
        " x\r\n",
    )
    return chance.choice(lines).encode() + raw


def wrong_label(raw: bytes, chance: random.Random) -> bytes:
    return raw.replace(b"charset=utf-8", f"charset={chance.choice(_LABELS)}".encode("latin-1"))


def wrong_encoding(raw: bytes, chance: random.Random) -> bytes:
    return raw.replace(b"-Encoding: base64", f"-Encoding: {chance.choice(_ENCODINGS)}".encode())


def wrong_type(raw: bytes, chance: random.Random) -> bytes:
    return raw.replace(chance.choice((b"text/plain", b"text/html", b"multipart/mixed")), chance.choice(_TYPES).encode())


def wrong_boundary(raw: bytes, chance: random.Random) -> bytes:
    new = chance.choice((b"", b'"', b"b", b"--", b"b1\\", b" ", b"x" * 2000, b"\xff", b"(b)", b"b1--"))
    return (
        raw.replace(b"--b", b"--" + new, chance.randint(1, 3))
        if chance.random() < 0.5
        else raw.replace(b'="b', b'="' + new)
    )


def unfolded(raw: bytes, chance: random.Random) -> bytes:
    return raw.replace(
        b": ", chance.choice((b":\r\n ", b":\r\n\t", b" : ", b":", b"\r\n:", b":\0")), chance.randint(1, 9)
    )


def hostile_header(raw: bytes, chance: random.Random) -> bytes:
    value = chance.choice(
        (
            b"=?utf-8?B?" + b"A" * 5000 + b"?=",
            b"=?" * 3000,
            b"=?utf-8?q?" * 500,
            b"(" * 4000,
            b'"' * 4001,
            b"<" * 4000,
            b"a@b, " * 3000,
            b"\x1b]0;x\x07\x9b31m",
            b"<a@b> " * 3000,
            b"x" * 100_000,
            b"\r\n " * 3000,
        )
    )
    name = chance.choice((b"Subject", b"From", b"To", b"References", b"Content-Type", b"Content-Disposition", b"Date"))
    return name + b": " + value + b"\r\n" + raw


def wrap(raw: bytes, chance: random.Random) -> bytes:
    for level in range(chance.randint(1, 30)):
        if chance.random() < 0.3:
            raw = b"Content-Type: message/rfc822\r\n\r\n" + raw
        else:
            raw = _container("mixed", chance.choice(("b", f"b{level}")), [raw])
    return raw


def two_in_one(raw: bytes, chance: random.Random) -> bytes:
    return raw + b"From nobody Mon Mar  2 10:00:00 2026\r\n" + mail(chance)


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip_octets, cut_off, behead, lose_a_piece, repeat_a_piece, noise, nuls, other_line_ends, shuffle_lines, double_header,
    wrong_label, wrong_encoding, wrong_type, wrong_boundary, unfolded, hostile_header, wrap, two_in_one,
)  # fmt: skip


# --- monsters -----------------------------------------------------------------------------------------------------


def _nested(levels: int, kind: str = "mixed") -> bytes:
    opening = "".join(
        f'Content-Type: multipart/{kind}; boundary="b{level}"\r\n\r\n--b{level}\r\n' for level in range(levels)
    )
    return opening.encode() + b"Content-Type: text/plain\r\n\r\nAt the bottom.\r\n"


def _page(html: str) -> bytes:
    return _leaf("text/html", html, "8bit")


MONSTERS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one newline": lambda: b"\n",
    "only spaces": lambda: b" \r\n \r\n",
    "a megabyte of NULs": lambda: b"\0" * 1_000_000,
    "a megabyte of line ends": lambda: b"\r\n" * 500_000,
    "a header without end": lambda: b"X-A: b\r\n" * 100_000,
    "one header of 2 MB": lambda: b"Subject: " + b"x" * 2_000_000 + b"\r\n\r\nHello",
    "a subject folded 100,000 times": lambda: b"Subject: x" + b"\r\n x" * 100_000 + b"\r\n\r\nHello",
    "30,000 recipients": lambda: b"To: " + b"a@b.example,\r\n " * 30_000 + b"\r\n\r\nHello",
    "30,000 references": lambda: b"References: " + b"<a@b>\r\n " * 30_000 + b"\r\n\r\nHello",
    "comments in comments": lambda: b"From: " + b"(" * 50_000 + b"a@b.example\r\n\r\nHello",
    "quotes without end": lambda: b"From: " + b'"\\' * 50_000 + b"\r\n\r\nHello",
    "encoded words without end": lambda: b"Subject: " + b"=?utf-8?b?" * 20_000 + b"\r\n\r\nHello",
    "20,000 encoded words": lambda: b"Subject: " + b"=?utf-8?b?w4M=?=\r\n " * 20_000 + b"\r\n\r\nHello",
    "20,000 parameters": lambda: b"Content-Type: text/plain" + b";\r\n a=b" * 20_000 + b"\r\n\r\nHello",
    "5,000 continuations": lambda: b"Content-Disposition: attachment" + b"".join(b";\r\n filename*%d*=%%41" % n for n in range(5_000)) + b"\r\n\r\nHello",
    "a boundary of 100 kB": lambda: b'Content-Type: multipart/mixed; boundary="' + b"b" * 100_000 + b'"\r\n\r\n--b\r\n\r\nHello',
    "an empty boundary": lambda: b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nHello\r\n----\r\n',
    "no boundary": lambda: b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nHello\r\n--b--\r\n",
    "one boundary at all depths": lambda: b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' * 200 + b"\r\nHello\r\n" + b"--b--\r\n" * 200,
    "boundaries that begin alike": lambda: _container("mixed", "b", [_container("mixed", "b" * n, [b"\r\nHello"]) for n in range(1, 60)]),
    "150 deep": lambda: _nested(150),
    "1,500 deep": lambda: _nested(1_500),
    "20,000 deep": lambda: _nested(20_000),
    "300 alternatives deep": lambda: _nested(300, "alternative"),
    "500 messages in messages": lambda: b"Content-Type: message/rfc822\r\n\r\n" * 500 + b"\r\nHello",
    "5,000 messages in messages": lambda: b"Content-Type: message/rfc822\r\n\r\n" * 5_000 + b"\r\nHello",
    "5,000 parts": lambda: _container("mixed", "b", [b"\r\nHello"] * 5_000),
    "50,000 empty parts": lambda: b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n" * 50_000,
    "5,000 attachments": lambda: _container("mixed", "b", [_leaf("application/pdf", "x", "base64")] * 5_000),
    "2,000 pages": lambda: _container("mixed", "b", [_page("<p>Hello")] * 2_000),
    "a line of 5 MB": lambda: b"Subject: x\r\n\r\n" + b"x" * 5_000_000,
    "a line of 5 MB of base64": lambda: b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 1_250_000,
    "2 MB of soft line breaks": lambda: b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * 700_000,
    "2 MB of equals signs": lambda: b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 2_000_000,
    "base64 of noise": lambda: b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(random.Random(1).randbytes(300_000)),  # noqa: S311
    "base64 of base64": lambda: _leaf("text/plain", base64.encodebytes(base64.encodebytes(b"Hello" * 50_000)).decode(), "base64"),
    "base64, then a megabyte of text": lambda: b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJDRA==\r\n" * 20_000 + b"AAAA BBBB\r\n" * 100_000,
    "uuencoded files without end": lambda: b"Subject: x\r\n\r\n" + b"begin 644 a\r\nend\r\nbegin 644 b\r\n" * 20_000,
    "flowed without end": lambda: b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"word \r\n" * 200_000,
    "flowed quotes": lambda: b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"".join(b">" * (n % 500) + b" x \r\n" for n in range(5_000)),
    "a megabyte of >": lambda: b"Subject: x\r\n\r\n" + b">" * 1_000_000,
    "much mojibake": lambda: _leaf("text/plain", "aÃ©bâ€™c" * 40_000, "8bit"),
    "utf-7 without end": lambda: b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+AGE" * 200_000,
    "escapes of Japanese without end": lambda: b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B" * 200_000,
    "punycode": lambda: b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 200_000 + b"\xff",
    "tags without end": lambda: _page("<" * 500_000),
    "a tag without end": lambda: _page("<p " + "a=b " * 300_000),
    "a comment without end": lambda: _page("Hello<!--" + "-" * 1_000_000),
    "200,000 open tags": lambda: _page("<div>" * 200_000 + "Hello"),
    "1,500 tables deep": lambda: _page("<table><tr><td>" * 1_500 + "Hello"),
    "900 tables deep": lambda: _page("<table><tr><td>" * 330 + "Hello<p>" * 5_000),
    "a table of 40,000 cells": lambda: _page("<table>" + "<tr><td>a<td>b" * 20_000),
    "20,000 links": lambda: _page("".join(f"<a href=https://x{n}.example/>www.y{n}.example</a> " for n in range(20_000))),
    "links in links": lambda: _page("<a href=https://x.example/>" * 20_000 + "Hello"),
    "lists in lists": lambda: _page("<ul><li>" * 400 + "Hello"),
    "entities": lambda: _page("&#x1b;&#0;&#xd800;&bogus;&amp;" * 50_000),
    "a style of a megabyte": lambda: _page(f"<p style='{'font-size:0' * 100_000}'>Hello"),
    "formatting reopened": lambda: _page("".join(f"<b id={n}>" for n in range(3_000)) + "<p>x" * 3_000),
}  # fmt: skip
