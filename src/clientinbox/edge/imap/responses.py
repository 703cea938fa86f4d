"""What FETCH answered, as values: keyed by UID, whatever order and company the server chose to send it in.

IMAPClient merges responses by sequence number where the UID is missing, so that an unsolicited "5 FETCH (FLAGS …)"
would pass for UID 5; here only a response that names its UID counts.
"""

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from imapclient.datetime_util import parse_to_datetime
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import gen_parsed_response

__all__ = ["Items", "ProtocolError", "flags_of", "internaldate_of", "items_by_uid", "octets_of"]

Items = dict[bytes, Any]


def items_by_uid(data: Sequence[Any]) -> dict[int, Items]:
    """Parse imaplib's list of FETCH responses; ProtocolError where it cannot be understood."""
    found: dict[int, Items] = {}
    parsed = gen_parsed_response([part for part in data if part is not None])
    for _sequence_number in parsed:
        response = next(parsed, None)
        if not isinstance(response, tuple) or len(response) % 2:
            raise ProtocolError("a FETCH response without pairs of name and value")
        items = {_name(response[at]): response[at + 1] for at in range(0, len(response), 2)}
        uid = items.get(b"UID")
        if isinstance(uid, int):
            # NIL in one of two responses for the same message does not undo what the other one said.
            known = found.setdefault(uid, {})
            known.update({name: value for name, value in items.items() if value is not None or name not in known})
    return found


def _name(token: object) -> bytes:
    if not isinstance(token, bytes):
        raise ProtocolError("the name of a FETCH item is not a word")
    return token.upper()


def octets_of(items: Items, name: bytes) -> bytes | None:
    """A literal or quoted string; None for NIL, for a missing item, and for what is no string at all."""
    value = items.get(name)
    if isinstance(value, int):  # an unquoted number is no body, but some servers forget the quotes
        value = str(value).encode("ascii")
    return value if isinstance(value, bytes) else None


def flags_of(items: Items) -> tuple[str, ...] | None:
    r"""Without \Recent, which is about the session; None where the server gave no flags."""
    value = items.get(b"FLAGS")
    if not isinstance(value, tuple):
        return None
    words = (
        flag.decode("utf-8", "replace") if isinstance(flag, bytes) else str(flag)
        for flag in value
        if isinstance(flag, bytes | int)  # a keyword of digits alone arrives as a number
    )
    return tuple(word for word in words if word.lower() != "\\recent")


def internaldate_of(items: Items) -> datetime | None:
    value = items.get(b"INTERNALDATE")
    if not isinstance(value, bytes):
        return None
    try:
        when = parse_to_datetime(value, normalise=False)
        offset = when.utcoffset()
        return None if offset is None else when.replace(tzinfo=timezone(offset))
    except (ValueError, OverflowError):
        return None
