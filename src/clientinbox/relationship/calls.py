"""What was said on the telephone, as somebody logged it, and how long a livid client waited to hear a voice.

Owns the call log's values and the time-to-first-voice (D11). A logged call holds what a person typed and nothing more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from clientinbox.promises.due import due_in, owner_in
from clientinbox.triage.labels import Tension
from clientinbox.worktime.hours import WorkCalendar

VOICE_GOAL_MINUTES = 120
"""Business minutes within which a livid client should have heard a voice."""
_HOUR_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Agreed:
    """One line of what was agreed."""

    text: str
    """As it was typed."""
    promise: bool = False
    """Whether it was accepted as a promise."""
    owner: str = ""
    """Who has to do it; "" where nobody was named."""
    due: date | None = None
    at: time | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    contact_name: str
    contact_email: str
    at: datetime
    """When it was made; aware."""
    reached: bool
    minutes: int | None = None
    agreed: tuple[Agreed, ...] = ()
    mood_after: Tension | None = None
    note: str = ""

    @property
    def promises(self) -> tuple[Agreed, ...]:
        return tuple(line for line in self.agreed if line.promise)


def read_agreed(
    line: str, now: datetime, timezone: str, people: Sequence[str] = (), calendar: WorkCalendar | None = None
) -> Agreed:
    """What a typed line offers: `promise` is true where it names a day or an owner, for its writer to accept or refuse.

    Args:
        line: what was agreed, in a few words: "test link by Wed 25 Nov 12:00 (Kim)".
        now: when the call was made; aware.
        timezone: ours.
        people: who may own a promise, as they are to be shown.
        calendar: the working days.
    """
    text = " ".join(line.split())
    due = due_in(text, now, timezone, calendar)
    owner = owner_in(text, people) or ""
    return Agreed(
        text,
        promise=due is not None or bool(owner),
        owner=owner,
        due=due.day if due else None,
        at=due.at if due else None,
    )


def first_voice(livid_at: datetime, calls: Iterable[CallRecord], calendar: WorkCalendar) -> int | None:
    """Business minutes from a livid mail to the first call that reached somebody; None while nobody was reached.

    A mail at night and a call before opening are 0 minutes apart: nobody waited in working hours.
    """
    reached = [call.at for call in calls if call.reached and call.at >= livid_at]
    return round(calendar.hours_between(livid_at, min(reached)) * _HOUR_MINUTES) if reached else None
