"""What a header says: bytes of a header → `Envelope`. Owns "who, to whom, when, in answer to what, by hand or not".

Read with the standard library (compat32): this runs for every message of a mailbox before anything is shown.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from clientinbox.edge.mime.fields import Fields, fields_of
from clientinbox.edge.mime.headers import addresses, field_text, ids, unfold
from clientinbox.edge.mime.sanitise import sanitise_line
from clientinbox.mail.message import Address, Envelope

_FIRST_AND_LAST_REFERENCES = 50
"""A thread hangs on its first ids and its last; a field with thousands is not read whole."""
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 2200

_NOBODY = Address("", "")

_NO_REPLY = re.compile(
    r"(?:^|[._+-])(?:no|do[._-]?not|ne[._-]?pas|nicht)[._-]?(?:reply|respond|repondre|antworten)(?:$|[._+-])"
    r"|^(?:mailer-daemon|postmaster|bounces?|auto-?(?:reply|responder|confirm))(?:$|[+-])"
)

_EMPTY_LINE = re.compile(rb"\n\r?\n")

Mark = tuple[str, str, Callable[[str], bool]]
"""Field name, what it is called when shown, and whether a value says that nobody wrote this by hand."""


def read_envelope(header: bytes) -> Envelope:
    """Read a header (a whole message will do); never raises, whatever the bytes are."""
    fields = _fields(header)
    senders = addresses(_first(fields, "from")) or addresses(_first(fields, "sender"))
    digest = _digest(fields, "from", "date", "subject", "message-id")
    return Envelope(
        message_id=_message_id(fields, header),
        subject=field_text(_first(fields, "subject")),
        sender=next((sender for sender in senders if sender.email), senders[0] if senders else _NOBODY),
        to=_all_addresses(fields, "to"),
        cc=_all_addresses(fields, "cc"),
        reply_to=_all_addresses(fields, "reply-to"),
        date=_date(_first(fields, "date")),
        in_reply_to=_capped(ids(_first(fields, "in-reply-to"))),
        references=_capped(ids(" ".join(fields.get("references", ())))),
        automatic=_automatic(fields, senders),
        authentication_results=tuple(
            sanitise_line(unfold(raw)).strip() for raw in fields.get("authentication-results", ())
        ),
        list_id=_list_id(_first(fields, "list-id")),
        digest=digest,
    )


def _fields(header: bytes) -> Fields:
    end = _EMPTY_LINE.search(header)
    quickly = fields_of(header.rstrip(b"\r\n") if end is None else header[: end.start()].removesuffix(b"\r"))
    return _by_standard_library(header) if quickly is None else quickly


def _by_standard_library(header: bytes) -> Fields:
    message = BytesParser(policy=compat32).parsebytes(header, headersonly=True)
    fields: Fields = {}
    for name, raw in message.raw_items():
        fields.setdefault(name.strip().lower(), []).append(str(raw))
    return fields


def _first(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]


def _all_addresses(fields: Fields, name: str) -> tuple[Address, ...]:
    found = (address for raw in fields.get(name, ()) for address in addresses(raw))
    return tuple(dict.fromkeys(address for address in found if address.email))


def _digest(fields: Fields, *names: str) -> str:
    text = "\n".join(f"{name}:{' '.join(unfold(_first(fields, name)).split())}" for name in names)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _message_id(fields: Fields, header: bytes) -> str:
    raw = _first(fields, "message-id")
    found = ids(raw)
    if found:
        return found[0]
    bare = sanitise_line(unfold(raw)).strip().strip("<>")
    if "@" in bare and len(bare) <= 500 and not re.search(r"[\s<>]", bare):  # noqa: PLR2004 - as in headers.ids
        return f"<{bare}>"
    # Not of Received or flags: two copies of one message must get one id.
    names = ("from", "to", "date", "subject")
    # without a date too little is known: two mails taken for one would lose the second
    known = bool(fields.get("date")) and any(fields.get(name) for name in names)
    digest = _digest(fields, *names) if known else hashlib.sha256(header).hexdigest()[:32]
    return f"<{digest}@missing.clientinbox.invalid>"


def _capped(identifiers: tuple[str, ...]) -> tuple[str, ...]:
    if len(identifiers) <= 2 * _FIRST_AND_LAST_REFERENCES:
        return identifiers
    return identifiers[:_FIRST_AND_LAST_REFERENCES] + identifiers[-_FIRST_AND_LAST_REFERENCES:]


def _date(raw: str) -> datetime | None:
    text = unfold(raw)[:200]
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    if not _EARLIEST_YEAR <= date.year <= _LATEST_YEAR:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


def _automatic(fields: Fields, senders: tuple[Address, ...]) -> str:
    """Say why nobody wrote this by hand, or "". A list comes last: if it is one of our own, people write through it."""
    return (
        _marked(fields, _MACHINES)
        or ("no-reply sender" if any(_NO_REPLY.search(s.email.partition("@")[0]) for s in senders) else "")
        or _marked(fields, _LISTS)
    )


def _marked(fields: Fields, marks: Sequence[Mark]) -> str:
    for name, shown, speaks in marks:
        if any(speaks(unfold(raw).strip().lower()) for raw in fields.get(name, ())):
            return shown
    return ""


def _list_id(raw: str) -> str:
    text = sanitise_line(unfold(raw)).strip().lower()
    inside = re.search(r"<([^<>\s]+)>", text)
    return inside[1] if inside else text.split(" ")[-1]


def _first_token(value: str) -> str:
    return re.split(r"[\s;(]", value, maxsplit=1)[0]


_MACHINES: tuple[Mark, ...] = (
    ("auto-submitted", "Auto-Submitted", lambda value: _first_token(value) not in {"", "no"}),
    ("x-autoreply", "X-Autoreply", lambda value: value not in {"", "no", "false"}),
    ("x-autorespond", "X-Autorespond", lambda value: value not in {"", "no", "false"}),
    ("x-auto-response-suppress", "X-Auto-Response-Suppress", lambda value: value not in {"", "none"}),
    ("return-path", "Return-Path", lambda value: value.replace(" ", "") == "<>"),
    ("content-type", "multipart/report", lambda value: value.startswith("multipart/report")),
)
# List-Unsubscribe alone is not here: marketing tools put it into letters that a person wrote. With one-click
# (RFC 8058) it is bulk by its own word.
_LISTS: tuple[Mark, ...] = (
    ("list-unsubscribe-post", "List-Unsubscribe", bool),
    ("list-id", "List-Id", bool),
    ("precedence", "Precedence", lambda value: _first_token(value) in {"bulk", "list", "junk", "auto_reply"}),
)
