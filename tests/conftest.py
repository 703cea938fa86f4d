"""What every test may lean on: a home of its own, and a real mail server where one is installed.

A machine without Dovecot skips the tests that need it, and says so loudly; with CLIENTINBOX_REQUIRE_DOVECOT=1 (CI) such
a run fails instead.
"""

import asyncio
import itertools
import json
import os
import platform
import shutil
import signal
import sqlite3
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from clientinbox.edge.imap import ImapMailbox, open_mailbox
from clientinbox.mail.account import Account, PasswordSource, Scope, Security, Server

SCRIPTS = Path(__file__).parent / "dovecot"
NO_DOVECOT = "skipped: no Dovecot"
PASSWORD = r'p:a"s\s)(x'
REQUIRED = "CLIENTINBOX_REQUIRE_DOVECOT"
_HIDDEN = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")


def _dovecot_is_here() -> bool:
    """Debian keeps it in /usr/sbin, which is not on everybody's path."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    return all(shutil.which(tool, path=path) for tool in ("dovecot", "doveadm", "openssl"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", choices=("few", "full"), default="few", help="how often tests/faults tries each fault")


def pytest_report_header() -> list[str]:
    versions = [f"SQLite {sqlite3.sqlite_version}", f"Python {platform.python_version()}"]
    for name in ("textual", "spacy", "IMAPClient", "mail-parser", "sqlite-utils"):
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} missing")
    return [", ".join(versions), f"Dovecot {'is installed' if _dovecot_is_here() else 'is NOT installed'}"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = _dovecot_is_here()
    for item in items:
        if "dovecot" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.dovecot)
        if not here and item.get_closest_marker("dovecot"):
            item.add_marker(pytest.mark.skip(reason=NO_DOVECOT))


def _skipped_for_dovecot(reporter: pytest.TerminalReporter) -> int:
    return sum(
        isinstance(report.longrepr, tuple) and NO_DOVECOT in report.longrepr[2]
        for report in reporter.stats.get("skipped", [])
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if count := _skipped_for_dovecot(terminalreporter):
        advice = "apt-get install dovecot-imapd"
        terminalreporter.write_sep("!", f"{count} tests {NO_DOVECOT} ({advice})", red=True, bold=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    green = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    if os.environ.get(REQUIRED) == "1" and green and reporter and _skipped_for_dovecot(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide the developer's own configuration, mail and running engine."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in _HIDDEN:
        folder = home / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))
    for name in list(os.environ):
        if name.startswith("CLIENTINBOX_") and name != REQUIRED:
            monkeypatch.delenv(name)
    return home


def pytest_configure() -> None:
    """Whoever starts a run in the background has ctrl+c ignored; the commands under test would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running server; `login` gives it a user that nobody else has."""

    host: str
    port: int
    """Plain text and STARTTLS."""
    tls_port: int
    ca: str
    dir: Path
    pid: int


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    folder = tmp_path_factory.mktemp("dovecot")
    start = [
        str(SCRIPTS / "start_dovecot.sh"),
        str(folder),
        "0",
        # Any name with this password is a user: Dovecot looks at a changed file of users once a second at most.
        "--set",
        f"passdb {{\n  driver = static\n  args = password={PASSWORD}\n}}",
        "--set",
        "auth_mechanisms = plain login xoauth2 oauthbearer",  # of which the password passes for a token
        "--set",
        "auth_failure_delay = 0",  # tests fail to log in on purpose, and the next one would have to wait for it
        "--set",
        "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}",
        "-q",
        "--parent",
        str(os.getpid()),
    ]
    subprocess.run(start, check=True, timeout=60)
    try:
        said = json.loads((folder / "endpoint.json").read_text())
        yield Dovecot(said["host"], said["port"], said["tls_port"], said["ca"], Path(said["dir"]), said["pid"])
    finally:
        subprocess.run([str(SCRIPTS / "stop_dovecot.sh"), str(folder)], check=True, timeout=60)


_numbers = itertools.count(1)


@pytest.fixture
def imap_login(dovecot: Dovecot) -> Login:  # noqa: ARG001 - a login means nothing without the server
    """A fresh user with an empty mailbox."""
    return Login(f"user{next(_numbers)}", PASSWORD)


@pytest.fixture
def imap_account(dovecot: Dovecot, imap_login: Login, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account for the fresh user, over TLS; its password is in the environment."""
    monkeypatch.setenv("TEST_IMAP_PASSWORD", imap_login.password)
    return Account(
        name="test",
        email="ana@lantern.example",
        imap=Server(
            host=dovecot.host,
            port=dovecot.tls_port,
            security=Security.TLS,
            login=imap_login.user,
            password=PasswordSource(env="TEST_IMAP_PASSWORD"),
            ca_file=dovecot.ca,
        ),
        scope=Scope.ALL,
        history=None,
    )


