"""What the screens need of the desk, as a shape: `clientinbox.desk.desk.Desk` fits it, and so does a test's own."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from clientinbox.desk.events import Event
from clientinbox.desk.views import (
    AgreedLine,
    AttachmentView,
    CallEntry,
    CallPrompt,
    CallSheetView,
    DraftView,
    FrameView,
    InboxList,
    Queued,
    ThreadPage,
)


class DeskPort(Protocol):
    def now(self) -> datetime: ...

    def inbox(self) -> InboxList:
        """The list as it stands now: a few milliseconds, call it again after a change."""

    def thread(self, thread_id: str) -> ThreadPage | None:
        """None where no such thread exists."""

    def set_tension(self, message_id: str, level: int) -> str:
        """Keep a person's verdict for ever; returns a line that says what was done."""

    def toggle_label(self, message_id: str, label: str) -> str: ...

    # sorting: each works offline, and says where it stays here only

    def archive(self, thread_ids: Sequence[str]) -> str:
        """Out of the inbox. Raises where none of them is in it."""

    def bin(self, thread_ids: Sequence[str]) -> str: ...

    def toggle_read(self, thread_ids: Sequence[str]) -> str: ...

    def toggle_flag(self, thread_ids: Sequence[str]) -> str: ...

    def move(self, thread_ids: Sequence[str], folder: str) -> str: ...

    def split(self, message_id: str) -> str:
        """What follows a change of topic becomes a thread of its own."""

    def mark_seen(self, thread_id: str) -> bool:
        """Somebody reads it: True where it was not read before."""

    def pending_lines(self) -> tuple[str, ...]:
        """What servers are still to hear of, refused or never will hear of; newest first."""

    def folders(self) -> tuple[str, ...]:
        """Names of what is synced: where mail can be moved to."""

    def undo(self) -> str | None:
        """Take the last change back; None when there is none."""

    # attachments

    def attachments(self, name: str) -> tuple[AttachmentView, ...]:
        """Of a message, by its Message-ID, or of a thread."""

    def save_attachment(self, wanted: AttachmentView) -> Path:
        """In the downloads folder. May wait for a server: call it off the event loop, as the next one."""

    def open_attachment(self, wanted: AttachmentView) -> str:
        """Hand it to the desktop; says so. Raises where it could run something."""

    # calls

    def call_prompt(self, thread_id: str) -> CallPrompt | None:
        """None where a reply may be written at once: no call is advised, or the person decided to write or has rung."""

    def decide_call(self, thread_id: str, choice: str, reason: str) -> str:
        """Keep the answer to the prompt: call, hold (for 20 minutes) or write (with a reason)."""

    def call_sheet(self, thread_id: str) -> CallSheetView | None:
        """None where there is nobody of a client in the thread."""

    def agreed_line(self, text: str) -> AgreedLine:
        """Read a typed line: is it a promise, whose, by when."""

    def log_call(self, thread_id: str, entry: CallEntry) -> str:
        """Keep what was said; its promises enter the register."""

    # writing

    def new_reply(self, thread_id: str, *, everybody: bool = False) -> DraftView: ...

    def new_recap(self, thread_id: str) -> DraftView:
        """A draft made of the last logged call's facts alone."""

    def save_draft(self, draft: DraftView) -> None:
        """Durable when it returns; a few milliseconds."""

    def discard_draft(self, draft_id: str) -> str: ...

    def unfinished(self, thread_id: str | None = None) -> tuple[DraftView, ...]:
        """Drafts that were neither sent nor discarded, newest first."""

    def frame(self, draft: DraftView) -> FrameView:
        """The solution frame of a text as it stands."""

    def queue(self, draft: DraftView) -> Queued:
        """Hand it to the outbox. Raises ClientInboxError with one sentence where it may not leave."""

    def send_at_once(self, outbox_id: str) -> None:
        """End its undo window; the engine sends it, also after the door has closed."""

    def take_back(self, outbox_id: str) -> DraftView | None:
        """Within its undo window: the draft again; None where it has left."""

    # the engine

    def start(self) -> None:
        """Attach to the engine, starting it if none runs. May block for a second: call it off the event loop."""

    def sync(self) -> None:
        """Ask the engine to sync; what comes of it arrives as events."""

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Hear events, on the desk's own thread; returns a function that ends it."""

    def close(self) -> None: ...
