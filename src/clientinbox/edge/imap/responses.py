"""What FETCH answered, keyed by UID, whatever order and company the server chose to send it in.

IMAPClient merges responses by sequence number where the UID is missing, so that an unsolicited "5 FETCH (FLAGS …)"
would pass for UID 5; here only a response that names its UID counts.
"""

import re
from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from imapclient.imap_utf7 import decode as decode_utf7

from clientinbox.edge.imap.values import ProtocolError, each_response, values_of
from clientinbox.mail.ports import GmailFacts

__all__ = ["Items", "flags_of", "gmail_of", "internaldate_of", "items_by_uid", "number_of", "octets_of"]

Items = dict[bytes, Any]

LARGEST_UID = 2**32 - 1
LARGEST_NUMBER = 2**63 - 1
"""Of a MODSEQ (RFC 7162), a size, and of what SQLite can keep."""
_A_PAIR = 2
_USUAL = 10
"""Flags of one message that are worth remembering how to read."""
_PASSING = frozenset({b"FLAGS", b"MODSEQ", b"X-GM-LABELS"})
_MENTIONED = _PASSING | {b"UID"}

_NAME = re.compile(
    rb"UID|FLAGS|MODSEQ|INTERNALDATE|SAVEDATE|ENVELOPE|BODYSTRUCTURE|BODY|RFC822(?:\.SIZE|\.HEADER|\.TEXT)?"
    rb"|(?:BODY|BINARY|BINARY\.SIZE)\[[^\[\]]{0,1000}\](?:<\d+>)?|EMAILID|THREADID|PREVIEW|SNIPPET|ANNOTATION|X-[A-Z0-9.-]+"
)
_DATE = re.compile(rb"[ 0]?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), 1
    )
}


def items_by_uid(data: Sequence[Any], asked: Container[int] | None = None) -> tuple[dict[int, Items], bool]:
    """Parse imaplib's list of FETCH responses; True where one of them could not be understood, or belongs to nobody.

    What a server mentions by itself are flags alone: more than that of a message that was not asked for is of one that
    was, under a wrong number. With `asked` None any number is welcome.
    """
    found: dict[int, Items] = {}
    spoilt = False
    contested: set[int] = set()
    for response in each_response(data):
        try:
            items = _items(values_of(response))
        except ProtocolError:
            spoilt = True
            continue
        uid = items.get(b"UID")
        if not isinstance(uid, int) or not 0 < uid <= LARGEST_UID or (asked is not None and uid not in asked):
            spoilt |= not items.keys() <= _MENTIONED
        elif (known := found.get(uid)) is None:
            found[uid] = items
        elif any(known.get(name, value) not in {value, None} for name, value in _lasting(items)):
            # Two messages under one number: nobody can say which of them it is.
            spoilt = True
            contested.add(uid)
        else:
            # NIL in one of two responses for the same message does not undo what the other one said.
            known.update({name: value for name, value in items.items() if value is not None or name not in known})
    for uid in contested:
        del found[uid]
    return found, spoilt


def _lasting(items: Items) -> Iterator[tuple[bytes, Any]]:
    """What never changes of a message (RFC 9051, 2.3.1.1): all but its flags."""
    return ((name, value) for name, value in items.items() if name not in _PASSING and value is not None)


def _items(values: tuple[Any, ...]) -> Items:
    if len(values) != _A_PAIR or not isinstance(values[0], int):
        raise ProtocolError("a FETCH response without a number and a list")
    pairs = values[1]
    if not isinstance(pairs, tuple) or len(pairs) % _A_PAIR:
        raise ProtocolError("a FETCH response without pairs of name and value")
    names = pairs[::2]
    items: Items = {}
    for name, value in zip(names, pairs[1::2], strict=True):
        known = _known(name) if isinstance(name, bytes) else b""
        # After a literal of a wrong length its own text is read as names, or the next message as more of this one.
        if not known or items.setdefault(known, value) != value:
            raise ProtocolError("a FETCH response that is out of step")
    return items


@lru_cache(maxsize=256)
def _known(name: bytes) -> bytes:
    """In upper case; empty where no server would send it."""
    name = name.upper()
    return name if _NAME.fullmatch(name) else b""


def octets_of(items: Items, name: bytes) -> bytes | None:
    """A literal or quoted string; None for NIL, for a missing item, and for what is no string at all."""
    value = items.get(name)
    if isinstance(value, int):  # an unquoted number is no body, but some servers forget the quotes
        value = str(value).encode("ascii")
    return value if isinstance(value, bytes) else None


def number_of(items: Items, name: bytes) -> int | None:
    value = items.get(name)
    return value if isinstance(value, int) and value <= LARGEST_NUMBER else None


def flags_of(items: Items) -> tuple[str, ...] | None:
    r"""Without \Recent, which is about the session; None where the server gave no flags."""
    value = items.get(b"FLAGS")
    if not isinstance(value, tuple):
        return None
    return _usual_flags(value) if len(value) <= _USUAL else _flags(value)


@lru_cache(maxsize=256)
def _usual_flags(value: tuple[Any, ...]) -> tuple[str, ...]:
    return _flags(value)


def _flags(value: tuple[Any, ...]) -> tuple[str, ...]:
    words = (
        flag.decode("utf-8", "replace") if isinstance(flag, bytes) else str(flag)
        for flag in value
        if isinstance(flag, bytes | int)  # a keyword of digits alone arrives as a number
    )
    return tuple(word for word in words if word.lower() != "\\recent")


def gmail_of(items: Items) -> GmailFacts | None:
    message, thread = number_of(items, b"X-GM-MSGID"), number_of(items, b"X-GM-THRID")
    labels = items.get(b"X-GM-LABELS")
    if message is None or thread is None:
        return None
    return GmailFacts(message, thread, tuple(map(_label, labels)) if isinstance(labels, tuple) else ())


def _label(value: object) -> str:
    try:
        return decode_utf7(value) if isinstance(value, bytes) else str(value)
    except ValueError:
        return str(value, "utf-8", "replace") if isinstance(value, bytes) else ""


def internaldate_of(items: Items) -> datetime | None:
    value = items.get(b"INTERNALDATE")
    match = _DATE.fullmatch(value) if isinstance(value, bytes) else None
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    try:
        return datetime(
            int(year),
            _MONTHS.get(month.lower(), 0),
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=_zone(sign, hours, minutes),
        )
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _zone(sign: bytes, hours: bytes, minutes: bytes) -> timezone:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == b"-" else offset)
