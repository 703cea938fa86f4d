"""One attachment from its server into a file that a door has made: the part alone, decoded as it comes."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clientinbox.edge.imap.errors import ServerRefused
from clientinbox.edge.store import Connection, outgoing
from clientinbox.edge.store.outgoing import StoredPlace
from clientinbox.errors import ClientInboxError
from clientinbox.mail.parts import attachments_in
from clientinbox.mail.ports import Mailbox, Part


class AttachmentGone(ClientInboxError):
    """The connection is good; what was asked for is not there."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Fetch attachment `number` (from 1) of a message that lies at one of these places."""

    places: tuple[StoredPlace, ...]
    number: int
    types: tuple[str, ...]
    """Content types of all its attachments, as they were read: what the server lists has to be the same."""
    path: str
    """Of an empty file; none is made here."""


def errands(
    connection: Connection, accounts: Sequence[str], message_id: str, number: int, types: Sequence[str], path: str
) -> dict[str, Errand]:
    """By account, of those where the message lies."""
    found = {name: outgoing.places_by_message_id(connection, message_id, name) for name in accounts}
    return {name: Errand(places, number, tuple(types), path) for name, places in found.items() if places}


def run_errand(errand: Errand, mailbox: Mailbox) -> dict[str, Any]:
    """The report of it. Leaves another folder open. Raises AttachmentGone, NetworkError."""
    for place in errand.places:
        try:
            if mailbox.select(place.folder).uidvalidity != place.uidvalidity:
                continue
            root = next((part for _, part in mailbox.structures((place.uid,))), None)
            if root is not None:
                return report(octets=_write(errand.path, _pieces(errand, mailbox, place.uid, root)))
        except ServerRefused:
            continue
    raise AttachmentGone("The server no longer has this message where it was.", todo="Sync, and try again.")


def report(*, octets: int = 0, error: ClientInboxError | None = None) -> dict[str, Any]:
    if error is None:
        return {"octets": octets, "error": None, "exit_code": 0}
    return {"octets": 0, "error": str(error), "exit_code": int(error.exit_code)}


def _pieces(errand: Errand, mailbox: Mailbox, uid: int, root: Part) -> Iterable[bytes]:
    from clientinbox.edge.mime.attachment import DECODABLE, attachment_octets, decoded  # seldom wanted

    parts = attachments_in(root)
    if tuple(part.content_type for part in parts) == errand.types:
        part = parts[errand.number - 1]
        if part.encoding in DECODABLE:
            return decoded(mailbox.stream(uid, part.number), part.encoding)
    # the server reads its structure in another way than we do
    octets = attachment_octets(b"".join(mailbox.stream(uid)), errand.number)
    if octets is None:
        raise AttachmentGone("The message on the server has no such attachment.")
    return (octets,)


def _write(path: str, pieces: Iterable[bytes]) -> int:
    written = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC), "wb") as file:
        for piece in pieces:
            written += file.write(piece)
    return written
