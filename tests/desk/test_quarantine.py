"""The mail that nothing can read: found, set aside with a word, shown as unknown and never as calm; the rest goes on."""

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clientinbox.desk import bodies, intake, understanding
from clientinbox.desk.engine.report import sync_report
from clientinbox.edge.store import connect, queries

BAD = "<bad@x>"


def mails(kit: Any, count: int = 3) -> list[Any]:
    """One of them, in the middle, is marked."""
    made = [kit.Mail(text=f"Where is page {n}? LEVEL 1", subject=f"Page {n}", id=f"<{n}@x>") for n in range(count)]
    return [*made[:1], kit.Mail(text="BOOM LEVEL 3", subject="BOOM", id=BAD), *made[1:]]


def refuse(function: Callable[..., Any]) -> Callable[..., Any]:
    def until_boom(*arguments: Any, **named: Any) -> Any:
        if "BOOM" in str(arguments):
            raise RecursionError("deep")
        return function(*arguments, **named)

    return until_boom


@pytest.mark.parametrize(
    ("module", "function", "stage"),
    [
        (intake, "read_envelope", "header"),
        (bodies, "read_body", "body"),
        (understanding, "find_cues", "judging"),
        (understanding, "derive", "thread"),
    ],
)
def test_a_mail_that_raises_is_set_aside_with_a_word_and_the_others_are_not_held_up(
    house: Any, kit: Any, monkeypatch: pytest.MonkeyPatch, module: Any, function: str, stage: str
) -> None:
    sent = mails(kit)
    real = getattr(module, function)
    if stage == "thread":
        house.receive(*sent, understand=False)
        marked = queries.thread_of(house.connection, BAD)

        def fails_once(connection: Any, thread: int, *rest: Any) -> Any:
            aside = connection.execute("SELECT 1 FROM quarantine").fetchone()
            if thread == marked and aside is None:
                raise RecursionError("deep")
            return real(connection, thread, *rest)

        monkeypatch.setattr(module, function, fails_once)
        house.understand()
    else:
        monkeypatch.setattr(module, function, refuse(real))
        house.receive(*sent)
    (found,) = sync_report(house.connection, [], seconds=0)["unreadable"]
    assert (found["message_id"], found["stage"]) == (BAD, stage)
    assert "RecursionError" in found["text"]
    bad, *good = (house.page(mail) for mail in sorted(sent, key=lambda mail: mail.id != BAD))
    assert bad.messages[0].unreadable == found["text"]
    assert (bad.row.unreadable, bad.row.needs_you) == (True, True)
    assert found["text"] in [reason.text for reason in bad.reasons]
    if stage in {"body", "judging"}:
        assert bad.messages[0].tension is None
        assert bad.row.tension is None
    assert [page.messages[0].tension for page in good] == [1, 1, 1]
    assert not any(page.row.unreadable for page in good)
    raw = queries.raw_message(
        house.connection, next(m.id for m in queries.all_messages(house.connection) if m.message_id == BAD)
    )
    assert raw is not None
    assert b"BOOM" in raw

    monkeypatch.setattr(module, function, real)
    house.understanding.registry_changed()
    house.understand()
    assert len(sync_report(house.connection, [], seconds=0)["unreadable"]) == 1


@pytest.mark.parametrize("stage", ["header", "body", "judging", "thread"])
def test_another_version_tries_again(house: Any, kit: Any, tmp_path: Path, stage: str) -> None:
    sent = mails(kit)
    house.receive(*sent)
    (number,) = (m.id for m in queries.all_messages(house.connection) if m.message_id == BAD)
    house.connection.execute(
        "INSERT INTO quarantine (message, stage, words, version) VALUES (?, ?, 'No.', 'old')", (number, stage)
    )
    if stage != "header":
        house.connection.execute("DELETE FROM verdicts WHERE message = ?", (number,))
        house.connection.execute("INSERT OR IGNORE INTO to_judge (message) VALUES (?)", (number,))
    again = kit.build(tmp_path / "mail.db")
    with closing(again.connection):
        if stage == "header":
            again.receive(*[mail for mail in sent if mail.id == BAD], folder="Archive", understand=False)
        again.understand()
        page = again.page(next(mail for mail in sent if mail.id == BAD))
        assert (page.row.tension, page.row.unreadable, page.messages[0].unreadable) == (3, False, "")
        assert again.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert sync_report(again.connection, [], seconds=0)["unreadable"] == []


ENGINE = """
import importlib.util, os, signal, sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("kit", sys.argv[1])
kit = importlib.util.module_from_spec(spec)
sys.modules["kit"] = kit
spec.loader.exec_module(kit)
from clientinbox.desk import bodies, intake, understanding

module, name = {"header": (intake, "read_envelope"), "body": (bodies, "read_body"),
                "judging": (understanding, "find_cues"), "thread": (understanding, "derive")}[sys.argv[3]]
real = getattr(module, name)

def deadly(*arguments, **named):
    if sys.argv[3] == "thread":
        row = arguments[0].execute("SELECT subject FROM messages WHERE thread = ?", (arguments[1],)).fetchone()
        aside = arguments[0].execute("SELECT 1 FROM quarantine").fetchone()
        boom = "BOOM" in row[0] and not aside
    else:
        boom = "BOOM" in str(arguments)
    if boom:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **named)

setattr(module, name, deadly)
house = kit.build(Path(sys.argv[2]))
mails = [kit.Mail(text=f"Where is page {n}? LEVEL 1", subject=f"Page {n}", id=f"<{n}@x>") for n in range(3)]
mails.insert(1, kit.Mail(text="BOOM LEVEL 3", subject="BOOM", id="<bad@x>"))
house.list_raw(*[mail.raw for mail in mails], uids=[1, 2, 3, 4], dates=[mail.date for mail in mails])
house.understand()
"""


@pytest.mark.parametrize("stage", ["header", "body", "judging", "thread"])
def test_the_mail_that_ends_the_engine_is_found_and_set_aside_after_a_few_crashes(tmp_path: Path, stage: str) -> None:
    path = tmp_path / "mail.db"
    here = Path(__file__).with_name("conftest.py")
    codes: list[int] = []
    while not codes or codes[-1] != 0:
        codes.append(
            subprocess.run([sys.executable, "-c", ENGINE, str(here), str(path), stage], check=False).returncode
        )
        assert len(codes) < 6
    assert codes == [-signal.SIGKILL] * 3 + [0]
    with closing(connect(path)) as store:
        (found,) = sync_report(store, [], seconds=0)["unreadable"]
        assert (found["message_id"], found["stage"]) == (BAD, stage)
        assert "ended the program" in found["text"]
        stored = {m.message_id: m for m in queries.all_messages(store)}
        assert set(stored) == {BAD, "<0@x>", "<1@x>", "<2@x>"}
        assert all(stored[f"<{n}@x>"].verdict is not None for n in range(3))
        if stage in {"body", "judging"}:
            assert stored[BAD].verdict is None
        assert queries.stale_threads(store, 10) == ()
        assert store.execute("SELECT count(*) FROM in_hand").fetchone()[0] == 0
