"""What is changed on a server: flags, places, new messages. Only what was meant, and what is left undone is said."""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import imaplib
import re
from collections.abc import Sequence
from typing import Any

from clientinbox.edge.imap.opening import Opened
from clientinbox.edge.imap.sequences import chunks, expanded
from clientinbox.edge.imap.session import Session, checked
from clientinbox.errors import UsageError
from clientinbox.mail.ports import Appended, FlagsChanged, Moved

AT_ONCE = 1_000
_FLAG = re.compile(r"\\?[^\x00-\x20\x7f(){%*\"\\\]\u0080-\U0010ffff]+")
_UIDPLUS = re.compile(rb"(\d{1,10}) ([0-9:,]+)(?: ([0-9:,]+))?")


def change_flags(
    imap: Any, opened: Opened, uids: Sequence[int], add: Sequence[str], remove: Sequence[str]
) -> FlagsChanged:
    """UsageError for a flag that IMAP cannot write, a refusal for a folder that is read-only."""
    for flag in (*add, *remove):
        if not _FLAG.fullmatch(flag):
            raise UsageError(f"{flag!r} cannot be a flag of a message: letters, digits and - _ $ . alone.")
    _must_be_writable(opened)
    dropped = tuple(flag for flag in add if not _kept(opened, flag))
    added = tuple(flag for flag in add if flag not in dropped)
    for sign, flags in (("+", added), ("-", tuple(remove))):
        if flags:
            for _, text in chunks(uids, AT_ONCE):
                checked(*_uid(imap, "STORE", text, f"{sign}FLAGS.SILENT", f"({' '.join(flags)})"))
    imap.untagged_responses.pop("FETCH", None)
    return FlagsChanged(dropped)


def _must_be_writable(opened: Opened) -> None:
    if not opened.writable:
        raise imaplib.IMAP4.error("this folder is read-only")


def _kept(opened: Opened, flag: str) -> bool:
    kept = opened.permanent
    return kept is None or flag.lower() in kept or (opened.any_keyword and not flag.startswith("\\"))


def move(session: Session, imap: Any, opened: Opened, uids: Sequence[int], to: str) -> Moved:
    """With MOVE (RFC 6851), else COPY and UID EXPUNGE (RFC 4315), else COPY alone and the originals flagged."""
    _must_be_writable(opened)
    target = session.client._normalise_folder(to)
    places: dict[int, int] = {}
    uidvalidity: int | None = None
    all_told = True
    for _, text in chunks(uids, AT_ONCE):
        verb = "MOVE" if b"MOVE" in session.capabilities else "COPY"
        imap.untagged_responses.pop("COPYUID", None)
        checked(*_uid(imap, verb, text, target))
        told = _copied(imap)
        if told is None:
            all_told = False
        else:
            uidvalidity = told[0]
            places.update(told[1])
        if verb == "COPY":
            _expunge(session, imap, text)
    left = not session.capabilities & {b"MOVE", b"UIDPLUS"}
    _forget_own(imap)
    return Moved(places if all_told else None, uidvalidity if all_told else None, left)


def remove(session: Session, imap: Any, opened: Opened, uids: Sequence[int]) -> bool:
    """False: they are only flagged, since the server cannot expunge some alone."""
    _must_be_writable(opened)
    for _, text in chunks(uids, AT_ONCE):
        _expunge(session, imap, text)
    _forget_own(imap)
    return b"UIDPLUS" in session.capabilities


def _expunge(session: Session, imap: Any, text: str) -> None:
    checked(*_uid(imap, "STORE", text, "+FLAGS.SILENT", "(\\Deleted)"))
    if b"UIDPLUS" in session.capabilities:
        checked(*_uid(imap, "EXPUNGE", text))


def _forget_own(imap: Any) -> None:
    """Our own doing is no news."""
    for kind in ("FETCH", "EXPUNGE", "VANISHED"):
        imap.untagged_responses.pop(kind, None)


def _uid(imap: Any, *words: Any) -> Any:
    """Not with imaplib's own `uid`, which reads the answer of each verb its own way."""
    return imap._simple_command("UID", *words)


def _copied(imap: Any) -> tuple[int, dict[int, int]] | None:
    words = imap.untagged_responses.pop("COPYUID", [])
    match = _UIDPLUS.fullmatch(words[-1] or b"") if words else None
    if match is None or match[3] is None:
        return None
    try:
        old, new = expanded(match[2].decode("ascii")), expanded(match[3].decode("ascii"))
        return int(match[1]), dict(zip(old, new, strict=True))
    except ValueError:  # it is moved all the same
        return None


def appended(imap: Any) -> Appended | None:
    words = imap.untagged_responses.pop("APPENDUID", [])
    match = _UIDPLUS.fullmatch(words[-1] or b"") if words else None
    if match is None or not match[2].isdigit():
        return None
    return Appended(int(match[1]), int(match[2]))
