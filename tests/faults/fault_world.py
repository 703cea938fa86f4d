"""A client, a server and everything between them, as processes of their own; and the questions to ask afterwards.

Nothing here knows how clientinbox works inside: it is run by its command line and looked at through its database.
"""

import contextlib
import json
import os
import queue
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from fault_proxy import FaultProxy
from imapclient import IMAPClient

from clientinbox.desk.engine.link import EngineLink, EngineUnreachable, Launch
from clientinbox.desk.engine.lock import socket_path
from clientinbox.desk.events import EngineLost, Event, SyncFinished

COMMAND = [sys.executable, "-m", "clientinbox"]
ENGINE = "clientinbox.desk.engine"
US = "ana@lantern.example"
FOLDERS = ("INBOX", "Sent", "Archive")
DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE = 60.0
_WORDS = ("where", "is", "the", "login", "page", "late", "please", "unacceptable", "thanks", "shop", "Tuesday")


def until(true: Callable[[], Any], what: str, patience: float = PATIENCE, pause: float = 0.05) -> Any:
    """What `true` answers, once it is not false."""
    deadline = time.monotonic() + patience
    while True:
        if answer := true():
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(what)
        time.sleep(pause)


def letter(number: int, rng: random.Random, *, size: int = 30) -> bytes:
    """In threads of three; each third is ours."""
    thread, place = divmod(number, 3)
    ours = place == 1
    helen = f"helen{thread}@client.example"
    when = DAY + timedelta(minutes=number)
    head = [
        f"From: {US if ours else helen}",
        f"To: {helen if ours else US}",
        f"Subject: {'Re: ' if place else ''}Question {thread}",
        f"Date: {when:%a, %d %b %Y %H:%M:%S} +0000",
        f"Message-ID: <{thread}.{place}@client.example>",
    ]
    head += [f"References: <{thread}.0@client.example>"] if place else []
    return "\r\n".join([*head, "", f"{' '.join(rng.choice(_WORDS) for _ in range(size))}?", ""]).encode()


