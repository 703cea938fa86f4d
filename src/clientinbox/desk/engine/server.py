"""The doors' end of the engine: JSON lines over a 0600 Unix socket, events down, commands up."""

import json
import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from clientinbox.desk.engine.lock import private_folder
from clientinbox.desk.events import Event, to_line
from clientinbox.errors import ClientInboxError

log = logging.getLogger(__name__)

Command = dict[str, Any]
_SEND_TIMEOUT_S = 2.0
"""A door that does not take an event for so long is dropped; it attaches again when it lives."""


class DoorServer:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._on_command: Callable[[Command], None] = lambda _: None
        self._doors: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._last_seen = monotonic()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o077)
        try:
            private_folder(path.parent)
            path.unlink(missing_ok=True)  # the lock is ours, so whoever made it is gone
            self._listener.bind(str(path))
            path.chmod(0o600)
        except OSError as exc:
            self._listener.close()
            raise ClientInboxError(
                f"The engine's socket {path} cannot be made: {exc.strerror or exc}.",
                todo="XDG_RUNTIME_DIR should be a folder of your own.",
            ) from exc
        finally:
            os.umask(before)

    def open(self, on_command: Callable[[Command], None]) -> None:
        """Let doors in; what they ask for is handed over on a thread of the server's."""
        self._on_command = on_command
        self._listener.listen(16)
        threading.Thread(target=self._accept, name="doors", daemon=True).start()

    def alone_for(self) -> float:
        """Seconds since the last door left; 0 while one is attached."""
        with self._guard:
            return 0.0 if self._doors else monotonic() - self._last_seen

    def broadcast(self, event: Event) -> None:
        line = to_line(event)
        with self._guard:
            for door in list(self._doors):
                try:
                    door.sendall(line)
                except OSError:
                    self._drop(door)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for doors
        self._listener.close()
        with self._guard:
            for door in list(self._doors):
                self._drop(door)

    def _accept(self) -> None:
        while True:
            try:
                door, _ = self._listener.accept()
            except OSError:
                return
            door.settimeout(_SEND_TIMEOUT_S)
            with self._guard:
                self._doors.add(door)
            threading.Thread(target=self._listen, args=(door,), name="door", daemon=True).start()

    def _listen(self, door: socket.socket) -> None:
        # the timeout set on the socket is meant for sending; a silent door is a healthy one
        buffer = b""
        while True:
            try:
                chunk = door.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not chunk:
                break
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                self._handle(line)
        with self._guard:
            self._drop(door)

    def _handle(self, line: bytes) -> None:
        try:
            command = json.loads(line)
        except (ValueError, RecursionError):
            log.warning("a door said something that is not JSON")
            return
        if isinstance(command, dict):
            self._on_command(command)

    def _drop(self, door: socket.socket) -> None:
        if door in self._doors:
            self._doors.discard(door)
            self._last_seen = monotonic()
        door.close()
