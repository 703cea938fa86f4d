"""The engine's own thread: it writes mail, understands it, and tells the doors. Everything else hands it work.

One thread per account does network only (`account.py`). Work that came in goes first; between two pieces of it the
loop understands at most a handful of messages, so that a door never waits long.
"""

import logging
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from clientinbox.desk.clock import Clock
from clientinbox.desk.engine.account import AccountThread
from clientinbox.desk.engine.fetching import AttachmentGone, errands, report
from clientinbox.desk.engine.outbox import Outbox
from clientinbox.desk.engine.report import sync_report
from clientinbox.desk.events import CallAdvised, Event, MessagesArrived, SyncFailed, SyncFinished
from clientinbox.desk.intake import Intake
from clientinbox.desk.keywords import wish_keywords, with_keywords
from clientinbox.desk.syncing import AccountReport, SyncStopped
from clientinbox.edge.store import Connection, folders, serverqueue
from clientinbox.mail.account import Account

if TYPE_CHECKING:
    from clientinbox.desk.importing import MailImport
    from clientinbox.desk.understanding import Understanding

T = TypeVar("T")
log = logging.getLogger(__name__)

_JOIN_WITHIN_S = 1.0
"""They only read from the network: what they hold is fetched again next time."""
_SHARE = 0.5
"""Of the time that other work takes, for understanding: a third of all."""
_SENT_WITHIN_S = 5.0
"""A mail that is being handed over is worth waiting for: cut off, nobody would know whether it has gone."""


@dataclass(slots=True)
class _Request:
    id: int
    pending: dict[str, int]
    """Account → number of the request that its thread was given."""
    started: float
    reports: list[AccountReport] = field(default_factory=list)
    sending: int | None = None
    """Number of the request that the outbox was given."""
    importing: "MailImport | None" = None
    judged: bool = True
    """Whether it is done only when all that came is understood."""


