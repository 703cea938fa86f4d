"""A meeting somebody asks for, moves, calls off or answers (iCalendar, RFC 5545 and 5546), as plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Participant:
    name: str
    email: str
    """Lower case."""
    answer: str = ""
    """PARTSTAT in lower case: needs-action, accepted, declined, tentative, delegated…; "" of the organiser."""

    def __str__(self) -> str:
        return self.name or self.email


@dataclass(frozen=True, slots=True)
class Invitation:
    """Days and times are those on the clock of `zone`, without tzinfo."""

    method: str
    """REQUEST, CANCEL, REPLY, COUNTER, PUBLISH…, upper case; "" where the calendar has none."""
    uid: str
    sequence: int
    """Goes up with each change of the same UID."""
    summary: str
    start: datetime | date
    """A date for what takes whole days."""
    end: datetime | date | None
    """The last day itself of what takes whole days; None where nothing says when it ends."""
    zone: str
    """IANA name; "" where the calendar has none or one that nobody knows."""
    unknown_zone: str = ""
    """What the calendar calls that one."""
    place: str = ""
    organiser: Participant | None = None
    attendees: tuple[Participant, ...] = ()
    recurrence: str = ""
    """In words; "" for what happens once."""
    cancelled: bool = False
    further: int = 0
    """Other events in the same file: exceptions of a series, or a whole calendar."""

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)

    def moments(self) -> tuple[datetime, datetime | None] | None:
        """Start and end as moments; None for whole days, and where the zone is not known."""
        if not isinstance(self.start, datetime) or not self.zone:
            return None
        zone = ZoneInfo(self.zone)
        end = self.end.replace(tzinfo=zone) if isinstance(self.end, datetime) else None
        return self.start.replace(tzinfo=zone), end
