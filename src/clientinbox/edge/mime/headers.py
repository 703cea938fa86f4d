"""Header fields to values: unfolding, RFC 2047 words, addresses, message ids. Linear in time, never raises.

The standard library's parsers are not used for addresses and encoded words: they recurse on nested comments and give
up as a whole on one bad character, where a person can still read the rest.
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from quopri import decodestring

from clientinbox.edge.mime.charset import decode
from clientinbox.edge.mime.sanitise import sanitise_line
from clientinbox.mail.message import Address

_LONGEST = 64 * 1024
"""Characters of one field that are read; a longer one is an attack or an accident."""
_MOST_ADDRESSES = 500

_FOLD = re.compile(r"\r?\n|\r")
_WORD = re.compile(
    # question marks that nobody encoded, a word that was cut off; but never the beginning of the next word
    r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?((?:(?!=\?[^?\s]{1,60}\?[bBqQ]\?)[^\n]){0,1000}?)(?:\?=|\??$)"
)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_ID = re.compile(r"<([^<>]{1,500})>")
_SPACES = re.compile(r"\s+")
_PUNCTUATED = re.compile(r"[\"\\();:]")


def unfold(raw: str) -> str:
    """Return a field on one line, raw 8-bit octets (surrogates, as compat32 gives them) decoded."""
    raw = raw[:_LONGEST]
    if not raw.isascii():
        raw = decode(raw.encode("utf-8", "surrogateescape" if _only_octets(raw) else "replace")).text
    return _FOLD.sub("", raw) if "\n" in raw or "\r" in raw else raw


def _only_octets(raw: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" and not "\udc80" <= character <= "\udcff" for character in raw)


def words(line: str) -> str:
    """Decode the RFC 2047 words of an unfolded field; neighbours in one charset are joined before decoding, since
    mailers cut multi-byte characters in two.
    """
    if "=?" not in line:
        return line
    once = _decoded_words(line)
    # some gateways encode what was encoded already
    return _decoded_words(once) if once.startswith("=?") and once.endswith("?=") else once


def charset_hint(raw: str) -> str:
    """The character set that a field's first encoded word names, a guess for parts that name none."""
    match = _WORD.search(raw[:_LONGEST]) if "=?" in raw else None
    return match[1].lower() if match else ""


def _decoded_words(line: str) -> str:
    out: list[str] = []
    pending, charset, at = b"", "", 0
    for match in _WORD.finditer(line):
        between = line[at : match.start()]
        name = match[1].lower()
        if pending and (between.strip() or name != charset):
            out.append(decode(pending, charset).text)
            pending = b""
        if between.strip() or not at:
            out.append(between)
        pending += _word_octets(match[2], match[3])
        charset, at = name, match.end()
    if pending:
        out.append(decode(pending, charset).text)
    out.append(line[at:])
    return "".join(out)


def _word_octets(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return decodestring(text.encode("utf-8", "replace"), header=True)
    digits = _NOT_BASE64.sub("", text)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))


def field_text(raw: str) -> str:
    """Return what a person reads in a field: unfolded, decoded, harmless, without outer spaces."""
    return sanitise_line(words(unfold(raw))).strip()


def ids(raw: str) -> tuple[str, ...]:
    """Return the message ids of a field with their <>, in order, each once; odd spaces within are dropped."""
    found = (f"<{sanitise_line(''.join(inside.split()))}>" for inside in _ID.findall(unfold(raw)))
    return tuple(dict.fromkeys(identifier for identifier in found if identifier != "<>"))


def addresses(raw: str) -> tuple[Address, ...]:
    """Return the addresses of a field; members of groups count, a group's own name does not."""
    found: list[Address] = []
    surname = ""
    for item in _items(unfold(raw)):
        address = _address(item)
        if not address.email and address.name and not surname and "<" not in item:
            # An unquoted comma: "Doe, Jane <jane@…>" arrives as two items.
            surname = address.name
            continue
        if surname:
            joined = Address(f"{surname}, {address.name}", address.email) if address.name and "<" in item else None
            if joined is None:
                found.append(Address(surname, ""))
            found.append(joined or address)
            surname = ""
        elif address.email or address.name:
            found.append(address)
        if len(found) >= _MOST_ADDRESSES:
            break
    if surname:
        found.append(Address(surname, ""))
    return tuple(found)


def _items(line: str) -> Iterable[str]:
    """Split at the commas and semicolons that are outside quotes, comments and <>; drop the names of groups."""
    items = line.split(",")
    if _PUNCTUATED.search(line) is None and all(_is_plain(item) for item in items):
        return items
    return _scanned_items(line)


def _is_plain(item: str) -> bool:
    opening = item.find("<")
    return opening < 0 if ">" not in item else opening == item.rfind("<") < item.find(">") == item.rfind(">")


def _scanned_items(line: str) -> Iterator[str]:  # noqa: C901 - one scan; a regular expression is quadratic on stray quotes
    start, depth, position = 0, 0, 0
    quoted = angle = False
    while position < len(line):
        character = line[position]
        if character == "\\" and (quoted or depth):
            position += 2
            continue
        if quoted:
            quoted = character != '"'
        elif character == '"' and not depth and line.find('"', position + 1) > 0:
            quoted = True
        elif character == "(" and not angle:
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif depth:
            pass
        elif character in "<>":
            angle = character == "<"
        elif character == ":" and not angle:
            start = position + 1
        elif character in ",;" and not angle:
            yield line[start:position]
            start = position + 1
        position += 1
    yield line[start:]


@lru_cache(maxsize=2048)
def _address(item: str) -> Address:
    opening = item.rfind("<")
    if opening >= 0:
        inside, _, after = item[opening + 1 :].partition(">")
        name = item[:opening].strip() or after.strip()
    else:
        inside, name = item, ""
    comment = ""
    if "(" in inside:
        inside, _, comment = inside.partition("(")
        comment, _, after = comment.rpartition(")")
        inside += after
    email = sanitise_line(_SPACES.sub(" ", inside).strip().strip("'\"").lower())
    if "@" not in email[1:-1] or " " in email or "\ufffd" in email:
        return Address(_name(name or inside), "")
    # A route ("@relay:jane@…") is history; what counts is the last address.
    return Address(_name(name or comment), email.rpartition(":")[2])


def _name(raw: str) -> str:
    name = raw.strip()
    if name.startswith('"') and name.endswith('"') and len(name) > 1:
        name = re.sub(r"\\(.)", r"\1", name[1:-1], flags=re.DOTALL)
    return sanitise_line(words(name)).strip().strip("'").strip()
