"""Opening folders and hearing what changed in them: SELECT, STATUS, and RFC 7162 where the server has it."""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import imaplib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from imapclient.imap_utf7 import decode as decode_utf7

from clientinbox.edge.imap import idle
from clientinbox.edge.imap.responses import LARGEST_NUMBER, LARGEST_UID, flags_of, items_by_uid, number_of
from clientinbox.edge.imap.sequences import within
from clientinbox.edge.imap.session import Session, checked
from clientinbox.edge.imap.values import ProtocolError, each_response, values_of
from clientinbox.mail.ports import FolderChanges, FolderState

Flags = dict[int, tuple[str, ...]]

_VANISHED = re.compile(rb"(?:\(EARLIER\) +)?([0-9:,]+)", re.IGNORECASE)
_QUESTIONS_AT_ONCE = 50
_STATUS_NAME_AND_ITEMS = 2
_LIST_FIELDS = 3
_ANY_KEYWORD = "\\*"


@dataclass(frozen=True, slots=True)
class Opened:
    state: FolderState
    permanent: frozenset[str] | None
    """Flags that last, lower case; None: all do."""
    any_keyword: bool
    writable: bool


def open_folder(session: Session, imap: Any, folder: str, *, writable: bool = False, parameters: str = "") -> Opened:
    """SELECT or EXAMINE; what the server mentions from here on is news."""
    imap.untagged_responses = {}
    imap.state = "AUTH"  # a refused SELECT leaves no folder open
    verb = "SELECT" if writable else "EXAMINE"
    checked(*imap._simple_command(verb, session.client._normalise_folder(folder), *filter(None, (parameters,))))
    imap.state = "SELECTED"
    said = imap.untagged_responses
    uidvalidity = _number(said, "UIDVALIDITY", LARGEST_UID)
    if not uidvalidity or not said.get("EXISTS"):
        # Taken for 0, all that is stored would seem to be gone.
        raise ValueError("a folder was opened without a word of its UIDVALIDITY or its size")
    state = FolderState(
        uidvalidity=uidvalidity,
        uidnext=_number(said, "UIDNEXT"),
        exists=_number(said, "EXISTS") or 0,
        highestmodseq=None if "NOMODSEQ" in said else _number(said, "HIGHESTMODSEQ"),
    )
    listed = said.get("PERMANENTFLAGS", [None])[-1]
    kept = None if listed is None else frozenset(listed.decode("utf-8", "replace").strip("() ").lower().split())
    opened = Opened(state, kept, kept is None or _ANY_KEYWORD in kept, writable and "READ-ONLY" not in said)
    for kind in ("EXISTS", "RECENT"):
        said.pop(kind, None)
    return opened


def changes(session: Session, imap: Any, folder: str, since: FolderState, known: Collection[int]) -> FolderChanges:
    """Open a folder read-only and hear what happened since a state that was kept."""
    modseq = since.highestmodseq
    quick = b"QRESYNC" in session.client.enabled and bool(modseq) and since.uidvalidity > 0
    parameters = f"(QRESYNC ({since.uidvalidity} {modseq}))" if quick else ""
    try:
        state = open_folder(session, imap, folder, parameters=parameters).state
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        if not quick:
            raise
        quick = False  # whether it is the folder that is refused, or the question
        state = open_folder(session, imap, folder).state
    told = imap.untagged_responses
    fetched, vanished_lines = told.pop("FETCH", []), told.pop("VANISHED", [])
    idle.forget(imap)
    if state.uidvalidity != since.uidvalidity or not modseq or (state.highestmodseq or 0) < modseq:
        return FolderChanges(state, None, None)  # a count that went back began anew, with another index
    if state == since:
        return FolderChanges(state, {}, ())
    if quick:
        return FolderChanges(state, *_told_at_once(fetched, vanished_lines, known))
    return FolderChanges(state, _changed_since(session, imap, state, modseq), None)


def _told_at_once(
    fetched: Sequence[Any], vanished_lines: Sequence[Any], known: Collection[int]
) -> tuple[Flags, tuple[int, ...]] | tuple[None, None]:
    vanished = [_VANISHED.fullmatch(line) for line in vanished_lines]
    flags = _flags(fetched)
    if flags is None or not all(vanished):
        return None, None  # half of what happened is worse than nothing
    gone = {uid for match in vanished if match for uid in within(match[1].decode("ascii"), known)}
    return flags, tuple(sorted(gone))