@pytest.fixture
def mailbox(imap_account: Account, imap_login: Login) -> Iterator[ImapMailbox]:
    """Logged in as the fresh user."""
    with open_mailbox(imap_account, imap_login.password, timeout=10) as opened:
        yield opened


@pytest.fixture
def deliver(imap_account: Account, imap_login: Login) -> Iterator[Callable[..., None]]:
    """Put a message into the fresh user's mailbox: `deliver(raw, folder="INBOX", flags=(), date=None)`."""
    with open_mailbox(imap_account, imap_login.password, timeout=10) as courier:

        def put(raw: bytes, folder: str = "INBOX", flags: Sequence[str] = (), date: datetime | None = None) -> None:
            courier.append(folder, raw, flags, date)

        yield put


@dataclass(slots=True)
class SmtpSink:
    """A real SMTP server on loopback that keeps what it takes; the hooks make it a difficult one."""

    port: int = 0
    received: list[tuple[tuple[str, ...], bytes]] = field(default_factory=list)
    """(envelope recipients, message), as accepted."""
    logins: list[tuple[str, str]] = field(default_factory=list)
    password: str = ""
    """Wanted at login; "": any will do."""
    on_recipient: Callable[[str], str] = lambda _: "250 OK"
    on_data: Callable[[bytes], str] = lambda _: "250 OK"
    """Called with the whole message before it is kept; what it answers goes to the client, and 250 keeps it."""
    cut_in_data: int = 0
    """So many times the connection is cut as soon as the message begins to come."""
    on_cut: Callable[[], None] = lambda: None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        reply = self.on_recipient(address)
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        recipients, content = tuple(envelope.rcpt_tos), bytes(envelope.content)
        return await asyncio.get_running_loop().run_in_executor(None, self._take, recipients, content)

    def _take(self, recipients: tuple[str, ...], content: bytes) -> str:
        """On a thread, which goes on when the client that was killed meanwhile has hung up."""
        reply = self.on_data(content)
        if reply.startswith("250"):
            self.received.append((recipients, content))
        return reply

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=self.password in {"", data.password.decode()}, handled=False)


class _CuttingSmtp(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        sink = self.event_handler
        if sink.cut_in_data > 0:
            sink.cut_in_data -= 1
            await self.push("354 go on")
            await self._reader.readline()
            sink.on_cut()
            cast("asyncio.WriteTransport", self.transport).abort()
            return
        await super().smtp_DATA(arg)


@pytest.fixture
def serve_smtp() -> Iterator[Callable[..., SmtpSink]]:
    """Start sinks: `serve_smtp(tls=None, starttls=None, password="")`; the first two are contexts of a server."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="smtp sinks", daemon=True)
    thread.start()
    servers: list[asyncio.Server] = []

    def start(
        *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, password: str = ""
    ) -> SmtpSink:
        sink = SmtpSink(password=password)

        def session() -> SMTP:
            return _CuttingSmtp(
                sink,
                hostname="sink.example",
                tls_context=starttls,
                authenticator=sink.authenticate,
                auth_required=False,
                auth_require_tls=False,
                timeout=20,
                loop=loop,
            )

        async def listen() -> asyncio.Server:
            return await loop.create_server(session, "127.0.0.1", 0, ssl=tls)

        server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
        servers.append(server)
        sink.port = server.sockets[0].getsockname()[1]
        return sink

    yield start
    for server in servers:
        loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
