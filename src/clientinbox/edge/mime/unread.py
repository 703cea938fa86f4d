"""For mail that the real readers cannot take: nothing is parsed here, so nothing can go wrong.

Both look at the raw bytes with patterns that cannot backtrack, and give a person enough to go on.
"""

import hashlib
import re

from clientinbox.edge.mime.sanitise import sanitise, sanitise_line
from clientinbox.mail.message import Address, Body, Envelope

_HEADER_OCTETS = 64 * 1024
_SHOWN = 20_000
"""Characters of a mail's source that are shown; all of it stays stored."""
_FIELD = re.compile(rb"^(from|to|cc|subject|message-id):[ \t]*([^\r\n]{0,2000})", re.IGNORECASE | re.MULTILINE)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,250}")
_ID = re.compile(r"<[^<>\s]{1,500}>")


def plain_envelope(header: bytes) -> Envelope:
    """Who wrote to whom, as far as it can be seen without unfolding or decoding; no date."""
    head = re.split(rb"\r?\n\r?\n", header[:_HEADER_OCTETS], maxsplit=1)[0]
    fields: dict[str, str] = {}
    for name, raw in _FIELD.findall(head):
        fields.setdefault(name.decode().lower(), sanitise_line(raw.decode("utf-8", "replace")))
    digest = hashlib.sha256(header).hexdigest()[:32]
    named = _ID.search(fields.get("message-id", ""))
    senders = _addresses(fields.get("from", ""))
    return Envelope(
        message_id=named[0] if named else f"<{digest}@unreadable.clientinbox.invalid>",
        subject=fields.get("subject", "").strip(),
        sender=senders[0] if senders else Address("", ""),
        to=_addresses(fields.get("to", "")),
        cc=_addresses(fields.get("cc", "")),
        digest=digest,
    )


def plain_body(raw: bytes, words: str) -> Body:
    """The source itself, with a sentence that says why it is shown."""
    return Body(sanitise(raw[: 4 * _SHOWN].decode("utf-8", "replace")).strip("\n")[:_SHOWN], defects=(words,))


def _addresses(field: str) -> tuple[Address, ...]:
    return tuple(Address("", email.lower()) for email in dict.fromkeys(_EMAIL.findall(field)))
