"""One thread owns an account's connection: it keeps it, listens, is interrupted, and comes back after a loss."""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.desk.engine import account as account_module
from clientinbox.desk.engine.account import AccountThread
from clientinbox.desk.engine.backoff import Backoff
from clientinbox.desk.engine.replay import Replay
from clientinbox.desk.events import AccountState, Event
from clientinbox.desk.syncing import AccountReport
from clientinbox.errors import LoginRefused, NetworkError
from clientinbox.mail.account import Account, PasswordSource, Security, Server

T = TypeVar("T")
PATIENCE = 30.0
ACCOUNT = Account(
    "lantern", "ana@lantern.example", Server("127.0.0.1", 1, Security.PLAIN, "ana", PasswordSource(env="WORD"))
)


class Line:
    """A connection on which nothing is read: what a wait for news ends with is put into `says`."""

    def __init__(self) -> None:
        self.says: queue.SimpleQueue[bool | Exception] = queue.SimpleQueue()
        self.listening = threading.Event()
        self.closed = False

    def wait_for_news(self, _seconds: float) -> bool:
        self.listening.set()
        said = self.says.get(timeout=PATIENCE)
        self.listening.clear()
        if isinstance(said, Exception):
            raise said
        return said

    def interrupt(self) -> None:
        self.says.put(False)  # noqa: FBT003

    def close(self) -> None:
        self.closed = True
        self.says.put(NetworkError("The connection was closed."))


class Passes:
    """In place of `AccountSync`: says what it was asked for."""

    heard: "queue.SimpleQueue[str]" = queue.SimpleQueue()
    fails: "queue.SimpleQueue[Exception]" = queue.SimpleQueue()

    def __init__(self, _account: Account, mailbox: Line, *_: Any) -> None:
        self._mailbox = mailbox

    def run(self, _report: AccountReport, *, asked: bool) -> None:
        self.heard.put("asked" if asked else "polled")
        if not self.fails.empty():
            raise self.fails.get()

    def run_inbox(self, _report: AccountReport) -> None:
        self.heard.put("inbox")

    def wait_for_news(self, seconds: float) -> bool:
        return self._mailbox.wait_for_news(seconds)

    def forget_open_folder(self) -> None:
        self.heard.put("forgotten")


