"""Where a message stops being its sender's: quoted and forwarded lines, by the marks that mail programs leave.

Answers between quoted lines stay own words. Where a mark is not known for sure (a header block or an attribution in a
language nobody taught us) the history it begins has a low confidence: it is shown, named as not recognised, and not
judged.
"""

from dataclasses import dataclass

from clientinbox.mail import historymarks as marks
from clientinbox.mail.historymarks import Field
from clientinbox.mail.lines import Lines
from clientinbox.mail.zone import UNSURE, ZoneKind

_MOST_WRAPPED = 4
"""Lines over which an attribution may be wrapped."""
_MOST_FIELDS = 10
"""Lines in which the fields of an Outlook block must stand."""
_FEWEST_UNKNOWN_FIELDS = 3
_BEGINS_BLOCK = (Field.FROM, Field.SENT, Field.SUBJECT)

_MARKUP, _MARKED, _INTRODUCED = 0.99, 0.98, 0.96
"""Confidence in what HTML marks, in `>`, and in what only stands below a line that introduces it."""


@dataclass(frozen=True, slots=True)
class _Mark:
    end: int
    """The line after it."""
    kind: ZoneKind = ZoneKind.QUOTE
    confidence: float = _INTRODUCED
    block: bool = False
    """From, Sent, To, Subject."""


def mark_history(lines: Lines, markup: int) -> None:
    """Mark quotes and forwards; from line `markup` on HTML says that all is history."""
    number, own, kind = 0, False, ZoneKind.QUOTE
    history, confidence = len(lines.texts), 1.0
    while number < len(lines.texts):
        line = lines.texts[number]
        if not line.strip():
            number += 1
            continue
        if number >= markup:
            # what the markup encloses may still say that it is passed on
            found = _mark_at(lines, number)
            kind = ZoneKind.QUOTE if found is None else _passed_on(found, own)
            history, confidence = markup, _MARKUP
            break
        if _is_quoted(lines, number):
            lines.mark(number, number + 1, kind, _MARKED)
            number += 1
            continue
        found = _mark_at(lines, number) if len(line) <= marks.LONGEST_MARK else None
        if found is None or (found.confidence <= UNSURE and not own):
            number, own, kind = number + 1, True, ZoneKind.QUOTE
            continue
        kind = _passed_on(found, own)
        below = lines.written_from(found.end)
        if below is None or not _is_quoted(lines, below):
            history, confidence = number, found.confidence
            break
        lines.mark(number, below, kind, _MARKED)
        number = below
    lines.mark(min(history, len(lines.texts)), len(lines.texts), kind, confidence)
    _bridge_empty_lines(lines)


def _passed_on(found: _Mark, own: bool) -> ZoneKind:  # noqa: FBT001 - two facts, one answer
    """A header block with nothing of the sender's above it can only be a forward."""
    return ZoneKind.FORWARDED if found.block and not own else found.kind


def _is_quoted(lines: Lines, number: int) -> bool:
    line = lines.texts[number]
    if not line.startswith((">", " >")):
        return False
    # mbox writes a line of one's own that begins with "From " as ">From ".
    return not line.startswith(">From ") or (number > 0 and lines.texts[number - 1].startswith(">"))


def _mark_at(lines: Lines, number: int) -> _Mark | None:
    """The mark that begins here and introduces history."""
    line = lines.texts[number]
    if "--" in line or "__" in line:
        if marks.RULE.fullmatch(line):
            below = lines.written_from(number + 1)
            block = _fields_end(lines, below) if below is not None and below <= number + 2 else None
            return None if block is None else _Mark(block, block=True)
        if marks.WROTE_BETWEEN_RULES.fullmatch(line):
            return _Mark(number + 1)
    if marks.may_separate(line):
        forward = marks.FORWARD_SEPARATOR.fullmatch(line) is not None
        if forward or marks.SEPARATOR.fullmatch(line):
            below = lines.written_from(number + 1)
            block = None if below is None else _fields_end(lines, below)
            return _Mark(block or number + 1, ZoneKind.FORWARDED if forward else ZoneKind.QUOTE)
    if (block := _fields_end(lines, number)) is not None:
        return _Mark(block, block=True)
    return _attribution(lines, number) or _unknown_fields(lines, number)


