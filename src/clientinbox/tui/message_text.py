"""A message as it is read: its own words with the marked spans, the rest folded to a line that says what it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.content import Content

from clientinbox.desk.views import MessageView
from clientinbox.mail.zone import Zone, ZoneKind
from clientinbox.triage.labels import Evidence
from clientinbox.tui.glyphs import Glyphs
from clientinbox.tui.inks import Inks
from clientinbox.tui.plain import content, defused
from clientinbox.tui.wording import evidence_letter, plural

FIRST_LINES, FIRST_CHARACTERS = 400, 20_000
"""What is laid out of one message at first; wrapping a megabyte takes seconds."""
_ZONE_WORDS = {
    ZoneKind.QUOTE: "quoted",
    ZoneKind.FORWARDED: "forwarded",
    ZoneKind.SIGNATURE: "of signature",
    ZoneKind.DISCLAIMER: "of disclaimer",
}
_UNSURE = "quote not recognised for sure: not judged"


@dataclass(frozen=True, slots=True)
class Reading:
    """How somebody wants to see a message."""

    unfolded: bool = False
    """Quotes, signature and disclaimer too."""
    cues: bool = False
    """Mark the spans of the open rules beside the model's."""
    times: int = 1
    """How many times the first helping of a long message."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Words to show as evidence: characters start…end-1, and the letters behind them."""

    start: int
    end: int
    letters: tuple[str, ...]
    cue: bool
    """Only rules, no model, point at it."""


def marks(evidence: Sequence[Evidence], cues: Sequence[Evidence], length: int) -> list[Mark]:
    """Spans that touch become one, so that no character is marked twice."""
    spans = [(span, False) for span in evidence] + [(span, True) for span in cues]
    found: list[Mark] = []
    for span, cue in sorted(spans, key=lambda pair: (pair[0].start, -pair[0].end)):
        start, end = max(0, span.start), min(span.end, length)
        if start >= end:
            continue
        letter = evidence_letter(span.label)
        last = found[-1] if found else None
        if last is not None and start < last.end:
            letters = last.letters if letter in last.letters else (*last.letters, letter)
            found[-1] = Mark(last.start, max(last.end, end), letters, last.cue and cue)
        else:
            found.append(Mark(start, end, (letter,), cue))
    return found


def body_content(view: MessageView, reading: Reading, inks: Inks, glyphs: Glyphs) -> Content:
    """The body of a message, markup never interpreted, never longer than `reading` allows."""
    if view.body is None:
        return Content.styled("not fetched yet", inks.muted)
    body = defused(view.body)
    zones = view.zones or (Zone(ZoneKind.NEW, 0, len(body)),)
    shown = marks(view.evidence, view.cues if reading.cues else (), len(body))
    parts: list[Content] = []
    hidden: list[Zone] = []
    room = _Room(FIRST_LINES * reading.times, FIRST_CHARACTERS * reading.times)
    for zone in zones:
        if zone.kind is ZoneKind.NEW or reading.unfolded or zone.unsure:
            parts.extend(_folded(hidden, body, inks, glyphs))
            hidden = []
            start, end = _trimmed(body, zone.start, zone.end)
            stop = room.cut(body, start, end)
            if stop > start:
                if zone.unsure:
                    parts.append(Content.styled(_UNSURE, inks.muted))
                ink = "" if zone.kind is ZoneKind.NEW else inks.muted
                parts.append(_marked(body, start, stop, ink, shown, inks, glyphs))
            if stop < end:
                left = f"{glyphs.ellipsis} {end - stop:,} more characters {glyphs.dot} M shows more"
                parts.append(Content.styled(left, inks.muted))
                break
        elif body[zone.start : zone.end].strip():
            hidden.append(zone)
    parts.extend(_folded(hidden, body, inks, glyphs))
    if not parts:
        return Content.styled("(no text)", inks.muted)
    return Content("\n\n").join(parts)


@dataclass(slots=True)
class _Room:
    """Lines and characters that may still be laid out."""

    lines: int
    characters: int

    def cut(self, body: str, start: int, end: int) -> int:
        """How far from `start` towards `end` there is room; takes it."""
        stop = min(end, start + self.characters)
        place = start
        while place < stop and self.lines > 0:
            found = body.find("\n", place, stop)
            place = stop if found < 0 else found + 1
            self.lines -= 1
        self.characters -= place - start
        return place


def _trimmed(body: str, start: int, end: int) -> tuple[int, int]:
    """Without the blank lines at either end; indentation of the first line stays."""
    text = body[start:end]
    lead = len(text) - len(text.lstrip())
    first_line = text.rfind("\n", 0, lead) + 1
    return start + (first_line if lead < len(text) else lead), start + len(text.rstrip())


def _marked(body: str, start: int, stop: int, ink: str, spans: Iterable[Mark], inks: Inks, glyphs: Glyphs) -> Content:
    parts: list[Content | tuple[str, str]] = []
    place = start
    for mark in spans:
        here, there = max(mark.start, start), min(mark.end, stop)
        if here >= there:
            continue
        parts.append((body[place:here], ink))
        inside = inks.cue if mark.cue else inks.evidence
        parts.append((f"{glyphs.opening}{body[here:there]}{glyphs.closing}", inside))
        parts.append((f"[{' '.join(mark.letters)}]", inks.muted if mark.cue else inks.accent))
        place = there
    parts.append((body[place:stop], ink))
    return Content.assemble(*parts)


def _folded(zones: Sequence[Zone], body: str, inks: Inks, glyphs: Glyphs) -> list[Content]:
    """One line for the zones that are not shown."""
    if not zones:
        return []
    lines: dict[ZoneKind, int] = {}
    for zone in zones:
        lines[zone.kind] = lines.get(zone.kind, 0) + body[zone.start : zone.end].strip().count("\n") + 1
    counts = [f"{plural(count, 'line')} {_ZONE_WORDS[kind]}" for kind, count in lines.items() if kind in _ZONE_WORDS]
    return [Content.styled(f"{glyphs.ellipsis} {', '.join(counts)} {glyphs.dot} z shows them", inks.muted)]


def first_words(view: MessageView, limit: int = 200) -> str:
    """What a folded message starts with."""
    if view.body is None:
        return "not fetched yet"
    own = next((zone for zone in view.zones if zone.kind is ZoneKind.NEW), None)
    start, end = (own.start, own.end) if own else (0, len(view.body))
    return " ".join(content(view.body[start : min(end, start + 4 * limit)]).plain.split())[:limit]
