"""Two-way through the commands and the engine's own process: offline, killed, read-only, and watched by another client."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clientinbox.desk.desk import open_desk
from clientinbox.edge.imap import ImapMailbox
from clientinbox.mail.account import Account

pytestmark = pytest.mark.dovecot
PATIENCE = 30.0
SUBJECTS = ("Tents", "Stoves", "Maps")

KILLED = """
import os, signal, sys
from clientinbox.desk.engine.replay import Replay
from clientinbox.edge.imap import ImapMailbox, writing
from clientinbox.cli.main import run

point, number = sys.argv[1], int(sys.argv[2])
calls = 0

def killing(real, *, before):
    def call(*arguments, **named):
        global calls
        calls += 1
        if before and calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*arguments, **named)
        if not before and calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    return call

if point in ("copied", "expunged"):
    # a server without MOVE: cut between COPY and the removal of the original, or after it
    def poor(real):
        def made(self, *arguments, **named):
            real(self, *arguments, **named)
            self._session.capabilities -= {b"MOVE"}
        return made
    ImapMailbox.__init__ = poor(ImapMailbox.__init__)
    writing._expunge = killing(writing._expunge, before=point == "copied")
elif point == "noted":
    Replay._note = killing(Replay._note, before=False)
else:
    for name in ("move", "change_flags"):
        setattr(ImapMailbox, name, killing(getattr(ImapMailbox, name), before=point == "asked"))
sys.exit(run(["-c", sys.argv[3], "sync"]))
"""


@dataclass
class Place:
    config: Path
    mailbox: ImapMailbox
    """Another program on the same mailbox."""
    deliver: Callable[..., None]
    maildir: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "clientinbox", "-c", str(self.config), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def ask(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))

    def log(self) -> list[str]:
        return [f"{write['folder']}: {write['what']} {write['message_id']}" for write in self.ask("log", "writes")]

    def on_server(self) -> dict[str, list[tuple[str, frozenset[str]]]]:
        found: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for folder in self.mailbox.folders():
            self.mailbox.select(folder.name)
            flags = self.mailbox.flags(self.mailbox.uids())
            for each in self.mailbox.fetch_headers(tuple(flags)):
                subject = each.header.decode().split("Subject: ")[1].split("\r\n")[0]
                found.setdefault(subject, []).append((folder.name, frozenset(flags[each.uid]) - {"\\Recent"}))
        return found

    def files(self) -> dict[str, str]:
        """Every message by its file name, which holds its flags; what Dovecot keeps for itself left out."""
        return {
            str(file.relative_to(self.maildir)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in self.maildir.rglob("*")
            if file.is_file() and file.parent.name in {"cur", "new", "tmp"}
        }

    def offline(self) -> None:
        before = self.config.read_text()
        self.config.with_suffix(".online").write_text(before)
        lines = [
            'imap.server = "imaps://127.0.0.1:1"' if "imap.server" in line else line for line in before.splitlines()
        ]
        self.config.write_text("\n".join(lines))

    def online(self) -> None:
        self.config.write_text(self.config.with_suffix(".online").read_text())


@pytest.fixture
def place(
    tmp_path: Path,
    imap_account: Account,
    mailbox: ImapMailbox,
    deliver: Callable[..., None],
    dovecot: Any,
    kit: Any,
    serve_smtp: Callable[..., Any],
    request: pytest.FixtureRequest,
) -> Iterator[Place]:
    imap, config = imap_account.imap, tmp_path / "config.toml"
    config.write_text(
        f"""
