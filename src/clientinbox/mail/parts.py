"""Which parts of a message are files: one rule for parsed messages and for what a server says (BODYSTRUCTURE)."""

from collections.abc import Iterator
from dataclasses import dataclass

from clientinbox.mail.ports import Part

_FILES = {"text/calendar", "text/csv", "text/directory", "text/rtf", "text/vcard", "text/x-vcard", "text/xml"}

LONGEST_TEXT = 4 * 1024 * 1024
"""Octets of one text that are fetched of a large message; a reader keeps a million characters."""
_LONGEST_REPORT = 256 * 1024
"""Octets of an invitation or a delivery report, which are fetched too."""
_MOST_PARTS = 100
_LINE = 78
"""Octets of a line of base64, its end included."""


def is_attachment(content_type: str, disposition: str, *, named: bool) -> bool:
    """Of a part that holds no others. A container without parts is text that lost its boundaries."""
    is_text = content_type.startswith(("text/", "multipart/")) and content_type not in _FILES
    return not is_text or disposition == "attachment" or (named and disposition != "inline")


def leaves(root: Part) -> Iterator[Part]:
    """The parts that are no containers, in order; a message inside the message is not entered."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.parts and part.content_type.startswith("multipart/"):
            waiting.extend(reversed(part.parts))
        else:
            yield part


def attachments_in(root: Part) -> tuple[Part, ...]:
    """In the order in which a reader of the whole message lists them."""
    return tuple(
        part for part in leaves(root) if is_attachment(part.content_type, part.disposition, named=bool(part.filename))
    )


@dataclass(frozen=True, slots=True)
class Reduction:
    """What to fetch of a message so that all of it can be read but the attachments."""

    root: Part
    sections: tuple[str, ...]
    long_texts: tuple[str, ...]
    """Sections of which only the beginning is worth fetching."""
    sizes: tuple[int, ...]
    """Of the attachments, in order: octets after decoding, to within a few."""


def reduction(root: Part, *, worth: int) -> Reduction | None:
    """None where it would spare fewer octets than it is `worth`, or the message is too odd for it."""
    parts = tuple(_entered(root))
    files = attachments_in(root)
    fetched = {part.number for part in files if _is_report(part) and part.size <= _LONGEST_REPORT}
    spared = sum(part.size for part in files if part.number not in fetched)
    if spared < worth or len(parts) > _MOST_PARTS or not root.content_type.startswith("multipart/"):
        return None
    texts = [part for part in leaves(root) if part not in files or part.number in fetched]
    return Reduction(
        root,
        (
            "HEADER",
            *(f"{part.number}.MIME" for part in parts if part is not root),
            *(f"{part.number}.HEADER" for part in files if part.content_type == "message/rfc822"),
            *(part.number for part in texts if part.size <= LONGEST_TEXT),
        ),
        tuple(part.number for part in texts if part.size > LONGEST_TEXT),
        tuple(_decoded_size(part) for part in files),
    )


def _is_report(part: Part) -> bool:
    odd_message = part.content_type.startswith("message/") and part.content_type != "message/rfc822"
    return odd_message or part.content_type == "text/calendar"


def _entered(root: Part) -> Iterator[Part]:
    """Containers too; a message inside the message is not entered."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        if part.content_type.startswith("multipart/"):
            waiting.extend(reversed(part.parts))


def _decoded_size(part: Part) -> int:
    if part.content_type.startswith("message/") and part.parts:
        return sum(_decoded_size(leaf) for leaf in leaves(part.parts[0]))
    if part.encoding == "base64":
        return (part.size - part.size // _LINE * 2) * 3 // 4
    return part.size
