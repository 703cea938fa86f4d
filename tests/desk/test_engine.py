"""The engine as a process of its own: one per store, attached to, killed, missed and started again."""

import logging
import os
import queue
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from clientinbox.desk.clock import SystemClock
from clientinbox.desk.desk import open_desk
from clientinbox.desk.engine.link import EngineLink, EngineUnreachable, Launch
from clientinbox.desk.engine.lock import EngineLock, private_folder, socket_path
from clientinbox.desk.engine.log import BoundedLog, _Redacted
from clientinbox.desk.engine.process import run_engine
from clientinbox.desk.engine.server import DoorServer
from clientinbox.desk.events import (
    CallAdvised,
    EngineBack,
    EngineLost,
    EngineSilent,
    Event,
    MessagesArrived,
    Pong,
    SyncFailed,
    SyncFinished,
    SyncProgress,
    from_line,
    to_line,
)
from clientinbox.edge.settings import Settings, load_settings
from clientinbox.errors import ClientInboxError

PATIENCE = 60.0
UNREACHABLE = """
[accounts.lantern]
email = "ana@lantern.example"
imap.server = "imap://127.0.0.1:1"
imap.password.env = "NO_MATTER"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of an account whose server does not answer: a sync ends at once."""
    monkeypatch.setenv("NO_MATTER", "secret")
    file = tmp_path / "config.toml"
    file.write_text(UNREACHABLE)
    return str(file)


@pytest.fixture
def settings(config: str) -> Settings:
    return load_settings(config, os.environ)


