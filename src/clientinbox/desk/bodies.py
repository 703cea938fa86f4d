"""A message's bytes become its text, and whose words they are. Imported where there is something to read: the readers'
patterns take a third of the time of a sync without news.
"""

from clientinbox.edge.mime.body import READER_VERSION, read_body
from clientinbox.edge.store import writes
from clientinbox.mail.zones import ZONES_VERSION, zones_of

READER = f"{READER_VERSION}+{ZONES_VERSION}"
"""Goes up when the same bytes would be read otherwise."""


def reading_of(message: int, raw: bytes, *, keep: bool) -> writes.Reading:
    body = read_body(raw, bulk=True)
    return writes.Reading(message, body, zones_of(body.text, body.quoted_from), None, kept(raw, keep=keep), READER)


def kept(raw: bytes, *, keep: bool) -> bytes | None:
    return writes.deflate(raw) if keep else None
