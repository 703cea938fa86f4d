"""Which parts of a message are files: one rule for parsed messages and for what a server says (BODYSTRUCTURE)."""

from collections.abc import Iterator

from clientinbox.mail.ports import Part

_FILES = {"text/calendar", "text/csv", "text/directory", "text/rtf", "text/vcard", "text/x-vcard", "text/xml"}


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
