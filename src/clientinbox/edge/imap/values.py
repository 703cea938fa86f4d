"""What a server wrote, as values: nested tuples of octets, numbers and None, read by one regular expression.

IMAPClient's lexer goes byte by byte, which costs more than all else that a fetched message does here. A response is
what imaplib makes of it: (text that ends in {n}, literal) for each literal, then the text that ends the line.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from imapclient.exceptions import ProtocolError

__all__ = ["ProtocolError", "Response", "each_response", "values_of"]

Response = Sequence[bytes | tuple[bytes, bytes]]

DEEPEST = 200
"""Parentheses within parentheses: a message with so many parts within parts is an attack."""

_TOKEN = re.compile(
    rb"""[ \t]*+(?:
        (?P<atom>(?:[^ \t\r\n()"\[{]++|\[[^\]]*+\])++)
      | (?P<open>\()
      | (?P<close>\))
      | "(?P<quoted>(?:[^"\\]++|\\.)*+)"
    )""",
    re.VERBOSE | re.DOTALL,
)
_ATOM, _OPEN, _CLOSE, _QUOTED = 1, 2, 3, 4
_LITERAL = re.compile(rb"(?:~?\{(\d{1,19})\})\Z")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_SPACE = b" \t"


def each_response(data: Sequence[Any]) -> Iterator[Response]:
    """Cut imaplib's list of all responses of one kind at the ends of their lines."""
    parts: list[bytes | tuple[bytes, bytes]] = []
    for part in data:
        if part is None:
            continue
        parts.append(part)
        if not isinstance(part, tuple):
            yield parts
            parts = []
    if parts:
        yield parts


def values_of(response: Response) -> tuple[Any, ...]:
    """ProtocolError where it cannot be understood as a whole."""
    reader = _Reader()
    for part in response:
        if isinstance(part, tuple):
            text, literal = part
            announced = _LITERAL.search(text)
            if announced is None or int(announced[1]) != len(literal):
                raise ProtocolError("a literal of another length than announced")
            reader.read(text, announced.start())
            reader.values.append(literal)
        else:
            reader.read(part, len(part))
    if reader.outer:
        raise ProtocolError("a parenthesis is left open")
    return tuple(reader.values)


class _Reader:
    """The values of the innermost list that is open, and the lists around it."""

    __slots__ = ("outer", "values")

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.outer: list[list[Any]] = []

    def read(self, text: bytes, end: int) -> None:
        values, outer, token = self.values, self.outer, _TOKEN.match
        at = 0
        while match := token(text, at, end):
            at = match.end()
            kind = match.lastindex
            if kind == _ATOM:
                values.append(_atom(match[_ATOM]))
            elif kind == _OPEN:
                outer.append(values)
                values = []
                if len(outer) > DEEPEST:
                    raise ProtocolError("parentheses too deep")
            elif kind == _CLOSE:
                if not outer:
                    raise ProtocolError("a parenthesis too many")
                outer[-1].append(tuple(values))
                values = outer.pop()
            else:
                quoted = match[_QUOTED]
                values.append(_ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted)
        if text[at:end].strip(_SPACE):
            raise ProtocolError("a quote or bracket is left open")
        self.values = values


def _atom(word: bytes) -> bytes | int | None:
    if word.isdigit():
        # 0123 is a name, not a number; and no number that IMAP knows is longer than 63 bits
        return int(word) if len(word) < 20 and (word[:1] != b"0" or len(word) == 1) else word  # noqa: PLR2004
    return None if len(word) == 3 and word.upper() == b"NIL" else word  # noqa: PLR2004
