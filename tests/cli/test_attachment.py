"""`clientinbox attachment`, end to end: from the store, from a real server, and without one."""

import json
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from clientinbox.desk.desk import open_desk
from clientinbox.errors import UsageError
from clientinbox.mail.account import Account

COMMAND = (sys.executable, "-m", "clientinbox")


def run(config: Path, *arguments: str, code: int = 0) -> Any:
    done = subprocess.run(
        [*COMMAND, "-c", str(config), *arguments], capture_output=True, text=True, timeout=90, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    return done


def mail(files: dict[str, bytes], message_id: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Helen <helen@client.example>", "ana@lantern.example", "The files"
    made["Date"], made["Message-ID"] = "Mon, 2 Mar 2026 09:00:00 +0000", message_id
    made.set_content("Here are the files, as promised.")
    for name, octets in files.items():
        made.add_attachment(octets, maintype="application", subtype="pdf", filename=name)
    return made.as_bytes()


@pytest.fixture
def write_config(imap_account: Account, tmp_path: Path) -> Callable[..., Path]:
    def write(port: int = imap_account.imap.port) -> Path:
        imap, file = imap_account.imap, tmp_path / f"{port}.toml"
        file.write_text(
            f'[accounts.test]\nemail = "{imap_account.email}"\nimap.server = "imaps://{imap.host}:{port}"\n'
            f'imap.login = "{imap.login}"\nimap.password.env = "{imap.password.env}"\nimap.ca = "{imap.ca_file}"\n'
            'scope = "all"\nhistory = "all"\n'
        )
        return file

    return write


def test_what_the_store_does_not_hold_comes_from_the_server_whole(
    write_config: Callable[..., Path], deliver: Callable[..., None], tmp_path: Path
) -> None:
    large = random.Random(8).randbytes(2_500_000)  # noqa: S311
    deliver(mail({"../../plan.pdf": b"%PDF small", "large.pdf": large}, "<1@client.example>"))
    config, offline = write_config(), write_config(1)
    run(config, "sync")
    listed = json.loads(run(config, "attachment", "1@client.example", "--json").stdout)
    assert [(each["number"], each["filename"], each["kept"], each["saved"]) for each in listed] == [
        (1, "../../plan.pdf", False, None),
        (2, "large.pdf", False, None),
    ]
    folder = tmp_path / "a" / "b"
    said = run(config, "attachment", listed[0]["message_id"], "2", "--save", str(folder)).stdout
    assert Path(said.strip()) == folder / "large.pdf"
    assert (folder / "large.pdf").read_bytes() == large
    assert stat.S_IMODE((folder / "large.pdf").stat().st_mode) == 0o600
    run(config, "attachment", "1@client.example", "--save", str(folder))
    assert sorted(each.name for each in folder.iterdir()) == ["_.._plan.pdf", "large (2).pdf", "large.pdf"]
    assert (folder / "_.._plan.pdf").read_bytes() == b"%PDF small"

    refused = run(offline, "attachment", "1@client.example", "2", "--save", str(folder), code=3)
    assert refused.stderr.startswith("clientinbox: The attachment lies on the server, which does not give it now.")
    assert len(refused.stderr.splitlines()) == 1
    assert len(list(folder.iterdir())) == 3
    assert "has 2" in run(config, "attachment", "1@client.example", "3", code=2).stderr


def test_a_door_that_stays_asks_its_engine_and_opens_what_only_shows(
    write_config: Callable[..., Path], deliver: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener, seen = tmp_path / "bin" / "xdg-open", tmp_path / "seen"
    opener.parent.mkdir()
    opener.write_text(
        f'#!/bin/sh\nstat -c %a "$1" "$(dirname "$1")" > {seen}.part\ncat "$1" >> {seen}.part\nmv {seen}.part {seen}\n'
    )
    opener.chmod(0o700)
    monkeypatch.setenv("PATH", f"{opener.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":9")
    filler = b"x" * 100_000
    deliver(mail({"plan.pdf": b"%PDF" + filler, "plan.sh": b"echo", "note": b"#!/bin/sh\n"}, "<3@client.example>"))
    config = write_config()
    run(config, "sync")
    with open_desk(str(config)) as desk:
        desk.start()
        try:
            plan, script, note = desk.attachments("<3@client.example>")
            assert desk.save_attachment(note, tmp_path / "in").read_bytes() == b"#!/bin/sh\n"
            for refused in (script, note):
                with pytest.raises(UsageError, match="could run something"):
                    desk.open_attachment(refused)
            assert desk.open_attachment(plan) == "Opening plan.pdf."
            deadline = time.monotonic() + 60
            while not seen.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            assert seen.read_bytes() == b"600\n700\n%PDF" + filler
            monkeypatch.delenv("DISPLAY")
            monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
            with pytest.raises(UsageError, match="no display"):
                desk.open_attachment(plan)
        finally:
            desk.stop_engine()


def test_what_was_imported_is_kept_whole_and_needs_no_server(own_home: Path, tmp_path: Path) -> None:
    config = own_home / "config.toml"
    config.write_text("")
    large = random.Random(9).randbytes(300_000)  # noqa: S311
    (tmp_path / "one.eml").write_bytes(mail({"large.pdf": large}, "<2@client.example>"))
    run(config, "import", "--no-triage", str(tmp_path / "one.eml"))
    (listed,) = json.loads(run(config, "attachment", "<2@client.example>", "--json").stdout)
    assert (listed["kept"], listed["size"]) == (True, len(large))
    said = run(config, "attachment", "2@client.example", "1", "--save", str(tmp_path / "there")).stdout
    assert Path(said.strip()).read_bytes() == large
    assert run(config, "attachment", "t1").stdout == f"1  large.pdf (application/pdf, {len(large)} octets)\n"
    assert "There is no" in run(config, "attachment", "t99", code=2).stderr
