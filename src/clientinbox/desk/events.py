"""What happened, said once: the engine sends these to every attached door as JSON lines."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    pass


@dataclass(frozen=True, slots=True)
class SyncProgress(Event):
    account: str
    folder: str
    stage: str
    """listing, listed, reading, understanding."""
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class MessagesArrived(Event):
    """The store holds something new or newly understood: re-read what is on screen."""

    threads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallAdvised(Event):
    thread: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SyncFinished(Event):
    """One request to sync has ended; `report` is what `sync --json` prints."""

    request: int
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SyncFailed(Event):
    """An account could not be synced; `retry` says whether it is worth trying again."""

    account: str
    message: str
    retry: bool
    exit_code: int


@dataclass(frozen=True, slots=True)
class AccountState(Event):
    """How an account stands with its server, in an engine that stays."""

    account: str
    state: str
    """online, offline (tried again in `retry_in_s`), refused (the login) or stopped; the last two wait for a person."""
    since: str
    """ISO 8601."""
    message: str = ""
    """Why, and what to do."""
    retry_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class MessageSent(Event):
    """A server has taken a queued mail."""

    outbox: int
    message_id: str
    thread: str | None
    warning: str
    """Who was refused while others got it, as a sentence; "" otherwise."""


@dataclass(frozen=True, slots=True)
class SendFailed(Event):
    """A queued mail did not go out: `retry` says that it stays queued, otherwise its draft is open again."""

    outbox: int
    thread: str | None
    message: str
    retry: bool


@dataclass(frozen=True, slots=True)
class FilingFailed(Event):
    """A mail went out, and its copy is not in the Sent folder: a warning, never a failed send."""

    outbox: int
    thread: str | None
    message: str


@dataclass(frozen=True, slots=True)
class ChangeRefused(Event):
    """A change could not be written to its server: `kept` says that it holds here all the same."""

    account: str
    message: str
    kept: bool


@dataclass(frozen=True, slots=True)
class EngineLost(Event):
    """The engine ended without being asked to; the door starts it again."""

    message: str


@dataclass(frozen=True, slots=True)
class EngineSilent(Event):
    """The engine is there and does not answer: stopped, or stuck."""

    message: str


@dataclass(frozen=True, slots=True)
class EngineBack(Event):
    """After one of the two above, it answers."""

    message: str


@dataclass(frozen=True, slots=True)
class Pong(Event):
    """To whoever asks whether the engine lives."""


_KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        SyncProgress,
        MessagesArrived,
        CallAdvised,
        SyncFinished,
        SyncFailed,
        AccountState,
        MessageSent,
        SendFailed,
        FilingFailed,
        ChangeRefused,
        EngineLost,
        EngineSilent,
        EngineBack,
        Pong,
    )
}
_TUPLES = frozenset({"threads", "reasons"})


def to_line(event: Event) -> bytes:
    return json.dumps({"event": type(event).__name__, **asdict(event)}, ensure_ascii=False).encode() + b"\n"


def from_line(line: bytes) -> Event | None:
    """None for an event of a newer version, which an older door has no use for."""
    data = json.loads(line)
    kind = _KINDS.get(data.pop("event", ""))
    if kind is None:
        return None
    return kind(**{key: tuple(value) if key in _TUPLES else value for key, value in data.items()})
