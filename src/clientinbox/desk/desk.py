"""The desk itself: what a door may read and do, and the only place where edges are chosen.

What is heavy is imported by the method that needs it: a door's first frame and its list come before all else.

A door opens one with `open_desk` and closes it. Reading and the user's own small writes happen in the caller's thread,
each thread with a connection of its own; everything else is the engine's.
"""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from clientinbox.desk.clock import Clock, OffsetClock, SystemClock
from clientinbox.desk.events import Event, MessagesArrived
from clientinbox.edge.settings import Settings, load_settings
from clientinbox.errors import UsageError

if TYPE_CHECKING:
    from clientinbox.desk.changes import Changes
    from clientinbox.desk.engine.link import EngineLink, Launch
    from clientinbox.desk.exporting import ExportedMessage
    from clientinbox.desk.knowledge import Knowledge
    from clientinbox.desk.outgoing import Drafts, ReadyMail
    from clientinbox.desk.reading import StoredInbox
    from clientinbox.desk.views import ThreadPage
    from clientinbox.edge.store import Connection
    from clientinbox.mail.drafts import Draft, OutboxEntry, ServerWrite


_THREAD_NUMBER = re.compile(r"[0-9]{1,18}")
"""More digits than SQLite has."""


@dataclass(frozen=True, slots=True)
class ImportedRegistry:
    clients: int
    contacts: int
    projects: int
    rows: int
    warnings: tuple[str, ...]


def open_desk(config: str | None = None, *, clock: Clock | None = None, insecure: bool = False) -> "Desk":
    """The desk over the configured store. Raises UsageError for a config that cannot be used."""
    return Desk(load_settings(config, os.environ), config, clock or SystemClock(), insecure=insecure)


