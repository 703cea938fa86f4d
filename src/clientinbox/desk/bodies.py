"""A message's bytes become its text, and whose words they are. Imported where there is something to read: the readers'
patterns take a third of the time of a sync without news.
"""

from dataclasses import replace

from clientinbox.edge.mime.body import READER_VERSION, read_body
from clientinbox.edge.store import writes
from clientinbox.mail.message import Body
from clientinbox.mail.ports import FetchedMessage
from clientinbox.mail.zones import ZONES_VERSION, zones_of

READER = f"{READER_VERSION}+{ZONES_VERSION}"
"""Goes up when the same bytes would be read otherwise."""


def reading_of(message: int, fetched: FetchedMessage, *, keep: bool) -> writes.Reading:
    body = _with_sizes(read_body(fetched.raw, bulk=True), fetched.sizes)
    zones = zones_of(body.text, body.quoted_from)
    return writes.Reading(message, body, zones, None, kept(fetched.raw, keep=keep), READER)


def _with_sizes(body: Body, sizes: tuple[int, ...] | None) -> Body:
    """Of attachments that were not fetched."""
    if sizes is None or len(sizes) != len(body.attachments):
        return body
    told = (replace(file, size=file.size or size) for file, size in zip(body.attachments, sizes, strict=True))
    return replace(body, attachments=tuple(told))


def kept(raw: bytes, *, keep: bool) -> bytes | None:
    return writes.deflate(raw) if keep else None
