"""One thread per account: it owns the connection, keeps it, and does network only.

Between two passes it listens on the INBOX (IDLE); a request or the end interrupts it. The other folders are asked now
and then. A connection that is lost comes back after a growing pause, or at once when a person asks; a login that was
refused is not tried again before a person does.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from enum import Enum
from os import environ
from time import monotonic
from typing import Any, Protocol

from clientinbox.desk.engine.backoff import Backoff
from clientinbox.desk.engine.fetching import AttachmentGone, Errand, report, run_errand
from clientinbox.desk.engine.replay import Replay
from clientinbox.desk.events import AccountState
from clientinbox.desk.syncing import AccountReport, AccountSync, IntakeCalls, SyncStopped
from clientinbox.edge.imap import open_mailbox
from clientinbox.edge.secrets import secret_for
from clientinbox.errors import ClientInboxError, LoginRefused, NetworkError, UsageError
from clientinbox.mail.account import Account
from clientinbox.mail.ports import SortingMailbox

log = logging.getLogger(__name__)

_LISTEN_S = 9 * 60.0
"""At most so long in one IDLE: a server may hang up after half an hour."""


class _Task(Enum):
    """What the thread does next."""

    ERRAND = "an attachment that somebody waits for"
    ALL = "all folders, as somebody asked"
    POLL = "all folders, as it is time"
    NEWS = "the INBOX, as the server says"
    STOP = "end"


class EngineCalls(IntakeCalls, Protocol):
    def refresh(self) -> None:
        """A pass begins: what is known of clients should be of now."""


class AccountThread(threading.Thread):
    """`request` and `stop` may be used by any thread."""

    def __init__(
        self,
        account: Account,
        calls: EngineCalls,
        done: Callable[[AccountReport, int], None],
        *,
        insecure: bool,
        poll_s: float | None = None,
    ) -> None:
        """`done` hears of each pass, and the number of the last request that was made before it began.

        `poll_s`: stay connected between passes, and look at all folders so often; None: passes on request alone.
        """
        super().__init__(name=f"account {account.name}", daemon=True)
        self._account = account
        self._calls = calls
        self._done = done
        self._insecure = insecure
        self._poll_s = poll_s
        self._backoff = Backoff()
        self._guard = threading.Condition()
        self._errands: deque[tuple[Errand, Callable[[dict[str, Any]], None]]] = deque()
        self._requests = 0
        self._covered = 0
        self._person_asked = False
        self._trouble: ClientInboxError | None = None
        """Why there is no connection."""
        self._stopping = False
        self._mailbox: SortingMailbox | None = None
        self._sync: AccountSync | None = None
        self._state: AccountState | None = None
        """To be said."""
        self._poll_at: float | None = None
        """When all folders are looked at again, or the connection is tried again; None: not by itself."""

    @property
    def read_only(self) -> bool:
        return self._account.read_only

    def request(self, *, by_person: bool = True) -> int:
        """Write what waits for the server and sync once more, now or when the running pass has ended; returns this
        request's number. Unless it is by a person, a refused login or a pause after a failure stands.
        """
        with self._guard:
            self._requests += 1
            self._person_asked = self._person_asked or by_person
            if not self.is_alive() and not self._stopping:
                self.start()
            self._guard.notify_all()
            number, mailbox = self._requests, self._mailbox
        if mailbox is not None:
            mailbox.interrupt()
        return number

    def fetch(self, errand: Errand, answer: Callable[[dict[str, Any]], None]) -> None:
        """Before the next pass, or when the running one has ended; `answer` hears the report on this thread."""
        with self._guard:
            self._errands.append((errand, answer))
            if not self.is_alive() and not self._stopping:
                self.start()
            self._guard.notify_all()
            mailbox = self._mailbox
        if mailbox is not None:
            mailbox.interrupt()

    def stop(self) -> None:
        with self._guard:
            self._stopping = True
            self._guard.notify_all()
            mailbox = self._mailbox
        if mailbox is not None:
            mailbox.close()

    # ---- its own

    def run(self) -> None:
        try:
            while (task := self._next_task()) is not _Task.STOP:
                if task is _Task.ERRAND:
                    self._run_errand(*self._errands.popleft())
                    continue
                with self._guard:
                    covered = self._requests  # mail that comes after a later request may be missed by this pass
                    asked, self._person_asked = self._person_asked, False
                done = self._attempt(task, asked=asked)
                if task is _Task.NEWS:
                    covered = 0
                else:
                    self._covered = covered
                self._done(done, covered)
                self._say_state()
        finally:
            self._hang_up()

    def _next_task(self) -> _Task:
        """Wait for it: on the connection where there is one to listen on, else on whoever wakes us."""
        while True:
            with self._guard:
                if self._stopping:
                    return _Task.STOP
                if self._errands:
                    return _Task.ERRAND
                if self._requests > self._covered:
                    return _Task.ALL
                pause = None if self._poll_at is None else self._poll_at - monotonic()
                if pause is not None and pause <= 0:
                    return _Task.POLL
                if self._sync is None or self._poll_s is None:
                    self._guard.wait(pause)
                    continue
            if self._listen(self._sync, _LISTEN_S if pause is None else min(pause, _LISTEN_S)):
                return _Task.NEWS

    def _listen(self, sync: AccountSync, seconds: float) -> bool:
        """False as well when interrupted, and when the connection is lost: it is tried again after a moment."""
        try:
            return sync.wait_for_news(seconds)
        except Exception as exc:  # noqa: BLE001  whatever happened to the connection, the account goes on
            self._lost(exc)
            self._say_state()
        return False

    def _attempt(self, task: _Task, *, asked: bool) -> AccountReport:
        """Do something on the connection, made where there is none; what went wrong is in the report."""
        report = AccountReport(self._account.name)
        try:
            sync, mailbox = self._connected(again=asked or task is _Task.POLL)
            # before anything is read: what the server shows should be what the user did
            if Replay(self._account, mailbox, self._calls, lambda: self._stopping).run():
                sync.forget_open_folder()
            if task is _Task.NEWS:
                sync.run_inbox(report)
            else:
                self._calls.refresh()
                sync.run(report, asked=asked)
        except Exception as exc:  # noqa: BLE001  a fault of ours must end one pass, not the account
            said = exc if isinstance(exc, ClientInboxError) else _internal(self._account)
            report.error, report.retry, report.exit_code = str(said), isinstance(said, NetworkError), said.exit_code
            if exc is not self._trouble:
                self._lost(exc)
        else:
            self._backoff.reset()
            if task is not _Task.NEWS and self._poll_s is not None:
                self._poll_at = monotonic() + self._poll_s
            self._note_state("online")
        return report

    def _run_errand(self, errand: Errand, answer: Callable[[dict[str, Any]], None]) -> None:
        try:
            sync, mailbox = self._connected(again=True)
            sync.forget_open_folder()
            answer(run_errand(errand, mailbox))
        except AttachmentGone as exc:
            answer(report(error=exc))
        except Exception as exc:  # noqa: BLE001  a fault of ours must end one errand, not the account
            said = exc if isinstance(exc, ClientInboxError) else _internal(self._account)
            if isinstance(exc, NetworkError):
                said = NetworkError("The attachment lies on the server, which does not give it now.", todo=str(exc))
            self._lost(exc)
            self._say_state()
            answer(report(error=said))

    def _connected(self, *, again: bool) -> tuple[AccountSync, SortingMailbox]:
        if self._sync is not None and self._mailbox is not None:
            return self._sync, self._mailbox
        if self._trouble is not None and not again:
            raise self._trouble
        self._trouble = None
        # asked for at each login: a token has its own idea of how long it lives
        secret = secret_for(self._account.imap.password, environ=environ, insecure=self._insecure)
        mailbox = open_mailbox(self._account, secret)
        with self._guard:
            self._mailbox = mailbox
            if self._stopping:
                raise SyncStopped("Sync was interrupted; what was stored stays.")
        self._sync = AccountSync(self._account, mailbox, self._calls, lambda: self._stopping)
        return self._sync, mailbox

    def _lost(self, exc: Exception) -> None:
        """Whatever was under way, its connection is of no more use: begin with a new one, unless that is no use."""
        self._hang_up()
        self._poll_at = None
        if self._stopping or isinstance(exc, SyncStopped):
            return
        if isinstance(exc, ClientInboxError):
            log.warning("account %s: %s", self._account.name, exc)
        else:
            log.error("account %s", self._account.name, exc_info=exc)
        self._trouble = exc if isinstance(exc, ClientInboxError) else _internal(self._account)
        why = str(self._trouble)
        if isinstance(exc, UsageError):
            # a refused login, a folder that is not there: it would be the same in a minute
            self._note_state("refused" if isinstance(exc, LoginRefused) else "stopped", why)
        elif self._poll_s is not None:
            pause = self._backoff.next()
            self._poll_at = monotonic() + pause
            self._note_state("offline", why, retry_in_s=round(pause, 1))

    def _hang_up(self) -> None:
        with self._guard:
            mailbox, self._mailbox, self._sync = self._mailbox, None, None
        if mailbox is not None:
            mailbox.close()

    def _note_state(self, state: str, message: str = "", *, retry_in_s: float | None = None) -> None:
        if self._poll_s is not None:
            self._state = AccountState(self._account.name, state, self._calls.now().isoformat(), message, retry_in_s)

    def _say_state(self) -> None:
        """By way of the engine's thread: after what it has been told before."""
        state, self._state = self._state, None
        if state is not None and not self._stopping:
            self._calls.call(lambda _: self._calls.say(state))


def _internal(account: Account) -> ClientInboxError:
    return ClientInboxError(f"Account {account.name}: an internal error; the log has it.")
