"""Zones of a message: which words are the sender's own, which are quoted, signature or disclaimer.

Owns the question "whose words are these?" for the screen and for every classifier alike. Prefers precision: where it is
unsure, words count as the sender's own. The sign-off and the name below it stay own words, since coldness shows there.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from clientinbox.mail import zonemarks as marks
from clientinbox.mail.zone import Zone, ZoneKind

ZONES_VERSION = "1"
"""Goes up when the same text would be zoned otherwise."""

_MOST_WRAPPED = 4
"""Lines over which an attribution may be wrapped."""
_MOST_FIELDS = 10
"""Lines in which the fields of an Outlook block must stand."""
_LONGEST_SIGNATURE = 30
_LONGEST_LOOSE_SIGNATURE = 14
"""Lines that a signature may have after `-- `, and after `--` or a sign-off."""
_LONGEST_CONTACT = 100
_MOST_CONTACT_WORDS = 12
_LONGEST_NAME = 60
_MOST_NAME_WORDS = 6
_LONGEST_DISCLAIMER = 6_000
_LATEST_DISCLAIMER = 160
"""Characters of a paragraph before its disclaimer begins: behind more of them it is part of somebody's prose."""
_WRAPPED = 55
"""A line so long goes on in the next one."""
_BANNER_LINES = 6


@dataclass(frozen=True, slots=True)
class OwnText:
    """The sender's own words, as the classifiers read them."""

    text: str
    own_starts: tuple[int, ...] = (0,)
    body_starts: tuple[int, ...] = (0,)
    """Piece n begins at own_starts[n] of `text` and at body_starts[n] of the body."""

    def in_body(self, start: int, end: int) -> tuple[int, int]:
        """Return where characters start…end-1 of `text` stand in the body; over a quote, the quote is included."""
        first = self._offset(start)
        return first, max(first, self._offset(end - 1) + 1) if end > start else first

    def _offset(self, own: int) -> int:
        piece = max(bisect_right(self.own_starts, own) - 1, 0)
        return self.body_starts[piece] + own - self.own_starts[piece]


def zones_of(text: str, quoted_from: int | None = None) -> tuple[Zone, ...]:
    """Cut a body into zones; `quoted_from` is where HTML markup says that the quoted history begins."""
    if not text:
        return ()
    lines = text.split("\n")
    kinds: list[ZoneKind] = [ZoneKind.NEW] * len(lines)
    _mark_quotes(lines, kinds, _line_at(lines, quoted_from))
    for first, last in list(_runs(kinds)):
        _mark_signature(lines, kinds, first, last)
        _mark_disclaimers(lines, kinds, first, last)
    _settle(lines, kinds)
    return tuple(_joined(lines, kinds))


def own_words(text: str, zones: Sequence[Zone]) -> OwnText:
    """Return the NEW zones as one text, white space at both ends cut, that knows its way back into the body."""
    pieces = [(zone.start, text[zone.start : zone.end]) for zone in zones if zone.kind is ZoneKind.NEW]
    pieces = [(start, piece) for start, piece in pieces if piece.strip()]
    if not pieces:
        return OwnText("")
    start, piece = pieces[0]
    pieces[0] = (start + len(piece) - len(piece.lstrip()), piece.lstrip())
    pieces[-1] = (pieces[-1][0], pieces[-1][1].rstrip())
    own_starts, length = [], 0
    for _, piece in pieces:
        own_starts.append(length)
        length += len(piece)
    return OwnText("".join(piece for _, piece in pieces), tuple(own_starts), tuple(start for start, _ in pieces))


def _line_at(lines: Sequence[str], offset: int | None) -> int:
    """Return the first line that begins at or after an offset; their number for None."""
    if offset is None:
        return len(lines)
    at = 0
    for number, line in enumerate(lines):
        if at >= offset:
            return number
        at += len(line) + 1
    return len(lines)


def _joined(lines: Sequence[str], kinds: Sequence[ZoneKind]) -> Iterator[Zone]:
    start = at = 0
    for number, line in enumerate(lines):
        at += len(line) + (number + 1 < len(lines))
        if number + 1 == len(lines) or kinds[number + 1] is not kinds[number]:
            if at > start:
                yield Zone(kinds[number], start, at)
            start = at


def _runs(kinds: Sequence[ZoneKind]) -> Iterator[tuple[int, int]]:
    """Yield the first line of each stretch of own words, and the line after its last."""
    number = 0
    for kind, stretch in groupby(kinds):
        end = number + len(list(stretch))
        if kind is ZoneKind.NEW:
            yield number, end
        number = end


# --- quotes -------------------------------------------------------------------------------------------------------


