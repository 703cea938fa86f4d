"""Bodies as a sync wants them: small messages whole, large ones without the octets of their attachments."""

from collections.abc import Iterator, Sequence

from clientinbox.desk.intake import KEEP_RAW_UP_TO, Wanted
from clientinbox.mail.parts import LONGEST_TEXT, Reduction, reduction
from clientinbox.mail.ports import FetchedMessage, Mailbox


def fetch_bodies(mailbox: Mailbox, wanted: Sequence[Wanted]) -> Iterator[FetchedMessage]:
    """Of the open folder. A UID that is gone, or of which the server gives nothing, yields nothing."""
    large = [each.uid for each in wanted if each.size > KEEP_RAW_UP_TO]
    structures = mailbox.structures(large) if large else ()
    reductions = {uid: reduction(root, worth=KEEP_RAW_UP_TO) for uid, root in structures}
    whole = [each.uid for each in wanted if reductions.get(each.uid) is None]
    if whole:
        yield from mailbox.fetch_messages(whole)
    for uid, reduced in reductions.items():
        if reduced is not None:
            message = _fetch_reduced(mailbox, uid, reduced)
            if message is None:
                yield from mailbox.fetch_messages((uid,))
            else:
                yield message


def _fetch_reduced(mailbox: Mailbox, uid: int, wanted: Reduction) -> FetchedMessage | None:
    from clientinbox.edge.mime.reduced import reduced_message  # with the readers, which a sync without news spares

    sections = {
        name: octets
        for fetched in mailbox.fetch_sections((uid,), wanted.sections)
        for name, octets in fetched.sections.items()
    }
    if sections:
        sections |= {name: _beginning(mailbox.stream(uid, name)) for name in wanted.long_texts}
    raw = reduced_message(wanted.root, sections)
    return None if raw is None else FetchedMessage(uid, raw, wanted.sizes)


def _beginning(pieces: Iterator[bytes]) -> bytes:
    found = b""
    for piece in pieces:
        found += piece
        if len(found) >= LONGEST_TEXT:
            return found[: found.rfind(b"\n", 0, LONGEST_TEXT) + 1]
    return found
