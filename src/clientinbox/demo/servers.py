"""The demo's mail servers: a child process that holds the story in memory, serves it over IMAP on loopback, and takes
what is sent over SMTP.

A process of its own, because pymap wants an event loop and must neither slow the painting down nor share its fate; it
ends when its stdin is closed, and so with its parent however that ends. Words between the two are JSON lines:

    child → parent   {"imap_port": n, "smtp_port": n, "user": "…", "password": "…"}   once, when the mailbox is filled
    parent → child   {"deliver": ["id", …]}                              later messages, which then arrive
    child → parent   {"delivered": n}
    parent → child   {"received": true}                                  what came over SMTP
    child → parent   {"received": ["base64", …]}
"""

import argparse
import json
import secrets
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any, Self, cast

from clientinbox.demo.scenario import DEMO_START, DemoMessage
from clientinbox.errors import ClientInboxError

USER = "ana@lantern.example"
_ENDS_WITHIN = 5.0
"""Seconds that a child may take to end once its stdin is closed."""


@dataclass(frozen=True, slots=True)
class DemoServers:
    host: str
    imap_port: int
    smtp_port: int
    user: str
    password: str = field(repr=False)
    """New on each start: other users of this machine can reach the port, too."""
    _child: "_Child" = field(repr=False)

    def deliver(self, messages: Iterable[DemoMessage]) -> int:
        """Let later messages arrive; returns how many did. A message arrives once."""
        return int(self._child.ask({"deliver": [message.id for message in messages]})["delivered"])

    def received(self) -> tuple[bytes, ...]:
        """Every mail that was sent to the sink, oldest first."""
        return tuple(b64decode(raw) for raw in self._child.ask({"received": True})["received"])


@contextmanager
def start_servers(now: datetime = DEMO_START) -> Iterator[DemoServers]:
    """Run the servers with the story as it stands at `now`; they are gone when the block ends."""
    with _Child(now) as child:
        ready = child.answer()
        yield DemoServers("127.0.0.1", ready["imap_port"], ready["smtp_port"], ready["user"], ready["password"], child)


class _Child:
    def __init__(self, now: datetime) -> None:
        # A file, for a terminal would be scribbled on and a pipe that nobody reads fills up.
        self._words: IO[bytes] = TemporaryFile()  # noqa: SIM115  # closed with the child
        self._process = subprocess.Popen(
            [sys.executable, "-m", "clientinbox.demo.servers", "--now", now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            start_new_session=True,  # ctrl+c is for the door; the server leaves after it
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        with suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()
        self._words.close()

    @property
    def _stdin(self) -> IO[bytes]:
        return cast("IO[bytes]", self._process.stdin)

    @property
    def _stdout(self) -> IO[bytes]:
        return cast("IO[bytes]", self._process.stdout)

    def ask(self, question: dict[str, Any]) -> Any:
        try:
            self._stdin.write(json.dumps(question).encode() + b"\n")
            self._stdin.flush()
        except OSError as exc:
            raise self._ended() from exc
        return self.answer()

    def answer(self) -> Any:
        line = self._stdout.readline()
        if not line:
            raise self._ended()
        return json.loads(line)

    def _ended(self) -> ClientInboxError:
        self._words.seek(0)
        last = self._words.read().decode(errors="replace").strip().rpartition("\n")[2]
        return ClientInboxError(
            f"The demo's mail server has ended{f' ({last})' if last else ''}.", todo="Start the demo again."
        )


def main(arguments: list[str]) -> int:
    import asyncio

    from clientinbox.demo.imap_server import serve

    parser = argparse.ArgumentParser(description="Serve the demo mailbox over IMAP on loopback until stdin ends.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--now", type=datetime.fromisoformat, default=DEMO_START, help="ISO 8601 with offset")
    options = parser.parse_args(arguments)
    asyncio.run(serve(options.now, options.port, USER, secrets.token_urlsafe(16)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
