"""The fields of a header, quickly: nearly every header is well-formed, and the email package takes ten times as long.

What is not well-formed is left to the email package, which knows what to make of it: two readers that differ would give
one message two texts.
"""

from functools import lru_cache

Fields = dict[str, list[str]]
"""Field bodies by lower-case name, topmost first; 8-bit octets as surrogates, as the email package gives them."""

_LONGEST = 60_000


def fields_of(header: bytes) -> Fields | None:
    """Read a header without the empty line that ends it, its fields unfolded; None for one that is not well-formed."""
    if len(header) > _LONGEST:
        return None
    text = header.decode("ascii", "surrogateescape").replace("\r\n", "\n")
    if "\r" in text:
        return None
    fields: Fields = {}
    for line in text.replace("\n ", " ").replace("\n\t", "\t").split("\n"):
        name, colon, value = line.partition(":")
        lowered = _lowered(name)
        if not colon or not lowered:
            return None
        fields.setdefault(lowered, []).append(value.lstrip(" \t"))
    return fields


@lru_cache(maxsize=1024)
def _lowered(name: str) -> str:
    """Return a field's name in lower case, "" for what is none."""
    return name.lower() if name.isascii() and name.isprintable() and " " not in name else ""