def _mark_quotes(lines: Sequence[str], kinds: list[ZoneKind], history: int) -> None:
    number = 0
    while number < len(lines):
        if number >= history:
            break
        line = lines[number]
        if _is_quoted(lines, number):
            kinds[number] = ZoneKind.QUOTE
            number += 1
            continue
        end = _header_end(lines, number) if line.strip() and len(line) <= marks.LONGEST_MARK else None
        if end is None:
            number += 1
            continue
        below = _next_words(lines, end)
        if below is None or not _is_quoted(lines, below):
            history = number
            break
        kinds[number:below] = [ZoneKind.QUOTE] * (below - number)
        number = below
    kinds[history:] = [ZoneKind.QUOTE] * (len(lines) - history)
    _bridge_empty_lines(lines, kinds)


def _is_quoted(lines: Sequence[str], number: int) -> bool:
    line = lines[number]
    if not line.startswith((">", " >")):
        return False
    # mbox writes a line of one's own that begins with "From " as ">From ".
    return not line.startswith(">From ") or (number > 0 and lines[number - 1].startswith(">"))


def _header_end(lines: Sequence[str], number: int) -> int | None:
    """Return the line after the mark that begins here and introduces history; None where there is none."""
    line = lines[number]
    if marks.SEPARATOR.fullmatch(line):
        below = _next_words(lines, number + 1)
        return number + 1 if below is None else _fields_end(lines, below) or number + 1
    if marks.RULE.fullmatch(line):
        below = _next_words(lines, number + 1)
        return _fields_end(lines, below) if below is not None and below <= number + 2 else None
    return _fields_end(lines, number) or _attribution_end(lines, number)


def _attribution_end(lines: Sequence[str], number: int) -> int | None:
    joined = ""
    may_wrap = marks.ATTRIBUTION_START.match(lines[number]) is not None
    for end in range(number + 1, min(number + (_MOST_WRAPPED if may_wrap else 1), len(lines)) + 1):
        line = lines[end - 1]
        if not line.strip() or len(joined) + len(line) > marks.LONGEST_MARK:
            return None
        joined = f"{joined} {line.strip()}".strip()
        if not joined.rstrip(" *").endswith(":"):
            continue
        below = _next_words(lines, end)
        above_quote = below is not None and _is_quoted(lines, below)
        if marks.ATTRIBUTION.fullmatch(joined):
            return end if above_quote or (below is not None and marks.DATED.search(joined)) else None
        if above_quote and marks.SHORT_ATTRIBUTION.fullmatch(joined):
            return end
    return None


def _fields_end(lines: Sequence[str], number: int) -> int | None:
    """Return the line after a block of From, Sent, To, Subject that begins here. Without Subject or Sent, and without
    an address, it may be a journey (From: Leeds, To: York, Date: 3 May).
    """
    if not marks.FROM_FIELD.match(lines[number]):
        return None
    sure = False
    fields, end = 1, number + 1
    for below in range(number + 1, min(number + _MOST_FIELDS, len(lines))):
        line = lines[below]
        if marks.SUBJECT_FIELD.match(line) or marks.SENT_FIELD.match(line):
            sure = True
        elif marks.DATE_FIELD.match(line):
            sure = sure or marks.MAIL_ADDRESS.search(lines[number]) is not None
        elif not marks.OTHER_FIELD.match(line):
            if not line.strip() or end < below:
                break
            # A long list of recipients goes on in the next line.
            continue
        fields, end = fields + 1, below + 1
    return end if sure and fields > 1 else None


def _next_words(lines: Sequence[str], number: int) -> int | None:
    return next((below for below in range(number, len(lines)) if lines[below].strip()), None)


def _bridge_empty_lines(lines: Sequence[str], kinds: list[ZoneKind]) -> None:
    for number in range(1, len(lines)):
        if not lines[number].strip() and kinds[number - 1] is ZoneKind.QUOTE:
            kinds[number] = ZoneKind.QUOTE


# --- signatures ---------------------------------------------------------------------------------------------------


def _mark_signature(lines: Sequence[str], kinds: list[ZoneKind], first: int, last: int) -> None:
    written = [number for number in range(first, last) if lines[number].strip()]
    for position in range(len(written) - 1, -1, -1):
        number, below = written[position], len(written) - position - 1
        if below > _LONGEST_SIGNATURE:
            return
        line = lines[number]
        if len(line) > marks.LONGEST_MARK:
            continue
        if marks.DELIMITER.fullmatch(line):
            if line.endswith(" ") or below <= _LONGEST_LOOSE_SIGNATURE:
                kinds[number:last] = [ZoneKind.SIGNATURE] * (last - number)
        elif below <= _LONGEST_LOOSE_SIGNATURE and marks.SENT_FROM.match(line):
            kinds[number] = ZoneKind.SIGNATURE
        elif below <= _LONGEST_LOOSE_SIGNATURE and marks.SIGN_OFF.fullmatch(line):
            _mark_contact(lines, kinds, [later for later in written[position + 1 :] if kinds[later] is ZoneKind.NEW])
            return


