"""What was asked, as values. Positions are offsets into the text, so that an answer or an error can point at it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Field(StrEnum):
    """Where words are looked for."""

    ANYWHERE = ""
    SENDER = "from"
    RECIPIENTS = "to"
    SUBJECT = "subject"
    BODY = "body"


class Is(StrEnum):
    """What a message can be, or have."""

    UNREAD = "unread"
    READ = "read"
    FLAGGED = "flagged"
    ANSWERED = "answered"
    SENT = "sent"
    AUTOMATIC = "automatic"
    WITH_ATTACHMENT = "attachment"


class Comparison(StrEnum):
    LESS = "<"
    AT_MOST = "<="
    EQUAL = "="
    AT_LEAST = ">="
    MORE = ">"


@dataclass(frozen=True, slots=True)
class Words:
    """These words, side by side; the last one may be the beginning of a longer one."""

    text: str
    field: Field = Field.ANYWHERE
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """Sent at or after `since` and before `until`."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Thread:
    """In this thread."""

    id: str


@dataclass(frozen=True, slots=True)
class ThreadWith:
    """In a thread of which some message answers another question."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Client:
    key: str


@dataclass(frozen=True, slots=True)
class Project:
    code: str


@dataclass(frozen=True, slots=True)
class Labelled:
    label: str


@dataclass(frozen=True, slots=True)
class Tense:
    comparison: Comparison
    level: int


@dataclass(frozen=True, slots=True)
class Escalated:
    """In a thread that somebody should be rung about, or in one that nobody should."""

    yes: bool


@dataclass(frozen=True, slots=True)
class All:
    """Each of these."""

    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    """One of these at least."""

    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


Node = Words | Sent | Is | Thread | ThreadWith | Client | Project | Labelled | Tense | Escalated | All | Any | Not