class Desk:
    def __init__(self, settings: Settings, config: str | None, clock: Clock, *, insecure: bool = False) -> None:
        self._settings = settings
        self._config = config
        self._clock = clock
        self._insecure = insecure
        self._local = threading.local()
        self._listeners: list[Callable[[Event], None]] = []
        self._link: EngineLink | None = None
        self._changes_made: Changes | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of the config could not be used, one sentence each."""
        return self._settings.warnings

    @property
    def has_accounts(self) -> bool:
        return bool(self._settings.accounts)

    def now(self) -> datetime:
        return self._clock.now()

    # reading

    def inbox(self) -> "StoredInbox":
        from clientinbox.desk.reading import StoredInbox

        return StoredInbox(self._connection, self._knowledge(), self.now())

    def thread(self, thread: str) -> "ThreadPage | None":
        """By the id that `triage` prints (with or without its t), or by a Message-ID."""
        from clientinbox.desk.reading import thread_page

        number = self._thread_number(thread)
        return None if number is None else thread_page(self._connection, number, self._knowledge(), self.now())

    def needing_somebody(self) -> "tuple[ThreadPage, ...]":
        """The threads that need somebody, most urgent first."""
        pages = (self.thread(row.thread_id) for row in self.inbox().needing_somebody)
        return tuple(page for page in pages if page is not None)

    def export_messages(self) -> "Iterator[ExportedMessage]":
        from clientinbox.desk.exporting import export_messages

        return export_messages(self._connection, self._knowledge(), self.now())

    # what the user does

    def set_tension(self, message_id: str, level: int) -> str:
        return self._changes.set_tension(self._connection, self._knowledge(), self.now(), message_id, level)

    def toggle_label(self, message_id: str, label: str) -> str:
        return self._changes.toggle_label(self._connection, self._knowledge(), self.now(), message_id, label)

    def archive(self, thread_id: str) -> str:
        return self._changes.archive(self._connection, self._knowledge(), self.now(), int(thread_id))

    def undo(self) -> str | None:
        return self._changes.undo(self._connection, self._knowledge(), self.now())

    # what goes out; nothing is sent but by `queue`

    def new_reply(self, thread_id: str, all: bool = False) -> "Draft":  # noqa: A002, FBT001, FBT002  as doors call it
        """A reply that was begun in this thread and not sent is taken up again."""
        return self._drafts.reply(self._known_thread(thread_id), self.now(), everybody=all)

    def new_recap(self, thread_id: str, text: str) -> "Draft":
        return self._drafts.recap(self._known_thread(thread_id), text, self.now())

    def new_message(self, *, to: str = "", subject: str = "") -> "Draft":
        return self._drafts.new(self.now(), to=to, subject=subject)

    def draft(self, draft_id: int) -> "Draft":
        return self._drafts.get(draft_id)

    def drafts(self) -> "tuple[Draft, ...]":
        """Open ones, last saved first: also what a crash left behind."""
        return self._drafts.all()

    def save_draft(
        self,
        draft_id: int,
        *,
        to: str | None = None,
        cc: str | None = None,
        bcc: str | None = None,
        subject: str | None = None,
        body: str | None = None,
        waived: dict[str, str] | None = None,
    ) -> "Draft":
        """On the disk when this returns; what is None stays as it is."""
        return self._drafts.save(draft_id, self.now(), to=to, cc=cc, bcc=bcc, subject=subject, body=body, waived=waived)

    def discard_draft(self, draft_id: int) -> None:
        self._drafts.discard(draft_id, self.now())

    def recover_draft(self, draft_id: int) -> "Draft":
        return self._drafts.recover(draft_id)

    def ready(self, draft_id: int, *, waived: dict[str, str] | None = None) -> "ReadyMail":
        """What `queue` would send and what stands in its way, without sending anything."""
        return self._drafts.ready(draft_id, self.now(), waived=waived)

    def queue(
        self,
        draft_id: int,
        *,
        undo_seconds: int = 30,
        not_before: datetime | None = None,
        waived: dict[str, str] | None = None,
    ) -> "OutboxEntry":
        """Into the outbox, and out of it when the undo window has passed. Works offline.

        Raises UsageError (no recipient, an empty draft…) and NotReady (open slots or placeholders).
        """
        entry = self._drafts.queue(
            draft_id, self.now(), undo_seconds=undo_seconds, not_before=not_before, waived=waived
        )
        self._nudge()
        return entry

    def unqueue(self, outbox_id: int) -> "Draft":
        """Take it back; its draft is open again. UsageError where it is too late."""
        return self._drafts.cancel(outbox_id)

    def send_now(self, outbox_id: int) -> "OutboxEntry":
        """End the undo window early."""
        entry = self._drafts.send_now(outbox_id, self.now())
        self._nudge()
        return entry

    def outbox(self) -> "tuple[OutboxEntry, ...]":
        """What waits, what is being sent, and what failed and was not tried anew; oldest first."""
        return self._drafts.outbox()

    def outbox_entry(self, outbox_id: int) -> "OutboxEntry":
        return self._drafts.entry(outbox_id)

    def server_writes(self) -> "tuple[ServerWrite, ...]":
        """All that was ever changed on a server, oldest first."""
        from clientinbox.edge.store import outgoing

        return outgoing.server_writes(self._connection)

    def calls_logged(self, thread_id: str) -> int:
        """How many calls there were about a thread."""
        from clientinbox.edge.store import calls

        return len(calls.calls(self._connection, thread=self._known_thread(thread_id)))

    # the registry

    def import_registry(self, path: Path) -> ImportedRegistry:
        from clientinbox.edge.registry_file import read_document

        return self.import_registry_document(read_document(path))

    def import_registry_document(self, document: dict[str, Any]) -> ImportedRegistry:
        """Replace the registry; mail left out for want of a client comes back into question.

        What is stored is derived again before this returns, unless nothing is stored yet.
        """
        from clientinbox.desk.registries import replace_registry
        from clientinbox.edge.store import queries

        registry, warnings = replace_registry(self._connection, document, self.now(), self._emails)
        if queries.message_count(self._connection):
            self._ask({"do": "settle"}, lambda _: None)
        return ImportedRegistry(
            clients=len(registry.clients),
            contacts=sum(len(client.contacts) for client in registry.clients),
            projects=len(registry.projects),
            rows=len(registry.rows),
            warnings=warnings,
        )

    def export_registry(self) -> str:
        from clientinbox.desk.registries import registry_as_toml

        return registry_as_toml(self._connection)

    # the engine

    def start(self) -> None:
        """Attach to the engine. What it said before anybody listened is in the store: so read again."""
        self._engine()
        self._tell(MessagesArrived(()))

    def sync(self) -> None:
        self._engine().send({"do": "sync"})

    def sync_now(self, account: str | None, listener: Callable[[Event], None]) -> dict[str, Any]:
        """Sync and wait for the end; returns the report. Raises UsageError where there is nothing to sync."""
        self._require_account(account)
        return self._ask({"do": "sync", "account": account}, listener)

    def send_due(self, listener: Callable[[Event], None] = lambda _: None) -> None:
        """Try to send everything that is due now, and wait for the end; the outbox then says what came of it."""
        self._ask({"do": "send"}, listener)

    def send_later(self) -> None:
        """See to it that an engine runs when the undo window ends, whether or not a door is open then."""
        self._engine().send({"do": "outbox"})

    def move_clock(self, offset: timedelta) -> None:
        """For the demo: from now on it is so much later than the system's clock says, here and in the engine."""
        self._clock = OffsetClock(offset)
        if self._link is not None:
            self._link.launch = self._launch()
            self._link.send({"do": "clock", "offset": offset / timedelta(seconds=1)})

    def watch(self, listener: Callable[[Event], None]) -> None:
        """Be the engine, in the foreground, until interrupted."""
        from clientinbox.desk.engine.link import EngineUnreachable
        from clientinbox.desk.engine.process import log_to_file, run_engine

        self._require_account(None)
        log_to_file(self._settings.paths.log_file)
        if not run_engine(
            self._settings,
            self._clock,
            first={"do": "sync"},
            listener=listener,
            stay=lambda _: True,
            insecure=self._insecure,
        ):
            raise EngineUnreachable("Another clientinbox is syncing this store already.", todo="Close it, or let it.")

    def stop_engine(self) -> None:
        """End the engine of this store, for a store that is about to be thrown away."""
        if self._link is not None:
            self._link.send({"do": "stop"})

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
        connection = self._opened
        if connection is not None:
            connection.close()
            self._local.connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _changes(self) -> "Changes":
        if self._changes_made is None:
            from clientinbox.desk.changes import Changes

            self._changes_made = Changes()
        return self._changes_made

    @property
    def _drafts(self) -> "Drafts":
        from clientinbox.desk.outgoing import Drafts

        return Drafts(self._connection, self._settings.accounts, self._knowledge)

    def _nudge(self) -> None:
        """Tell a running engine that the outbox has changed; one that starts later looks by itself."""
        from clientinbox.desk.engine.link import EngineUnreachable

        if self._link is not None:
            with suppress(EngineUnreachable):
                self._link.send({"do": "outbox"})

    def _known_thread(self, thread: str) -> int:
        number = self._thread_number(thread)
        if number is None:
            raise UsageError(f"There is no thread {thread!r}.", todo="`clientinbox triage` lists threads.")
        return number

    @property
    def _opened(self) -> "Connection | None":
        """This thread's connection, where it has one already."""
        opened: Connection | None = getattr(self._local, "connection", None)
        return opened

    @property
    def _connection(self) -> "Connection":
        connection = self._opened
        if connection is None:
            from clientinbox.edge.store import connect

            connection = connect(self._settings.paths.database)
            self._local.connection = connection
        return connection

    @property
    def _emails(self) -> tuple[str, ...]:
        return tuple(account.email for account in self._settings.accounts)

    def _knowledge(self) -> "Knowledge":
        from clientinbox.desk.knowledge import Knowledge

        return Knowledge.load(self._connection, self._emails)

    def _require_account(self, name: str | None) -> None:
        names = [account.name for account in self._settings.accounts]
        if not names:
            broken = f" {self._settings.broken[0].problem}" if self._settings.broken else ""
            raise UsageError(f"No account can be synced.{broken}", todo="`clientinbox account add` adds one.")
        if name is not None and name not in names:
            raise UsageError(f"There is no account {name!r}.", todo=f"There are: {', '.join(names)}.")

    def _thread_number(self, thread: str) -> int | None:
        from clientinbox.edge.store import queries

        if thread.startswith("<") or "@" in thread:
            return queries.thread_of(self._connection, thread if thread.startswith("<") else f"<{thread}>")
        digits = thread.removeprefix("t")
        return queries.resolve_thread(self._connection, int(digits)) if _THREAD_NUMBER.fullmatch(digits) else None

    def _engine(self) -> "EngineLink":
        if self._link is None:
            from clientinbox.desk.engine.link import EngineLink

            link = EngineLink(self._launch(), self._tell)
            link.attach()
            self._link = link
        return self._link

    def _launch(self) -> "Launch":
        from clientinbox.desk.engine.link import Launch
        from clientinbox.desk.engine.lock import socket_path

        paths = self._settings.paths
        arguments: list[str] = []
        if self._config is not None:
            arguments += ["--config", self._config]
        if isinstance(self._clock, OffsetClock):
            arguments += ["--clock-offset", str(self._clock.offset / timedelta(seconds=1))]
        if self._insecure:
            arguments.append("--insecure")
        return Launch(tuple(arguments), socket_path(paths.runtime_dir, paths.database), paths.log_file)

    def _ask(self, command: dict[str, Any], listener: Callable[[Event], None]) -> dict[str, Any]:
        from clientinbox.desk.engine.ask import run_or_ask  # 40 ms of adapters that a painting process never needs

        return run_or_ask(self._settings, self._clock, self._launch(), command, listener, insecure=self._insecure)

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)
