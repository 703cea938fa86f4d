"""Corrections, archiving and undo, as every door shows them; and the order in which threads stand."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientinbox.cli.shapes import triage_entry
from clientinbox.desk.putting import Order, Putting, What, derive_with
from clientinbox.edge.store import queries, serverqueue, transaction
from clientinbox.errors import ClientInboxError, UsageError
from clientinbox.mail.account import Account, PasswordSource, Scope, Security, Server

SERVER = Server("127.0.0.1", 1, Security.PLAIN, "ana", PasswordSource(env="NONE"))
DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday; the office opens."""


def correct(house: Any, mail: Any, level: int) -> str:
    said: str = house.changes.set_tension(house.connection, house.knowledge, house.now, mail.message_id, level)
    return said


def toggle(house: Any, mail: Any, label: str) -> str:
    said: str = house.changes.toggle_label(house.connection, house.knowledge, house.now, mail.message_id, label)
    return said


def archive(house: Any, mail: Any) -> str:
    account = Account("lantern", "ana@lantern.example", SERVER, scope=Scope.ALL)
    derive = derive_with(house.connection, lambda: house.knowledge, house.now)
    putting = Putting(house.connection, [account], derive, house.now)
    deed = putting.do([int(house.page(mail).row.thread_id)], Order(What.ARCHIVE))
    house.changes.note_deed(lambda: putting.undo(deed))
    return deed.words


def undo(house: Any) -> str | None:
    said: str | None = house.changes.undo(house.connection, house.knowledge, house.now)
    return said


def everywhere(house: Any, mail: Any) -> tuple[int, tuple[str, ...], bool]:
    """Tension, labels and advice of a mail's thread: the same in the row, the thread, triage and the export."""
    page = house.page(mail)
    (row,) = house.rows()
    (view,) = page.messages
    entry = triage_entry(page)
    exported = house.export()[mail.message_id]
    levels = {row.tension, page.row.tension, view.tension, entry["tension"], exported.tension}
    labels = {row.labels, page.row.labels, view.labels, tuple(entry["labels"]), exported.labels}
    advice = {row.escalate, page.row.escalate, entry["escalate"], exported.escalate, bool(page.reasons)}
    assert [len(levels), len(labels), len(advice)] == [1, 1, 1]
    return levels.pop(), labels.pop(), advice.pop()


def test_corrections_hold_everywhere_at_once_survive_a_new_model_and_are_taken_back_in_order(
    kit: Any, house: Any
) -> None:
    mail = kit.Mail(text="COMPLAINT. Where is it? LEVEL 3")
    house.receive(mail)
    assert everywhere(house, mail) == (3, ("complaint",), True)
    assert correct(house, mail, 1) == "tension 1, concerned"
    assert everywhere(house, mail) == (1, ("complaint",), False)
    assert toggle(house, mail, "scope_change") == "scope change added"
    assert toggle(house, mail, "complaint") == "complaint removed"
    assert everywhere(house, mail) == (1, ("scope_change",), False)
    assert house.page(mail).messages[0].corrected == ("complaint", "scope_change", "tension")

    house.understanding._version = "another model"
    house.understand()
    (stored,) = queries.all_messages(house.connection)
    assert stored.verdict is not None
    assert stored.verdict.version == "another model"
    assert everywhere(house, mail) == (1, ("scope_change",), False)

    assert undo(house) == "undone: complaint removed"
    assert everywhere(house, mail) == (1, ("complaint", "scope_change"), False)
    assert undo(house) == "undone: scope change added"
    assert undo(house) == "undone: tension 1, concerned"
    assert everywhere(house, mail) == (3, ("complaint",), True)
    assert undo(house) is None