[accounts.test]
email = "ana@lantern.example"
imap.server = "imaps://{imap.host}:{imap.port}"
imap.login = "{imap.login}"
imap.password.env = "{imap.password.env}"
imap.ca = "{imap.ca_file}"
smtp.server = "smtp://127.0.0.1:{serve_smtp().port}"
scope = "all"
history = "all"
{getattr(request, "param", "")}
"""
    )
    for number, subject in enumerate(SUBJECTS):
        deliver(kit.Mail(id=f"<{number}@x>", subject=subject).raw)
    (maildir,) = {file.parents[1] for file in dovecot.dir.rglob("*") if file.parent.name in {"cur", "new"}} & {
        folder for folder in dovecot.dir.rglob(imap.login) if folder.is_dir()
    } or {next(folder for folder in dovecot.dir.rglob(imap.login) if folder.is_dir())}
    yield Place(config, mailbox, deliver, maildir)
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if b"clientinbox.desk.engine" in words and str(config).encode() in words:
                os.kill(int(entry.name), signal.SIGKILL)


def test_offline_deeds_show_at_once_reach_the_server_at_the_next_sync_and_come_back(place: Place) -> None:
    place.run("sync")
    before = place.on_server()
    would = place.run("archive", "<0@x>", "--dry-run")
    assert would == "would write: test INBOX: move to Archive <0@x>\n"
    assert place.ask("log", "writes", "--pending") == []

    place.offline()
    assert place.run("archive", "<0@x>") == "archived “Tents”\n"
    assert place.run("bin", "<1@x>") == "binned “Stoves”\n"
    assert place.ask("mark", "<2@x>", "--flag")["done"] == "flagged “Maps”"
    assert place.run("archive", "<0@x>") == "", "it is so already"
    place.run("sync", code=3)
    assert place.ask("show", "<0@x>")["archived"] is True
    assert [(each["state"], each["what"]) for each in place.ask("log", "writes", "--pending")] == [
        ("waiting", "move to Archive"),
        ("waiting", "move to the bin"),
        ("waiting", "flag \\Flagged"),
    ]
    assert (place.on_server(), place.log()) == (before, [])

    place.online()
    place.run("sync")
    assert place.on_server() == {
        "Tents": [("Archive", frozenset())],
        "Stoves": [("Trash", frozenset())],
        "Maps": [("INBOX", frozenset({"\\Flagged"}))],
    }
    assert place.log() == ["INBOX: move to Archive <0@x>", "INBOX: move to Trash <1@x>", "INBOX: flag \\Flagged <2@x>"]
    assert place.ask("log", "writes", "--pending") == []
    assert place.run("undo", "--dry-run") == "would be undone: flagged “Maps”\n"
    assert place.run("undo") == "undone: flagged “Maps”\n"
    assert place.run("undo") == "undone: binned “Stoves”\n"
    place.run("archive", "<0@x>", "--back")
    place.run("move", "<2@x>", "Nowhere")
    place.run("sync")
    after = place.on_server()
    assert {subject: [folder for folder, _ in copies] for subject, copies in after.items()} == {
        subject: ["INBOX"] for subject in SUBJECTS
    }
    (parked,) = place.ask("log", "writes", "--pending")
    assert (parked["state"], "no folder 'Nowhere'" in parked["reason"]) == ("parked", True)


@pytest.mark.parametrize(
    ("point", "number"),
    [("asked", 1), ("obeyed", 1), ("obeyed", 2), ("noted", 1), ("copied", 1), ("expunged", 1)],
)
def test_an_engine_killed_anywhere_in_a_replay_leaves_neither_a_double_nor_a_gap(
    place: Place, point: str, number: int
) -> None:
    with open_desk(str(place.config)) as desk:
        assert desk.sync_now(None, lambda _: None)["ok"]
        desk.archive(["<0@x>", "<1@x>"])
        desk.toggle_read(["<2@x>"])
    command = [sys.executable, "-c", KILLED, point, str(number), str(place.config)]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with open_desk(str(place.config)) as desk:
        shown = [(row.subject, row.unread) for row in desk.inbox().rows(0, 9)]
        assert shown == [("Maps", False)], "what was done is shown whatever the server has"
        assert desk.sync_now(None, lambda _: None)["ok"]
        log = [f"{write.folder}: {write.what} {write.message_id}" for write in desk.server_writes()]
        assert desk.pending_writes() == ()
    assert place.on_server() == {
        "Tents": [("Archive", frozenset())],
        "Stoves": [("Archive", frozenset())],
        "Maps": [("INBOX", frozenset({"\\Seen"}))],
    }
    assert sorted(log) == [
        "INBOX: flag \\Seen <2@x>",
        "INBOX: move to Archive <0@x>",
        "INBOX: move to Archive <1@x>",
    ]


@pytest.mark.parametrize("place", ["read_only = true"], indirect=True)
def test_a_whole_session_on_a_read_only_account_leaves_the_servers_files_as_they_were(place: Place) -> None:
    before = place.files()
    assert len(before) == len(SUBJECTS)
    with open_desk(str(place.config)) as desk:
        assert desk.sync_now(None, lambda _: None)["ok"]
        desk.mark_seen("<0@x>")
        assert "here only: account test is read-only" in desk.archive(["<0@x>"])
        desk.bin(["<1@x>"])
        desk.toggle_flag(["<2@x>"])
        reply = desk.new_reply("<2@x>")
        desk.edit_draft(int(reply.draft_id), body="It is there now.")
        entry = desk.send_draft(int(reply.draft_id), undo_seconds=0)
        desk.send_due()
        assert desk.outbox_entry(entry.id).state == "sent"
        for _ in range(2):
            assert desk.sync_now(None, lambda _: None)["ok"]
            assert [row.subject for row in desk.inbox().rows(0, 9)] == ["Re: Maps"]
        assert (desk.undo() or "").startswith("undone: flagged “Maps”")
        assert {change.state for change in desk.pending_writes()} == {"local"}
        assert [write.what for write in desk.server_writes()] == ["sent to 1 recipient"], "which is no IMAP"
    assert place.files() == before


def test_a_key_in_a_door_reaches_the_server_through_the_running_engine(place: Place) -> None:
    with open_desk(str(place.config)) as desk:
        assert desk.sync_now(None, lambda _: None)["ok"]
        desk.start()
        desk.archive(["<0@x>"])
        until(lambda: place.on_server().get("Tents") == [("Archive", frozenset())], "it was not moved")
        until(lambda: not desk.pending_writes(), "nobody noted it")
        assert desk.undo() == "undone: archived “Tents”"
        until(lambda: place.on_server().get("Tents") == [("INBOX", frozenset())], "it was not moved back")


def until(true: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
