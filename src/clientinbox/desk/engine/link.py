"""A door's end: attach to the engine, starting it where none runs; notice when it is gone."""

import json
import logging
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from clientinbox.desk.events import EngineBack, EngineLost, EngineSilent, Event, MessagesArrived, Pong, from_line
from clientinbox.errors import ClientInboxError

log = logging.getLogger(__name__)

START_TIMEOUT_S = 30.0
_LOOK_S = 0.02
_CONNECT_TIMEOUT_S = 5.0
PING_AFTER_S, PONG_WITHIN_S = 5.0, 10.0
"""An engine that says nothing for so long is asked whether it lives, and has so long to answer."""
_LIVED_S, _LONGEST_PAUSE_S = 60.0, 300.0
"""One that lived so long is started again at once; one that keeps ending waits twice as long each time."""
_NUMERIC_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class EngineUnreachable(ClientInboxError):
    """No engine answers and none could be started."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start an engine for a store."""

    arguments: tuple[str, ...]
    """After `python -m clientinbox.desk.engine`."""
    socket: Path
    log_file: Path
    environment: tuple[tuple[str, str], ...] = ()


class EngineLink:
    def __init__(self, launch: Launch, listener: Callable[[Event], None], *, restart: bool = True) -> None:
        self.launch = launch
        """How the next engine is started, should this one end."""
        self._restart = restart
        self._listener = listener
        self._socket: socket.socket | None = None
        self._closing = threading.Event()
        self._no_pause = threading.Event()
        """Somebody has attached it meanwhile, or wants it closed."""
        self._attached_at = 0.0
        self._ended_early = 0
        self._said_last = ""
        self._guard = threading.Lock()
        self._attaching = threading.Lock()

    def attach(self, *, start: bool = True) -> None:
        """Raises EngineUnreachable."""
        with self._attaching:  # one thread may want to say something while another has noticed the loss
            if self._socket is None:
                self._attach(start=start)
                self._no_pause.set()

    def _attach(self, *, start: bool) -> None:
        connected = self._connect()
        if connected is None and start:
            connected = self._connect_to_new()
        if connected is None:
            raise EngineUnreachable(
                "The engine that syncs mail could not be started.", todo=f"The reason is in {self.launch.log_file}."
            )
        connected.settimeout(PING_AFTER_S)
        self._socket, self._attached_at = connected, monotonic()
        if self._closing.is_set():  # while an engine was being started again
            self.close()
            return
        threading.Thread(target=self._listen, args=(connected,), name="engine events", daemon=True).start()

    def _connect_to_new(self) -> socket.socket | None:
        process = self._spawn()
        deadline = monotonic() + START_TIMEOUT_S
        while monotonic() < deadline:
            sleep(_LOOK_S)
            code = process.poll()  # before the look: what ended since may have left a socket to find
            if (connected := self._connect()) is not None:
                return connected
            if code is not None and code != 0:
                return None
            if code == 0:  # another one holds the lock: it is about to listen, or it was about to end
                sleep(5 * _LOOK_S)
                if (connected := self._connect()) is not None:
                    return connected
                process = self._spawn()
        return None

    def send(self, command: dict[str, Any]) -> None:
        if self._socket is None:
            self.attach()
        line = json.dumps(command).encode() + b"\n"
        with self._guard:
            connected = self._socket
            if connected is None:
                return
            try:
                connected.sendall(line)
            except OSError as exc:
                with suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)  # half a line may have gone
                raise EngineUnreachable(
                    "The engine does not answer.", todo="It is being started again; retry."
                ) from exc

    def close(self) -> None:
        self._closing.set()
        self._no_pause.set()
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("the engine had gone already")
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket | None:
        candidate = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        candidate.settimeout(_CONNECT_TIMEOUT_S)
        try:
            candidate.connect(str(self.launch.socket))
        except TimeoutError as exc:
            candidate.close()
            raise EngineUnreachable(
                "The engine does not let anybody in.", todo="If it was stopped, let it go on; else end it."
            ) from exc
        except OSError:
            candidate.close()
            return None
        return candidate

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.launch.log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = {**os.environ, **dict(self.launch.environment), **dict.fromkeys(_NUMERIC_THREADS, "1")}
        log_file = os.open(self.launch.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            return subprocess.Popen(
                [sys.executable, "-m", "clientinbox.desk.engine", *self.launch.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                env=environment,
                start_new_session=True,
            )
        finally:
            os.close(log_file)

    def _listen(self, connected: socket.socket) -> None:
        buffer = b""
        while chunk := self._received(connected):
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                event = from_line(line)
                if event is not None and not isinstance(event, Pong):
                    self._listener(event)
        connected.close()
        if not self._closing.is_set():
            self._lost()

    def _received(self, connected: socket.socket) -> bytes:
        """What comes next; b"" at the end. Meanwhile it is asked whether it lives, and a word said if it seems not."""
        asked: float | None = None
        silent = False
        while True:
            try:
                chunk = connected.recv(65536)
            except TimeoutError:
                if asked is None:
                    asked = monotonic() if self._ping(connected) else -PONG_WITHIN_S
                elif monotonic() - asked >= PONG_WITHIN_S and not silent:
                    silent = True
                    self._say(EngineSilent(_silence(connected)))
                continue
            except OSError:
                return b""
            if silent and chunk:
                self._say(EngineBack("The engine answers again."))
            return chunk

    def _ping(self, connected: socket.socket) -> bool:
        with self._guard:
            try:
                connected.sendall(b'{"do": "ping"}\n')
            except OSError:
                return False
        return True

    def _lost(self) -> None:
        """Start it again, each time a little later: one that dies at once would do so all day."""
        self._no_pause.clear()
        self._socket = None
        if not self._restart:
            self._listener(EngineLost("The engine ended."))
            return
        self._ended_early = 0 if monotonic() - self._attached_at > _LIVED_S else self._ended_early + 1
        words = "The engine ended and is being started again."
        while not self._closing.is_set():
            pause = min(_LONGEST_PAUSE_S, 2.0 ** (self._ended_early - 2)) if self._ended_early > 1 else 0.0
            if pause >= 1.0:
                words = f"The engine keeps ending; its words are in {self.launch.log_file}. $ starts it again."
            self._say(EngineLost(words))
            self._no_pause.wait(pause)
            if self._closing.is_set():
                return
            try:
                self.attach()
            except EngineUnreachable as exc:
                self._ended_early += 1
                words = str(exc)
                continue
            self._say(EngineBack("The engine was started again."))
            self._listener(MessagesArrived(()))  # what it said meanwhile is in the store
            return

    def _say(self, event: EngineLost | EngineSilent | EngineBack) -> None:
        """Once, not at every try."""
        if event.message != self._said_last:
            self._said_last = event.message
            self._listener(event)


def _silence(connected: socket.socket) -> str:
    who = ""
    if hasattr(socket, "SO_PEERCRED"):
        credentials = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        who = f" (process {struct.unpack('3i', credentials)[0]})"
    return (
        f"The engine{who} does not answer. If somebody stopped it, let it go on; else end it, and it is started again."
    )
