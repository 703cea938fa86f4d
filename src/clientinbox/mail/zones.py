"""Zones of a message: which words are the sender's own, which are quoted, signature or disclaimer.

Owns the question "whose words are these?" for the screen and for every classifier alike. Prefers precision: what
nothing marks counts as the sender's own; below a mark that is not known for sure, nothing is judged.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from clientinbox.mail.closing import mark_disclaimers, mark_signature, mark_unsigned
from clientinbox.mail.history import mark_history
from clientinbox.mail.lines import Lines
from clientinbox.mail.zone import Zone, ZoneKind
from clientinbox.mail.zonemarks import FOOTNOTE

ZONES_VERSION = "2"
"""Goes up when the same text would be zoned otherwise."""


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
    lines = Lines.of(text)
    mark_history(lines, _line_at(lines.texts, quoted_from))
    for first, last in list(_runs(lines.kinds)):
        signed = mark_signature(lines, first, last)
        mark_disclaimers(lines, first, last)
        if not signed:
            mark_unsigned(lines, first, last)
    _settle(lines)
    return tuple(_joined(lines))


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


def _joined(lines: Lines) -> Iterator[Zone]:
    at = number = 0
    for kind, stretch in groupby(lines.kinds):
        end = number + len(list(stretch))
        stop = at + sum(map(len, lines.texts[number:end])) + end - number - (end == len(lines.texts))
        if stop > at:
            yield Zone(kind, at, stop, min(lines.confidences[number:end]))
        at, number = stop, end


def _runs(kinds: Sequence[ZoneKind]) -> Iterator[tuple[int, int]]:
    """Yield the first line of each stretch of own words, and the line after its last."""
    number = 0
    for kind, stretch in groupby(kinds):
        end = number + len(list(stretch))
        if kind is ZoneKind.NEW:
            yield number, end
        number = end


# --- what lies between --------------------------------------------------------------------------------------------


def _settle(lines: Lines) -> None:
    """Give empty lines, and the list of links at the end, to the zone above them."""
    texts, kinds = lines.texts, lines.kinds
    for number in range(1, len(texts)):
        if kinds[number - 1] is not kinds[number] and not texts[number].strip():
            lines.mark(number, number + 1, kinds[number - 1], lines.confidences[number - 1])
    end = len(texts)
    while end > 0 and (not texts[end - 1].strip() or FOOTNOTE.match(texts[end - 1])):
        end -= 1
    if 0 < end < len(texts):
        lines.mark(end, len(texts), kinds[end - 1], lines.confidences[end - 1])
