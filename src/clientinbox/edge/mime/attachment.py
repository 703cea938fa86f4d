"""The octets of one attachment: taken out of a whole message, or decoded as they come from a server."""

import binascii
from collections.abc import Iterable, Iterator
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from io import BytesIO

from clientinbox.edge.mime.tree import head_of, leaves_of, octets_of
from clientinbox.mail.parts import is_attachment

_PLAIN = frozenset({"", "7bit", "8bit", "binary"})
DECODABLE = frozenset({*_PLAIN, "base64", "quoted-printable"})
"""Content-Transfer-Encodings that `decoded` takes."""
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


def attachment_octets(raw: bytes, number: int) -> bytes | None:
    """Of the attachment that stands at this place, from 1, in `Body.attachments`. None where there is no such."""
    message = BytesParser(policy=compat32).parsebytes(raw)
    for part, _ in leaves_of(message, {}):
        head = head_of(part)
        if is_attachment(head.content_type, head.disposition, named=bool(head.filename)):
            number -= 1
            if not number:
                return _message_within(part) if head.content_type.startswith("message/") else octets_of(part)
    return None


def _message_within(part: Message) -> bytes:
    children = part.get_payload()
    if not isinstance(children, list) or not children or not isinstance(children[0], Message):
        return octets_of(part)
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, maxheaderlen=0, policy=compat32).flatten(children[0])
    return written.getvalue()


def decoded(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Piece by piece, so that the size of a part does not matter; what does not belong there is passed over."""
    if encoding in _PLAIN:
        yield from pieces
    elif encoding == "base64":
        yield from _from_base64(pieces)
    else:
        yield from _from_quoted_printable(pieces)


def _from_base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        left += piece.translate(None, _NOT_BASE64)
        octets, end, _ = left.partition(b"=")
        whole = len(octets) if end else len(octets) // 4 * 4
        if end:
            left = octets
            break
        yield binascii.a2b_base64(octets[:whole])
        left = octets[whole:]
    if len(left) % 4 != 1:
        yield binascii.a2b_base64(left + b"=" * (-len(left) % 4))
    else:  # cut off in the middle of an octet
        yield binascii.a2b_base64(left[:-1])


def _from_quoted_printable(pieces: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        *lines, left = (left + piece).split(b"\n")
        if lines:
            yield binascii.a2b_qp(b"\n".join(lines) + b"\n")
    yield binascii.a2b_qp(left)
