"""The story goes on when it is told to, and answers what the user did; what the user sends reaches the sink."""

import queue
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes

import pytest

from clientinbox.cli.main import run
from clientinbox.demo.agency import DemoAgency, demo_agency
from clientinbox.demo.next import deliver_next, done_so_far
from clientinbox.demo.scenario import DEMO_START, message_id
from clientinbox.desk.events import Event, MessageSent
from clientinbox.desk.views import CallEntry

WITHOUT_A_CONDITION = 8


@pytest.fixture
def agency() -> Iterator[DemoAgency]:
    with demo_agency() as made:
        assert made.desk.sync_now(None, lambda _: None)["ok"]
        yield made


def test_what_needs_nothing_arrives_and_the_clock_is_past_it(agency: DemoAgency) -> None:
    coming = deliver_next(agency)
    assert len(coming) == WITHOUT_A_CONDITION
    assert agency.desk.now() > max(message.sent_at for message in coming) > DEMO_START
    assert agency.desk.sync_now(None, lambda _: None)["ok"]
    for message in coming:
        page = agency.desk.thread(message.message_id)
        assert page is not None
        assert message.message_id in {each.message_id for each in page.messages}
    assert deliver_next(agency) == ()


def test_an_answer_reaches_the_sink_and_is_answered_by_the_story(agency: DemoAgency) -> None:
    page = agency.desk.thread(message_id("of3-delay-01"))
    assert page is not None
    draft = agency.desk.new_reply(page.row.thread_id)
    agency.desk.edit_draft(int(draft.draft_id), body="You are right to ask.")
    slots = {slot.slot: "told her on the telephone" for slot in agency.desk.frame(draft).slots if slot.required}
    entry = agency.desk.send_draft(int(draft.draft_id), undo_seconds=0, waived=slots)
    assert agency.servers.received() == ()
    agency.desk.send_due()

    (raw,) = agency.servers.received()
    assert message_from_bytes(raw)["Message-ID"] == entry.message_id
    assert agency.desk.outbox_entry(entry.id).filed
    assert done_so_far(agency) == {"sent:of3-delay"}
    assert message_id("of3-delay-02") in {message.message_id for message in deliver_next(agency)}
    # its copy in Sent, the later mail, and what was there: nothing is doubled, all is counted
    assert agency.desk.sync_now(None, lambda _: None)["ok"]
    after = agency.desk.thread(message_id("of3-delay-01"))
    assert after is not None
    ids = [each.message_id for each in after.messages]
    assert len(ids) == len(set(ids)) == len(page.messages) + 2


def test_a_call_that_was_logged_brings_what_follows_it(agency: DemoAgency) -> None:
    page = agency.desk.thread(message_id("ngm2-testlink-01"))
    assert page is not None
    missed = CallEntry(reached=False, minutes=None, agreed=(), mood_after=None)
    agency.desk.log_call(page.row.thread_id, missed)
    assert done_so_far(agency) == set()
    agency.desk.log_call(page.row.thread_id, replace(missed, reached=True, minutes=12, mood_after=1))
    assert done_so_far(agency) == {"call:ngm2-testlink"}
    assert {"ngm2-testlink-13", "ngm2-testlink-15"} <= {message.id for message in deliver_next(agency)}


def test_a_running_engine_lives_at_the_new_time_too(agency: DemoAgency) -> None:
    page = agency.desk.thread(message_id("bc1-french-01"))
    assert page is not None
    heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
    agency.desk.subscribe(heard.put)
    agency.desk.start()
    draft = int(agency.desk.new_reply(page.row.thread_id).draft_id)
    agency.desk.edit_draft(draft, body="Yes, if the text comes by Thursday.")
    waived = dict.fromkeys(("problem", "remedy", "date", "cost", "next_update"), "no complaint")
    entry = agency.desk.send_draft(draft, undo_seconds=20 * 60, waived=waived)
    deliver_next(agency)  # more than a day goes by, and with it the undo window
    while not isinstance(event := heard.get(timeout=30), MessageSent):
        pass
    assert event.message_id == entry.message_id
    assert len(agency.servers.received()) == 1


def test_headless_it_says_how_late_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--headless", "--next", "--json"]) == 0
    said = capsys.readouterr()
    assert "8 mails arrive; it is Wed 12:27 now." in said.err
    assert '"of-bank' not in said.out
    assert said.out.startswith("[")