class EngineLoop:
    """Made and run by one thread; `call`, `post`, `now` and `say` may be used by any."""

    def __init__(
        self,
        connection: Connection,
        accounts: tuple[Account, ...],
        clock: Clock,
        understanding: "Callable[[], Understanding]",
        say: Callable[[Event], None],
        *,
        insecure: bool = False,
        poll_s: float | None = None,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._make_understanding = understanding
        self._understanding: Understanding | None = None
        """Made when there may be something to understand."""
        self._say = say
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._intake = Intake(connection, [account.email for account in accounts])
        self._threads = {
            account.name: AccountThread(account, self, self._account_done, insecure=insecure, poll_s=poll_s)
            for account in accounts
        }
        self._requests: list[_Request] = []
        self._with_keywords = with_keywords(accounts)
        self._fetching: set[int] = set()
        """Requests for an attachment that wait for a server."""
        self._queue_grew = False
        self._outbox: Outbox | None = None
        self._stopped = False
        self._owed = 0.0
        """Seconds that understanding has coming, while other work does not end."""

    # what other threads may call

    def call(self, work: Callable[[Intake], T]) -> "Future[T]":
        future: Future[T] = Future()

        def run() -> None:
            if self._stopped:
                future.set_exception(SyncStopped("Sync was interrupted; what was stored stays."))
                return
            try:
                future.set_result(work(self._intake))
            except Exception as exc:  # noqa: BLE001  it is the caller's to handle
                future.set_exception(exc)

        self._work.put(run)
        return future

    def post(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def now(self) -> datetime:
        return self._clock.now()

    def say(self, event: Event) -> None:
        self._say(event)

    def refresh(self) -> None:
        self._work.put(self.registry_changed)

    # what the engine's thread calls

    def request_sync(self, account: str | None, request: int, *, judged: bool = True, by_person: bool = True) -> None:
        """Sync one account or all; SyncFinished with this number follows once what came is understood, or, not to be
        `judged`, once it is stored.
        """
        self.registry_changed()  # whoever imports one while nothing is stored tells nobody
        names = [name for name in self._threads if account in {None, name}]
        pending = {name: self._threads[name].request(by_person=by_person) for name in names}
        self._requests.append(_Request(request, pending, monotonic(), judged=judged))
        if self._outbox is not None:
            self._outbox.wake()

    def use_outbox(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def wake_outbox(self, *, retry: bool) -> None:
        """Send what is due; with `retry` also what waits after a failure: the network may be back."""
        if self._outbox is not None:
            self._outbox.wake(retry=retry)

    def wake_queue(self) -> None:
        """Write to the servers what a door has queued; the pass that follows finds what moved."""
        for name in serverqueue.accounts_waiting(self._connection):
            if name in self._threads and not self._threads[name].read_only:
                self.request_sync(name, 0, by_person=False)

    def retry_queue(self) -> None:
        """Somebody asks for a sync: what a server refused may be taken now."""
        serverqueue.retry_parked(self._connection)

    def request_sent(self, request: int) -> None:
        """SyncFinished with this number once everything that is due now was tried."""
        sending = None if self._outbox is None else self._outbox.wake(retry=True)
        self._requests.append(_Request(request, {}, monotonic(), sending=sending))

    def set_clock(self, clock: Clock) -> None:
        self._clock = clock
        self.wake_outbox(retry=False)

    def request_import(self, paths: Sequence[str], request: int, *, judged: bool = True) -> None:
        """Store the mail in these files; SyncFinished with this number brings what became of each."""
        self.registry_changed()
        from clientinbox.desk.importing import MailImport  # readers of files, which no sync needs

        importing = MailImport(paths, self, lambda: self._work.put(lambda: None))
        self._requests.append(_Request(request, {}, monotonic(), importing=importing, judged=judged))
        importing.start()

    def request_attachment(self, message_id: str, number: int, types: Sequence[str], path: str, request: int) -> None:
        """Write an attachment into a file; SyncFinished with this number says how that went."""
        self._fetching.add(request)

        def answer(said: dict[str, Any]) -> None:
            def finish() -> None:
                self._fetching.discard(request)
                self._say(SyncFinished(request, said))

            self._work.put(finish)

        found = errands(self._connection, tuple(self._threads), message_id, number, types, path)
        if found:
            name, errand = next(iter(found.items()))
            self._threads[name].fetch(errand, answer)
        else:
            answer(report(error=AttachmentGone("No configured account has this message on its server.")))

    def request_settled(self, request: int) -> None:
        """SyncFinished with this number once everything stored is understood."""
        self._requests.append(_Request(request, {}, monotonic()))

    def registry_changed(self) -> None:
        self._intake.reload_registry()
        if self._understanding is not None:
            self._understanding.registry_changed()

    def interrupt(self) -> None:
        """End `run` after the work in hand. For signal handlers: takes no lock that the interrupted code may hold."""
        self._stopped = True
        self._work.put(lambda: None)

    def stop(self) -> None:
        self._stopped = True
        for thread in self._threads.values():
            thread.stop()
        if self._outbox is not None:
            self._outbox.stop()
        for request in self._requests:
            if request.importing is not None:
                request.importing.stop()
        self._work.put(lambda: None)

    @property
    def busy(self) -> bool:
        return bool(self._requests or self._fetching) or (self._outbox is not None and self._outbox.busy)

    @property
    def holds_mail(self) -> bool:
        """Is a mail in its undo window? Then an engine that nobody looks at stays until it is out."""
        return self._outbox is not None and self._outbox.holds

    def run(self, idle: Callable[[], bool] = lambda: False, tick_s: float = 0.5) -> None:
        """Until stopped, or until `idle` says so while nothing is due."""
        while not self._stopped:
            try:
                work = self._work.get_nowait()
            except queue.Empty:
                self._finish_requests(judged=False)
                if idle():
                    return
                if self._judges:
                    if self._understand():
                        continue
                    if self._queue_grew:
                        self._queue_grew = False
                        self.wake_queue()
                    self._finish_requests()
                    if self._intake.read_again():
                        continue
                if idle():
                    return
                try:
                    work = self._work.get(timeout=tick_s)
                except queue.Empty:
                    continue
            began = monotonic()
            work()
            self._understand_meanwhile((monotonic() - began) * _SHARE)

    def _understand_meanwhile(self, seconds: float) -> None:
        """A first sync hands in work for minutes; what came first is to be seen long before it ends."""
        if not self._judges:
            return
        self._owed += seconds
        while self._owed > 0 and not self._stopped:
            began = monotonic()
            if not self._understand():
                self._owed = 0.0
                return
            self._owed -= monotonic() - began

    @property
    def _judges(self) -> bool:
        """Not while the only ones who wait do not wait for that."""
        return not self._requests or any(request.judged for request in self._requests)

    def join(self) -> None:
        """Wait for the other threads; what they still hand in is refused, so that none waits for an answer."""
        started = monotonic()
        while (
            any(thread.is_alive() for thread in self._threads.values()) and monotonic() - started < _JOIN_WITHIN_S
        ) or (self._outbox is not None and self._outbox.is_alive() and monotonic() - started < _SENT_WITHIN_S):
            try:
                self._work.get(timeout=0.05)()
            except queue.Empty:
                continue

    def _understand(self) -> bool:
        if self._understanding is None:
            self._understanding = self._make_understanding()
        step = self._understanding.step(self._clock.now())
        if step is None:
            return False
        if self._with_keywords:
            for thread in step.threads:
                self._queue_grew |= wish_keywords(self._connection, thread, self._with_keywords, self._clock.now())
        if step.threads:
            self._say(MessagesArrived(tuple(str(thread) for thread in step.threads)))
        for thread, reasons in step.calls:
            self._say(CallAdvised(str(thread), reasons))
        return True

    def _account_done(self, report: AccountReport, covered: int) -> None:
        """From an account's thread: a pass has ended that began after request number `covered`."""

        def note() -> None:
            folders.note_pass(
                self._connection,
                report.account,
                folders.AccountPass(self._clock.now(), report.error, report.retry, int(report.exit_code)),
            )
            waiting = [r for r in self._requests if r.pending.get(report.account, covered + 1) <= covered]
            if report.error is not None and waiting:
                self._say(SyncFailed(report.account, report.error, report.retry, report.exit_code))
            for request in waiting:
                del request.pending[report.account]
                request.reports.append(report)

        self._work.put(note)

    def _finish_requests(self, *, judged: bool = True) -> None:
        """All that are due, or those alone that wait for no judgement."""
        due = [r for r in self._requests if r.judged <= judged and not r.pending]
        for request in [r for r in due if self._was_sent(r) and not (r.importing and r.importing.is_alive())]:
            self._requests.remove(request)
            seconds = round(monotonic() - request.started, 3)
            if request.importing is not None:
                said: dict[str, Any] = {**request.importing.report, "seconds": seconds}
            else:
                said = sync_report(self._connection, request.reports, seconds=seconds)
            self._say(SyncFinished(request.id, said))

    def _was_sent(self, request: _Request) -> bool:
        return request.sending is None or self._outbox is None or self._outbox.has_done(request.sending)