def _mark_contact(lines: Sequence[str], kinds: list[ZoneKind], written: Sequence[int]) -> None:
    """Mark the lines below sign-off and name, as far as they are short and no sentences."""
    if not written or not _is_name(lines[written[0]]):
        return
    block: list[int] = []
    for number in written[1:]:
        if not _may_be_contact(lines[number]):
            break
        block.append(number)
    name = lines[written[0]].strip(" ,.").casefold()
    known = any(
        marks.CONTACT.search(lines[number])
        or marks.TITLE.search(lines[number])
        or (position == 0 and name in lines[number].casefold())
        for position, number in enumerate(block)
    )
    if known:
        kinds[block[0] : block[-1] + 1] = [ZoneKind.SIGNATURE] * (block[-1] + 1 - block[0])


def _is_name(line: str) -> bool:
    words = line.split()
    return len(line) <= _LONGEST_NAME and len(words) <= _MOST_NAME_WORDS and not line.rstrip().endswith(("?", "!", ":"))


def _may_be_contact(line: str) -> bool:
    if len(line) > _LONGEST_CONTACT or marks.POSTSCRIPT.match(line) or marks.DISCLAIMER.search(line):
        return False
    if marks.CONTACT.search(line):
        return True
    ends = marks.SENTENCE_END.search(line) is not None
    return len(line.split()) <= _MOST_CONTACT_WORDS and not (ends and len(line.split()) > _MOST_NAME_WORDS // 2)


# --- disclaimers --------------------------------------------------------------------------------------------------


def _mark_disclaimers(lines: Sequence[str], kinds: list[ZoneKind], first: int, last: int) -> None:
    paragraphs = list(_paragraphs(lines, first, last))
    for start, end in paragraphs[:1]:
        text = " ".join(lines[start:end])
        if first == 0 and end - start <= _BANNER_LINES and len(paragraphs) > 1 and marks.BANNER.match(text):
            kinds[start:end] = [ZoneKind.DISCLAIMER] * (end - start)
    for start, end in reversed(paragraphs):
        begins = _disclaimer_start(lines, start, end)
        if begins is not None:
            kinds[begins:end] = [ZoneKind.DISCLAIMER] * (end - begins)
        elif not _is_tail(lines, kinds, start, end):
            return


def _is_tail(lines: Sequence[str], kinds: Sequence[ZoneKind], start: int, end: int) -> bool:
    """Own words end the search: a disclaimer above them would be somebody's prose."""
    return all(kinds[number] is not ZoneKind.NEW or marks.FOOTNOTE.match(lines[number]) for number in range(start, end))


def _paragraphs(lines: Sequence[str], first: int, last: int) -> Iterator[tuple[int, int]]:
    start = None
    for number in range(first, last + 1):
        empty = number == last or not lines[number].strip()
        if empty and start is not None:
            yield start, number
            start = None
        elif not empty and start is None:
            start = number


def _disclaimer_start(lines: Sequence[str], start: int, end: int) -> int | None:
    if marks.RULE.fullmatch(lines[start]) and end > start + 1 and marks.MAILING_LIST.match(lines[start + 1]):
        return start
    text = "\n".join(lines[start:end])
    if len(text) > _LONGEST_DISCLAIMER:
        return None
    found = marks.DISCLAIMER_HEADING.match(text) or marks.DISCLAIMER.search(re.sub(r"\s", " ", text))
    if found is None:
        return None
    begins = start + text.count("\n", 0, found.start())
    # The sentence may have begun in lines above; a short line there belongs to name or address.
    while begins > start and len(lines[begins - 1]) >= _WRAPPED:
        begins -= 1
    before = found.start() - sum(len(line) + 1 for line in lines[start:begins])
    return begins if before <= _LATEST_DISCLAIMER else None


# --- what lies between --------------------------------------------------------------------------------------------


def _settle(lines: Sequence[str], kinds: list[ZoneKind]) -> None:
    """Give empty lines, and the list of links at the end, to the zone above them."""
    for number in range(1, len(lines)):
        above = kinds[number - 1]
        if not lines[number].strip() and above is not kinds[number]:
            kinds[number] = above
    end = len(lines)
    while end > 0 and (not lines[end - 1].strip() or marks.FOOTNOTE.match(lines[end - 1])):
        end -= 1
    if 0 < end < len(lines):
        kinds[end:] = [kinds[end - 1]] * (len(lines) - end)
