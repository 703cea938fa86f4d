"""What surrounds a sender's own words: signatures, disclaimers, footers of lists, banners of gateways.

The sign-off and the name below it stay own words, since coldness shows there.
"""

import re
from collections.abc import Iterator, Sequence

from clientinbox.mail import zonemarks as marks
from clientinbox.mail.historymarks import LONGEST_MARK, RULE
from clientinbox.mail.lines import Lines
from clientinbox.mail.zone import ZoneKind

_LONGEST_SIGNATURE = 30
_LONGEST_LOOSE_SIGNATURE = 14
"""Lines that a signature may have after `-- `, and after `--` or a sign-off."""
_LONGEST_CONTACT = 100
_MOST_CONTACT_WORDS = 12
_LONGEST_NAME = 60
_MOST_NAME_WORDS = 6
_FEWEST_UNSIGNED = 2
"""Lines that a block below a name needs, where no sign-off is above it."""
_SHORTEST_DISCLAIMER, _LONGEST_DISCLAIMER = 25, 6_000
_LATEST_DISCLAIMER = 160
"""Characters of a paragraph before its disclaimer begins: behind more of them it is part of somebody's prose."""
_WRAPPED = 55
"""A line so long goes on in the next one."""
_BANNER_LINES = 6

_DELIMITED, _TOLD, _SIGNED, _UNSIGNED, _WORDED = 0.97, 0.95, 0.9, 0.8, 0.9
"""Confidence in what follows `-- `, in "Sent from my…", in a block below a sign-off, in one without, in legal words."""


# --- signatures ---------------------------------------------------------------------------------------------------


def mark_signature(lines: Lines, first: int, last: int) -> bool:
    """Mark the signature at the end of lines first…last-1, which are own words; True where somebody sent regards."""
    written = [number for number in range(first, last) if lines.texts[number].strip()]
    for position in range(len(written) - 1, -1, -1):
        number, below = written[position], len(written) - position - 1
        if below > _LONGEST_SIGNATURE:
            break
        line = lines.texts[number]
        if len(line) > LONGEST_MARK:
            continue
        if marks.DELIMITER.fullmatch(line):
            if line.endswith(" ") or below <= _LONGEST_LOOSE_SIGNATURE:
                lines.mark(number, last, ZoneKind.SIGNATURE, _DELIMITED)
        elif below <= _LONGEST_LOOSE_SIGNATURE and marks.SENT_FROM.match(line):
            lines.mark(number, number + 1, ZoneKind.SIGNATURE, _TOLD)
        elif below <= _LONGEST_LOOSE_SIGNATURE and len(line) <= _LONGEST_NAME and marks.SIGN_OFF.fullmatch(line):
            _mark_contact(lines, [later for later in written[position + 1 :] if lines.kinds[later] is ZoneKind.NEW])
            return True
    return False


def _mark_contact(lines: Lines, written: Sequence[int]) -> None:
    """Mark the lines below sign-off and name, as far as they are short and no sentences."""
    written = written[1:] if written and _is_rule(lines.texts[written[0]]) else written
    if not written or not _is_name(lines.texts[written[0]]):
        return
    block: list[int] = []
    for number in written[1:]:
        if not _may_be_contact(lines.texts[number]):
            break
        block.append(number)
    name = lines.texts[written[0]].strip(" ,.").casefold()
    known = any(
        marks.CONTACT.search(lines.texts[number])
        or marks.TITLE.search(lines.texts[number])
        or (position == 0 and name in lines.texts[number].casefold())
        for position, number in enumerate(block)
    )
    if known:
        lines.mark(block[0], block[-1] + 1, ZoneKind.SIGNATURE, _SIGNED)


