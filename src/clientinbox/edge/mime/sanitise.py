"""The one gate for hostile characters: escape sequences, NUL and bidi controls end here.

Each is replaced by U+FFFD, one for one and never deleted, so that every offset computed later fits the text that is
stored, classified and shown. Also used on what `classify`, `assess` and `check` read from standard input.
"""

from collections.abc import Iterable

REPLACEMENT = "\ufffd"

_CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
# Marks, embeddings, overrides and isolates: each can make a terminal show another text than the one we judge.
_BIDI = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SURROGATES = range(0xD800, 0xE000)


def _table(dropped: Iterable[int], kept: str, spaces: str) -> dict[int, str]:
    table = dict.fromkeys(dropped, REPLACEMENT)
    for character in kept:
        table.pop(ord(character), None)
    for character in spaces:
        table[ord(character)] = " "
    return table


_HOSTILE = [*_CONTROLS, *_BIDI, *_SURROGATES]
_BODY = _table(_HOSTILE, kept="\n\t", spaces="")
_LINE = _table(_HOSTILE, kept="", spaces="\n\t")


def normalise_line_ends(text: str) -> str:
    """Make every CRLF and lone CR a newline; the only step that may change the length."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def sanitise(text: str) -> str:
    """Return text of many lines without hostile characters; same length but for CRLF, which becomes one
    newline.
    """
    text = normalise_line_ends(text)
    # No hostile character counts as printable; translate costs some 10 times as much as these scans.
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return text.translate(_BODY)


def sanitise_line(text: str) -> str:
    """Return a one-line field (subject, name, file name) as sanitise does, line ends and tabs turned into spaces."""
    text = normalise_line_ends(text)
    return text if text.isprintable() else text.translate(_LINE)