class Stage:
    """The engine's side, and the server's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self.logins: list[str] = []
        self.refusals: list[Exception] = []
        self.states: queue.SimpleQueue[AccountState] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[tuple[AccountReport, int]] = queue.SimpleQueue()
        Passes.heard, Passes.fails = queue.SimpleQueue(), queue.SimpleQueue()
        monkeypatch.setenv("WORD", "secret")
        monkeypatch.setattr(account_module, "open_mailbox", self.log_in)
        monkeypatch.setattr(account_module, "AccountSync", Passes)
        monkeypatch.setattr(Replay, "run", lambda _: False)

    def log_in(self, _account: Account, secret: object) -> Line:
        self.logins.append(str(secret))
        if self.refusals:
            raise self.refusals.pop(0)
        line = Line()
        self.lines.put(line)
        return line

    def call(self, work: Callable[[Any], T]) -> "Future[T]":
        future: Future[T] = Future()
        future.set_result(work(None))
        return future

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def say(self, event: Event) -> None:
        assert isinstance(event, AccountState)
        self.states.put(event)

    def refresh(self) -> None:
        pass

    def heard(self) -> str:
        return Passes.heard.get(timeout=PATIENCE)

    def line(self) -> Line:
        return self.lines.get(timeout=PATIENCE)

    def state(self) -> AccountState:
        return self.states.get(timeout=PATIENCE)

    @contextmanager
    def thread(self, *, poll_s: float | None = 3600.0) -> Iterator[AccountThread]:
        thread = AccountThread(
            ACCOUNT,
            self,
            lambda report, covered: self.done.put((report, covered)),
            insecure=False,
            poll_s=poll_s,
        )
        yield thread
        thread.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def test_one_login_serves_requests_and_news_and_a_request_ends_the_wait_for_news(stage: Stage) -> None:
    with stage.thread() as thread:
        first = thread.request()
        assert stage.heard() == "asked"
        line = stage.line()
        assert line.listening.wait(PATIENCE)
        line.says.put(True)  # noqa: FBT003
        assert stage.heard() == "inbox"
        assert line.listening.wait(PATIENCE)
        second = thread.request()
        assert stage.heard() == "asked"
        assert [stage.done.get(timeout=PATIENCE)[1] for _ in range(3)] == [first, 0, second]
    assert (stage.logins, line.closed) == (["secret"], True)


def test_a_lost_connection_comes_back_by_itself_with_a_new_login_and_a_look_at_everything(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "next", lambda _: 0.01)
    with stage.thread() as thread:
        thread.request()
        stage.heard()
        line = stage.line()
        assert stage.state().state == "online"
        assert line.listening.wait(PATIENCE)
        monkeypatch.setenv("WORD", "another")
        line.says.put(NetworkError("The server went away."))
        lost = stage.state()
        assert (lost.state, lost.message, lost.retry_in_s) == ("offline", "The server went away.", 0.0)
        assert stage.heard() == "polled"
        assert stage.state().state == "online"
        assert line.closed
    assert stage.logins == ["secret", "another"]


def test_a_person_who_asks_does_not_wait_for_the_pause_after_a_failure(stage: Stage) -> None:
    stage.refusals = [NetworkError("Nothing answers.")]
    with stage.thread() as thread:
        thread.request()
        report, covered = stage.done.get(timeout=PATIENCE)
        assert (report.error, report.retry, covered) == ("Nothing answers.", True, 1)
        assert 0.5 <= (stage.state().retry_in_s or 0) <= 1.0
        thread.request()
        assert stage.heard() == "asked"


def test_a_refused_login_is_tried_again_by_a_person_alone(stage: Stage) -> None:
    stage.refusals = [LoginRefused("No.", todo="Look at the password.")]
    with stage.thread(poll_s=0.01) as thread:
        thread.request()
        refused = stage.state()
        assert (refused.state, refused.message, refused.retry_in_s) == ("refused", "No. Look at the password.", None)
        assert stage.done.get(timeout=PATIENCE)[0].exit_code == 2
        thread.request(by_person=False)
        assert stage.done.get(timeout=PATIENCE)[0].error == "No. Look at the password."
        assert len(stage.logins) == 1
        thread.request()
        assert stage.heard() == "asked"
    assert len(stage.logins) == 2


def test_what_waits_for_the_server_is_written_before_each_look_and_the_folder_is_opened_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = [False, True, False]
    monkeypatch.setattr(Replay, "run", lambda _: waits.pop(0))
    with stage.thread() as thread:
        thread.request()
        assert stage.heard() == "asked"
        line = stage.line()
        assert line.listening.wait(PATIENCE)
        thread.request(by_person=False)
        assert (stage.heard(), stage.heard()) == ("forgotten", "polled")
        assert line.listening.wait(PATIENCE)
        line.says.put(True)  # noqa: FBT003
        assert stage.heard() == "inbox"


def test_all_folders_are_looked_at_when_it_is_time(stage: Stage) -> None:
    with stage.thread(poll_s=0.0) as thread:
        thread.request()
        assert [stage.heard() for _ in range(3)] == ["asked", "polled", "polled"]


def test_an_engine_that_does_not_stay_passes_on_request_alone_and_says_no_state(stage: Stage) -> None:
    with stage.thread(poll_s=None) as thread:
        thread.request()
        assert stage.heard() == "asked"
        stage.done.get(timeout=PATIENCE)
        assert not stage.line().listening.is_set()
        assert stage.states.empty()


def test_a_fault_of_ours_ends_one_pass_and_not_the_account(stage: Stage) -> None:
    Passes.fails.put(ZeroDivisionError("ours"))
    with stage.thread() as thread:
        thread.request()
        report, _ = stage.done.get(timeout=PATIENCE)
        assert report.error == "Account lantern: an internal error; the log has it."
        assert stage.heard() == "asked"
        thread.request()
        assert stage.heard() == "asked"
        assert replace(stage.done.get(timeout=PATIENCE)[0]).error is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_pauses_grow_from_a_second_to_five_minutes_each_cut_by_chance(chances: list[float]) -> None:
    left = iter(chances)
    backoff = Backoff(lambda: next(left))
    for failures, _ in enumerate(chances):
        longest = min(300.0, 2.0**failures)
        assert longest / 2 <= backoff.next() <= longest
    backoff.reset()
    left = iter([0.0])
    assert backoff.next() == 1.0