@dataclass(slots=True)
class World:
    """One user on a Dovecot, reached by clientinbox through a proxy and by us directly."""

    home: Path
    host: str
    port: int
    """Plain text, on loopback."""
    tls_port: int
    ca: str
    user: str
    password: str
    tls: bool = True
    smtp_port: int | None = None
    extra: str = ""
    """More lines of the account."""
    rng: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    environment: dict[str, str] = field(default_factory=dict)
    proxy: FaultProxy = field(init=False)
    said: list[str] = field(default_factory=list)
    """All that any of our processes wrote to stderr."""
    _numbers: int = 0

    def __post_init__(self) -> None:
        self.proxy = FaultProxy(self.host, self.tls_port if self.tls else self.port)
        self.home.mkdir(parents=True, exist_ok=True)
        hidden = {"HOME": str(self.home), "FAULTS_PASSWORD": self.password}
        for name in ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"):
            variable = f"XDG_{name}_{'DIR' if name == 'RUNTIME' else 'HOME'}"
            folder = self.home / name.lower()
            folder.mkdir(mode=0o700, exist_ok=True)
            hidden[variable] = str(folder)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLIENTINBOX_")}
        self.environment = {**kept, **hidden, **self.environment}
        smtp = f'smtp.server = "smtp://127.0.0.1:{self.smtp_port}"\n' if self.smtp_port else ""
        ca = f'imap.ca = "{self.ca}"\n' if self.tls else ""
        self.config.write_text(
            f'[accounts.test]\nemail = "{US}"\n'
            f'imap.server = "{"imaps" if self.tls else "imap"}://127.0.0.1:{self.proxy.port}"\n'
            f'imap.login = "{self.user}"\nimap.password.env = "FAULTS_PASSWORD"\n{ca}{smtp}'
            f'scope = "all"\nhistory = "all"\n{self.extra}'
        )

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    @property
    def database(self) -> Path:
        return Path(self.environment["XDG_DATA_HOME"]) / "clientinbox" / "clientinbox.db"

    @property
    def log(self) -> Path:
        return Path(self.environment["XDG_STATE_HOME"]) / "clientinbox" / "log"

    # ---- clientinbox

    def command(self, *words: str) -> list[str]:
        return [*COMMAND, "-c", str(self.config), *words]

    def run(self, *words: str, timeout: float = 120, **options: Any) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **options,
        )
        self.said.append(done.stderr)
        return done

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*words),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def sync(self) -> dict[str, Any]:
        """A run that has to succeed; returns its report."""
        done = self.run("sync", "--json")
        assert (done.returncode, done.stderr) == (0, ""), (done.returncode, done.stderr, self.log_tail())
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def draft(self, message_id: str) -> str:
        """An answer, ready to go; returns its number."""
        body = self.home / "answer.txt"
        body.write_text("It is there now.\n")
        done = self.run("draft", message_id, "--body", str(body), "--json")
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout)["id"])

    def send(self, draft: str) -> str:
        """At once; returns its Message-ID. Whether it went out and was filed is another question."""
        done = self.run("send", draft, "--now", "--json")
        assert done.stdout, done.stderr
        return str(json.loads(done.stdout)["message_id"])

    def sent(self) -> frozenset[str]:
        """Message-IDs that were queued."""
        with self.store() as store:
            return frozenset(row[0] for row in store.execute("SELECT message_id FROM outbox"))

    def unfiled(self) -> int:
        return self.count("outbox WHERE state IN ('waiting', 'sending') OR (state = 'sent' AND filed = 0)")

    def unwritten(self) -> int:
        """Changes that are still to reach the server."""
        return self.count("server_queue WHERE state IN ('waiting', 'sending')")

    def file_all(self) -> None:
        """A sync tries what waits after a failure."""
        until(lambda: not self.unfiled() or (self.run("sync") and False), "something is not sent or not filed")

    def engines(self) -> list[int]:
        """Of this world alone: its config is named on their command line."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
                if str(self.config).encode() in words:
                    found.append(int(entry.name))
        return found

    def close(self) -> None:
        for pid in self.engines():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.proxy.close()

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    # ---- the server

    @contextlib.contextmanager
    def server(self) -> Iterator[IMAPClient]:
        """Another mail program on the same mailbox, past the proxy."""
        with IMAPClient(self.host, self.port, ssl=False) as client:
            client.login(self.user, self.password)
            yield client

    def deliver(self, count: int, *, folder: str | None = None, size: int = 30) -> list[str]:
        """New mail; our own goes to Sent. Returns the Message-IDs."""
        made = [letter(self._numbers + n, self.rng, size=size) for n in range(count)]
        self._numbers += count
        with self.server() as client:
            for raw in made:
                ours = raw.startswith(f"From: {US}".encode())
                client.append(folder or ("Sent" if ours else "INBOX"), raw)
        return [str(message_from_bytes(raw)["Message-ID"]) for raw in made]

    def deliver_text(self, text: str) -> str:
        """One mail of Helen's with these words."""
        identifier = f"<special{len(text)}@client.example>"
        head = f"From: helen@client.example\r\nTo: {US}\r\nSubject: Special\r\nMessage-ID: {identifier}\r\n"
        with self.server() as client:
            client.append("INBOX", f"{head}Date: {DAY:%a, %d %b %Y %H:%M:%S} +0000\r\n\r\n{text}\r\n".encode())
        return identifier

    def expunge(self, count: int) -> set[str]:
        """Somebody deletes the oldest; returns the Message-IDs."""
        gone = set()
        with self.server() as client:
            client.select_folder("INBOX")
            uids = client.search("ALL")[:count]
            for data in client.fetch(uids, ["ENVELOPE"]).values() if uids else ():
                gone.add(data[b"ENVELOPE"].message_id.decode())
            client.delete_messages(uids)
            client.expunge()
        return gone

    def flag(self, count: int) -> None:
        with self.server() as client:
            client.select_folder("INBOX")
            uids = client.search("ALL")
            for uid in self.rng.sample(uids, min(count, len(uids))):
                change = self.rng.choice((client.add_flags, client.remove_flags))
                change([uid], [self.rng.choice((b"\\Seen", b"\\Flagged", b"\\Answered"))])

    def on_server(self) -> tuple[dict[str, dict[int, str]], Counter[str]]:
        """Folder → UID → Message-ID, and how often each Message-ID is there."""
        found: dict[str, dict[int, str]] = {}
        with self.server() as client:
            there = {name for _, _, name in client.list_folders()}
            for folder in FOLDERS:
                if folder not in there:
                    continue
                client.select_folder(folder, readonly=True)
                uids = client.search("ALL")
                headers = client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]) if uids else {}
                found[folder] = {
                    uid: str(message_from_bytes(data[b"BODY[HEADER.FIELDS (MESSAGE-ID)]"])["Message-ID"])
                    for uid, data in headers.items()
                }
        return found, Counter(identifier for uids in found.values() for identifier in uids.values())

    # ---- the store

    @contextlib.contextmanager
    def store(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)) as connection:
            yield connection

    def count(self, what: str = "messages") -> int:
        """0 too where there is no database yet, or one that is being made."""
        if not self.database.exists():
            return 0
        try:
            with self.store() as store:
                return int(store.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608
        except sqlite3.Error:
            return 0

    def flaws(self, *, gone: frozenset[str] = frozenset()) -> list[str]:
        """What is wrong with the store, compared with the server; mail of `gone` may be in either, or in both."""
        folders, ids = self.on_server()
        with self.store() as store:
            found = [*unsound(store), *not_done(store)]
            stored = Counter(row[0] for row in store.execute("SELECT message_id FROM messages"))
            places = set(
                store.execute(
                    "SELECT folders.name, places.uid, messages.message_id FROM places "
                    "JOIN folders ON folders.id = places.folder JOIN messages ON messages.id = places.message"
                )
            )
        want = {(folder, uid, identifier) for folder, uids in folders.items() for uid, identifier in uids.items()}
        found += [f"lost: {each}" for each in sorted(set(ids) - set(stored) - gone)[:5]]
        found += [f"not on the server: {each}" for each in sorted(set(stored) - set(ids) - gone)[:5]]
        found += [f"twice: {each}" for each, times in stored.items() if times > 1]
        found += [f"place differs: {each}" for each in sorted(places ^ want) if each[2] not in gone][:5]
        found += [f"a traceback was shown: {words[-500:]}" for words in self.said if "Traceback" in words]
        if "Traceback" in self.log_tail():
            found.append(f"a traceback is in the log: {self.log_tail()}")
        return found


def unsound(store: sqlite3.Connection) -> list[str]:
    checked = [row[0] for row in store.execute("PRAGMA integrity_check") if row[0] != "ok"]
    dangling = store.execute("PRAGMA foreign_key_check").fetchall()
    return [f"integrity: {each}" for each in checked[:3]] + [f"foreign key: {each}" for each in dangling[:3]]


def not_done(store: sqlite3.Connection) -> list[str]:
    """What a sync should have read, judged and derived; and what was set aside without a reason."""
    questions = {
        "without a body": "SELECT message_id FROM messages WHERE body IS NULL AND id IN (SELECT message FROM places)",
        "not judged": "SELECT message_id FROM messages WHERE ours = 0 AND automatic = '' AND body IS NOT NULL "
        "AND id NOT IN (SELECT message FROM verdicts)",
        "stale": "SELECT id FROM threads WHERE stale = 1",
        "set aside": "SELECT words FROM quarantine",
    }
    return [f"{what}: {row[0]}" for what, question in questions.items() for row in store.execute(question).fetchmany(3)]


class Running:
    """An engine that stays, as a door has started it; whoever asks it to sync waits for the answer."""

    def __init__(self, world: World, *arguments: str) -> None:
        environment = world.environment
        runtime = Path(environment["XDG_RUNTIME_DIR"]) / "clientinbox"
        launch = Launch(
            ("--config", str(world.config), *arguments),
            socket_path(runtime, world.database),
            world.log,
            tuple(environment.items()),
        )
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.link = EngineLink(launch, self.events.put)
        self.link.attach()
        self._requests = 0

    def ask(self, command: dict[str, Any]) -> dict[str, Any] | None:
        """The report of what was asked; None where the engine ended instead."""
        self._requests += 1
        try:
            self.link.send({**command, "request": self._requests})
        except EngineUnreachable:
            return None
        while True:
            event = self.events.get(timeout=PATIENCE)
            if isinstance(event, EngineLost):
                return None
            if isinstance(event, SyncFinished) and event.request == self._requests:
                return event.report

    def sync(self) -> dict[str, Any] | None:
        return self.ask({"do": "sync"})

    def sync_well(self, tries: int = 6) -> dict[str, Any]:
        """Once what was in the way is gone, one of the next tries has to succeed."""
        report = None
        for _ in range(tries):
            report = self.sync()
            if report is not None and report["ok"]:
                return report
            time.sleep(0.2)
        raise AssertionError(f"no sync succeeds any more: {report}")

    def heard(self) -> list[Event]:
        found = []
        while not self.events.empty():
            found.append(self.events.get())
        return found

    def close(self) -> None:
        self.link.close()


def start_dovecot(folder: Path, password: str) -> dict[str, Any]:
    """A server of its own, for a script that runs without pytest; it ends with this process."""
    script = Path(__file__).parents[1] / "dovecot" / "start_dovecot.sh"
    anybody = f"passdb {{\n  driver = static\n  args = password={password}\n}}"
    subprocess.run([script, folder, "0", "--set", anybody, "-q", "--parent", str(os.getpid())], check=True, timeout=60)
    said: dict[str, Any] = json.loads((folder / "endpoint.json").read_text())
    return said


def stop_dovecot(folder: Path) -> None:
    subprocess.run([Path(__file__).parents[1] / "dovecot" / "stop_dovecot.sh", folder], check=False, timeout=60)
