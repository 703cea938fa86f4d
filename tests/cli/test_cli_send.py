"""From a thread to the server by commands alone: draft, send, outbox, log; and what they refuse."""

import json
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from clientinbox.cli.main import run
from clientinbox.desk.desk import open_desk
from clientinbox.mail.account import Account

pytestmark = pytest.mark.dovecot
Run = Callable[..., tuple[int, str, str]]
HOSTILE = "Re: [URGENT] \x1b]0;x\x07"


@pytest.fixture
def sink(serve_smtp: Callable[..., Any]) -> Any:
    return serve_smtp()


@pytest.fixture
def cli(
    tmp_path: Path,
    sink: Any,
    imap_account: Account,
    deliver: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """`cli("send", "1")` → (exit code, stdout, stderr); one mail has been synced."""
    server = imap_account.imap
    config = tmp_path / "config.toml"
    config.write_text(f"""
[accounts.test]
email = "ana@lantern.example"
imap.server = "imaps://{server.host}:{server.port}"
imap.login = "{server.login}"
imap.ca = "{server.ca_file}"
imap.password.env = "TEST_IMAP_PASSWORD"
smtp.server = "smtp://127.0.0.1:{sink.port}"
scope = "all"
history = "all"
""")
    deliver(
        b"From: helen@museum.example\r\nTo: ana@lantern.example\r\nSubject: Test link\r\n"
        b"Message-ID: <asked@museum.example>\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\nWhere is it?\r\n"
    )

    def cli(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["-c", str(config), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    assert cli("sync")[0] == 0
    return cli


def drafted(cli: Run, tmp_path: Path, text: str = "It is there now.\n", *more: str) -> dict[str, Any]:
    body = tmp_path / "body.txt"
    body.write_text(text)
    code, out, _ = cli("draft", "<asked@museum.example>", "--body", str(body), "--json", *more)
    assert code == 0
    draft: dict[str, Any] = json.loads(out)
    return draft


def test_draft_send_outbox_and_log_in_one_go(cli: Run, tmp_path: Path, sink: Any) -> None:
    draft = drafted(cli, tmp_path)
    assert (draft["to"], draft["subject"], draft["kind"]) == ("helen@museum.example", "Re: Test link", "reply")
    assert json.loads(cli("draft", "list", "--json")[1]) == [draft]
    assert sink.received == []

    code, out, err = cli("send", str(draft["id"]), "--now", "--json")
    assert (code, err) == (0, "")
    entry = json.loads(out)
    assert (entry["state"], entry["error"], entry["recipients"]) == ("sent", None, ["helen@museum.example"])
    ((_, raw),) = sink.received
    assert message_from_bytes(raw)["Message-ID"] == entry["message_id"]
    assert cli("outbox") == (0, "", "")
    assert cli("draft", "list") == (0, "", "")
    whats = [write["what"] for write in json.loads(cli("log", "writes", "--json")[1])]
    assert whats == ["sent to 1 recipient", "flag \\Answered", "append"]
    shown = json.loads(cli("show", "<asked@museum.example>", "--json")[1])
    assert [message["direction"] for message in shown["messages"]] == ["in", "out"]

    code, _, err = cli("send", str(draft["id"]), "--now")
    assert (code, len(sink.received)) == (2, 1)
    assert "in the outbox already" in err


def test_a_dry_run_shows_it_and_sends_nothing(cli: Run, tmp_path: Path, sink: Any) -> None:
    draft = drafted(cli, tmp_path, "It takes ‹how long?›.", "--bcc", "ruth@lantern.example")
    code, out, err = cli("send", str(draft["id"]), "--dry-run")
    assert code == 1
    assert "‹how long?› is still to be filled in" in err
    assert "To: helen@museum.example\nBcc: ruth@lantern.example\nSubject: Re: Test link\n\nIt takes" in out
    assert sink.received == []
    assert json.loads(cli("outbox", "--json")[1]) == []


def test_it_can_be_taken_back(cli: Run, tmp_path: Path, sink: Any) -> None:
    draft = drafted(cli, tmp_path)
    with open_desk(str(tmp_path / "config.toml")) as desk:  # as `send` does, but for the engine it would start
        entry = desk.send_draft(draft["id"], undo_seconds=600)
    listed = json.loads(cli("outbox", "--json")[1])
    assert [(each["id"], each["state"]) for each in listed] == [(entry.id, "waiting")]
    assert cli("outbox", "cancel", str(entry.id))[0] == 0
    code, _, err = cli("outbox", "cancel", str(entry.id))
    assert code == 2
    assert "taken back already" in err
    assert cli("draft", "discard", str(draft["id"]))[0] == 0
    assert cli("draft", "list") == (0, "", "")
    assert sink.received == []


def test_offline_it_is_queued_with_exit_code_3_and_the_next_sync_sends_it(cli: Run, tmp_path: Path, sink: Any) -> None:
    draft = drafted(cli, tmp_path)
    sink.on_recipient = lambda _: "421 line noise"
    code, out, err = cli("send", str(draft["id"]), "--now")
    assert code == 3
    assert "queued, offline" in out
    assert "the next sync tries again" in err
    sink.on_recipient = lambda _: "250 OK"
    assert cli("sync")[0] == 0
    assert len(sink.received) == 1
    assert cli("outbox") == (0, "", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (("--to", ""), "no recipient"),
        (("--to", "helen"), "no e-mail address"),
        (("--to", "helen@museum.example\r\nBcc: x@y.example"), "line break"),
        (("--subject", HOSTILE), "control character"),
    ],
    ids=["nobody", "no address", "a header more", "escape bytes"],
)
def test_what_cannot_be_sent_is_refused_in_words_that_are_safe_to_print(
    cli: Run, tmp_path: Path, sink: Any, changes: tuple[str, str], words: str
) -> None:
    draft = drafted(cli, tmp_path, "x", *changes)
    code, _, err = cli("send", str(draft["id"]), "--now")
    assert code == 2
    assert words in err
    assert "\x1b" not in err
    assert sink.received == []


def test_wrong_numbers_and_waivers_are_usage_errors(cli: Run, tmp_path: Path) -> None:
    draft = drafted(cli, tmp_path)
    for arguments in (
        ("send", "99"),
        ("send", str(draft["id"]), "--waive", "cost"),
        ("send", str(draft["id"]), "--waive", "price=free"),
        ("send", str(draft["id"]), "--undo", "9999"),
        ("outbox", "cancel", "99"),
        ("draft", "discard", "99"),
        ("draft", "t999"),
        ("draft", "<asked@museum.example>", "--body", str(tmp_path / "missing")),
    ):
        code, _, err = cli(*arguments)
        assert code == 2, arguments
        assert err.startswith("clientinbox: ")


def test_other_words_for_a_thread_never_replace_those_somebody_began_to_write(cli: Run, tmp_path: Path) -> None:
    begun = drafted(cli, tmp_path, "Half a sentence\n")
    other = drafted(cli, tmp_path, "Something else\n")
    assert other["id"] != begun["id"]
    kept = {draft["id"]: draft["body"] for draft in json.loads(cli("draft", "list", "--json")[1])}
    assert kept == {begun["id"]: "Half a sentence\n", other["id"]: "Something else\n"}
