"""What a call sheet is made of, and what it is: plain values in, lines out that each know where they come from."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from clientinbox.promises.ledger import Promise
from clientinbox.worktime.hours import WorkCalendar


@dataclass(frozen=True, slots=True)
class ContactFact:
    """Whom to ring."""

    name: str
    email: str
    role: str = ""
    title: str = ""
    phone: str = ""
    mobile: str = ""
    timezone: str = ""
    """IANA name; "" means ours."""


@dataclass(frozen=True, slots=True)
class TurnFact:
    """One mail of the thread, oldest first in `CallFacts`."""

    message_id: str
    at: datetime
    """Aware."""
    by_us: bool
    sender: str
    """As it is shown."""
    text: str
    """The sender's own words; every quote of this mail is an exact substring of it."""
    evidence: tuple[str, ...] = ()
    """Exact substrings that carry its tension or its labels, the weightiest first."""
    tension: int | None = None
    to_client: bool = True
    """Of our mail: whether a client was among its recipients."""
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """A row of the register of promises."""

    id: str
    promise: Promise


@dataclass(frozen=True, slots=True)
class CallFacts:
    now: datetime
    """Aware."""
    calendar: WorkCalendar
    """Ours."""
    contact: ContactFact
    turns: tuple[TurnFact, ...]
    client: str
    """Registry key."""
    client_name: str
    project: str = ""
    """Code; "" where none is known."""
    project_name: str = ""
    cap: float | None = None
    """What may be offered without asking."""
    currency: str = ""
    promises: tuple[PromiseFact, ...] = ()
    """Those to this client that concern this thread or its project; both sides, in any state."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.calendar.timezone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


class SourceKind(StrEnum):
    MESSAGE = "message"
    """`id` is a Message-ID."""
    REGISTER = "register"
    """`id` is a register row, a project code or a client key."""
    CONTACT = "contact"
    """`id` is an address."""
    GUIDE = "guide"
    """Advice that is the same for every call; `id` names the step."""


@dataclass(frozen=True, slots=True)
class Source:
    kind: SourceKind
    id: str
    message_id: str = ""
    """Of a register row: the mail it came from."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    """As it is shown, on one line."""
    source: Source
    quote: str = ""
    """The words in it that are quoted: an exact substring of the source's text, white space included."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class CallSheet:
    sections: tuple[Section, ...]
    """Without empty ones."""

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for section in self.sections for line in section.lines)
