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
    "8bit": "",
    "big5": "big5hkscs",
    "binary": "",
    "cp-1252": "cp1252",
    "default": "",
    "default_charset": "",
    "gb_2312-80": "gb18030",
    "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "none": "",
    "unicode": "utf-16",
    "unicode-1-1-utf-8": "utf-8",
    "unknown": "",
    "unknown-8bit": "",
    "utf": "utf-8",
    "windows1252": "cp1252",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
    "x-unknown": "",
    "x-user-defined": "",
    "x-windows-949": "cp949",
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

_JAPANESE = re.compile(rb"\x1b\$[@B]|\x1b\([IJ]")
_UTF16_LABELS = {"utf-16", "utf16", "utf_16", "ucs-2", "iso-10646-ucs-2"}

_TAIL = r"[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_TWICE = re.compile(rf"(?:[\u00c2\u00c3\u00c5\u00d0\u00d1]{_TAIL}|[âï][€‚„»¿]{_TAIL}?)+")
"""What UTF-8 looks like that somebody has read as Windows-1252: Ã© for é, â€™ for ’. No language writes so."""
_SURELY_TWICE = re.compile(rf"[A-Za-z](?:Ã|â€){_TAIL}[A-Za-z]")
"""Inside a word; only then the rest is believed to be so too."""

STATEFUL = ("iso-2022", "utf-7", "hz", "utf-16", "utf-32", "unicode-1-1-utf-7")
"""Beginnings of charset names whose text can look like ASCII, or have NULs, although it is not."""


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    defect: str = ""
    """What was wrong with the label or the bytes, in words for a person; "" when nothing was."""


def decode(data: bytes, label: str = "", hint: str = "") -> Decoded:
    """Decode bytes labelled with a charset ("" for none); a hint is believed where there is no label. Never raises."""
    found = _decoded(data, label, hint)
    if not data.isascii() and ("Ã" in found.text or "â€" in found.text) and _SURELY_TWICE.search(found.text):
        mended = _TWICE.sub(_once, found.text)
        if mended != found.text:
            return Decoded(mended, "Letters that were encoded twice were put right.")
    return found


def _once(match: re.Match[str]) -> str:
    octets = bytearray()
    for character in match[0]:
        try:
            octets += character.encode("cp1252")
        except UnicodeEncodeError:
            octets += character.encode("latin-1", "replace")
    text = _strictly(bytes(octets), "utf-8")
    return match[0] if text is None else text


def _decoded(data: bytes, label: str, hint: str) -> Decoded:
    name = label.strip().strip("\"'").lower()
    meant = _MEANT.get(name, name)
    marked = _marked(data, meant)
    if marked is not None:
        japanese = meant and not meant.startswith("iso-2022") and b"\x1b$" in data
        return Decoded(marked, f"Text labelled {_shown(name)} is really Japanese (ISO-2022-JP)." if japanese else "")
    if meant in _UTF16_LABELS:
        # without a mark: Latin letters tell by where their NULs are
        meant = "utf-16-be" if data[:400:2].count(0) >= data[1:400:2].count(0) else "utf-16-le"
    if not meant and hint:
        meant = _MEANT.get(hint, hint)
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


def _marked(data: bytes, meant: str) -> str | None:
    """Decode what says by itself how it is encoded: by a byte order mark, or by the escapes of Japanese mail."""
    if data.startswith(codecs.BOM_UTF8):
        return _strictly(data, "utf-8-sig")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(data, "utf-16")
    if meant.startswith("iso-2022-jp") or _JAPANESE.search(data):
        return _strictly(data, "iso2022_jp_ext")
    return None


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
    accented = len(lossy) - lost - len(lossy.encode("ascii", "ignore"))
    if accented > lost:
        # Mostly good UTF-8, e.g. cut in the middle of a character: cp1252 would garble all of it.
        return Decoded(lossy, f"{lost} unreadable characters were replaced.")
    text = _strictly(data, "cp1252")
    return Decoded(
        data.decode("latin-1") if text is None else text, f"{unknown}; it was read as Western European (Windows-1252)."
    )


def _shown(name: str) -> str:
    return name[:40] if _NAME.fullmatch(name[:40]) else "given"