def _changed_since(session: Session, imap: Any, state: FolderState, modseq: int) -> Flags | None:
    if b"CONDSTORE" not in session.capabilities:
        return None
    if not state.exists:
        return {}
    checked(*imap._simple_command("UID", "FETCH", "1:*", f"(UID FLAGS) (CHANGEDSINCE {modseq})"))
    return _flags(imap.untagged_responses.pop("FETCH", []))


def _flags(data: Sequence[Any]) -> Flags | None:
    found, spoilt = items_by_uid(data)
    flags = {uid: flags_of(items) for uid, items in found.items()}
    told = {uid: each for uid, each in flags.items() if each is not None}
    return None if spoilt or len(told) < len(found) else told


def status(session: Session, imap: Any, folders: Sequence[str]) -> dict[str, FolderState]:
    """Many questions are sent before the first answer is read; a folder that is refused is missing."""
    items = "(MESSAGES UIDNEXT UIDVALIDITY" + (" HIGHESTMODSEQ)" if b"CONDSTORE" in session.capabilities else ")")
    imap.untagged_responses.pop("STATUS", None)
    if imap.state == "SELECTED" and folders:
        # of a folder that is open a server may say what it was when it last told us of news: so let it tell
        imap._get_tagged_response(imap._command("NOOP"))
    for start in range(0, len(folders), _QUESTIONS_AT_ONCE):  # more might fill the buffers of both sides
        names = map(session.client._normalise_folder, folders[start : start + _QUESTIONS_AT_ONCE])
        for tag in [imap._command("STATUS", name, items) for name in names]:
            imap._get_tagged_response(tag)
    imap._check_bye()
    by_name = {_canonical(folder): folder for folder in folders}
    found: dict[str, FolderState] = {}
    for response in each_response(imap.untagged_responses.pop("STATUS", [])):
        said = values_of(response)
        if len(said) != _STATUS_NAME_AND_ITEMS or not isinstance(said[1], tuple) or len(said[1]) % 2:
            raise ProtocolError("a STATUS that is no name and list")
        name = decode_utf7(said[0]) if isinstance(said[0], bytes) else str(said[0])
        folder = by_name.get(_canonical(name))
        state = _state(dict(zip(said[1][::2], said[1][1::2], strict=True)))
        if folder and state:
            found[folder] = state
    return found


def listed(imap: Any) -> list[tuple[tuple[str, ...], str, str]]:
    """(flags, delimiter, decoded name) of each folder; a name that should have been quoted is put together again."""
    imap.untagged_responses.pop("LIST", None)
    checked(*imap._simple_command("LIST", '""', '"*"'))
    found = []
    for response in each_response(imap.untagged_responses.pop("LIST", [])):
        flags, delimiter, *words = values_of(response) + (None,) * _LIST_FIELDS
        words = list(takewhile(lambda word: isinstance(word, bytes | int), words))
        if not isinstance(flags, tuple) or not words:
            raise ProtocolError("a LIST that names no folder")
        name = b" ".join(word if isinstance(word, bytes) else b"%d" % word for word in words)
        found.append((tuple(map(_text, flags)), _text(delimiter or b""), decode_utf7(name)))
    return found


def _canonical(name: str) -> str:
    return "INBOX" if name.upper() == "INBOX" else name


def _state(items: dict[Any, Any]) -> FolderState | None:
    items = {name.upper(): value for name, value in items.items() if isinstance(name, bytes)}
    uidvalidity, exists = number_of(items, b"UIDVALIDITY"), number_of(items, b"MESSAGES")
    if not uidvalidity or uidvalidity > LARGEST_UID or exists is None:
        return None
    # HIGHESTMODSEQ 0: it keeps none of this folder
    return FolderState(uidvalidity, number_of(items, b"UIDNEXT"), exists, number_of(items, b"HIGHESTMODSEQ") or None)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _number(said: dict[str, list[Any]], kind: str, most: int = LARGEST_NUMBER) -> int | None:
    words = said.get(kind)
    if not words:
        return None
    number = int(words[-1])
    if not 0 <= number <= most:
        raise ValueError(f"{kind} {number}")
    return number or None
