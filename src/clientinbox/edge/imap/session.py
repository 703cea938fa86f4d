"""One connection and who may talk on it: exchanges one at a time, errors translated, an end that is an end for all."""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import contextlib
import imaplib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clientinbox.edge.imap.connect import cut, hang_up
from clientinbox.edge.imap.errors import printable, translated
from clientinbox.edge.imap.idle import Waker
from clientinbox.errors import NetworkError
from clientinbox.mail.account import Account


@dataclass(slots=True)
class Question:
    """A FETCH that was sent, and what came back once it has been read."""

    tag: Any
    data: list[Any] | None = None
    refusal: str = ""
    """The server's words, where it answered NO or BAD."""


class Session:
    """Owned by one thread; only `close` and the waker may be used by another."""

    def __init__(self, account: Account, client: Any) -> None:
        self.account = account
        self.client = client
        self.capabilities = frozenset(capability.upper() for capability in client.capabilities())
        self.waker = Waker()
        self._ahead: Question | None = None
        self._closed = threading.Event()
        self._busy = threading.Lock()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def close(self) -> None:
        """End the connection from any thread; a thread that waits on it gets NetworkError."""
        self._closed.set()
        self.waker.wake()
        cut(self.client)
        if self._busy.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._busy.release()

    def _end(self) -> None:
        hang_up(self.client)
        self.waker.close()

    @contextlib.contextmanager
    def talking(self) -> Iterator[Any]:
        """Give the imaplib connection to one exchange, and translate its errors."""
        with self._busy:
            if self._closed.is_set():
                raise NetworkError("The connection was closed.")
            try:
                with translated(self.account.imap):
                    self._settle()
                    yield self.client._imap
            except NetworkError as exc:
                lost = self._closed.is_set()
                self._closed.set()  # after a lost connection nothing may be read as an answer to something else
                if lost:
                    raise NetworkError("The connection was closed.") from exc
                raise
            finally:
                if self._closed.is_set():
                    self._end()

    def ask(self, imap: Any, *words: str) -> Question:
        """Send a UID FETCH and do not wait: whoever talks next reads its answer first."""
        question = self._ahead = Question(imap._command("UID", "FETCH", *words))
        return question

    def settle(self) -> None:
        with self.talking():
            pass

    def _settle(self) -> None:
        """Read the answer to the question that is under way, so that nothing else takes it for its own."""
        question, self._ahead = self._ahead, None
        if question is None:
            return
        imap = self.client._imap
        try:
            checked(*imap._command_complete("UID", question.tag))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as exc:
            question.refusal = printable(exc) or "no reason given"
        question.data = imap.untagged_responses.pop("FETCH", [])


def checked(status: str, words: list[Any]) -> list[Any]:
    if status != "OK":
        raise imaplib.IMAP4.error((words[-1] or b"").decode("utf-8", "replace") or status)
    return words
