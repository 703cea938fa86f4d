"""The engine as a process: its lock, its socket, its end. `sync` and `sync --watch` run it in the foreground."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clientinbox.desk.clock import Clock, OffsetClock
from clientinbox.desk.engine.lock import EngineLock, socket_path
from clientinbox.desk.engine.loop import EngineLoop
from clientinbox.desk.engine.outbox import Outbox
from clientinbox.desk.engine.server import DoorServer
from clientinbox.desk.events import EngineLost, Event
from clientinbox.desk.people import trusted_hosts
from clientinbox.desk.places import own_models
from clientinbox.edge.settings import Settings
from clientinbox.edge.store import connect
from clientinbox.errors import ClientInboxError

if TYPE_CHECKING:
    from clientinbox.desk.understanding import Understanding

log = logging.getLogger(__name__)

LINGER_S = 30.0
"""How long an engine without a door waits for another one."""
POLL_S = 60.0
"""How often accounts are asked for news by an engine that stays."""
_NICE = 10


def run_engine(
    settings: Settings,
    clock: Clock,
    *,
    first: dict[str, Any] | None = None,
    listener: Callable[[Event], None] | None = None,
    stay: Callable[["DoorServer"], bool] | None = None,
    insecure: bool = False,
) -> bool:
    """Be the engine of this store until nothing is left to do. False where another process is it already.

    `first` is a command to begin with; `stay` says, while nothing is due, whether to wait for more (default: no).
    """
    paths = settings.paths
    with EngineLock(paths.database) as lock:
        if not lock.acquire():
            return False
        server = DoorServer(socket_path(paths.runtime_dir, paths.database))
        try:
            connection = connect(paths.database)
        except ClientInboxError:
            server.close()
            raise

        def say(event: Event) -> None:
            server.broadcast(event)
            if listener is not None:
                listener(event)

        def understanding() -> "Understanding":
            from clientinbox.desk.understanding import Understanding  # half the time of a sync without news

            emails = [account.email for account in settings.accounts]
            return Understanding(connection, emails, trusted_hosts(settings.accounts), own_models(paths.data_dir))

        loop = EngineLoop(
            connection,
            settings.accounts,
            clock,
            understanding,
            say,
            insecure=insecure,
            poll_s=POLL_S if stay is not None else None,
        )
        loop.use_outbox(Outbox(paths.database, settings.accounts, loop, insecure=insecure))
        with _signals_end(loop):
            try:
                if first is not None:
                    obey(loop, first)
                server.open(lambda command: loop.post(lambda: _hear(loop, settings, command)))
                loop.run(idle=lambda: not loop.busy and not (stay is not None and (stay(server) or loop.holds_mail)))
            except ClientInboxError as exc:  # a full disk, a database that somebody else holds: doors are told why
                server.broadcast(EngineLost(str(exc)))
                raise
            finally:
                loop.stop()
                server.close()
                loop.join()
                connection.close()
        return True


@contextmanager
def _signals_end(loop: EngineLoop) -> Iterator[None]:
    """Ctrl+c and SIGTERM wait until the work in hand is whole and the engine has ended, then do what they would do.

    An exception that a signal throws into the middle of a hand-over between threads leaves one of them waiting.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before: dict[int, Any] = {}

    def end(number: int, _frame: object) -> None:
        came.append(number)
        loop.interrupt()
        signal.signal(number, before[number])  # a second one is not put off

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.getsignal(number)
        if before[number] not in {signal.SIG_IGN, None}:
            signal.signal(number, end)
    try:
        yield
    finally:
        for taken, handler in before.items():
            if handler is not None:  # None: set by something that is not Python
                signal.signal(taken, handler)
    if came:
        signal.raise_signal(came[0])


def _hear(loop: EngineLoop, settings: Settings, command: dict[str, Any]) -> None:
    """A door whose config names other accounts is not answered by ours: this engine ends, and it makes its own."""
    if command.get("config") not in {None, settings.fingerprint}:
        log.info("a door has another config; ending, so that an engine with that one can begin")
        loop.stop()
    else:
        obey(loop, command)


def obey(loop: EngineLoop, command: dict[str, Any]) -> None:
    """Do what a door asks. A command of a newer version is noted and left."""
    match {"account": None, "request": 0, "judged": True, **command}:
        case {"do": "sync", "account": str() | None as account, "request": int(request), "judged": bool(judged)}:
            loop.retry_queue()
            loop.request_sync(account, request, judged=judged)
            loop.wake_outbox(retry=True)
        case {"do": "import", "paths": [*paths], "request": int(request), "judged": bool(judged)}:
            loop.request_import([str(path) for path in paths], request, judged=judged)
        case {
            "do": "attachment",
            "message_id": str(message_id),
            "number": int(number),
            "types": [*types],
            "path": str(path),
            "request": int(request),
        }:
            loop.request_attachment(message_id, number, [str(each) for each in types], path, request)
        case {"do": "outbox"}:
            loop.wake_outbox(retry=False)
        case {"do": "queue"}:
            loop.wake_queue()
        case {"do": "send", "request": int(request)}:
            loop.request_sent(request)
        case {"do": "clock", "offset": int() | float() as offset}:
            loop.set_clock(OffsetClock(timedelta(seconds=offset)))
        case {"do": "settle", "request": int(request)}:
            loop.registry_changed()
            loop.request_settled(request)
        case {"do": "stop"}:
            loop.stop()
        case other:
            log.warning("a door asked for %r, which this engine does not know", other.get("do"))


def background(settings: Settings, clock: Clock, *, insecure: bool = False, linger_s: float = LINGER_S) -> None:
    """The engine that a door started: nice, polling while a door is open, ending when none is."""
    os.nice(_NICE)
    run_engine(
        settings,
        clock,
        first={"do": "sync"} if settings.accounts else None,
        stay=lambda server: server.alone_for() < linger_s,
        insecure=insecure,
    )