def test_what_cannot_be_corrected_says_so_and_changes_nothing(kit: Any, house: Any) -> None:
    theirs = kit.Mail(id="<theirs@x>")
    ours = kit.Mail(sender=kit.US, to="wile@acme.example", references=("<theirs@x>",), id="<ours@x>")
    house.receive(theirs, ours)
    with pytest.raises(ClientInboxError, match="Only a client's own message"):
        correct(house, ours, 3)
    with pytest.raises(UsageError, match="0 to 3"):
        correct(house, theirs, 4)
    with pytest.raises(UsageError, match=r"no label 'anger'.*complaint"):
        toggle(house, theirs, "anger")
    with pytest.raises(UsageError, match="no message <nobody@x>"):
        correct(house, kit.Mail(id="<nobody@x>"), 1)
    assert house.page(theirs).messages[0].corrected == ()
    assert undo(house) is None


def test_an_archived_thread_is_gone_until_new_mail_or_undo_brings_it_back(kit: Any, house: Any) -> None:
    first = kit.Mail(id="<1@x>", subject="Tents")
    other = kit.Mail(id="<other@x>", subject="Hammocks", date=DAY + timedelta(hours=9))
    house.receive(first, other)

    def shown() -> list[str]:
        return sorted(row.subject for row in house.rows())

    assert archive(house, first) == "archived “Tents”"
    assert shown() == ["Hammocks"]
    assert house.page(first).archived
    assert undo(house) == "undone: archived “Tents”"
    assert shown() == ["Hammocks", "Tents"]
    archive(house, first)
    house.receive(kit.Mail(id="<2@x>", subject="Tents", references=("<1@x>",), date=DAY + timedelta(hours=1)))
    assert shown() == ["Hammocks", "Tents"]
    assert not house.page(first).archived


def test_an_undo_reaches_a_thread_that_was_merged_meanwhile(kit: Any, house: Any) -> None:
    older, newer = kit.Mail(id="<1@x>", subject="Tents"), kit.Mail(id="<2@x>", subject="Hammocks")
    house.receive(older, newer)
    archive(house, newer)
    tie = kit.Mail(id="<3@x>", references=("<1@x>", "<2@x>"), date=DAY - timedelta(days=1))
    house.receive(tie, folder="Archive")
    assert [row.messages for row in house.rows()] == [3], "the other message was never put away"
    archive(house, older)
    assert house.rows() == []
    assert undo(house) == "undone: archived “Hammocks”"
    assert undo(house) == "undone: archived “Hammocks”"
    (row,) = house.rows()
    assert {place.role for place in serverqueue.thread_places(house.connection, int(row.thread_id))} == {
        "inbox",
        "archive",
    }


def test_a_message_that_is_gone_from_the_inbox_leaves_the_list_and_flags_are_heard(kit: Any, house: Any) -> None:
    house.receive(kit.Mail(id="<1@x>"))
    (row,) = house.rows()
    assert row.unread
    folder = queries.folders(house.connection)[0].id
    house.intake.folders.settle(folder, (), {1: ("\\Seen",), 99: ()})
    house.understand()
    assert [row.unread for row in house.rows()] == [False]
    house.intake.folders.settle(folder, (1,), {})
    house.understand()
    assert house.rows() == []


