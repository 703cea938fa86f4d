"""One thread as one line: which columns fit, and what each says. No widget here, so every width can be tested."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len

from clientinbox.desk.views import InboxRow
from clientinbox.tui.glyphs import Glyphs
from clientinbox.tui.plain import fitted, one_line
from clientinbox.tui.wording import age, label_letters, tension_sign, tension_word, waited

RING = " RING "
"""The badge of a thread that should leave the keyboard; a word, because a colour or a telephone may not arrive."""

CHECK = " CHECK "
"""The badge of a thread whose sender may not be who they seem to be; before any call or answer."""

LEVELS = ("calm", "concerned", "tense", "livid")


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column; 0 leaves it out. The subject takes what is left."""

    word: int
    client: int
    project: int
    contact: int
    subject: int

    @classmethod
    def of(cls, width: int) -> "Columns":
        word, client, project, contact = 0, 15, 7, 0
        if width >= 155:  # noqa: PLR2004 - the widths PRODUCT.md asks for, less a scrollbar
            word, client, project, contact = 9, 24, 8, 20
        elif width >= 110:  # noqa: PLR2004
            word, client, project, contact = 9, 18, 7, 16
        elif width < 70:  # noqa: PLR2004
            client, project = 10, 0
        fixed = _UNREAD + _SIGN + _WAIT + _LABELS + _AGE
        named = sum(size + _GAP for size in (word, client, project, contact) if size)
        return cls(word, client, project, contact, max(0, width - fixed - named))


_GAP = 2
_UNREAD, _SIGN, _WAIT, _LABELS, _AGE = 3, 3, 5 + _GAP, 4 + _GAP, 2 + 3 + 1

Cell = tuple[str, str]
"""Text, and the role whose style it takes."""


def heading(columns: Columns) -> str:
    """The line above the list."""
    parts = [" " * _UNREAD]
    parts.append(("tension" if columns.word else "").ljust(_SIGN + (columns.word + _GAP if columns.word else 0)))
    parts.append("waits".rjust(5) + " " * _GAP)
    parts.append("for".ljust(4) + " " * _GAP)
    named = (("client", columns.client), ("project", columns.project), ("contact", columns.contact))
    parts.extend(name[:size].ljust(size + _GAP) for name, size in named if size)
    parts.append("subject"[: columns.subject].ljust(columns.subject))
    parts.append("age".rjust(_AGE - 1) + " ")
    return "".join(parts)


def cells(row: InboxRow, columns: Columns, now: datetime, glyphs: Glyphs, *, marked: bool = False) -> Iterator[Cell]:
    """The line of one thread, exactly as wide as its columns; its first cell is free for the pointer."""
    level = LEVELS[row.tension] if row.tension is not None else "calm"
    told = "plain" if row.needs_you else "quiet"
    sign = glyphs.marked if marked else glyphs.flagged if row.flagged else " "
    yield f" {glyphs.unread if row.unread else ' '}{sign}", "unread"
    unknown = row.unreadable and not row.tension
    yield ("?" if unknown else tension_sign(row.tension, glyphs)).ljust(_SIGN), "tense" if unknown else level
    if columns.word:
        word = "unjudged" if unknown else tension_word(row.tension) if row.tension else ""
        yield word.ljust(columns.word + _GAP), level
    yield waited(row.waiting_bh).rjust(5) + " " * _GAP, level if level == "livid" else told
    yield label_letters(row.labels, row.unsure).ljust(4) + " " * _GAP, "label" if row.needs_you else "quiet"
    gap = " " * _GAP
    client = row.client_name or row.client or row.contact.name or row.contact.email
    yield fitted(client, columns.client, ellipsis=glyphs.ellipsis) + gap, told
    if columns.project:
        yield fitted(row.project or "", columns.project, ellipsis=glyphs.ellipsis) + gap, "quiet"
    if columns.contact:
        name = row.contact.name or row.contact.email
        yield fitted(name, columns.contact, ellipsis=glyphs.ellipsis) + gap, "quiet"
    room = columns.subject
    badge = CHECK if row.suspicious else RING if row.escalate else ""
    if badge and room > cell_len(badge) + 1:
        yield badge, "ring"
        yield " ", told
        room -= cell_len(badge) + 1
    subject = one_line(row.subject) or "(no subject)"
    yield fitted(subject, room, ellipsis=glyphs.ellipsis), "bold" if row.unread else told
    yield " " * 2 + age(row.last_at, now).rjust(3) + " ", "quiet"
