"""The command line as a script meets it: exit codes, one sentence on stderr, JSON of a fixed shape."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clientinbox import __version__
from clientinbox.edge.imap import open_mailbox
from clientinbox.mail.account import Account

COMMAND = [sys.executable, "-m", "clientinbox"]

REGISTRY = """
schema = 1
[us]
domains = ["lantern.example"]
people = [{ name = "Ana", email = "ana@lantern.example", me = true }]
[[clients]]
key = "acme"
name = "Acme"
contacts = [{ name = "Wile", email = "wile@acme.example", role = "decider", phone = "0191 1" }]
[[projects]]
code = "AC-1"
client = "acme"
name = "Rockets"
"""
LIVID = (
    "This is outrageous and I am furious. You have lied to us for weeks, nothing works, and we are leaving you. "
    "Our solicitor will write to you about the contract and we will not pay this invoice."
)
TRIAGE_KEYS = {
    "thread_id",
    "message_id",
    "subject",
    "client",
    "project",
    "contact",
    "labels",
    "tension",
    "trend",
    "escalate",
    "score",
    "score_parts",
    "waiting_bh",
    "reasons",
    "next_action",
}
SHOW_KEYS = TRIAGE_KEYS | {"project_confidence", "project_reason", "archived", "calls", "messages"}
MESSAGE_KEYS = {
    "message_id",
    "date",
    "direction",
    "automatic",
    "from",
    "to",
    "cc",
    "subject",
    "body",
    "zones",
    "attachments",
    "defects",
    "unreadable",
    "labels",
    "unsure",
    "tension",
    "evidence",
    "corrected",
    "warnings",
    "new_topic",
    "invitation",
}
EXPORT_KEYS = {
    "message_id",
    "account",
    "folders",
    "date",
    "from",
    "subject",
    "client",
    "project",
    "project_confidence",
    "project_reason",
    "thread_id",
    "labels",
    "tension",
    "escalate",
    "auth",
}
SEARCH_KEYS = {
    "thread_id",
    "message_id",
    "date",
    "from",
    "subject",
    "client",
    "project",
    "labels",
    "tension",
    "escalate",
}
ACCOUNT_KEYS = {
    "account",
    "error",
    "retry",
    "exit_code",
    "listed",
    "read",
    "listed_after_s",
    "searchable_after_s",
    "reconciles",
    "folders",
}
FOLDER_KEYS = {
    "folder",
    "role",
    "on_server",
    "stored",
    "not_read_yet",
    "unreadable",
    "skipped",
    "unaccounted",
    "reconciles",
    "checked_at",
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


def run(*arguments: str, code: int = 0, silent: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code == 0 and silent:
        assert done.stderr == ""
    return done


def sentence(*arguments: str, code: int) -> str:
    """What a failing command says: one line, and nothing on stdout."""
    done = run(*arguments, code=code)
    assert done.stdout == ""
    assert done.stderr.startswith("clientinbox: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def configured(tmp_path: Path, server: str = "imap://127.0.0.1:1", more: str = "") -> str:
    file = tmp_path / "config.toml"
    file.write_text(
        f'[accounts.lantern]\nemail = "ana@lantern.example"\nimap.server = "{server}"\n'
        f'imap.password.env = "TEST_IMAP_PASSWORD"\nscope = "all"\nhistory = "all"\n{more}'
    )
    return str(file)


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_IMAP_PASSWORD", "secret-geheim")


# ---- exit codes and sentences


def test_the_version_and_the_help_are_data() -> None:
    assert run("--version").stdout == f"clientinbox {__version__}\n"
    assert "triage" in run("--help").stdout


@pytest.mark.parametrize("arguments", [["sync"], ["sync", "--watch"], ["sync", "--account", "x"]], ids=" ".join)
def test_without_an_account_nothing_can_be_synced(arguments: list[str]) -> None:
    assert "account add" in sentence(*arguments, code=2)


@pytest.mark.parametrize("arguments", [[], ["demo"]], ids=["inbox", "demo"])
def test_screens_without_a_terminal_name_the_command_that_prints_the_same(arguments: list[str]) -> None:
    assert "prints the same" in sentence(*arguments, code=2)


def test_an_unknown_account_is_answered_with_those_there_are(tmp_path: Path) -> None:
    said = sentence("-c", configured(tmp_path), "sync", "--account", "lanten", code=2)
    assert "'lanten'" in said
    assert "lantern" in said


def test_an_unknown_key_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    config = configured(tmp_path, more='histroy = "90d"\n')
    for command, code in (("sync", 3), ("triage", 0)):
        done = run("-c", config, command, code=code, silent=False)
        assert 'unknown key "histroy"; did you mean "history"?' in done.stderr


@pytest.mark.parametrize("command", [["sync"], ["triage"], ["export", "messages"], ["account", "list"]], ids=" ".join)
def test_broken_toml_is_refused_with_its_line(tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[accounts.lantern]\nemail = "ana\n')
    assert "config.toml, line 2, column" in sentence("-c", str(file), *command, code=2)


def test_a_config_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "There is no config" in sentence("-c", str(tmp_path / "no.toml"), "triage", code=2)


def test_a_server_that_does_not_answer_is_worth_a_retry(tmp_path: Path) -> None:
    config = configured(tmp_path)
    assert "127.0.0.1:1" in sentence("-c", config, "sync", code=3)
    report = json.loads(run("-c", config, "sync", "--json", code=3).stdout)
    assert set(report) == {"ok", "seconds", "messages", "unreadable", "accounts"}
    assert {key: report["accounts"][0][key] for key in ("retry", "exit_code")} == {"retry": True, "exit_code": 3}


@pytest.mark.dovecot
def test_a_wrong_password_is_not(tmp_path: Path, dovecot: Any) -> None:
    config = configured(tmp_path, f"imaps://127.0.0.1:{dovecot.tls_port}", f'imap.ca = "{dovecot.ca}"\n')
    said = sentence("-c", config, "sync", code=2)
    assert "refused the login" in said
    assert "secret-geheim" not in said


@pytest.mark.parametrize("thread", ["t4711", "9" * 40, "tx", "<nobody@x>", "²", "-1"])
def test_an_unknown_thread_is_a_sentence(thread: str) -> None:
    assert "There is no thread" in sentence("show", "--", thread, code=2)


@pytest.mark.parametrize(
    "arguments", [["dance"], ["export"], ["triage", "--jsn"], ["show"], ["sync", "--account"]], ids=" ".join
)
def test_wrong_arguments_are_usage_errors(arguments: list[str]) -> None:
    done = run(*arguments, code=2)
    assert done.stdout == ""
    assert "usage: clientinbox" in done.stderr


def test_files_of_the_registry_that_cannot_be_used_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("schema = \n")
    for file in ("missing.toml", "broken.toml", "."):
        sentence("registry", "import", str(tmp_path / file), code=2)
    sentence("registry", "export", str(tmp_path / "no" / "such" / "folder"), code=2)


def test_a_damaged_store_is_a_sentence_for_every_command(own_home: Path) -> None:
    folder = own_home / "xdg_data_home" / "clientinbox"
    folder.mkdir()
    (folder / "clientinbox.db").write_bytes(b"what is this " * 1000)
    for command in (["triage"], ["show", "1"], ["export", "messages"], ["registry", "export", "-"]):
        assert "damaged" in sentence(*command, code=1)


def test_an_empty_store_is_nobody_waiting() -> None:
    assert run("triage", "--check").stdout == "Nobody is waiting for you.\n"
    assert json.loads(run("triage", "--check", "--json").stdout) == []
    assert run("export", "messages").stdout == ""


def test_where_things_are(own_home: Path) -> None:
    assert run("locate", "data").stdout.strip() == str(own_home / "xdg_data_home" / "clientinbox")


# ---- a store with mail


@pytest.fixture
def synced(
    tmp_path: Path, dovecot: Any, imap_account: Account, imap_login: Any, monkeypatch: pytest.MonkeyPatch
) -> str:
    """One livid client and one who asks whom nobody knows, synced; the config's path."""
    imap = imap_account.imap
    file = tmp_path / "config.toml"
    file.write_text(
        f'[accounts.test]\nemail = "ana@lantern.example"\nimap.server = "imaps://{imap.host}:{imap.port}"\n'
        f'imap.login = "{imap.login}"\nimap.password.env = "TEST_IMAP_PASSWORD"\nimap.ca = "{dovecot.ca}"\n'
        'scope = "all"\nhistory = "all"\n'
    )
    mails = [
        ("<livid@x>", "Wile <wile@acme.example>", "[/] [URGENT] \x1b]0;x\x07 \u202e", LIVID),
        ("<calm@x>", "somebody@else.example", "Opening hours", "When do you open on Friday?"),
    ]
    with open_mailbox(imap_account, imap_login.password, timeout=10) as courier:
        for identifier, sender, subject, text in mails:
            head = f"Message-ID: {identifier}\r\nFrom: {sender}\r\nTo: ana@lantern.example\r\nSubject: {subject}"
            courier.append("INBOX", f"{head}\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\n{text}".encode())
    monkeypatch.setenv("TEST_IMAP_PASSWORD", imap_login.password)
    registry = tmp_path / "registry.toml"
    registry.write_text(REGISTRY)
    assert run("-c", str(file), "registry", "import", str(registry)).stdout == (
        "1 clients, 1 contacts, 1 projects, 0 register rows.\n"
    )
    report = json.loads(run("-c", str(file), "sync", "--json").stdout)
    (account,) = report["accounts"]
    assert set(account) == ACCOUNT_KEYS
    assert {frozenset(folder) for folder in account["folders"]} == {frozenset(FOLDER_KEYS)}
    return str(file)


