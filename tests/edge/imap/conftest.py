"""A server that answers as a script says, for what no honest server does."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

Answer = bytes | None
"""{tag} is the command's tag; None hangs up."""
CAPABILITY = b"* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n"
EXAMINED = (
    b"* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n{tag} OK [READ-ONLY] done\r\n"
)


class Liar:
    """Answers each command as its script says; what the script does not name gets a plain OK."""

    def __init__(self, script: dict[str, Answer | list[Answer]], greeting: Answer, connections: int) -> None:
        self._script = script
        self._connections = connections
        self._greeting = greeting
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard: list[str] = []
        self._tag = ""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for _ in range(self._connections):
            with suppress(OSError):
                self._serve_one()

    def _serve_one(self) -> None:
        connection, _ = self._socket.accept()
        self._connection = connection
        connection.settimeout(10)
        with connection, connection.makefile("rb") as lines:
            if not self._say(connection, self._greeting, ""):
                return
            for line in lines:
                words = line.decode().split()
                self.heard.append(" ".join(words[1:] or words))
                if not self._say(connection, *self._answer(words)):
                    return

    def _answer(self, words: list[str]) -> tuple[Answer, str]:
        if len(words) < 2:  # DONE, or what AUTHENTICATE asked for: it belongs to the command before
            tag, verb = self._tag, words[0] if words else ""
        else:
            tag, verb = words[0], words[2 if words[1] == "UID" else 1]
        self._tag = tag
        answer = self._script.get(verb, b"{tag} OK done\r\n")
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else b"{tag} OK done\r\n"
        return answer, tag

    def _say(self, connection: socket.socket, answer: Answer, tag: str) -> bool:
        if answer is None:
            return False
        connection.sendall(answer.replace(b"{tag}", tag.encode()))
        return not answer.startswith(b"* BYE")

    def push(self, words: bytes) -> None:
        """Say something by itself."""
        self._connection.sendall(words)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=15)
        assert not self._thread.is_alive()


@pytest.fixture
def lie() -> Iterator[Callable[..., Liar]]:
    servers: list[Liar] = []

    def start(greeting: Answer = b"* OK ready\r\n", /, connections: int = 1, **script: Answer | list[Answer]) -> Liar:
        servers.append(Liar({"CAPABILITY": CAPABILITY, "EXAMINE": EXAMINED, **script}, greeting, connections))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
