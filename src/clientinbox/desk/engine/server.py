"""The doors' end of the engine: JSON lines over a 0600 Unix socket, events down, commands up."""

import json
import logging
import os
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from clientinbox.desk.engine.lock import private_folder
from clientinbox.desk.events import Event, Pong, to_line
from clientinbox.errors import ClientInboxError

log = logging.getLogger(__name__)

Command = dict[str, Any]
_LINES_AHEAD = 2000
"""A door that is so far behind is dropped; it attaches again when it lives, and reads the store."""
_LAST_WORDS_S = 1.0


class _Door:
    """What is said to it waits in a queue of its own: nobody else waits for a door that does not read."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def say(self, line: bytes) -> bool:
        """False where it has stopped reading."""
        if self.lines.qsize() >= _LINES_AHEAD:
            return False
        self.lines.put(line)
        return True

    def write(self) -> None:
        """For a thread: send what is said until the door is gone."""
        with suppress(OSError):
            while (line := self.lines.get()) is not None:
                self.socket.sendall(line)

    def close(self) -> None:
        self.lines.put(None)
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the threads that read and write
        self.socket.close()


class DoorServer:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._on_command: Callable[[Command], None] = lambda _: None
        self._doors: set[_Door] = set()
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
        self._last_seen = monotonic()  # nobody could come while the database was opened
        self._listener.listen(64)
        threading.Thread(target=self._accept, name="doors", daemon=True).start()

    def alone_for(self) -> float:
        """Seconds since the last door left; 0 while one is attached."""
        with self._guard:
            return 0.0 if self._doors else monotonic() - self._last_seen

    def broadcast(self, event: Event) -> None:
        """Never waits."""
        line = to_line(event)
        with self._guard:
            for door in list(self._doors):
                if not door.say(line):
                    log.warning("a door that does not listen is dropped")
                    self._drop(door)

    def close(self) -> None:
        """What was said last still goes out to doors that read."""
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for doors
        self._listener.close()
        with self._guard:
            doors = list(self._doors)
        deadline = monotonic() + _LAST_WORDS_S
        for door in doors:
            while not door.lines.empty() and monotonic() < deadline:
                sleep(0.01)
        with self._guard:
            for door in doors:
                self._drop(door)

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            door = _Door(connected)
            with self._guard:
                self._doors.add(door)
            threading.Thread(target=self._listen, args=(door,), name="door", daemon=True).start()
            threading.Thread(target=door.write, name="door events", daemon=True).start()

    def _listen(self, door: _Door) -> None:
        buffer = b""
        with suppress(OSError):
            while chunk := door.socket.recv(65536):
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    self._handle(door, line)
        with self._guard:
            self._drop(door)

    def _handle(self, door: _Door, line: bytes) -> None:
        try:
            command = json.loads(line)
        except (ValueError, RecursionError):
            log.warning("a door said something that is not JSON")
            return
        if not isinstance(command, dict):
            return
        if command.get("do") == "ping":
            door.say(to_line(Pong()))  # by this thread: whoever asks wants to know whether the process lives
            return
        self._on_command(command)

    def _drop(self, door: _Door) -> None:
        if door in self._doors:
            self._doors.discard(door)
            self._last_seen = monotonic()
        door.close()