@pytest.mark.dovecot
def test_json_and_text_of_every_reading_command(synced: str, tmp_path: Path) -> None:
    entries = json.loads(run("-c", synced, "triage", "--json").stdout)
    assert [(e["message_id"], e["client"], e["escalate"]) for e in entries] == [
        ("<livid@x>", "acme", True),
        ("<calm@x>", None, False),
    ]
    assert {frozenset(entry) for entry in entries} == {frozenset(TRIAGE_KEYS)}
    first = entries[0]
    assert set(first["contact"]) == {"name", "email", "role"}
    assert {frozenset(reason) for reason in first["reasons"]} == {frozenset({"code", "text", "message_id", "evidence"})}
    assert set(first["next_action"]) == {"code", "text", "due", "owner"}
    assert MOMENT.fullmatch(first["next_action"]["due"])
    assert sum(first["score_parts"].values()) == pytest.approx(first["score"], abs=0.05)

    for name in (first["thread_id"], f"t{first['thread_id']}", "<livid@x>", "livid@x"):
        page = json.loads(run("-c", synced, "show", "--json", name).stdout)
        assert (set(page), {frozenset(m) for m in page["messages"]}) == (SHOW_KEYS, {frozenset(MESSAGE_KEYS)})
    (message,) = page["messages"]
    assert MOMENT.fullmatch(message["date"])
    for each in message["evidence"]:
        assert message["body"][each["start"] : each["end"]] == each["text"]

    lines = [json.loads(line) for line in run("-c", synced, "export", "messages").stdout.splitlines()]
    assert {frozenset(line) for line in lines} == {frozenset(EXPORT_KEYS)}
    assert {line["message_id"]: (line["folders"], line["escalate"]) for line in lines} == {
        "<livid@x>": (["INBOX"], True),
        "<calm@x>": (["INBOX"], False),
    }

    (hit,) = json.loads(run("-c", synced, "search", "--json", "--limit", "5", "client:acme", "tension:>=2").stdout)
    assert (set(hit), hit["message_id"], hit["thread_id"]) == (SEARCH_KEYS, "<livid@x>", first["thread_id"])
    assert MOMENT.fullmatch(hit["date"])
    assert "Column 9: " in sentence("-c", synced, "search", "urgent (", code=2)

    for command in (["triage"], ["show", first["thread_id"]], ["search", "subject:urgent"]):
        printed = run("-c", synced, *command).stdout
        assert "[/] [URGENT]" in printed
        assert not any(char in printed for char in "\x1b\x07\u202e")

    assert run("-c", synced, "triage", "--check", code=4).stderr == ""
    assert run("-c", synced, "registry", "import", str(tmp_path / "registry.toml")).stdout.startswith("1 clients")
    exported = run("-c", synced, "registry", "export", "-").stdout
    assert 'key = "acme"' in exported


