"""The desk's part for whoever sorts mail: archive, bin, read, flagged, folders; what waits for a server, and undo.

Threads are named as `triage` prints them, or by a Message-ID. Each deed works offline; what it says afterwards tells
where it stays here only.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clientinbox.desk.changes import Changes
    from clientinbox.desk.engine.link import EngineLink, Launch
    from clientinbox.desk.events import Event
    from clientinbox.desk.knowledge import Knowledge
    from clientinbox.desk.putting import Order, PlannedWrite, Putting
    from clientinbox.edge.settings import Settings
    from clientinbox.edge.store import Connection
    from clientinbox.mail.serverqueue import QueuedChange

STATE_WORDS = {
    "waiting": "waits for the server",
    "sending": "is being written",
    "parked": "refused, kept here",
    "local": "here only: the account is read-only or not configured",
    "dropped": "dropped",
}


class Sorting:
    """What of the desk it needs is declared here and made there."""

    _settings: "Settings"
    _link: "EngineLink | None"

    if TYPE_CHECKING:

        @property
        def _connection(self) -> "Connection": ...

        @property
        def _changes(self) -> "Changes": ...

        def now(self) -> datetime: ...

        def _knowledge(self) -> "Knowledge": ...

        def _known_thread(self, thread: str) -> int: ...

        def _launch(self) -> "Launch": ...

        def sync_now(self, account: str | None, listener: "Callable[[Event], None]") -> dict[str, object]: ...

    def archive(self, thread_ids: Sequence[str]) -> str:
        """Out of the inbox, into the archive of each account. Raises NothingToDo where none is in the inbox."""
        return self._put(thread_ids, "archive")

    def bin(self, thread_ids: Sequence[str]) -> str:
        """Everything but our own sent mail, into the bin."""
        return self._put(thread_ids, "bin")

    def toggle_read(self, thread_ids: Sequence[str]) -> str:
        """Read where anything is unread, else unread again."""
        return self._toggle(thread_ids, "read", "unread")

    def toggle_flag(self, thread_ids: Sequence[str]) -> str:
        return self._toggle(thread_ids, "flag", "unflag")

    def move(self, thread_ids: Sequence[str], folder: str) -> str:
        return self._put(thread_ids, "move", folder)

    def split(self, message_id: str) -> str:
        """The message that changes the topic, and what follows under its subject, in a thread of their own."""
        return self._changes.split(self._connection, self._knowledge(), self.now(), message_id)[1]

    def join(self, message_id: str) -> str | None:
        """Take the split back that begins with a message; None where there is none."""
        from clientinbox.edge.store import splits

        found = splits.last_split_at(self._connection, message_id)
        joined = None if found is None else splits.undo_split(self._connection, found, self.now())
        return None if joined is None else f"joined again, as thread t{joined}"

    def mark_seen(self, thread_id: str) -> bool:
        """Somebody reads it: True where it was not read before."""
        changed = self._putting.mark_seen(self._known_thread(thread_id))
        if changed:
            self._nudge_queue()
        return changed

    def folders(self) -> tuple[str, ...]:
        """Names of the folders that are synced, and the bin: where mail can be moved to without typing."""
        from clientinbox.edge.store import queries

        names = [folder.name for folder in queries.folders(self._connection) if folder.role not in {"sent", "drafts"}]
        return tuple(dict.fromkeys([*names, "bin"]))

    # for commands

    def put(self, thread_ids: Sequence[str], order: "Order") -> str:
        """Do it; returns a line that says what was done."""
        deed = self._putting.do([self._known_thread(thread) for thread in thread_ids], order)
        self._changes.note_deed(lambda: self._putting.undo(deed))
        self._nudge_queue()
        return deed.words

    def planned(self, thread_ids: Sequence[str], order: "Order") -> "tuple[PlannedWrite, ...]":
        """What `put` would write, without writing anything anywhere."""
        return self._putting.plan([self._known_thread(thread) for thread in thread_ids], order)

    def last_deed(self) -> str | None:
        """What `undo_deed` would take back."""
        from clientinbox.edge.store import serverqueue

        deed = serverqueue.deed(self._connection)
        return None if deed is None else deed.words

    def undo_deed(self) -> str | None:
        """Take back the last of all doors' deeds with mail; None where there is none."""
        from clientinbox.edge.store import serverqueue

        deed = serverqueue.deed(self._connection)
        said = None if deed is None else self._putting.undo(deed)
        self._nudge_queue()
        return said

    def pending_writes(self) -> "tuple[QueuedChange, ...]":
        """What servers are still to hear of, what stays here, and what had to be dropped; oldest first."""
        from clientinbox.edge.store import serverqueue

        return serverqueue.pending(self._connection)

    def pending_lines(self) -> tuple[str, ...]:
        """The same as `pending_writes`, newest first, in words for a person."""
        from clientinbox.edge.store import serverqueue

        pending = serverqueue.pending(self._connection)[::-1]
        subjects = serverqueue.subjects(self._connection, {queued.message_id for queued in pending})
        return tuple(
            f"{queued.change}: “{subjects[queued.message_id] or '(no subject)'}” {STATE_WORDS[queued.state]}"
            + (f". {queued.words}" if queued.words else "")
            for queued in pending
        )

    def _put(self, thread_ids: Sequence[str], what: str, folder: str = "") -> str:
        from clientinbox.desk.putting import Order, What

        return self.put(thread_ids, Order(What(what), folder))

    def _toggle(self, thread_ids: Sequence[str], on: str, off: str) -> str:
        from clientinbox.desk.putting import NothingToDo

        try:
            return self._put(thread_ids, on)
        except NothingToDo:
            return self._put(thread_ids, off)

    def _show_labels(self, thread: int) -> None:
        """As keywords, on the servers that are to have them."""
        if not any(account.keywords for account in self._settings.accounts):
            return
        from clientinbox.desk.keywords import wish_keywords, with_keywords

        if wish_keywords(self._connection, thread, with_keywords(self._settings.accounts), self.now()):
            self._nudge_queue()

    @property
    def _putting(self) -> "Putting":
        from clientinbox.desk.putting import Putting, derive_with

        now = self.now()
        derive = derive_with(self._connection, self._knowledge, now)
        return Putting(self._connection, self._settings.accounts, derive, now)

    def _nudge_queue(self) -> None:
        """Tell a running engine that there is something to write; one that starts later looks by itself."""
        from clientinbox.desk.engine.link import EngineLink, EngineUnreachable

        with suppress(EngineUnreachable):
            if self._link is not None:
                self._link.send({"do": "queue"})
                return
            link = EngineLink(self._launch(), lambda _: None, restart=False)
            link.attach(start=False)
            try:
                link.send({"do": "queue"})
            finally:
                link.close()
