"""How the screens say tension, waiting, trend, labels and time: in words and signs, which colour only repeats."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from clientinbox.desk.views import InboxRow
from clientinbox.triage.labels import TENSION_EVIDENCE, Label, Tension
from clientinbox.tui.glyphs import Glyphs

LETTERS = {Label.PROGRESS: "P", Label.COMPLAINT: "C", Label.SCOPE_CHANGE: "S"}
LABEL_WORDS = {
    Label.PROGRESS: "progress",
    Label.COMPLAINT: "complaint",
    Label.SCOPE_CHANGE: "scope change",
}
SCORE_WORDS = {
    "tension": "tension",
    "escalate": "should be a call",
    "waited": "waiting for us",
    "promise_overdue": "promise overdue",
    "complaint": "complaint",
    "scope_change": "scope change",
    "decider": "they decide",
}
_SHOWN_TREND = 3
_TREND_WINDOW = 3
"""Rising means at least one level more within three inbound mails."""
_LONGEST_WAIT = 100
"""Business hours from which the minutes are no longer worth their room."""


def tension_word(level: int) -> str:
    return Tension(level).name.lower()


def tension_sign(level: int | None, glyphs: Glyphs) -> str:
    return ("", glyphs.dot, "!", "!!")[level or 0]


def label_letters(labels: Sequence[str], unsure: Sequence[str] = ()) -> str:
    """`CS` for sure, `c?` for unsure, `Cs?` for both."""
    sure = "".join(letter for label, letter in LETTERS.items() if label in labels)
    doubt = "".join(letter.lower() for label, letter in LETTERS.items() if label in unsure and label not in labels)
    return sure + (f"{doubt}?" if doubt else "")


def evidence_letter(label: str) -> str:
    """The letter behind marked words: P, C, S, T for tension; a cue keeps its name."""
    if label == TENSION_EVIDENCE:
        return "T"
    try:
        return LETTERS[Label(label)]
    except ValueError:
        return label


def waited(hours: float | None) -> str:
    """Business hours in a narrow column: 25m, 3h10, 142h; nothing where nobody waits."""
    if hours is None:
        return ""
    whole, minutes = divmod(round(max(0.0, hours) * 60), 60)
    if whole >= _LONGEST_WAIT:
        return f"{whole}h"
    return f"{whole}h{minutes:02d}" if whole else f"{minutes}m"


def waited_in_words(hours: float) -> str:
    """3 bh 10 m."""
    whole, minutes = divmod(round(max(0.0, hours) * 60), 60)
    parts = ([f"{whole} bh"] if whole else []) + ([f"{minutes} m"] if minutes or not whole else [])
    return " ".join(parts)


def age(at: datetime, now: datetime) -> str:
    """How long ago, in at most three cells."""
    gone = max(timedelta(), now - at)
    minutes, hours, days = int(gone.total_seconds() // 60), int(gone.total_seconds() // 3600), gone.days
    for below, amount, unit in ((60, minutes, "m"), (24 * 60, hours, "h"), (14 * 1440, days, "d")):
        if minutes < below:
            return f"{amount}{unit}" if minutes else "now"
    return f"{days // 7}w" if days < 99 * 7 else f"{days // 365}y"


def stamp(at: datetime, now: datetime) -> str:
    """Tue 24 Nov 09:00, with the year where it is not this one."""
    there = at.astimezone(now.tzinfo)
    year = f" {there.year}" if there.year != now.year else ""
    return f"{there:%a} {there.day} {there:%b}{year} {there:%H:%M}"


def due_words(due: datetime | None, now: datetime) -> str:
    """`by 10:00`, `by Wed 25 Nov 10:00`, `was due Mon 23 Nov 17:00`."""
    if due is None:
        return ""
    there = due.astimezone(now.tzinfo)
    words = f"{there:%H:%M}" if there.date() == now.date() else stamp(due, now)
    return f"by {words}" if due > now else f"was due {words}"


def trend_words(trend: Sequence[int], glyphs: Glyphs) -> str:
    """`rising 1→2→3`, `falling 2→1`; nothing where it has not moved."""
    steps = [level for place, level in enumerate(trend) if place == 0 or trend[place - 1] != level]
    if len(steps) < 2:  # noqa: PLR2004 - one level is no trend
        return ""
    path = glyphs.arrow.join(str(level) for level in steps[-_SHOWN_TREND:])
    recent = trend[-_TREND_WINDOW:]
    if recent[-1] > min(recent):
        return f"rising {path}"
    return f"falling {path}" if recent[-1] < max(recent) else f"was {path}"


def facts(row: InboxRow, glyphs: Glyphs, *, short: bool = False) -> list[str]:
    """What makes this thread what it is, after its tension: trend, waiting, and, unless `short`, escalation."""
    found = [trend_words(row.trend, glyphs)]
    if row.waiting_bh is not None:
        found.append(f"waited {waited_in_words(row.waiting_bh)}")
    if row.escalate and not short:
        found.append("escalate")
    return [fact for fact in found if fact]


def level_words(row: InboxRow) -> str:
    """`LIVID (3)`; lower case below tense; nothing on threads without a client's message."""
    if row.tension is None:
        return ""
    word = tension_word(row.tension)
    return f"{word.upper() if row.tension >= Tension.TENSE else word} ({row.tension})"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
