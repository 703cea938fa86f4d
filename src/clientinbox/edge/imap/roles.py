"""Which folder is Sent, Archive, Junk…: the user's word first, then RFC 6154, then the name."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from clientinbox.mail.ports import Folder

_UNSELECTABLE = frozenset({"\\noselect", "\\nonexistent"})
_SPECIAL_USE = {
    "\\sent": "sent",
    "\\drafts": "drafts",
    "\\archive": "archive",
    "\\junk": "junk",
    "\\trash": "trash",
    "\\all": "all",
    "\\flagged": "flagged",
}
_NAMES = {
    "sent": (
        "sent",
        "sent items",
        "sent mail",
        "sent messages",
        "gesendet",
        "gesendete objekte",
        "envoyés",
        "verzonden",
    ),
    "drafts": ("drafts", "draft", "entwürfe", "brouillons", "concepten"),
    "archive": ("archive", "archives", "archiv", "archief"),
    "junk": ("junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk mail", "ongewenst"),
    "trash": ("trash", "deleted items", "deleted messages", "deleted", "bin", "papierkorb", "corbeille", "prullenbak"),
    "all": ("all mail",),
    "flagged": ("starred",),
}
"""Most usual first; compared without case."""
USUAL_NAME = {"sent": "Sent", "drafts": "Drafts", "archive": "Archive", "junk": "Junk", "trash": "Trash"}
"""Of a folder that is made because there is none for the role."""
_ROOTS = frozenset({"", "inbox", "[gmail]", "[google mail]"})
"""A name counts only at the top or under these: "Clients/Archive" is somebody's filing, not the archive."""


def with_roles(
    listed: Sequence[tuple[Sequence[str], str, str]], aliases: Sequence[tuple[str, str]] = ()
) -> tuple[Folder, ...]:
    """Selectable folders with at most one folder for each role.

    `listed` holds (flags, delimiter, decoded name) as LIST gave them, `aliases` (role, name) as configured.
    """
    found: dict[str, _Listed] = {}  # in the server's order; a folder listed twice counts once
    for flags, delimiter, name in listed:
        folder = _Listed(name, delimiter, frozenset(flag.lower() for flag in flags))
        if not folder.flags & _UNSELECTABLE:
            found[name] = folder
    role_of: dict[str, str] = {}
    for role, name in chain(aliases, _by_special_use(found.values()), _by_name(found.values())):
        if name in found and name not in role_of and role not in role_of.values():
            role_of[name] = role
    return tuple(Folder(name, role_of.get(name, "")) for name in found)


def special_use(role: str) -> str:
    """The flag of a role (RFC 6154)."""
    return next("\\" + flag[1:].capitalize() for flag, named in _SPECIAL_USE.items() if named == role)


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str
    delimiter: str
    flags: frozenset[str]


def _by_special_use(folders: Collection[_Listed]) -> Iterator[tuple[str, str]]:
    yield from (("inbox", folder.name) for folder in folders if folder.name.upper() == "INBOX")
    for folder in folders:
        yield from ((role, folder.name) for flag, role in _SPECIAL_USE.items() if flag in folder.flags)


def _by_name(folders: Collection[_Listed]) -> Iterator[tuple[str, str]]:
    near: dict[str, list[str]] = {}
    for folder in folders:
        parent, _, last = folder.name.rpartition(folder.delimiter) if folder.delimiter else ("", "", folder.name)
        if parent.lower() in _ROOTS:
            near.setdefault(last.lower(), []).append(folder.name)
    for role, usual in _NAMES.items():
        for wanted in usual:
            yield from ((role, name) for name in near.get(wanted, ()))
