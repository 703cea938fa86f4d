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
from clientinbox.mail.parts import is_attachment

_MOST_PARTS = 1_000
_LONGEST_NAME = 255
_LONGEST_TYPE = 100

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


@dataclass(frozen=True, slots=True)
class PartHead:
    """What the header of a part says of it."""

    content_type: str
    charset: str = ""
    """As labelled, "" for none."""
    disposition: str = ""
    filename: str = ""


class PartsList:
    """Takes one part after the other, whoever has parsed them."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.attachments: list[Attachment] = []
        self.defects: dict[str, None] = {}
        self.ordinary = True

    def add(self, head: PartHead, octets: bytes, alternative: int) -> str | None:
        """Return the text where another reader would have read the octets wrongly."""
        content_type = head.content_type
        if is_attachment(content_type, head.disposition, named=bool(head.filename)):
            self.attachments.append(Attachment(head.filename or _unnamed(content_type), content_type, len(octets)))
            return None
        text, defect, mended = _text(octets, head.charset)
        if defect:
            self.defects[defect] = None
        self.ordinary = self.ordinary and content_type in {"text/plain", "text/html"}
        if text.strip():
            self.leaves.append(Leaf(Kind.HTML if content_type == "text/html" else Kind.PLAIN, text, alternative))
        return text if mended else None

    def parts(self) -> Parts:
        return Parts(tuple(self.leaves), tuple(self.attachments), tuple(self.defects), self.ordinary)


def parts_of(message: Message) -> tuple[Parts, bool]:
    """Mend a tree and list its parts; True when something had to be mended, so that other readers look again."""
    found = PartsList()
    mended = False
    for part, alternative in leaves_of(message, found.defects):
        head = head_of(part)
        if head.content_type.startswith("message/"):
            found.attachments.append(_attached_message(part, head.filename, head.content_type))
            mended = True
        else:
            text = found.add(head, octets_of(part), alternative)
            if text is not None:
                # As text without a transfer encoding: nobody decodes it a second time.
                del part["Content-Transfer-Encoding"]
                part.set_payload(text)
                mended = True
        damage = (_DAMAGE.get(type(defect).__name__, _OTHER_DAMAGE) for defect in part.defects)
        found.defects.update(dict.fromkeys(damage))
    _cut_out_messages(message)
    return found.parts(), mended


def head_of(part: Message) -> PartHead:
    return PartHead(
        content_type=sanitise_line(part.get_content_type())[:_LONGEST_TYPE],
        charset=charset_label(unfold(str(part.get("Content-Type", "")))),
        disposition=field_text(str(part.get("Content-Disposition", ""))).partition(";")[0].strip().lower(),
        filename=_filename(part),
    )


def leaves_of(message: Message, defects: dict[str, None]) -> Iterator[tuple[Message, int]]:
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


def octets_of(part: Message) -> bytes:
    octets = part.get_payload(decode=True)
    return octets if isinstance(octets, bytes) else b""


def _text(octets: bytes, label: str) -> tuple[str, str, bool]:
    """Return a part's text, what was wrong with it, and whether other readers would have read it wrongly."""
    stateful = label.lower().startswith(STATEFUL) and _ESCAPED.search(octets)
    if octets.isascii() and not stateful:
        text = octets.decode("ascii")
        # No charset of mail reads ASCII octets differently; EBCDIC and the like are not worth believing.
        return text, "", False
    found = decode(octets, label)
    if not stateful and not found.defect and _plainly(octets, label) == found.text:
        return found.text, "", False
    return found.text, found.defect, True


def _plainly(octets: bytes, label: str) -> str | None:
    """Decode as mail-parser does."""
    try:
        return octets.decode(label or "utf-8")
    except (LookupError, ValueError):
        return None


def charset_label(content_type: str) -> str:
    match = _CHARSET.search(content_type)
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
    size = sum(len(octets_of(leaf)) for leaf, _ in leaves_of(inner, {})) if isinstance(inner, Message) else 0
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
