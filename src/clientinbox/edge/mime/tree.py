"""The parts of a message: which text is its body, in which order, and what is attached.

`mend` corrects a parsed tree in place before anybody reads text from it: wrong charsets, and messages inside the
message, whose words are not the sender's. After that mail-parser and the standard library read the same text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from enum import Enum

from clientinbox.edge.mime.charset import STATEFUL, decode
from clientinbox.edge.mime.headers import field_text, unfold, words
from clientinbox.edge.mime.sanitise import sanitise_line
from clientinbox.mail.message import Attachment

_MOST_PARTS = 1_000
_LONGEST_NAME = 255
_LONGEST_TYPE = 100

_FILES = {"text/calendar", "text/csv", "text/directory", "text/rtf", "text/vcard", "text/x-vcard", "text/xml"}

_CHARSET = re.compile(r";\s*charset\s*=\s*(\"[^\"]*\"|[^\s;]*)", re.IGNORECASE)
_ESCAPED = re.compile(rb"\x1b\$|\x1b\([BIJ]|\+[A-Za-z0-9+/]+-|~\{|\0")

_DAMAGE = {
    "CloseBoundaryNotFoundDefect": "The message ends before its last part does; it may be cut off.",
    "InvalidBase64CharactersDefect": "An encoded part holds characters that do not belong there.",
    "InvalidBase64LengthDefect": "An encoded part is cut off.",
    "InvalidBase64PaddingDefect": "An encoded part is cut off.",
    "NoBoundaryInMultipartDefect": "The message does not say where its parts begin.",
    "MultipartInvariantViolationDefect": "The message does not say where its parts begin.",
    "StartBoundaryNotFoundDefect": "The first part of the message is missing.",
}
_OTHER_DAMAGE = "The structure of the message is damaged."


class Kind(Enum):
    PLAIN = "plain"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text that is part of what a person reads."""

    kind: Kind
    text: str
    alternative: int
    """Number of the multipart/alternative around it, 0 for none: of such a group one kind is read."""


@dataclass(frozen=True, slots=True)
class Parts:
    leaves: tuple[Leaf, ...]
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    ordinary: bool = True
    """Every leaf is text/plain or text/html by name; other readers do not count the rest as text."""


def parts_of(message: Message) -> tuple[Parts, bool]:
    """Mend a tree and list its parts; True when something had to be mended, so that other readers look again."""
    leaves: list[Leaf] = []
    attachments: list[Attachment] = []
    defects: dict[str, None] = {}
    mended, ordinary = False, True
    for part, alternative in _walk(message, defects):
        disposition = field_text(str(part.get("Content-Disposition", ""))).partition(";")[0].strip().lower()
        filename = _filename(part)
        content_type = sanitise_line(part.get_content_type())[:_LONGEST_TYPE]
        if content_type.startswith("message/"):
            attachments.append(_attached_message(part, filename, content_type))
            mended = True
        else:
            octets = _octets(part)
            # A container without parts is text that lost its boundaries.
            is_text = content_type.startswith(("text/", "multipart/")) and content_type not in _FILES
            if not is_text or disposition == "attachment" or (filename and disposition != "inline"):
                attachments.append(Attachment(filename or _unnamed(content_type), content_type, len(octets)))
            else:
                text, defect, changed = _text(part, octets)
                mended |= changed
                if defect:
                    defects[defect] = None
                ordinary = ordinary and content_type in {"text/plain", "text/html"}
                if text.strip():
                    leaves.append(Leaf(Kind.HTML if content_type == "text/html" else Kind.PLAIN, text, alternative))
        defects.update(dict.fromkeys(_DAMAGE.get(type(defect).__name__, _OTHER_DAMAGE) for defect in part.defects))
    _cut_out_messages(message)
    return Parts(tuple(leaves), tuple(attachments), tuple(defects), ordinary), mended


def _walk(message: Message, defects: dict[str, None]) -> Iterator[tuple[Message, int]]:
    """Yield the parts that are no containers, in order; a message inside the message is not entered. A loop, since a
    hostile tree is deep.
    """
    waiting: list[tuple[Message, int]] = [(message, 0)]
    seen = groups = 0
    while waiting:
        part, alternative = waiting.pop()
        seen += 1
        if seen > _MOST_PARTS:
            defects["The message has very many parts; the last are left out."] = None
            return
        children = part.get_payload()
        if part.is_multipart() and isinstance(children, list) and part.get_content_maintype() != "message":
            defects.update(dict.fromkeys(_DAMAGE.get(type(found).__name__, _OTHER_DAMAGE) for found in part.defects))
            if part.get_content_subtype() == "alternative" and not alternative:
                groups += 1
                alternative = groups
            waiting.extend((child, alternative) for child in reversed(children) if isinstance(child, Message))
        else:
            yield part, alternative


def _octets(part: Message) -> bytes:
    octets = part.get_payload(decode=True)
    return octets if isinstance(octets, bytes) else b""


def _text(part: Message, octets: bytes) -> tuple[str, str, bool]:
    """Return a part's text, what was wrong with it, and whether other readers would have read it wrongly."""
    label = _charset(part)
    stateful = label.lower().startswith(STATEFUL) and _ESCAPED.search(octets)
    if octets.isascii() and not stateful:
        text = octets.decode("ascii")
        # No charset of mail reads ASCII octets differently; EBCDIC and the like are not worth believing.
        return text, "", False
    found = decode(octets, label)
    if not stateful and not found.defect and _plainly(octets, label) == found.text:
        return found.text, "", False
    # As text without a transfer encoding: nobody decodes it a second time.
    del part["Content-Transfer-Encoding"]
    part.set_payload(found.text)
    return found.text, found.defect, True


def _plainly(octets: bytes, label: str) -> str | None:
    """Decode as mail-parser does."""
    try:
        return octets.decode(label or "utf-8")
    except (LookupError, ValueError):
        return None


def _charset(part: Message) -> str:
    match = _CHARSET.search(unfold(str(part.get("Content-Type", ""))))
    return match[1].strip('"') if match else ""


def _filename(part: Message) -> str:
    try:
        raw = part.get_filename()
    except (AttributeError, LookupError, TypeError, UnicodeError, ValueError):
        # RFC 2231 with an unusable charset or broken continuation numbers.
        raw = "unreadable name"
    return sanitise_line(words(unfold(str(raw or "")))).strip()[:_LONGEST_NAME]


def _unnamed(content_type: str) -> str:
    return f"unnamed ({content_type})"


def _attached_message(part: Message, filename: str, content_type: str) -> Attachment:
    children = part.get_payload()
    inner = children[0] if isinstance(children, list) and children else part
    subject = field_text(str(inner.get("Subject", ""))) if isinstance(inner, Message) else ""
    size = sum(len(_octets(leaf)) for leaf, _ in _walk(inner, {})) if isinstance(inner, Message) else 0
    return Attachment(filename or (f"{subject}.eml"[:_LONGEST_NAME] if subject else "message.eml"), content_type, size)


def _cut_out_messages(message: Message) -> None:
    """Empty what is attached as a message, so that mail-parser does not glue its words to the sender's."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        children = part.get_payload()
        if not part.is_multipart() or not isinstance(children, list):
            continue
        if part.get_content_maintype() == "message":
            part.set_payload([])
        else:
            waiting.extend(child for child in children if isinstance(child, Message))
