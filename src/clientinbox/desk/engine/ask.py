"""Have the engine do one thing and wait for it: be the engine where none runs, ask the running one otherwise."""

import queue
import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

from clientinbox.desk.clock import Clock
from clientinbox.desk.engine.link import EngineLink, EngineUnreachable, Launch
from clientinbox.desk.engine.log import log_to_file
from clientinbox.desk.engine.process import run_engine
from clientinbox.desk.events import EngineLost, EngineSilent, Event, SyncFinished
from clientinbox.edge.settings import Settings
from clientinbox.edge.store import connect, quarantine

_ATTEMPTS = 8
"""Of a mail that ends the engine, three may be lost until it is set aside."""
_LINGER_S = "2"
ANSWER_TIMEOUT_S = 600.0
"""Without any event for so long, a running engine is taken to be stuck."""


def run_or_ask(
    settings: Settings,
    clock: Clock,
    launch: Launch,
    command: dict[str, Any],
    listener: Callable[[Event], None],
    *,
    insecure: bool = False,
) -> dict[str, Any]:
    """The report of the SyncFinished that answers the command. Raises EngineUnreachable."""
    log_to_file(settings.paths.log_file)
    request = secrets.randbits(48)
    command = {**command, "request": request, "config": settings.fingerprint}
    reports: list[dict[str, Any]] = []

    def hear(event: Event) -> None:
        if isinstance(event, SyncFinished) and event.request == request:
            reports.append(event.report)
        listener(event)

    told = False
    for _ in range(_ATTEMPTS):
        # after a crash the work is given to an engine of its own, whose next one we outlive
        risky = _last_one_crashed(settings)
        if not risky and run_engine(settings, clock, first=command, listener=hear, insecure=insecure):
            if reports:
                return reports[-1]
            raise EngineUnreachable("The engine was told to stop.", todo="Run the command again; it carries on.")
        short = replace(launch, arguments=(*launch.arguments, "--linger", _LINGER_S)) if risky else launch
        report = _ask(short, command, request, listener)
        if report is not None:
            return report
        if not told and _last_one_crashed(settings):  # else it was about to end when we came
            told = True
            listener(EngineLost("The engine ended in the middle and is started again."))
    raise EngineUnreachable("The engine ended in the middle.", todo="Run the command again; it carries on.")


def _last_one_crashed(settings: Settings) -> bool:
    if not settings.paths.database.exists():
        return False
    with closing(connect(settings.paths.database)) as connection:
        return quarantine.any_suspects(connection)


def _ask(
    launch: Launch, command: dict[str, Any], request: int, listener: Callable[[Event], None]
) -> dict[str, Any] | None:
    """None where the engine ended before it answered: it was about to when we came, or it crashed."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    link = EngineLink(launch, events.put, restart=False)
    link.attach()
    try:
        try:
            link.send(command)
        except EngineUnreachable:
            return None
        while True:
            try:
                event = events.get(timeout=ANSWER_TIMEOUT_S)
            except queue.Empty as exc:
                raise EngineUnreachable(
                    "The running engine does not answer.", todo="Close clientinbox and try again."
                ) from exc
            if isinstance(event, EngineLost):
                return None
            if isinstance(event, EngineSilent):
                raise EngineUnreachable(event.message)
            listener(event)
            if isinstance(event, SyncFinished) and event.request == request:
                return event.report
    finally:
        link.close()
