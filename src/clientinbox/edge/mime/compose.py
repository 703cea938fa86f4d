"""`Outgoing` → the bytes that travel (RFC 5322, 2045, 2047): 7-bit lines of at most 76 characters, CRLF, no Bcc.

Written by hand rather than with `email.message`: its policies fold a long Message-ID in References into encoded words
(which no reader threads by), and lose the quotes of names that hold both a comma and an umlaut.
"""

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable
from email.utils import format_datetime

from clientinbox.mail.message import Address
from clientinbox.mail.outgoing import Outgoing

_LINE = 76
_LONGEST_PLAIN_LINE = 200
"""ASCII characters that a header line may have before it goes as encoded words; 998 is what SMTP takes."""
_WORD_OCTETS = 45
"""60 characters of base64: with =?utf-8?b?…?= less than the 75 that RFC 2047 allows."""
_FOLD = "\r\n "
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def compose(outgoing: Outgoing) -> bytes:
    """Of a mail that was `checked`: nothing is refused here any more."""
    body = "\r\n".join(outgoing.body.rstrip().replace("\r\n", "\n").replace("\r", "\n").split("\n")) + "\r\n"
    plain = _is_plain(body)
    fields = [
        ("Message-ID", outgoing.message_id),
        ("Date", format_datetime(outgoing.date)),
        ("From", _address(outgoing.sender)),
        ("To", _addresses(outgoing.to) or "undisclosed-recipients:;"),
        ("Cc", _addresses(outgoing.cc)),
        ("Subject", _text(outgoing.subject)),
        ("In-Reply-To", outgoing.in_reply_to),
        ("References", _FOLD.join(outgoing.references)),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'text/plain; charset="{"us-ascii" if plain else "utf-8"}"'),
        ("Content-Transfer-Encoding", "7bit" if plain else "quoted-printable"),
    ]
    header = "".join(f"{name}: {value}\r\n" for name, value in fields if value or name == "Subject")
    return header.encode("ascii") + b"\r\n" + (body.encode("ascii") if plain else b2a_qp(body.encode()))


def _is_plain(body: str) -> bool:
    """May it go as it is? A space at a line's end or a "From " at its beginning does not survive every server."""
    lines = body.split("\r\n")
    return (
        body.isascii()
        and all(
            len(line) <= _LINE
            and (line.isprintable() or line.replace("\t", "").isprintable())
            and line == line.rstrip()
            for line in lines
        )
        and not any(line.startswith("From ") for line in lines)
    )


def _addresses(addresses: Iterable[Address]) -> str:
    return f",{_FOLD}".join(_address(address) for address in addresses)


def _address(address: Address) -> str:
    if not address.name:
        return address.email
    if "=?" in address.name or not _is_short_ascii(address.name):
        return f"{_encoded(address.name)}{_FOLD}<{address.email}>"
    if _ATOMS.fullmatch(address.name):
        return f"{address.name} <{address.email}>"
    escaped = address.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address.email}>'


def _text(line: str) -> str:
    return _encoded(line) if "=?" in line or not _is_short_ascii(line) else line


def _is_short_ascii(line: str) -> bool:
    return len(line) <= _LONGEST_PLAIN_LINE and line.isascii() and line.isprintable()


def _encoded(text: str) -> str:
    words: list[bytes] = [b""]
    for character in text:
        octets = character.encode()
        if len(words[-1]) + len(octets) > _WORD_OCTETS:
            words.append(b"")
        words[-1] += octets
    return _FOLD.join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in words)
