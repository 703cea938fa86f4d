"""A draft as the store has it: saved one save at a time, never again once it is sent, discarded or left."""

import asyncio

from clientinbox.desk.views import DraftView
from clientinbox.errors import ClientInboxError
from clientinbox.tui.desk_port import DeskPort
from clientinbox.tui.plain import one_line


class KeptDraft:
    def __init__(self, desk: DeskPort, *, stored: DraftView | None, is_worked_at: bool) -> None:
        """`stored`: what needs no saving; `is_worked_at`: it holds somebody's words already."""
        self._desk = desk
        self._stored = stored
        self.is_worked_at = is_worked_at
        self.ended = False
        """A late save must not bring it back."""
        self.lock = asyncio.Lock()
        """Held while it is saved, sent or discarded."""
        self.state = ""
        """For the status line."""
        self.failed = False

    def is_stored(self, draft: DraftView) -> bool:
        return draft == self._stored

    async def save(self, draft: DraftView) -> None:
        """Call it with the lock held; `state` and `failed` say how it went."""
        if self.ended:
            return
        if draft == self._stored:
            self.failed = False
            return
        try:
            await asyncio.to_thread(self._desk.save_draft, draft)
        except ClientInboxError as error:
            self.state, self.failed = f"not saved: {one_line(str(error))}", True
            return
        self._stored, self.is_worked_at = draft, True
        self.state, self.failed = f"saved {self._desk.now():%H:%M}", False