def mark_unsigned(lines: Lines, first: int, last: int) -> None:
    """A last paragraph of a name, a number or address and more short lines, where nobody sent regards."""
    end = last
    while end > first and (lines.kinds[end - 1] is not ZoneKind.NEW or not lines.texts[end - 1].strip()):
        end -= 1
    start = end
    while start > first and lines.kinds[start - 1] is ZoneKind.NEW and lines.texts[start - 1].strip():
        start -= 1
    if not any(lines.texts[number].strip() for number in range(first, start)):
        return
    below = lines.texts[start + 1 : end]
    if not _FEWEST_UNSIGNED <= len(below) <= _LONGEST_LOOSE_SIGNATURE or not all(map(_may_be_contact, below)):
        return
    if marks.PERSON.fullmatch(lines.texts[start]) and any(map(marks.CONTACT.search, below)):
        above = next(line for line in reversed(lines.texts[:start]) if line.strip()).strip(" \t,.!").casefold()
        signed = _is_name(above) and above in lines.texts[start].casefold()
        lines.mark(start if signed else start + 1, end, ZoneKind.SIGNATURE, _UNSIGNED)


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


# --- disclaimers, footers and banners -----------------------------------------------------------------------------


def mark_disclaimers(lines: Lines, first: int, last: int) -> None:
    """Mark the legal and automatic words above and below lines first…last-1."""
    paragraphs = list(_paragraphs(lines, first, last))
    if first == 0 and len(paragraphs) > 1:
        _mark_banners(lines, paragraphs)
    for start, end in reversed(paragraphs):
        begins = _disclaimer_start(lines, start, end)
        if begins is not None:
            lines.mark(begins, end, ZoneKind.DISCLAIMER, _WORDED)
        elif not _is_tail(lines, start, end):
            return


def _mark_banners(lines: Lines, paragraphs: Sequence[tuple[int, int]]) -> None:
    for start, end in paragraphs[:-1]:
        if not marks.BANNER.match(" ".join(lines.texts[start : min(end, start + _BANNER_LINES)])):
            return
        # words of the sender's may follow without an empty line
        over = next(
            (
                number
                for number in range(start + 1, end)
                if not marks.BANNER.match(lines.texts[number])
                and not marks.BANNER_GOES_ON.match(lines.texts[number])
                and len(lines.texts[number - 1]) < _WRAPPED
            ),
            end,
        )
        if over - start > _BANNER_LINES:
            return
        lines.mark(start, over, ZoneKind.DISCLAIMER, _WORDED)
        if over < end:
            return


def _is_tail(lines: Lines, start: int, end: int) -> bool:
    """Own words end the search: a disclaimer above them would be somebody's prose."""
    return all(
        lines.kinds[number] is not ZoneKind.NEW or marks.FOOTNOTE.match(lines.texts[number])
        for number in range(start, end)
    )


def _paragraphs(lines: Lines, first: int, last: int) -> Iterator[tuple[int, int]]:
    start = None
    for number in range(first, last + 1):
        empty = number == last or not lines.texts[number].strip()
        if empty and start is not None:
            yield start, number
            start = None
        elif not empty and start is None:
            start = number


def _disclaimer_start(lines: Lines, start: int, end: int) -> int | None:
    heading = start + (marks.DELIMITER.fullmatch(lines.texts[start]) is not None or _is_rule(lines.texts[start]))
    if heading < end:
        below = lines.texts[heading]
        if marks.FOOTER.match(below) or (heading > start and _is_rule(lines.texts[start]) and _names_list(below)):
            return start
    text = "\n".join(lines.texts[start:end])
    if len(text) > _LONGEST_DISCLAIMER:
        return None
    found = marks.DISCLAIMER_HEADING.match(text)
    if found is None and len(text) >= _SHORTEST_DISCLAIMER:
        found = marks.DISCLAIMER.search(re.sub(r"\s", " ", text))
    if found is None:
        return None
    begins = start + text.count("\n", 0, found.start())
    # The sentence may have begun in lines above; a short line there belongs to name or address.
    while begins > start and len(lines.texts[begins - 1]) >= _WRAPPED:
        begins -= 1
    before = found.start() - sum(len(line) + 1 for line in lines.texts[start:begins])
    return begins if before <= _LATEST_DISCLAIMER else None


def _is_rule(line: str) -> bool:
    return len(line) <= LONGEST_MARK and RULE.fullmatch(line) is not None


def _names_list(line: str) -> bool:
    return len(line) <= LONGEST_MARK and marks.MAILING_LIST.match(line) is not None
