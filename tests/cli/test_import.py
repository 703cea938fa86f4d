"""`clientinbox import`, end to end: once, twice, killed in the middle, and beside a running engine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MAILS = 120
COMMAND = (sys.executable, "-m", "clientinbox")
UNREACHABLE = """
[accounts.lantern]
email = "ana@lantern.example"
imap.server = "imap://127.0.0.1:1"
imap.password.env = "PATH"
"""


def run(config: Path, *arguments: str, code: int = 0) -> Any:
    done = subprocess.run(
        [*COMMAND, "-c", str(config), *arguments], capture_output=True, text=True, timeout=90, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    return done


def exported(config: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(config, "export", "messages").stdout.splitlines()]


@pytest.fixture
def config(own_home: Path) -> Path:
    file = own_home / "config.toml"
    file.write_text("")
    return file


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "old.mbox"
    path.write_text(
        "\n".join(
            f"From w@acme.example Mon Mar  2 09:00:00 2026\nFrom: W <w@acme.example>\nTo: ana@lantern.example\n"
            f"Date: Mon, 2 Mar 2026 09:{number % 60:02}:00 +0000\nMessage-ID: <{number}@acme>\nSubject: Part {number}\n\n"
            f"Here is part {number}.\n"
            for number in range(MAILS)
        )
    )
    return path


def test_files_of_every_kind_twice(config: Path, mbox: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("milk, bread\n")
    report = json.loads(run(config, "import", "--json", str(mbox), str(tmp_path / "note.txt")).stdout)
    assert (report["messages"], report["new"], report["known"]) == (120, 120, 0)
    assert [(Path(file["path"]).name, file["kind"], len(file["left_out"])) for file in report["files"]] == [
        ("old.mbox", "mbox", 0),
        ("note.txt", None, 1),
    ]
    again = run(config, "import", str(mbox)).stdout
    assert again.splitlines()[-1] == "120 messages: 0 new, 120 known already."
    messages = exported(config)
    assert len({message["message_id"] for message in messages}) == len(messages) == MAILS
    assert {message["account"] for message in messages} == {"import"}
    assert "There is no" in run(config, "import", str(tmp_path / "nowhere"), code=2).stderr
    assert run(config, "import", str(tmp_path / "note.txt"), code=1).stderr == ""


def test_killed_in_the_middle_a_second_run_carries_on(config: Path, mbox: Path) -> None:
    database = Path(os.environ["XDG_DATA_HOME"]) / "clientinbox" / "clientinbox.db"
    with subprocess.Popen([*COMMAND, "-c", str(config), "import", str(mbox)], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not (database.exists() and len(exported(config)) > 0):
            time.sleep(0.01)
        process.kill()
    run(config, "import", str(mbox))
    messages = exported(config)
    assert len({message["message_id"] for message in messages}) == len(messages) == MAILS
    shown = json.loads(run(config, "show", "--json", "<119@acme>").stdout)
    assert "Here is part 119." in shown["messages"][0]["body"]


@pytest.fixture
def engine(own_home: Path) -> Iterator[Path]:
    """An engine in the foreground, whose account cannot be reached."""
    file = own_home / "engine.toml"
    file.write_text(UNREACHABLE)
    with subprocess.Popen([*COMMAND, "-c", str(file), "sync", "--watch"], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(Path(os.environ["XDG_RUNTIME_DIR"]).rglob("*.sock")):
            time.sleep(0.02)
        assert process.poll() is None
        yield file
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


def test_beside_a_running_engine(engine: Path, mbox: Path) -> None:
    report = json.loads(run(engine, "import", "--json", str(mbox)).stdout)
    assert (report["new"], report["known"]) == (120, 0)
    assert len(exported(engine)) == MAILS
