"""From the desk's threads to Textual's: an event becomes a message to the App, which alone is always there."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import App
from textual.message import Message

from clientinbox.desk.events import (
    CallAdvised,
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
        case SyncFailed(account=account, message=message):
            return f"{account}: {message}"
        case EngineLost(message=message) | EngineSilent(message=message) | EngineBack(message=message):
            return message
        case CallAdvised():
            return None
        case _:
            return None


def told(event: Event) -> str | None:
    """What a toast says after an event; None where nothing happened that somebody waits for."""
    match event:
        case MessageSent(warning=warning):
            return warning or "Sent."
        case SendFailed(message=message) | FilingFailed(message=message) | ChangeRefused(message=message):
            return message
        case _:
            return None