@pytest.fixture
def launch(config: str, settings: Settings) -> Iterator[Launch]:
    paths = settings.paths
    made = Launch(
        ("--config", config, "--linger", "0.2"), socket_path(paths.runtime_dir, paths.database), paths.log_file
    )
    yield made
    for pid in engines(config):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def engines(config: str) -> list[int]:
    """Of this test alone: its config is named on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if b"clientinbox.desk.engine" in words and config.encode() in words:
                found.append(int(entry.name))
    return found


def until(true: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := true():
            return answer
        time.sleep(0.02)
    raise AssertionError(what)


class Door:
    """Keeps what it hears."""

    def __init__(self, launch: Launch, *, restart: bool = True) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.link = EngineLink(launch, self.events.put, restart=restart)
        self.link.attach()

    def hear(self, kind: type[Event], **fields: Any) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items()):
                return event

    def close(self) -> None:
        self.link.close()


def test_a_door_starts_an_engine_asks_and_hears_and_the_engine_ends_when_alone(launch: Launch, config: str) -> None:
    with closing(Door(launch)) as door, closing(Door(launch)) as another:
        (pid,) = engines(config)
        assert stat.S_IMODE(launch.socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(launch.socket.parent.stat().st_mode) == 0o700
        assert os.getsid(pid) == pid
        door.link.send({"do": "sync", "request": 7})
        failed = door.hear(SyncFailed)
        assert (failed.account, failed.retry, failed.exit_code) == ("lantern", True, 3)
        finished = door.hear(SyncFinished, request=7)
        assert finished.report["ok"] is False
        assert another.hear(SyncFinished, request=7) == finished
        assert engines(config) == [pid]
    until(lambda: not engines(config), "the engine did not end by itself")
    assert not launch.socket.exists()


def test_nonsense_from_a_door_is_survived(launch: Launch, config: str) -> None:
    with closing(Door(launch)) as door:
        (pid,) = engines(config)
        nonsense = [
            b"\xff\xfe not JSON",
            b"[1, 2]",
            b"[" * 100_000,
            b'{"do": "dance"}',
            b'{"do": "sync", "request": "seven"}',
            b'{"do": "sync", "account": ["x"], "request": 1}',
            b"{}",
        ]
        with closing(socket.socket(socket.AF_UNIX)) as rude:
            rude.connect(str(launch.socket))
            rude.sendall(b"\n".join(nonsense) + b'\n{"do": "sync", "account": "nobody", "request": 8}\n{"do":')
            assert door.hear(SyncFinished, request=8).report["accounts"] == []
        door.link.send({"do": "settle", "request": 9})
        door.hear(SyncFinished, request=9)
        assert engines(config) == [pid]


def test_a_killed_engine_is_missed_said_and_started_again(launch: Launch, config: str) -> None:
    with closing(Door(launch)) as door:
        (pid,) = engines(config)
        os.kill(pid, signal.SIGKILL)
        assert "started again" in door.hear(EngineLost).message
        (other,) = until(lambda: [each for each in engines(config) if each != pid], "no other engine came")

        def answered() -> bool:
            with suppress(EngineUnreachable, queue.Empty):
                door.link.send({"do": "sync", "request": 11})
                return True
            return False

        until(answered, "the door is not attached again")
        door.hear(SyncFinished, request=11)
        assert engines(config) == [other]


def test_a_stopped_engine_gets_a_word_and_no_door_freezes(
    launch: Launch, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientinbox.desk.engine.link.PING_AFTER_S", 0.2)
    monkeypatch.setattr("clientinbox.desk.engine.link.PONG_WITHIN_S", 0.5)
    monkeypatch.setattr("clientinbox.desk.engine.link._CONNECT_TIMEOUT_S", 0.5)
    with closing(Door(launch)) as door:
        (pid,) = engines(config)
        os.kill(pid, signal.SIGSTOP)
        assert f"process {pid}" in door.hear(EngineSilent).message
        with open_desk(config) as desk, pytest.raises(EngineUnreachable, match="does not answer"):
            desk.sync_now(None, lambda _: None)
        os.kill(pid, signal.SIGCONT)
        assert "again" in door.hear(EngineBack).message
        door.link.send({"do": "sync", "request": 5})
        door.hear(SyncFinished, request=5)
        assert engines(config) == [pid]


def test_a_door_that_does_not_read_holds_up_nobody(tmp_path: Path) -> None:
    server = DoorServer(tmp_path / "run" / "socket")
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    server.open(heard.put)
    with closing(socket.socket(socket.AF_UNIX)) as deaf, closing(socket.socket(socket.AF_UNIX)) as good:
        for door in (deaf, good):
            door.connect(str(tmp_path / "run" / "socket"))
            door.sendall(b'{"do": "hello"}\n')
            heard.get(timeout=PATIENCE)
        listening = good.makefile("rb")
        event = MessagesArrived(tuple(str(n) for n in range(2000)))
        for _ in range(3000):
            server.broadcast(event)
            assert from_line(listening.readline()) == event
        assert heard.empty()
        while deaf.recv(1 << 20):  # what was on its way, and then the end: it may come back
            pass
        server.close()
        assert listening.read() == b""


def test_the_log_is_bounded_its_owners_and_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clientinbox.desk.engine.log.LARGEST", 10_000)
    path = tmp_path / "state" / "log"
    path.parent.mkdir()
    before = os.umask(0)
    try:
        first, second = BoundedLog(path), BoundedLog(path)
    finally:
        os.umask(before)
    for handler in (first, second):
        handler.setFormatter(_Redacted("%(message)s"))
    for number in range(1000):
        record = logging.LogRecord("x", logging.INFO, "x", 1, "mail of %s, %d", ("helen@client.example", number), None)
        (first, second)[number % 2].emit(record)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["log", "log.1"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(file.stat().st_size < 11_000 for file in files)
    lines = path.read_text().splitlines()
    assert lines[-1] == "mail of (address), 999"
    assert not any("helen" in line for line in lines)


def test_a_second_engine_refuses_the_lock(launch: Launch, settings: Settings, config: str) -> None:
    with closing(Door(launch)):
        assert run_engine(settings, SystemClock()) is False
        command = [sys.executable, "-m", "clientinbox.desk.engine", "--config", config, "--linger", "60"]
        assert subprocess.run(command, timeout=30, check=False).returncode == 0
        assert len(engines(config)) == 1
    until(lambda: not engines(config), "the engine did not end by itself")
    with EngineLock(settings.paths.database) as lock, EngineLock(settings.paths.database) as other:
        assert (lock.acquire(), other.acquire()) == (True, False)


def test_an_engine_that_cannot_start_is_a_sentence_with_the_logs_place(
    tmp_path: Path, launch: Launch, settings: Settings
) -> None:
    settings.paths.database.parent.mkdir(parents=True)
    settings.paths.database.write_bytes(b"no database " * 1000)
    link = EngineLink(launch, lambda _: None)
    with pytest.raises(EngineUnreachable, match=r"could not be started.*log"):
        link.attach()
    assert "damaged" in launch.log_file.read_text()
    assert "Traceback" not in launch.log_file.read_text()
    assert tmp_path.exists()


def test_whoever_asks_while_an_engine_runs_is_answered_by_it_and_a_dying_one_is_replaced(
    launch: Launch, config: str
) -> None:
    with closing(Door(launch, restart=False)), open_desk(config) as desk:
        (pid,) = engines(config)
        assert desk.sync_now(None, lambda _: None)["accounts"][0]["retry"] is True
        os.kill(pid, signal.SIGKILL)
        assert desk.sync_now(None, lambda _: None)["accounts"][0]["retry"] is True
    until(lambda: not engines(config), "one that was started in between ends by itself")


def test_whoever_asks_with_another_config_is_answered_by_that_one(launch: Launch, config: str) -> None:
    with closing(Door(launch)) as door:
        (pid,) = engines(config)
        Path(config).write_text(UNREACHABLE.replace("lantern]", "halden]"))
        with open_desk(config) as desk:
            report = desk.sync_now(None, lambda _: None)
        assert [account["account"] for account in report["accounts"]] == ["halden"]
        door.hear(EngineLost)
        until(lambda: pid not in engines(config), "the engine with the old config goes on")


def test_whoever_asks_an_engine_that_is_just_ending_gets_an_answer_all_the_same(
    launch: Launch, settings: Settings, config: str
) -> None:
    lock = EngineLock(settings.paths.database)
    assert lock.acquire()
    private_folder(launch.socket.parent)
    with closing(socket.socket(socket.AF_UNIX)) as ending, open_desk(config) as desk:
        ending.bind(str(launch.socket))
        ending.listen()

        def end() -> None:
            door, _ = ending.accept()
            door.recv(1)
            lock.release()
            door.close()

        thread = threading.Thread(target=end)
        thread.start()
        assert desk.sync_now(None, lambda _: None)["accounts"][0]["retry"] is True
        thread.join()


def test_a_socket_folder_of_somebody_else_is_refused_in_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_folder(settings.paths.runtime_dir)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(ClientInboxError, match=r"socket.*belongs to somebody else"):
        run_engine(settings, SystemClock())
    assert not settings.paths.database.exists()


def test_a_socket_path_that_is_too_long_moves_to_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    path = socket_path(deep, tmp_path / "mail.db")
    assert len(os.fsencode(path)) < 108
    assert path != socket_path(deep, tmp_path / "other.db")


@pytest.mark.parametrize(
    "event",
    [
        SyncProgress("lantern", "INBOX", "reading", 1, 2),
        MessagesArrived(("1", "2")),
        CallAdvised("1", ("livid (3)", "rose 1→2")),
        SyncFinished(3, {"ok": True, "accounts": []}),
        SyncFailed("lantern", "No.", retry=False, exit_code=2),
        EngineLost("It ended."),
        EngineSilent("It sleeps."),
        EngineBack("It is back."),
        Pong(),
    ],
)
def test_an_event_comes_out_of_the_wire_as_it_went_in(event: Event) -> None:
    line = to_line(event)
    assert line.count(b"\n") == 1
    assert from_line(line) == event


def test_an_event_of_a_newer_version_is_passed_over() -> None:
    assert from_line(b'{"event": "Sung", "verse": 3}\n') is None
