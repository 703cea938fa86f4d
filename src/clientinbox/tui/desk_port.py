"""What the screens need of the desk, as a shape: `clientinbox.desk.desk.Desk` fits it, and so does a test's own."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from clientinbox.desk.events import Event
from clientinbox.desk.views import InboxList, ThreadPage


class DeskPort(Protocol):
    def now(self) -> datetime: ...

    def inbox(self) -> InboxList:
        """The list as it stands now: a few milliseconds, call it again after a change."""

    def thread(self, thread_id: str) -> ThreadPage | None:
        """None where no such thread exists."""

    def set_tension(self, message_id: str, level: int) -> str:
        """Keep a person's verdict for ever; returns a line that says what was done."""

    def toggle_label(self, message_id: str, label: str) -> str: ...

    def archive(self, thread_id: str) -> str: ...

    def undo(self) -> str | None:
        """Take the last change back; None when there is none."""

    def start(self) -> None:
        """Attach to the engine, starting it if none runs. May block for a second: call it off the event loop."""

    def sync(self) -> None:
        """Ask the engine to sync; what comes of it arrives as events."""

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Hear events, on the desk's own thread; returns a function that ends it."""

    def close(self) -> None: ...