# ---- the order


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_pages_of_the_inbox_are_cuts_of_one_list(
    kit: Any, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Urgent ones by score, quiet ones by date, whatever is asked for across the border."""
    kinds = data.draw(st.lists(st.sampled_from(["LEVEL 0?", "LEVEL 2", "LEVEL 3", "Thanks!"]), max_size=12))
    house = kit.build(tmp_path_factory.mktemp("pages") / "mail.db")
    with closing(house.connection):
        house.register()
        mails = [
            kit.Mail(text=kind, subject=f"Subject number {position}", date=DAY + timedelta(minutes=position))
            for position, kind in enumerate(kinds)
        ]
        house.receive(*mails)
        inbox = house.inbox()
        plain = [house.page(mail).row for mail in mails]
        urgent = sorted(
            (row for row in plain if row.needs_you), key=lambda row: (-row.score, -(row.waiting_bh or 0), row.last_at)
        )
        quiet = sorted((row for row in plain if not row.needs_you), key=lambda row: row.last_at, reverse=True)
        assert len(quiet) == kinds.count("Thanks!")
        expected = urgent + quiet
        assert len(inbox) == len(expected)
        start = data.draw(st.integers(0, len(expected) + 2))
        stop = data.draw(st.integers(start, len(expected) + 4))
        assert list(inbox.rows(start, stop)) == expected[start:stop]
        assert [inbox.position(row.thread_id) for row in urgent] == list(range(len(urgent)))
        assert [inbox.position(row.thread_id) for row in quiet] == [None] * len(quiet)


def test_waiting_alone_makes_a_tense_thread_one_to_ring_about(kit: Any, house: Any) -> None:
    mail = kit.Mail(text="Where is it? LEVEL 2", date=DAY)
    house.now = DAY + timedelta(hours=1)
    house.receive(mail)
    assert [(row.tension, row.escalate) for row in house.rows()] == [(2, False)]
    for hours, escalate in ((3.9, False), (4.1, True), (30, True)):
        house.now = DAY + timedelta(hours=hours)
        (row,) = house.rows()
        assert row.escalate is escalate
        assert house.page(mail).row == row
    assert [reason.code for reason in house.page(mail).reasons] == ["unanswered"]
    house.receive(
        kit.Mail(sender=kit.US, to=mail.sender, references=(mail.message_id,), date=DAY + timedelta(hours=29))
    )
    assert [(row.escalate, row.needs_you) for row in house.rows()] == [(False, False)]


def test_a_promise_counts_from_the_day_after_it_was_due_without_anything_being_derived_again(
    kit: Any, house: Any
) -> None:
    promise = {
        "id": "P-1",
        "side": "us",
        "client": "acme",
        "project": "AC-1",
        "text": "fuel on Monday",
        "due": date(2026, 3, 2),
        "state": "open",
    }
    house.register(promises=[promise])
    house.receive(kit.Mail())

    def counted() -> list[float]:
        scores = [dict(row.score_parts)["promise_overdue"] for row in (*house.rows(), house.page(kit.Mail()).row)]
        assert len(set(scores)) == 1
        return scores[:1]

    assert counted() == [0.0]
    house.now += timedelta(days=1)
    assert counted() == [10.0]


def test_a_thread_in_which_somebody_else_answered_a_colleague_still_waits(kit: Any, house: Any) -> None:
    house.receive(
        kit.Mail(id="<1@x>"),
        kit.Mail(
            id="<2@x>", sender=kit.US, to="jo@lantern.example", references=("<1@x>",), date=DAY + timedelta(hours=1)
        ),
    )
    (row,) = house.rows()
    assert (row.needs_you, row.waiting_since) == (True, DAY)
    assert row.contact.role == "decider"


def test_evidence_is_exact_words_of_the_body_even_behind_a_quote(kit: Any, house: Any) -> None:
    text = "> We said Tuesday.\r\n> And meant it.\r\n\r\nNo, you did not. LEVEL 3\r\n"
    house.receive(kit.Mail(text=text))
    (row,) = house.rows()
    (view,) = house.page(kit.Mail(text=text)).messages
    assert view.body is not None
    assert view.evidence
    assert [view.body[e.start : e.end] for e in view.evidence] == [e.text for e in view.evidence] == ["LEVEL 3"]
    assert row.escalate


def test_a_thread_whose_mail_is_not_yet_judged_is_a_quiet_row(kit: Any, house: Any) -> None:
    house.receive(kit.Mail(text="LEVEL 3?"), understand=False)
    with transaction(house.connection):
        house.connection.execute("UPDATE messages SET body = NULL, own_text = NULL")
        house.connection.execute("DELETE FROM to_judge")
    house.understand()
    (row,) = house.rows()
    assert (row.tension, row.labels, row.escalate) == (None, (), False)
    assert not house.page(kit.Mail(text="LEVEL 3?")).messages[0].understood


def test_our_own_mail_follows_the_registry(kit: Any, house: Any) -> None:
    house.receive(kit.Mail(sender="jo@lantern.example", id="<jo@x>"))
    assert [m.ours for m in queries.all_messages(house.connection)] == [True]
    house.register(us={"people": [{"name": "Ana", "email": kit.US, "me": True}]})
    house.understand()
    assert [(m.ours, m.verdict is not None) for m in queries.all_messages(house.connection)] == [(False, True)]
