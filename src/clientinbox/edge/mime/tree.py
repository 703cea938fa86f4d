"""The parts of a message: which text is its body, in which order, and what is attached.

`mend` corrects a parsed tree in place before anybody reads text from it: wrong charsets, and messages inside the
message, whose words are not the sender's. After that mail-parser and the standard library read the same text.
"""

import re
from binascii import Error as BadCoding
from binascii import a2b_base64, a2b_uu
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from enum import Enum

from clientinbox.edge.mime.charset import STATEFUL, decode
from clientinbox.edge.mime.headers import charset_hint, field_text, unfold, words
from clientinbox.edge.mime.sanitise import sanitise_line
from clientinbox.mail.message import Attachment
from clientinbox.mail.parts import is_attachment

_MOST_PARTS = 1_000
_LONGEST_NAME = 255
_LONGEST_TYPE = 100
_NAMING = {"content-disposition", "content-type"}
_CALENDARS = frozenset({"text/calendar", "application/ics"})
_LARGEST_CALENDAR = 256 * 1024
"""Octets that are looked at for an event."""

_FLOWED = re.compile(r";\s*format\s*=\s*\"?flowed\b", re.IGNORECASE)
_DELSP = re.compile(r";\s*delsp\s*=\s*\"?yes\b", re.IGNORECASE)
_PROTOCOL = re.compile(r"pgp|pkcs7", re.IGNORECASE)
_SMIME_TYPE = re.compile(r";\s*smime-type\s*=\s*\"?([a-z-]+)", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset\s*=\s*(\"[^\"]*\"|[^\s;]*)", re.IGNORECASE)
_ESCAPED = re.compile(rb"\x1b\$|\x1b\([BIJ]|\+[A-Za-z0-9/]|~\{|\0")

_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} (\S[^\n]{0,200})\n((?:[ -`]{1,90}\r?\n)*)`?\r?\n?end[ \t\r]*$", re.MULTILINE
)
_BASE64_THEN_TEXT = re.compile(r"((?:[A-Za-z0-9+/]{4,}={0,2}\r?\n)+)\s*([^\n]*[^A-Za-z0-9+/=\s].*)", re.DOTALL)
_TNEF_TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}

_READ_ALIKE = frozenset(
    [
        "",
        "utf-8",
        "utf8",
        "us-ascii",
        "ascii",
        "iso-8859-1",
        "iso-8859-2",
        "iso-8859-15",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "koi8-r",
    ]
)
"""Labels that every reader takes for the same; what is labelled otherwise reaches them as UTF-8."""

_ENCODING_WORD = re.compile(r"\s*\"?([A-Za-z0-9-]{1,30})(?=$|[\s;(\",])")

_DAMAGE = {
    "CloseBoundaryNotFoundDefect": "The message ends before its last part does; it may be cut off.",
    "InvalidBase64CharactersDefect": "An encoded part holds characters that do not belong there.",
    "InvalidBase64LengthDefect": "An encoded part is cut off.",
    "InvalidBase64PaddingDefect": "An encoded part is cut off.",
    "NoBoundaryInMultipartDefect": "The message does not say where its parts begin.",
    "MultipartInvariantViolationDefect": "The message does not say where its parts begin.",
    "StartBoundaryNotFoundDefect": "The first part of the message is missing.",
}
_TNEF = "winmail.dat holds attachments in a form that only Outlook can read; ask for them to be sent again."
_OTHER_DAMAGE = "The structure of the message is damaged."


class Kind(Enum):
    PLAIN = "plain"
    HTML = "html"


class Flow(Enum):
    """What the space at the end of a line that goes on is."""

    KEPT = "kept"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text that is part of what a person reads."""

    kind: Kind
    text: str
    alternative: int
    """Number of the multipart/alternative around it, 0 for none: of such a group one kind is read."""
    flow: Flow | None = None
    """Not None for lines that were broken only to be sent (RFC 3676)."""


@dataclass(frozen=True, slots=True)
class Parts:
    leaves: tuple[Leaf, ...]
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    ordinary: bool = True
    """Every leaf is text/plain or text/html by name; other readers do not count the rest as text."""
    calendar: str = ""
    """Of the first part that holds one, unread."""


@dataclass(frozen=True, slots=True)
class PartHead:
    """What the header of a part says of it."""

    content_type: str
    charset: str = ""
    """As labelled, "" for none."""
    disposition: str = ""
    filename: str = ""
    flow: Flow | None = None
    locked: str = ""
    """What is to be said of a signed or encrypted part."""


class PartsList:
    """Takes one part after the other, whoever has parsed them."""

    def __init__(self, charset_hint: str = "") -> None:
        self._charset_hint = charset_hint
        self.leaves: list[Leaf] = []
        self.attachments: list[Attachment] = []
        self._in_text: list[Attachment] = []
        """Last of all, so that the others keep the places by which they are fetched."""
        self.defects: dict[str, None] = {}
        self.ordinary = True
        self.calendar = ""

    def add(self, head: PartHead, octets: bytes, alternative: int, *, spoilt: bool = False) -> str | None:
        """Return the text where another reader would have read the octets wrongly, as it would spoilt ones."""
        content_type = head.content_type
        if head.locked:
            self.defects[head.locked] = None
        if content_type in _TNEF_TYPES:
            self.defects[_TNEF] = None
        if is_attachment(content_type, head.disposition, named=bool(head.filename)):
            self.attachments.append(Attachment(head.filename or _unnamed(content_type), content_type, len(octets)))
            if content_type in _CALENDARS and not self.calendar:
                self.calendar = decode(octets[:_LARGEST_CALENDAR], head.charset or "utf-8").text
            return None
        text, defect, mended = _text(octets, head.charset, self._charset_hint)
        if defect:
            self.defects[defect] = None
        if "\nend" in text and "begin " in text:
            text, mended = self._without_uuencoded(text), True
        self.ordinary = self.ordinary and content_type in {"text/plain", "text/html"}
        if text.strip():
            kind = Kind.HTML if content_type == "text/html" else Kind.PLAIN
            self.leaves.append(Leaf(kind, text, alternative, head.flow))
        return text if mended or spoilt else None

    def _without_uuencoded(self, text: str) -> str:
        """Take out files that old programs wrote between the lines of the text."""
        for match in _UUENCODED.finditer(text):
            octets = b"".join(_uudecoded(line) for line in match[2].splitlines())
            name = sanitise_line(match[1]).strip()[:_LONGEST_NAME]
            self._in_text.append(Attachment(name, "application/octet-stream", len(octets)))
        return _UUENCODED.sub("", text)

    def parts(self) -> Parts:
        files = (*self.attachments, *self._in_text)
        return Parts(tuple(self.leaves), files, tuple(self.defects), self.ordinary, self.calendar)


def parts_of(message: Message) -> Parts:
    """Mend a tree and list its parts."""
    found = PartsList(charset_hint(str(message.get("Subject", ""))))
    for part, alternative in leaves_of(message, found.defects):
        head = head_of(part)
        if head.content_type.startswith("message/"):
            found.attachments.append(_attached_message(part, head.filename, head.content_type))
        else:
            if head.charset.lower() not in _READ_ALIKE:
                # some of the character sets that Python knows take minutes over a megabyte, and the package asks them
                _label(part, f"{head.content_type}; charset=us-ascii")
            _name_encoding(part)
            octets, spoilt = _octets(part)
            text = found.add(head, octets, alternative, spoilt=spoilt)
            if text is not None:
                _mend(part, head.content_type, text)
        damage = (_DAMAGE.get(type(defect).__name__, _OTHER_DAMAGE) for defect in part.defects)
        found.defects.update(dict.fromkeys(damage))
    _cut_out_messages(message)
    return found.parts()


def _mend(part: Message, content_type: str, text: str) -> None:
    """Put a part's text in its place as what every reader reads alike: UTF-8 without a transfer encoding."""
    _label(part, f"{content_type}; charset=utf-8")
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = "8bit"
    part.set_payload(text.encode("utf-8", "replace").decode("ascii", "surrogateescape"))


def _label(part: Message, content_type: str) -> None:
    del part["Content-Type"]
    part["Content-Type"] = content_type


def _name_encoding(part: Message) -> None:
    """Give a folded, commented or parameterised transfer encoding as the one word that the email package knows."""
    said = part.get("Content-Transfer-Encoding")
    if said is not None:
        word = _ENCODING_WORD.match(unfold(str(said)))
        if word is not None and word[1] != said:
            del part["Content-Transfer-Encoding"]
            part["Content-Transfer-Encoding"] = word[1]


def head_of(part: Message) -> PartHead:
    field = unfold(str(part.get("Content-Type", "")))
    content_type = sanitise_line(part.get_content_type())[:_LONGEST_TYPE]
    return PartHead(
        content_type=content_type,
        charset=charset_label(field),
        flow=flow_of(field),
        locked=locked(content_type, field),
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
        children = part.get_payload() if part.is_multipart() else None
        if isinstance(children, list) and part.get_content_maintype() != "message":
            defects.update(dict.fromkeys(_DAMAGE.get(type(found).__name__, _OTHER_DAMAGE) for found in part.defects))
            if said := locked(part.get_content_type(), unfold(str(part.get("Content-Type", "")))):
                defects[said] = None
            if part.get_content_subtype() == "alternative" and not alternative:
                groups += 1
                alternative = groups
            waiting.extend((child, alternative) for child in reversed(children) if isinstance(child, Message))
        else:
            yield part, alternative


def locked(content_type: str, field: str) -> str:
    """Say in a sentence that a part is signed or encrypted; nothing is checked here."""
    if not _PROTOCOL.search(field):
        return ""
    how = "OpenPGP" if "pgp" in field.lower() else "S/MIME"
    if content_type == "multipart/signed":
        return f"Signed with {how}; the signature was not checked."
    if content_type == "multipart/encrypted":
        return f"Encrypted with {how}; it cannot be read here."
    if content_type in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
        kind = _SMIME_TYPE.search(field)
        if kind is not None and kind[1].lower() == "signed-data":
            return "Signed with S/MIME in a way that hides the text; it cannot be read here."
        return "Encrypted with S/MIME; it cannot be read here."
    return ""


def flow_of(field: str) -> Flow | None:
    if not _FLOWED.search(field):
        return None
    return Flow.DELETED if _DELSP.search(field) else Flow.KEPT


def _octets(part: Message) -> tuple[bytes, bool]:
    """A part decoded; True where something that is no base64, as list footers are, was put below its base64."""
    payload = part.get_payload()
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "base64" and isinstance(payload, str) and part.get_content_maintype() == "text":
        found = _BASE64_THEN_TEXT.fullmatch(payload)
        if found is not None:
            try:
                octets = a2b_base64(found[1])
            except BadCoding:
                octets = b""
            if octets:
                part.get_payload(decode=True)  # notes what is wrong with it
                return octets.rstrip() + b"\n\n" + found[2].encode("utf-8", "surrogateescape"), True
    return octets_of(part), False


def octets_of(part: Message) -> bytes:
    octets = part.get_payload(decode=True)
    return octets if isinstance(octets, bytes) else b""


def _uudecoded(line: str) -> bytes:
    try:
        return a2b_uu(line)
    except BadCoding:
        return b""


def _text(octets: bytes, label: str, hint: str) -> tuple[str, str, bool]:
    """Return a part's text, what was wrong with it, and whether other readers would have read it wrongly."""
    stateful = b"\x1b$" in octets or (label.lower().startswith(STATEFUL) and _ESCAPED.search(octets))
    if octets.isascii() and not stateful:
        text = octets.decode("ascii")
        # No charset of mail reads ASCII octets differently; EBCDIC and the like are not worth believing.
        return text, "", label.lower() not in _READ_ALIKE
    found = decode(octets, label, hint)
    alike = not stateful and not found.defect and label.lower() in _READ_ALIKE
    return found.text, found.defect, not (alike and _plainly(octets, label) == found.text)


def _plainly(octets: bytes, label: str) -> str | None:
    """Decode as mail-parser does."""
    try:
        return octets.decode(label or "utf-8")
    except ValueError:
        return None


def charset_label(content_type: str) -> str:
    match = _CHARSET.search(content_type)
    return match[1].strip('"') if match else ""


def _filename(part: Message) -> str:
    if not all(raw.isascii() for name, raw in part.raw_items() if name.lower() in _NAMING):
        # the email package gives up on 8-bit octets in a parameter
        part, raw_part = Message(), part
        for name, raw in raw_part.raw_items():
            if name.lower() in _NAMING and name not in part:
                part[name] = unfold(raw)
    found: str | None
    try:
        found = part.get_filename()
    except (AttributeError, LookupError, TypeError, UnicodeError, ValueError):
        # RFC 2231 with an unusable charset or broken continuation numbers.
        found = "unreadable name"
    return sanitise_line(words(unfold(str(found or "")))).strip()[:_LONGEST_NAME]


def _unnamed(content_type: str) -> str:
    return f"unnamed ({content_type})"


def _attached_message(part: Message, filename: str, content_type: str) -> Attachment:
    children = part.get_payload() if part.is_multipart() else None
    inner = children[0] if isinstance(children, list) and children else part
    subject = field_text(str(inner.get("Subject", ""))) if isinstance(inner, Message) else ""
    size = 0
    if isinstance(inner, Message):
        size = sum(len(octets_of(leaf)) for leaf, _ in leaves_of(inner, {}))
    return Attachment(filename or (f"{subject}.eml"[:_LONGEST_NAME] if subject else "message.eml"), content_type, size)


def _cut_out_messages(message: Message) -> None:
    """Empty what is attached as a message, so that mail-parser does not glue its words to the sender's."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        children = part.get_payload() if part.is_multipart() else None
        if not isinstance(children, list):
            continue
        if part.get_content_maintype() == "message":
            part.set_payload([])
        else:
            waiting.extend(child for child in children if isinstance(child, Message))
