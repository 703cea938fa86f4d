"""Mail that lies in files: .eml, mbox and maildir → raw messages, one at a time, so that size does not matter.

mbox is read by hand: the standard library's reader takes any line that begins with "From " for a new message.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from clientinbox.errors import UsageError

LARGEST_MESSAGE = 256_000_000
"""Octets; a message is held in memory whole."""


class Kind(StrEnum):
    EML = "eml"
    MBOX = "mbox"
    MAILDIR = "maildir"


@dataclass(frozen=True, slots=True)
class FiledMessage:
    where: str
    """The file, with the place in it for an mbox."""
    raw: bytes
    flags: tuple[str, ...]
    modified: datetime
    """Of the file; for mail without a date of its own."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is no mail, or cannot be read."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class MailSource:
    path: Path
    kind: Kind
    folder: str
    """What the folder it came from was called."""

    def messages(self) -> Iterator[FiledMessage | LeftOut]:
        """In the order they lie there; a file that vanishes or cannot be read is said and passed over."""
        if self.kind is Kind.MAILDIR:
            for part in ("new", "cur"):
                for entry in sorted(_entries(self.path / part)):
                    yield _read(entry, _maildir_flags(entry.name, part))
        elif self.kind is Kind.MBOX:
            try:
                yield from _mbox(self.path)
            except OSError as exc:
                yield LeftOut(str(self.path), f"cannot be read: {exc.strerror or exc}")
        else:
            yield _read(self.path, ("\\Seen",))


def sources(paths: Sequence[Path]) -> Iterator[MailSource | LeftOut]:
    """Find what holds mail under these paths, folders searched to their ends. Raises UsageError for a path that is not
    there, before anything is yielded.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"There is no {path}.", todo="Name an .eml file, an mbox, a maildir, or a folder of them.")
    for path in paths:
        yield from _under(path, path)


def _under(path: Path, top: Path) -> Iterator[MailSource | LeftOut]:
    if not path.is_dir():
        yield _file(path)
        return
    if (path / "cur").is_dir() and (path / "new").is_dir():
        name = path.name if path == top else str(path.relative_to(top))
        yield MailSource(path, Kind.MAILDIR, name.lstrip("."))
        below = [each for each in sorted(_entries(path)) if each.name not in _MAILDIR_PARTS and each.is_dir()]
    else:
        try:
            below = sorted(path.iterdir())
        except OSError as exc:
            yield LeftOut(str(path), f"cannot be read: {exc.strerror or exc}")
            return
    for entry in below:
        if entry.is_dir() and entry.is_symlink():
            yield LeftOut(str(entry), "is a link to a folder; name that folder itself")
        else:
            yield from _under(entry, top)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


_MAILDIR_PARTS = frozenset({"cur", "new", "tmp"})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FIELD = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_FROM = re.compile(rb"From .*\d{1,2}:\d\d.*\d{4}|From .*\d{4}.*\d{1,2}:\d\d")
_QUOTED_FROM = re.compile(rb">+From ")
_BOM = b"\xef\xbb\xbf"


def _file(path: Path) -> MailSource | LeftOut:
    try:
        if not path.is_file():
            return LeftOut(str(path), "is no regular file")
        with path.open("rb") as file:
            head = file.read(4096).removeprefix(_BOM)
    except OSError as exc:
        return LeftOut(str(path), f"cannot be read: {exc.strerror or exc}")
    why = "is no mail"
    if not head:
        why = "is empty"
    elif head.startswith(_OLE):
        why = "is an Outlook file (.msg or .pst); export it as .eml or mbox"
    elif head.startswith(b"From "):
        return MailSource(path, Kind.MBOX, path.stem)
    elif path.suffix.lower() in {".eml", ".emlx"} or _FIELD.match(head):
        return MailSource(path, Kind.EML, path.parent.resolve().name or "mail")
    return LeftOut(str(path), why)


def _read(path: Path, flags: tuple[str, ...]) -> FiledMessage | LeftOut:
    try:
        status = path.stat()
        if status.st_size > LARGEST_MESSAGE:
            return LeftOut(str(path), f"is larger than {LARGEST_MESSAGE // 1_000_000} MB")
        raw = path.read_bytes()
    except OSError as exc:
        return LeftOut(str(path), f"cannot be read: {exc.strerror or exc}")
    raw = raw.removeprefix(_BOM)
    if path.suffix.lower() == ".emlx":  # Apple Mail: the length, the message, a property list
        length, _, rest = raw.partition(b"\n")
        raw = rest[: int(length)] if length.strip().isdigit() else raw
    if not raw.strip():
        return LeftOut(str(path), "is empty")
    return FiledMessage(str(path), raw, flags, datetime.fromtimestamp(status.st_mtime, UTC))


def _maildir_flags(name: str, part: str) -> tuple[str, ...]:
    info = name.rpartition(":2,")[2] if part == "cur" and ":2," in name else ""
    return tuple(flag for letter, flag in (("S", "\\Seen"), ("R", "\\Answered"), ("F", "\\Flagged")) if letter in info)


def _mbox(path: Path) -> Iterator[FiledMessage | LeftOut]:
    """mboxrd, mboxo, and what Thunderbird writes: a message begins after an empty line with "From ", and a date."""
    with path.open("rb") as file:
        modified = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        for number, raw in enumerate(_cut(file), 1):
            where = f"{path}, message {number}"
            if raw is None:
                yield LeftOut(where, f"is larger than {LARGEST_MESSAGE // 1_000_000} MB")
            elif raw.strip():
                yield FiledMessage(where, raw, _mbox_flags(raw), modified)
            else:
                yield LeftOut(where, "is empty")


def _cut(file: BinaryIO) -> Iterator[bytes | None]:
    """None in the place of a message that is too large."""
    parts: list[bytes] = []
    size, begun = 0, False
    at_line_start = after_empty = True
    while chunk := file.readline(1 << 16):  # a line without an end must not fill the memory
        if at_line_start and after_empty and (_FROM.match(chunk) or not begun):
            if begun:
                yield _joined(parts, size)
            begun, parts, size = True, [], 0
            after_empty = False
        else:
            after_empty = at_line_start and chunk in {b"\n", b"\r\n"}
            if at_line_start and _QUOTED_FROM.match(chunk):
                chunk = chunk[1:]
            size += len(chunk)
            if size <= LARGEST_MESSAGE:
                parts.append(chunk)
        at_line_start = chunk.endswith(b"\n")
    if begun:
        yield _joined(parts, size)


def _joined(parts: list[bytes], size: int) -> bytes | None:
    if size > LARGEST_MESSAGE:
        return None
    if parts and parts[-1] in {b"\n", b"\r\n"}:
        parts.pop()  # the empty line in front of the next message is not this one's
    return b"".join(parts)


_MBOX_FLAGS = (("R", "\\Seen"), ("A", "\\Answered"), ("F", "\\Flagged"))
_STATUS = re.compile(rb"^(?:X-)?Status:[ \t]*([A-Za-z]*)", re.MULTILINE | re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


def _mbox_flags(raw: bytes) -> tuple[str, ...]:
    """From Status and X-Status; a mailbox that does not use them is taken to have been read."""
    end = _HEAD_END.search(raw)
    found = _STATUS.findall(raw[: end.start() if end else len(raw)])
    if not found:
        return ("\\Seen",)
    letters = b"".join(found).decode().upper()
    return tuple(flag for letter, flag in _MBOX_FLAGS if letter in letters)
