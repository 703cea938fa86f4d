"""The bundled story: every message survives its travel as bytes, and the bundle holds no answers."""

import email
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from clientinbox.demo.scenario import DEMO_START, DemoMessage, Scenario, deliverable, message_id, scenario
from clientinbox.projects.registry_form import read_registry
from clientinbox.projects.relative import expanded
from clientinbox.promises.ledger import kept_rate, overdue, promise_from

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "clientinbox" / "demo" / "data"
ROWS: dict[str, dict[str, Any]] = {
    row["id"]: row for row in map(json.loads, (DATA / "messages.jsonl").read_text("utf-8").splitlines())
}


@pytest.fixture(scope="module")
def story() -> Scenario:
    return scenario(DEMO_START)


def by_id(story: Scenario) -> dict[str, DemoMessage]:
    return {message.id: message for message in story.messages + story.later}


def payload(part: Message) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def leaves(message: Message) -> list[Message]:
    return [part for part in message.walk() if not part.is_multipart()]


def test_the_story_is_complete(story: Scenario) -> None:
    assert (len(story.messages), len(story.later)) == (213, 16)
    assert len({message.thread for message in story.messages}) == 51
    assert all(message.sent_at < DEMO_START for message in story.messages)
    assert all(message.sent_at >= DEMO_START for message in story.later)
    assert [message.sent_at for message in story.messages] == sorted(message.sent_at for message in story.messages)


@pytest.mark.parametrize("identifier", ROWS)
def test_a_message_survives_its_travel(story: Scenario, identifier: str) -> None:
    row, message = ROWS[identifier], by_id(story)[identifier]
    today = DEMO_START.date()
    assert b"\n" not in message.raw.replace(b"\r\n", b"")
    read = email.message_from_bytes(message.raw)
    assert not read.defects
    assert str(make_header(decode_header(read["Subject"]))) == expanded(row["subject"], today)
    assert email.utils.parsedate_to_datetime(read["Date"]) == message.sent_at
    assert read["Message-ID"] == message_id(identifier) == message.message_id
    assert email.utils.parseaddr(read["From"]) == email.utils.parseaddr(row["from"])
    bodies = {
        part.get_content_type(): payload(part).replace("\r\n", "\n")
        for part in leaves(read)
        if part.get_content_disposition() is None
    }
    wanted = {"text/plain": row["text"], "text/html": row["html"]}
    assert bodies == {kind: expanded(text, today) for kind, text in wanted.items() if text}
    files = [part for part in leaves(read) if part.get_content_disposition() == "attachment"]
    assert [part.get_filename() for part in files] == [each["name"] for each in row["attachments"]]
    for part, each in zip(files, row["attachments"], strict=True):
        if "content" in each:
            assert payload(part) == expanded(each["content"], today)
        assert 0 < len(payload(part)) <= 20_000
    for name, value in row["headers"].items():
        assert read[name].replace("\r\n", "") == expanded(value, today)
    assert b"{{" not in message.raw


def test_hostile_bytes_travel_encoded_and_arrive_whole(story: Scenario) -> None:
    raw = by_id(story)["tool-build-01"].raw
    assert not set(raw) & set(range(32)) - {9, 10, 13}
    subject = str(make_header(decode_header(email.message_from_bytes(raw)["Subject"])))
    assert subject == "\x1b[1;31mFAILED\x1b[0m [bold]ngm-2[/] build 418 \x1b]0;owned\x07 [/]"


def test_references_lead_back_to_the_first_message_oldest_first(story: Scenario) -> None:
    messages = by_id(story)
    for identifier, row in ROWS.items():
        read = email.message_from_bytes(messages[identifier].raw)
        parent = row["in_reply_to"]
        if parent is None:
            assert read["In-Reply-To"] is None
            continue
        above = email.message_from_bytes(messages[parent].raw)["References"] or ""
        assert read["References"].split() == [*above.split(), message_id(parent)]
        assert read["In-Reply-To"] == message_id(parent)


def test_the_story_may_start_on_another_tuesday() -> None:
    shifted = scenario(DEMO_START + timedelta(days=7))
    first, again = scenario(DEMO_START).messages[-1], shifted.messages[-1]
    assert again.sent_at - first.sent_at == timedelta(days=7)
    assert scenario(DEMO_START.astimezone(UTC)).messages[-1].sent_at == first.sent_at


def test_its_registry_reads_without_a_warning_and_its_rows_name_mail_that_is_there(story: Scenario) -> None:
    registry, warnings = read_registry(story.registry, DEMO_START)
    assert warnings == ()
    assert len(registry.clients) == 6
    known = {message.message_id for message in by_id(story).values()}
    for row in registry.rows:
        for key in ("source", "decision_source", "accepted_source", "proposal_source", "recap"):
            assert row.data.get(key) is None or row.data[key] in known
    assert "{{" not in json.dumps([row.data for row in registry.rows])


def test_the_registers_tell_the_storys_numbers(story: Scenario) -> None:
    registry, _ = read_registry(story.registry, DEMO_START)
    promises = [promise_from(row.data) for row in registry.rows if row.kind == "promises"]
    orchard = kept_rate(promise for promise in promises if promise.client == "orchard")
    assert (orchard.kept, orchard.n) == (5, 9)
    late = overdue(promises, DEMO_START.date())
    assert (late[0].text, late[0].due) == ("You will have the test link by Friday", date(2026, 11, 20))
    assert not any("test link" in promise.text for promise in late[1:])
    slips = [row.data["slip_days"] for row in registry.rows if row.kind == "slippage" and row.data["project"] == "OF-3"]
    assert sum(slips) == 7


def test_later_mail_comes_once_what_it_answers_was_done(story: Scenario) -> None:
    at_once = {message.id for message in deliverable(story.later, set())}
    assert {"tool-build-02", "ch1-login-12"} <= at_once
    called = {message.id for message in deliverable(story.later, {"call:ngm2-testlink"})}
    assert called - at_once == {"ngm2-testlink-13", "ngm2-testlink-14", "ngm2-testlink-15"}


def keys_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for held in value:
            yield from keys_of(held)


@pytest.mark.timeout(60)
def test_the_wheel_carries_the_story_and_none_of_its_answers(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        carried = {name: archive.read(name).decode() for name in names if name.startswith("clientinbox/demo/data/")}
    assert {Path(name).name for name in carried} == {"messages.jsonl", "registry.toml"}
    assert not [name for name in names if "gold" in name]
    documents: list[Any] = [json.loads(line) for line in carried["clientinbox/demo/data/messages.jsonl"].splitlines()]
    documents.append(tomllib.loads(carried["clientinbox/demo/data/registry.toml"]))
    assert not [key for key in keys_of(documents) if key.startswith("gold") or key == "settled_by"]


def test_the_start_is_a_tuesday_at_nine_in_london() -> None:
    assert DEMO_START.strftime("%A") == "Tuesday"
    assert DEMO_START.astimezone(UTC) == datetime(2026, 11, 24, 9, tzinfo=UTC)
