"""`clientinbox account`: tests before it writes, never prompts without a terminal, keeps what is there."""

import io
import json
import stat
from pathlib import Path

import pytest

from clientinbox.cli.main import run
from clientinbox.mail.account import Account

Output = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "config.toml"


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())


def add(config: Path, account: Account, *more: str, user: str = "") -> int:
    server = account.imap
    return run(
        [
            *("-c", str(config), "account", "add", "ana@lantern.example"),
            *("--imap-server", f"imaps://{server.host}:{server.port}", "--ca", server.ca_file),
            *("--login", user or server.login, "--password-env", server.password.env, *more),
        ]
    )


@pytest.mark.dovecot
def test_add_tests_the_login_and_then_writes(config: Path, imap_account: Account, capsys: Output) -> None:
    assert add(config, imap_account) == 0

    said = capsys.readouterr()
    assert "lantern: OK; folders: " in said.out
    assert "Sent (sent)" in said.out
    assert "registry import" in said.err  # scope = "clients", and nobody is known yet
    assert stat.S_IMODE(config.stat().st_mode) == 0o600

    assert run(["-c", str(config), "account", "test", "--json"]) == 0
    (outcome,) = json.loads(capsys.readouterr().out)
    assert (outcome["account"], outcome["ok"]) == ("lantern", True)
    assert {"name": "INBOX", "role": "inbox"} in outcome["folders"]


@pytest.mark.dovecot
def test_a_second_account_leaves_the_first_one_and_the_comments(
    config: Path, imap_account: Account, capsys: Output
) -> None:
    config.parent.mkdir()
    config.write_text("# mine\n[ui]\nascii = true # over ssh\n")
    assert add(config, imap_account, "--scope", "all") == 0
    assert "registry" not in capsys.readouterr().err
    before = config.read_text()

    assert add(config, imap_account, "--name", "second", "--read-only", "--history", "all") == 0
    assert config.read_text().startswith(before)
    assert before.startswith("# mine\n[ui]\nascii = true # over ssh\n")

    capsys.readouterr()
    assert run(["-c", str(config), "account", "list", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["name"], first["scope"], first["history_days"], first["read_only"]) == ("lantern", "all", 90, False)
    assert (second["name"], second["history_days"], second["read_only"]) == ("second", None, True)


@pytest.mark.dovecot
def test_a_refused_login_writes_nothing_and_says_the_servers_words(
    config: Path, imap_account: Account, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_IMAP_PASSWORD", "wrong-geheim")

    assert add(config, imap_account) == 2

    said = capsys.readouterr()
    assert "Authentication failed" in said.err
    assert said.err.count("\n") == 1
    assert "wrong-geheim" not in said.err + said.out
    assert not config.exists()


@pytest.mark.dovecot
def test_an_account_of_that_name_is_refused_before_anything_happens(
    config: Path, imap_account: Account, capsys: Output
) -> None:
    assert add(config, imap_account, "--no-test") == 0
    before = config.read_bytes()

    assert add(config, imap_account) == 2

    assert "There is an account lantern already" in capsys.readouterr().err
    assert config.read_bytes() == before


@pytest.mark.dovecot
def test_one_failing_account_does_not_hide_the_others(config: Path, imap_account: Account, capsys: Output) -> None:
    assert add(config, imap_account) == 0
    assert add(config, imap_account, "--no-test", "--name", "gone", "--password-env", "NOT_SET") == 0
    capsys.readouterr()

    assert run(["-c", str(config), "account", "test"]) == 2

    said = capsys.readouterr()
    assert "lantern: OK" in said.out
    assert "gone: The environment variable NOT_SET" in said.err


def test_nothing_answers_is_worth_a_retry(config: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setenv("PASSWORD", "geheim")
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        url = f"imap://127.0.0.1:{taken.getsockname()[1]}"
        arguments = [
            "-c",
            str(config),
            "account",
            "add",
            "a@b.example",
            "--imap-server",
            url,
            "--password-env",
            "PASSWORD",
        ]
        assert run(arguments) == 3
    assert "Nothing answers" in capsys.readouterr().err
    assert not config.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "EMAIL is missing"),
        (["a@b.example"], "--imap-server is missing"),
        (["a@b.example", "--imap-server", "imaps://b.example"], "--password-command is missing"),
        (["a@b.example", "--imap-server", "imap://b.example", "--password-env", "X"], "plain text"),
        (["nobody", "--imap-server", "imaps://b.example", "--password-env", "X"], "no e-mail address"),
        (["a@b.example", "--imap-server", "imaps://b.example", "--password-env", "X", "--history", "soon"], "90d"),
        (["a@b.example", "--imap-server", "imaps://b.example", "--password-env", "NOT_SET"], "NOT_SET"),
    ],
)
def test_without_a_terminal_it_says_what_is_missing_and_asks_nothing(
    config: Path, capsys: Output, arguments: list[str], words: str
) -> None:
    assert run(["-c", str(config), "account", "add", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not config.exists()


def test_at_a_terminal_it_asks_for_what_is_missing(
    config: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("a@b.example\nmail.b.example\npass show b\n"))
    assert run(["-c", str(config), "account", "add", "--no-test"]) == 0

    said = capsys.readouterr()
    assert "E-mail address: " in said.err
    assert 'imap.server = "imaps://mail.b.example:993"' in config.read_text()
    assert 'imap.password.command = ["pass", "show", "b"]' in config.read_text()


def test_list_without_a_config_is_empty_and_says_how_to_begin(capsys: Output) -> None:
    assert run(["account", "list"]) == 0
    said = capsys.readouterr()
    assert (said.out, "account add" in said.err) == ("", True)


def test_a_broken_account_is_listed_with_its_problem(config: Path, capsys: Output) -> None:
    config.parent.mkdir()
    config.write_text('[accounts.acme]\nemail = "a@acme.example"\nimap.server = "imap://acme.example"\n')
    assert run(["-c", str(config), "account", "list", "--json"]) == 0
    said = capsys.readouterr()
    (entry,) = json.loads(said.out)
    assert entry["ok"] is False
    assert "acme" in said.err
    assert run(["-c", str(config), "account", "test", "acme"]) == 2
