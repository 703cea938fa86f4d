"""A message put together again without the octets of its attachments, so that a reader finds the same words in it."""

from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from clientinbox.edge.mime.tree import head_of, leaves_of
from clientinbox.mail.parts import is_attachment
from clientinbox.mail.ports import Part


class _Odd(Exception):
    """The server reads this message in another way than we do, or it cannot be put together."""


def reduced_message(root: Part, sections: Mapping[str, bytes]) -> bytes | None:
    """From the sections that `mail.parts.Reduction` names. None where only the whole is sure to be read right."""
    broken: dict[str, None] = {}
    try:
        reduced = _entity(root, _asked(sections, "HEADER"), sections)
        for _ in leaves_of(BytesParser(policy=compat32).parsebytes(reduced), broken):
            pass
    except _Odd:
        return None
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):  # the email package on odd headers
        return None
    return None if broken else reduced


def _entity(part: Part, head: bytes, sections: Mapping[str, bytes]) -> bytes:
    said = BytesParser(policy=compat32).parsebytes(head, headersonly=True)
    if not head.endswith(b"\r\n\r\n") and head != b"\r\n":
        raise _Odd
    if part.parts and part.content_type.startswith("multipart/"):
        return head + _parts(part, said, sections)
    known = head_of(said)
    attached = is_attachment(part.content_type, part.disposition, named=bool(part.filename))
    if attached != is_attachment(known.content_type, known.disposition, named=bool(known.filename)):
        raise _Odd
    if part.content_type == "message/rfc822":
        return head + sections.get(f"{part.number}.HEADER", b"")
    return head + (sections.get(part.number, b"") if attached else _asked(sections, part.number))


def _parts(part: Part, said: Message, sections: Mapping[str, bytes]) -> bytes:
    boundary = str(said.get_boundary() or "").encode("ascii")
    if not boundary or said.get_content_type() != part.content_type:
        raise _Odd
    inner = [_entity(child, _asked(sections, f"{child.number}.MIME"), sections) for child in part.parts]
    line = b"--" + boundary
    if any(line in each for each in inner):
        raise _Odd
    return b"".join(line + b"\r\n" + each + b"\r\n" for each in inner) + line + b"--\r\n"


def _asked(sections: Mapping[str, bytes], name: str) -> bytes:
    if name not in sections:
        raise _Odd
    return sections[name]
