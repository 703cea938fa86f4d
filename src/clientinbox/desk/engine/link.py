"""A door's end: attach to the engine, starting it where none runs; notice when it is gone."""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from clientinbox.desk.events import EngineLost, Event, from_line
from clientinbox.errors import ClientInboxError

log = logging.getLogger(__name__)

START_TIMEOUT_S = 10.0
_RESTARTS, _RESTART_WINDOW_S = 3, 60.0
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
        self._closing = False
        self._restarts: list[float] = []
        self._guard = threading.Lock()
        self._attaching = threading.Lock()

    def attach(self, *, start: bool = True) -> None:
        """Raises EngineUnreachable."""
        with self._attaching:  # one thread may want to say something while another has noticed the loss
            if self._socket is None:
                self._attach(start=start)

    def _attach(self, *, start: bool) -> None:
        connected = self._connect()
        if connected is None and start:
            process = self._spawn()
            deadline = monotonic() + START_TIMEOUT_S
            while connected is None and monotonic() < deadline:
                sleep(0.02)
                connected = self._connect()
                if connected is None and process.poll() not in {None, 0}:
                    break
        if connected is None:
            raise EngineUnreachable(
                "The engine that syncs mail could not be started.", todo=f"The reason is in {self.launch.log_file}."
            )
        self._socket = connected
        if self._closing:  # while an engine was being started again
            self.close()
            return
        threading.Thread(target=self._listen, args=(connected,), name="engine events", daemon=True).start()

    def send(self, command: dict[str, Any]) -> None:
        if self._socket is None:
            self.attach()
        line = json.dumps(command).encode() + b"\n"
        with self._guard:
            try:
                if self._socket is not None:
                    self._socket.sendall(line)
            except OSError as exc:
                raise EngineUnreachable(
                    "The engine does not answer.", todo="It is being started again; retry."
                ) from exc

    def close(self) -> None:
        self._closing = True
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("the engine had gone already")
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket | None:
        candidate = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            candidate.connect(str(self.launch.socket))
        except OSError:
            candidate.close()
            return None
        return candidate

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.launch.log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = {**os.environ, **dict(self.launch.environment), **dict.fromkeys(_NUMERIC_THREADS, "1")}
        with self.launch.log_file.open("ab") as log_file:
            return subprocess.Popen(
                [sys.executable, "-m", "clientinbox.desk.engine", *self.launch.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                env=environment,
                start_new_session=True,
            )

    def _listen(self, connected: socket.socket) -> None:
        buffer = b""
        while True:
            try:
                chunk = connected.recv(65536)
            except OSError:
                chunk = b""
            if not chunk:
                break
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                event = from_line(line)
                if event is not None:
                    self._listener(event)
        connected.close()
        if not self._closing:
            self._lost()

    def _lost(self) -> None:
        """Start it again, but not for ever: an engine that dies at once would do so all day."""
        self._socket = None
        now = monotonic()
        if not self._restart:
            self._listener(EngineLost("The engine ended."))
            return
        self._restarts = [*(at for at in self._restarts if now - at < _RESTART_WINDOW_S), now]
        if len(self._restarts) > _RESTARTS:
            self._listener(EngineLost("The engine keeps ending; press $ to start it again."))
            return
        self._listener(EngineLost("The engine ended and is being started again."))
        try:
            self.attach()
        except EngineUnreachable as exc:
            self._listener(EngineLost(str(exc)))