@pytest.mark.dovecot
def test_a_reader_that_has_seen_enough_ends_an_export_quietly(synced: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "-c", synced, "export", "messages"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_ctrl_c_is_130_and_one_sentence(tmp_path: Path) -> None:
    """Interrupted while it waits for the command that says the password."""
    ready, never = tmp_path / "ready", tmp_path / "never"
    os.mkfifo(ready)
    os.mkfifo(never)
    file = tmp_path / "config.toml"
    file.write_text(
        '[accounts.lantern]\nemail = "ana@lantern.example"\nimap.server = "imap://127.0.0.1:1"\n'
        f'imap.password.command = ["sh", "-c", "echo > {ready}; cat {never}"]\n'
    )
    with subprocess.Popen(
        [*COMMAND, "-c", str(file), "sync"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        ready.read_text()
        process.send_signal(signal.SIGINT)
        with never.open("w"):
            out, said = process.communicate(timeout=20)
    assert (process.returncode, out, said) == (130, "", "clientinbox: interrupted; what was stored stays.\n")


# ---- the demo


def test_the_demo_leads_with_the_client_who_should_be_rung() -> None:
    entries = json.loads(run("demo", "--headless", "--json").stdout)
    first = entries[0]
    assert {key: first[key] for key in ("client", "project", "tension", "escalate")} == {
        "client": "northgate",
        "project": "NGM-2",
        "tension": 3,
        "escalate": True,
    }
    assert "testlink" in first["message_id"]
    assert first["next_action"]["code"] == "call"
    assert "0" in first["next_action"]["text"]
    assert [entry["score"] for entry in entries] == sorted((entry["score"] for entry in entries), reverse=True)
    bodies = _bodies()
    quoting = [reason for entry in entries for reason in entry["reasons"] if reason["evidence"]]
    assert any(reason["message_id"] == first["message_id"] for reason in quoting)
    for reason in quoting:
        assert reason["evidence"] in bodies[reason["message_id"]], reason


def _bodies() -> dict[str, str]:
    from clientinbox.demo.scenario import DEMO_START, scenario
    from clientinbox.edge.mime.body import read_body

    return {message.message_id: read_body(message.raw).text for message in scenario(DEMO_START).messages}
