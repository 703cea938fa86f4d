"""From the desk's threads to Textual's: an event becomes a message to the App, which alone is always there."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import App
from textual.message import Message

from clientinbox.desk.events import (
    AccountState,
    ChangeRefused,
    EngineBack,
    EngineLost,
    EngineSilent,
    Event,
    FilingFailed,
    MessagesArrived,
    MessageSent,
    SendFailed,
    SyncFailed,
    SyncFinished,
    SyncProgress,
)
from clientinbox.tui.desk_port import DeskPort


@dataclass
class News(Message):
    """The desk said something."""

    event: Event

    def can_replace(self, message: Message) -> bool:
        """Progress comes in floods and only the last word counts; what arrived is told once for all."""
        return (
            isinstance(message, News)
            and type(message.event) is type(self.event)
            and isinstance(self.event, SyncProgress | MessagesArrived)
        )


def connect(desk: DeskPort, app: App[int]) -> Callable[[], None]:
    """Hear the desk on whatever thread it speaks; returns a function that ends it."""

    def tell(event: Event) -> None:
        app.post_message(News(event))

    return desk.subscribe(tell)


def state_line(event: Event, clock: str) -> str | None:
    """What the status line says after an event; None where it has nothing to do with syncing."""
    match event:
        case SyncProgress(folder=folder, stage=stage, done=done, total=total):
            return f"{stage} {folder} {done:,}/{total:,}" if total else f"{stage} {folder}"
        case SyncFinished():
            return f"synced {clock}"
        case AccountState():
            return _account_line(event, clock)
        case SyncFailed(account=account, message=message):
            return f"{account}: {message}"
        case EngineLost(message=message) | EngineSilent(message=message) | EngineBack(message=message):
            return message
        case _:
            return None


def _account_line(state: AccountState, clock: str) -> str:
    if state.state == "online":
        return f"synced {clock}"
    if state.retry_in_s is None:
        return f"{state.account}, press $ to try again: {state.message}"
    return f"{state.account} offline, next try in {_pause(state.retry_in_s)}: {state.message}"


def _pause(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"  # noqa: PLR2004


class Standing:
    """What the status line says of syncing: the trouble of one account is not covered up by another that is well."""

    def __init__(self) -> None:
        self.line = ""
        self.trouble = False
        self._troubled: dict[str, str] = {}

    def hear(self, event: Event, clock: str) -> None:
        line = state_line(event, clock)
        if isinstance(event, AccountState) and event.state == "online":
            self._troubled.pop(event.account, None)
        elif isinstance(event, SyncFailed | AccountState) and line is not None:
            self._troubled[event.account] = line
        if line is not None:
            self.say(line, trouble=isinstance(event, EngineLost | EngineSilent))

    def say(self, line: str, *, trouble: bool = False) -> None:
        worst = next(iter(self._troubled.values()), "")
        self.line, self.trouble = (worst, True) if worst and not trouble else (line, trouble)


def told(event: Event) -> str | None:
    """What a toast says after an event; None where nothing happened that somebody waits for."""
    match event:
        case MessageSent(warning=warning):
            return warning or "Sent."
        case SendFailed(message=message) | FilingFailed(message=message) | ChangeRefused(message=message):
            return message
        case _:
            return None
