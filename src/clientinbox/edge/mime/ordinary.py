"""The parts of an ordinary message, read from its octets without the email package, which takes ten times as long.

Ordinary is what could be read in one way only: lines end in CRLF, headers are well-formed, boundaries open and close,
encodings are whole. Anything else is left to the email package, so that both read one text; tests compare them.
"""

import re
from binascii import Error as BadBase64
from binascii import a2b_base64, a2b_qp
from email.parser import BytesParser
from email.policy import compat32
from functools import lru_cache

from clientinbox.edge.mime.fields import Fields, fields_of
from clientinbox.edge.mime.headers import charset_hint
from clientinbox.edge.mime.tree import PartHead, Parts, PartsList, charset_label, flow_of, head_of, locked

_MOST_PARTS = 100
_DEEPEST = 10
_LONGEST_TYPE = 100

_NAME = r"[A-Za-z0-9!#$%&'+.^_`{|}~-]+"
_TYPE = re.compile(rf'({_NAME}/{_NAME})[ \t]*((?:;[ \t]*[A-Za-z0-9-]+=(?:"[^"\\]*"|[^\s"\\;=()]+)[ \t]*)*;?)[ \t]*')
_PARAMETER = re.compile(r';[ \t]*([A-Za-z0-9-]+)=("[^"\\]*"|[^\s"\\;=()]+)')
_BOUNDARY = re.compile(r"[!#-;=?-~]{1,200}")
_UNENCODED = frozenset({"", "7bit", "8bit", "binary"})


class _Odd(Exception):
    """Not an ordinary message."""


def ordinary_parts(raw: bytes) -> Parts | None:
    """None for a message that is not ordinary."""
    lines = raw.count(b"\r\n")
    if raw.count(b"\n") != lines or raw.count(b"\r") != lines:
        return None
    walk = _Walk(raw)
    try:
        walk.entity(0, len(raw))
    except _Odd:
        return None
    return walk.found.parts()


class _Walk:
    def __init__(self, raw: bytes) -> None:
        self.found = PartsList()
        self._raw = raw
        self._groups = self._seen = 0

    def entity(self, start: int, end: int, alternative: int = 0, depth: int = 0) -> None:
        """Take a message or a part: header, empty line, body."""
        self._seen += 1
        if self._seen > _MOST_PARTS or depth > _DEEPEST:
            raise _Odd
        fields, body = self._header(start, end)
        content_type = fields.get("content-type", ("text/plain",))[0]
        if depth == 0:
            self.found = PartsList(charset_hint(fields.get("subject", ("",))[0]))
        encoding = fields.get("content-transfer-encoding", ("",))[0].lower()
        head, boundary = _plain_head(content_type)
        if boundary:
            if encoding not in _UNENCODED or "content-disposition" in fields:
                raise _Odd
            if head.locked:
                self.found.defects[head.locked] = None
            if head.content_type == "multipart/alternative" and not alternative:
                self._groups += 1
                alternative = self._groups
            for first, last in self._between(boundary.encode(), body, end):
                self.entity(first, last, alternative, depth + 1)
            return
        if "content-disposition" in fields or "name" in content_type.lower():
            head = _full_head(self._raw[start:body])
        if head.content_type.startswith(("message/", "multipart/")):
            raise _Odd
        self.found.add(head, self._octets(encoding, body, end), alternative)

    def _header(self, start: int, end: int) -> tuple[Fields, int]:
        """Return the fields, and where the body begins."""
        if self._raw.startswith(b"\r\n", start):
            return {}, start + 2
        empty = self._raw.find(b"\r\n\r\n", start, end)
        fields = None if empty < 0 else fields_of(self._raw[start:empty])
        if fields is None:
            raise _Odd
        return fields, empty + 4

    def _between(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Where the parts of a multipart begin and end."""
        raw, mark = self._raw, b"\r\n--" + boundary
        parts: list[tuple[int, int]] = []
        first: int | None = None
        at = start - 2  # the first boundary may stand right below the empty line
        while True:
            at = raw.find(mark, at, end)
            if at < 0:
                raise _Odd
            after = at + len(mark)
            line_end = raw.find(b"\r\n", after, end)
            rest = raw[after : line_end if line_end >= 0 else end]
            if rest not in {b"", b"--"}:
                if not rest.removeprefix(b"--").strip(b" \t"):
                    raise _Odd
                at = after  # another boundary, which begins like this one
                continue
            if first is not None:
                if first > at:
                    raise _Odd
                parts.append((first, at))
            if rest:
                break
            if line_end < 0:
                raise _Odd
            first, at = line_end + 2, line_end
        if not parts:
            raise _Odd
        return parts

    def _octets(self, encoding: str, start: int, end: int) -> bytes:
        octets = self._raw[start:end]
        if encoding in _UNENCODED:
            return octets
        if encoding == "quoted-printable":
            return a2b_qp(octets)
        digits = octets.replace(b"\r\n", b"")
        if encoding != "base64" or len(digits) % 4:
            raise _Odd
        try:
            return a2b_base64(digits, strict_mode=True)
        except BadBase64 as exc:
            raise _Odd from exc


@lru_cache(maxsize=256)
def _plain_head(value: str) -> tuple[PartHead, str]:
    """Return what a Content-Type says, and the boundary of a multipart."""
    match = _TYPE.fullmatch(value)
    if match is None or len(match[1]) > _LONGEST_TYPE:
        raise _Odd
    content_type = match[1].lower()
    parameters: dict[str, str] = {}
    for name, given in _PARAMETER.findall(match[2]):
        if name.lower() in parameters:
            raise _Odd
        parameters[name.lower()] = given.strip('"')
    boundary = ""
    if content_type.startswith("multipart/"):
        boundary = parameters.get("boundary", "")
        if not _BOUNDARY.fullmatch(boundary) or content_type == "multipart/digest":
            raise _Odd
    head = PartHead(content_type, charset_label(value), flow=flow_of(value), locked=locked(content_type, value))
    return head, boundary


def _full_head(header: bytes) -> PartHead:
    """File names come in too many spellings to be read quickly, and seldom."""
    part = BytesParser(policy=compat32).parsebytes(header, headersonly=True)
    if part.defects:
        raise _Odd
    return head_of(part)
