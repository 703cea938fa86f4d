"""One thread per account: it owns the connection and does network only."""

import logging
import threading
from collections.abc import Callable
from os import environ

from clientinbox.desk.engine.replay import Replay
from clientinbox.desk.syncing import AccountReport, AccountSync, IntakeCalls
from clientinbox.edge.imap.mailbox import open_mailbox
from clientinbox.edge.secrets import secret_for
from clientinbox.errors import ClientInboxError, ExitCode, NetworkError
from clientinbox.mail.account import Account
from clientinbox.mail.ports import Mailbox

log = logging.getLogger(__name__)


class AccountThread(threading.Thread):
    def __init__(
        self, account: Account, calls: IntakeCalls, done: Callable[[AccountReport, int], None], *, insecure: bool
    ) -> None:
        """`done` hears of each pass, and the number of the last request that was made before it began."""
        super().__init__(name=f"account {account.name}", daemon=True)
        self._account = account
        self._calls = calls
        self._done = done
        self._insecure = insecure
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._requests = 0
        self._mailbox: Mailbox | None = None

    @property
    def read_only(self) -> bool:
        return self._account.read_only

    def request(self) -> int:
        """Sync once more, now or when the running pass has ended; returns this request's number."""
        if not self.is_alive() and not self._stopping.is_set():
            self.start()
        self._requests += 1
        self._wanted.set()
        return self._requests

    def stop(self) -> None:
        self._stopping.set()
        self._wanted.set()
        mailbox = self._mailbox
        if mailbox is not None:
            mailbox.close()

    def run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._stopping.is_set():
                return
            covered = self._requests  # mail that comes after a later request may be missed by this pass
            self._done(self._sync_once(), covered)

    def _sync_once(self) -> AccountReport:
        report = AccountReport(self._account.name)
        try:
            secret = secret_for(self._account.imap.password, environ=environ, insecure=self._insecure)
            with open_mailbox(self._account, secret) as mailbox:
                self._mailbox = mailbox
                Replay(self._account, mailbox, self._calls, self._stopping.is_set).run()
                AccountSync(self._account, mailbox, self._calls, self._stopping.is_set).run(report)
        except ClientInboxError as exc:
            report.error, report.retry, report.exit_code = str(exc), isinstance(exc, NetworkError), exc.exit_code
            log.warning("account %s: %s", self._account.name, exc)
        except Exception as exc:  # a fault of ours must end one pass, not the account
            report.error, report.exit_code = (
                f"Account {self._account.name}: an internal error; the log has it.",
                ExitCode.ERROR,
            )
            log.exception("account %s", self._account.name, exc_info=exc)
        finally:
            self._mailbox = None
        return report