def _attribution(lines: Lines, number: int) -> _Mark | None:
    """A line, or some lines, that say who wrote when."""
    last = min(number + _MOST_WRAPPED, len(lines.texts))
    if not any(":" in line for line in lines.texts[number:last]):
        return None
    joined = ""
    may_wrap = marks.ATTRIBUTION_START.match(lines.texts[number]) is not None
    for end in range(number + 1, last + 1 if may_wrap else number + 2):
        line = lines.texts[end - 1]
        if not line.strip() or len(joined) + len(line) > marks.LONGEST_MARK:
            break
        joined = f"{joined} {line.strip()}".strip()
        if marks.WROTE_AND_GOES_ON.match(joined):
            return _Mark(end)
        if joined.rstrip(" *").endswith(":"):
            return _who_wrote(lines, joined, end, may_wrap=may_wrap)
    return None


def _who_wrote(lines: Lines, joined: str, end: int, *, may_wrap: bool) -> _Mark | None:
    """What the joined lines before line `end`, which close with a colon, introduce."""
    below = lines.written_from(end)
    if below is None:
        return None
    wrote = marks.WROTE.search(joined) is not None
    addressed = marks.IN_BRACKETS.search(joined) is not None
    dated = marks.DATED.search(joined) is not None
    if _is_quoted(lines, below):
        return _Mark(end) if wrote or (dated and (may_wrap or addressed)) else None
    if wrote and dated and (may_wrap or addressed):
        return _Mark(end)
    return _Mark(end, confidence=UNSURE) if addressed and marks.DAY_AND_TIME.match(joined) else None


def _fields_end(lines: Lines, number: int) -> int | None:
    """Return the line after a block of From, Sent, To, Subject that begins here. Without Subject or Sent, and without
    an address, it may be a journey (From: Leeds, To: York, Date: 3 May).
    """
    first = marks.field_of(lines.texts[number])
    if first is None or first not in _BEGINS_BLOCK:
        return None
    found = [first]
    addressed = first is Field.FROM and marks.MAIL_ADDRESS.search(lines.texts[number]) is not None
    fields, end = 1, number + 1
    for below in range(number + 1, min(number + _MOST_FIELDS, len(lines.texts))):
        line = lines.texts[below]
        field = marks.field_of(line)
        if field is None or (field is Field.FROM and Field.FROM in found):
            if field or not line.strip() or end < below:
                break
            # A long list of recipients goes on in the next line.
            continue
        addressed = addressed or (field is Field.FROM and marks.MAIL_ADDRESS.search(line) is not None)
        found.append(field)
        fields, end = fields + 1, below + 1
    told = Field.SENT in found or Field.SUBJECT in found or (Field.DATE in found and addressed)
    return end if Field.FROM in found and fields > 1 and told else None


def _unknown_fields(lines: Lines, number: int) -> _Mark | None:
    """A block that looks like a header in some other language: an address in one field, day and time in another."""
    above = lines.texts[number - 1] if number else ""
    if ":" not in lines.texts[number] or (above.strip() and not marks.RULE.match(above)):
        return None
    end = number
    addressed = dated = False
    while end < min(number + _MOST_FIELDS, len(lines.texts)):
        line = lines.texts[end]
        if len(line) > marks.LONGEST_MARK or not marks.ANY_FIELD.match(line):
            break
        if end <= number + 1:
            addressed = addressed or marks.IN_BRACKETS.search(line) is not None
        dated = dated or marks.DAY_AND_TIME.match(line) is not None
        end += 1
    known = addressed and dated and end - number >= _FEWEST_UNKNOWN_FIELDS
    return _Mark(end, confidence=UNSURE) if known else None


def _bridge_empty_lines(lines: Lines) -> None:
    for number in range(1, len(lines.texts)):
        above = lines.kinds[number - 1]
        if above is not ZoneKind.NEW and not lines.texts[number].strip():
            lines.mark(number, number + 1, above, lines.confidences[number - 1])
