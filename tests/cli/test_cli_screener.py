"""What the last sync found, and who is asked about, from the command line and without a server."""

import json
from pathlib import Path

import pytest

from clientinbox.cli.main import run


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NO_MATTER", "secret")
    file = tmp_path / "config.toml"
    file.write_text(
        '[accounts.lantern]\nemail = "ana@lantern.example"\nimap.server = "imap://127.0.0.1:1"\n'
        'imap.password.env = "NO_MATTER"\n'
    )
    return str(file)


def test_the_status_of_a_sync_that_failed_is_told_again_without_trying(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-c", config, "sync", "status"]) == 0
    assert capsys.readouterr().out == "lantern: last synced never\n"
    assert run(["-c", config, "sync"]) == 3
    capsys.readouterr()
    assert run(["-c", config, "sync", "status", "--json"]) == 3
    said = capsys.readouterr()
    (account,) = json.loads(said.out)["accounts"]
    assert (account["account"], account["retry"], account["folders"]) == ("lantern", True, [])
    assert account["last_pass"] is not None
    assert "Nothing answers at 127.0.0.1:1" in said.err


def test_the_screener_says_what_it_needs(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-c", config, "screener", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run(["-c", config, "screener", "accept", "bob@new.example"]) == 2
    assert "--client KEY" in capsys.readouterr().err
    assert run(["-c", config, "screener", "ignore", "Bob@New.example"]) == 0
    assert capsys.readouterr().out == "bob@new.example is not asked about again.\n"
