"""Bytes to text when the label may lie: which charset was really meant.

Wrong and unknown charsets are everyday work, not errors: the answer is always text, with a sentence where the label
had to be overruled or where characters were lost.
"""

import codecs
import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9._:()-]{1,40}")

# What the label says → what senders mean by it: supersets, as the WHATWG encoding standard has them.
_MEANT = {
    "ansi_x3.4-1968": "us-ascii",
    "ascii": "us-ascii",
    "cp-850": "cp850",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso_8859-1": "cp1252",
    "ks_c_5601-1987": "cp949",
    "latin1": "cp1252",
    "shift-jis": "cp932",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "x-sjis": "cp932",
}

# Python knows these by name, but they are no charsets of mail; some decode to lone surrogates or in quadratic time.
_NO_CHARSETS = {"idna", "punycode", "raw_unicode_escape", "raw-unicode-escape", "undefined", "unicode_escape"}

_ASCII_OR_LATIN = {"us-ascii", "cp1252", "windows-1252", "iso-8859-15"}

STATEFUL = ("iso-2022", "utf-7", "hz", "utf-16", "utf-32", "unicode-1-1-utf-7")
"""Beginnings of charset names whose text can look like ASCII, or have NULs, although it is not."""


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    defect: str = ""
    """What was wrong with the label or the bytes, in words for a person; "" when nothing was."""


def decode(data: bytes, label: str = "") -> Decoded:
    """Decode bytes labelled with a charset ("" for none); never raises."""
    name = label.strip().strip("\"'").lower()
    meant = _MEANT.get(name, name)
    if meant in _ASCII_OR_LATIN or not meant:
        text = _strictly(data, "utf-8")
        if text is not None:
            # Accented letters that happen to be valid UTF-8 are UTF-8, whatever the label says.
            overruled = meant != "" and not data.isascii()
            return Decoded(text, f"Text labelled {_shown(name)} is really UTF-8." if overruled else "")
    if meant and (text := _strictly(data, meant)) is not None:
        return Decoded(text)
    if meant == "cp1252":
        return Decoded(data.decode("latin-1"))
    return _without_label(data, name)


def _strictly(data: bytes, name: str) -> str | None:
    if not _NAME.fullmatch(name) or name in _NO_CHARSETS:
        return None
    try:
        text = data.decode(name)
        # Some codecs make lone surrogates, which no UTF-8 sink takes.
        codecs.utf_8_encode(text)
    except (LookupError, UnicodeError, ValueError, OverflowError):
        return None
    return text


def _without_label(data: bytes, name: str) -> Decoded:
    unknown = f"The character set {_shown(name)} does not fit the text" if name else "No character set is named"
    text = _strictly(data, "utf-8")
    if text is not None:
        return Decoded(text, f"{unknown}; it was read as UTF-8." if name else "")
    lossy = data.decode("utf-8", "replace")
    lost = lossy.count("\ufffd")
    accented = sum(character > "\x7f" for character in lossy) - lost
    if accented > lost:
        # Mostly good UTF-8, e.g. cut in the middle of a character: cp1252 would garble all of it.
        return Decoded(lossy, f"{lost} unreadable characters were replaced.")
    text = _strictly(data, "cp1252")
    return Decoded(
        data.decode("latin-1") if text is None else text, f"{unknown}; it was read as Western European (Windows-1252)."
    )


def _shown(name: str) -> str:
    return name[:40] if _NAME.fullmatch(name[:40]) else "given"
