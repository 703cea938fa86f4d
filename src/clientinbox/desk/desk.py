"""The desk itself: what a door may read and do, and the only place where edges are chosen.

What is heavy is imported by the method that needs it: a door's first frame and its list come before all else.

A door opens one with `open_desk` and closes it. Reading and the user's own small writes happen in the caller's thread,
each thread with a connection of its own; everything else is the engine's.
"""

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from clientinbox.desk.attachments import Attachments
from clientinbox.desk.calling import Calling
from clientinbox.desk.clock import Clock, OffsetClock, SystemClock
from clientinbox.desk.events import Event, MessagesArrived
from clientinbox.desk.places import own_models
from clientinbox.desk.screening import Screening
from clientinbox.desk.sorting import Sorting
from clientinbox.desk.writing import Writing
from clientinbox.edge.settings import Settings, load_settings
from clientinbox.errors import UsageError

if TYPE_CHECKING:
    from clientinbox.desk.changes import Changes
    from clientinbox.desk.engine.link import EngineLink, Launch
    from clientinbox.desk.exporting import ExportedMessage
    from clientinbox.desk.knowledge import Knowledge
    from clientinbox.desk.learning import InUse, Learned
    from clientinbox.desk.reading import StoredInbox
    from clientinbox.desk.views import SearchHit, ThreadPage
    from clientinbox.edge.store import Connection


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


class Desk(Attachments, Calling, Writing, Sorting, Screening):
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

    def search(self, query: str, limit: int) -> "tuple[SearchHit, ...]":
        """Threads that answer, newest first. Raises QueryError, which points at the column."""
        from clientinbox.desk.searching import search_threads

        return search_threads(self._connection, query, self.now(), limit)

    def needing_somebody(self) -> "tuple[ThreadPage, ...]":
        """The threads that need somebody, most urgent first."""
        pages = (self.thread(row.thread_id) for row in self.inbox().needing_somebody)
        return tuple(page for page in pages if page is not None)

    def export_messages(self) -> "Iterator[ExportedMessage]":
        from clientinbox.desk.exporting import export_messages

        return export_messages(self._connection, self._knowledge(), self.now())

    # what the user does

    def model_in_use(self) -> "InUse":
        from clientinbox.desk.learning import in_use

        return in_use(self._connection, own_models(self._settings.paths.data_dir))

    def learn(self) -> "Learned":
        """Train on the corrections there are, and read with it where it is better. Raises CannotLearn."""
        from clientinbox.desk.learning import learn

        return learn(self._connection, own_models(self._settings.paths.data_dir), self.now())

    def step_model_back(self) -> int:
        """The number of the training that is used instead; 0 is the model as it ships. Raises CannotLearn."""
        from clientinbox.desk.learning import step_back

        return step_back(own_models(self._settings.paths.data_dir))

    def set_tension(self, message_id: str, level: int) -> str:
        return self._changes.set_tension(self._connection, self._knowledge(), self.now(), message_id, level)

    def toggle_label(self, message_id: str, label: str) -> str:
        return self._changes.toggle_label(self._connection, self._knowledge(), self.now(), message_id, label)

    def undo(self) -> str | None:
        """Take back this door's last change."""
        said = self._changes.undo(self._connection, self._knowledge(), self.now())
        self._nudge_queue()
        return said

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

    def sync_now(
        self, account: str | None, listener: Callable[[Event], None], *, judged: bool = True
    ) -> dict[str, Any]:
        """Sync and wait for the end; returns the report. Raises UsageError where there is nothing to sync.

        Not to be `judged`, mail is fetched and searchable, and the next engine judges it.
        """
        self._require_account(account)
        return self._ask({"do": "sync", "account": account, "judged": judged}, listener)

    def sync_status(self) -> dict[str, Any]:
        """What the last pass over each account found; nothing is asked of any server."""
        from clientinbox.desk.engine.report import status_report

        self._require_account(None)
        return status_report(self._connection, [account.name for account in self._settings.accounts])

    def import_mail(
        self, paths: Sequence[str], listener: Callable[[Event], None], *, judged: bool = True
    ) -> dict[str, Any]:
        """Store the mail in .eml files, mboxes and maildirs; says of each file what became of it."""
        absolute = [str(Path(path).expanduser().absolute()) for path in paths]  # the engine may run elsewhere
        return self._ask({"do": "import", "paths": absolute, "judged": judged}, listener)

    def move_clock(self, offset: timedelta) -> None:
        """For the demo: from now on it is so much later than the system's clock says, here and in the engine."""
        self._clock = OffsetClock(offset)
        if self._link is not None:
            self._link.launch = self._launch()
            self._link.send({"do": "clock", "offset": offset / timedelta(seconds=1)})

    def watch(self, listener: Callable[[Event], None]) -> None:
        """Be the engine, in the foreground, until interrupted."""
        from clientinbox.desk.engine.link import EngineUnreachable
        from clientinbox.desk.engine.log import log_to_file
        from clientinbox.desk.engine.process import run_engine

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
        self._forget_opened()
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

            self._changes_made = Changes(self._show_labels)
        return self._changes_made

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
        from clientinbox.desk.people import trusted_hosts

        return Knowledge.load(self._connection, self._emails, trusted_hosts(self._settings.accounts))

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
