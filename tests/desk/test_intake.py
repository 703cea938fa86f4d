"""Mail walks in: in any order, twice, broken, or not at all because it is nobody's business."""

import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientinbox.desk.registries import replace_registry
from clientinbox.desk.scope import STRANGER
from clientinbox.edge.store import folders, queries
from clientinbox.mail.account import Scope

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WILE = "wile@acme.example"


def conversation(kit: Any, seed: int) -> list[Any]:
    """Four conversations with and without references, some under one subject, oldest first."""
    rng = random.Random(seed)  # noqa: S311
    mails = []
    for number in range(4):
        subject = ["Rocket fuel order", "Monthly invoice", "Monthly invoice", "Launch date"][number]
        start = DAY + timedelta(days=12 * number)
        chain: list[str] = []
        for position in range(rng.randint(1, 5)):
            ours = position % 2 == 1
            identifier = f"<{number}-{position}@x>"
            mails.append(
                kit.Mail(
                    text=f"Mail {position} of {number}?",
                    sender=kit.US if ours else WILE,
                    to=WILE if ours else kit.US,
                    subject=subject if position == 0 else f"Re: {subject}",
                    date=start + timedelta(hours=5 * position),
                    id=identifier,
                    references=tuple(chain) if rng.random() < 0.5 else (),
                )
            )
            chain.append(identifier)
    return sorted(mails, key=lambda mail: mail.date)


@pytest.mark.parametrize("seed", range(12))
def test_newest_first_gives_the_threads_of_oldest_first(kit: Any, tmp_path: Path, seed: int) -> None:
    """The first sync lists the newest mail first, all later ones what has just come."""
    found = []
    for name, order in (("old", 1), ("new", -1)):
        with closing((house := kit.build(tmp_path / f"{name}.db")).connection):
            house.receive(*conversation(kit, seed)[::order], understand=False)
            found.append(house.threads())
    assert found[0] == found[1]


def reply_chain(kit: Any) -> list[Any]:
    """An original and replies whose programs kept no references."""
    people = [(WILE, kit.US), (kit.US, WILE), (WILE, kit.US)]
    return [
        kit.Mail(
            text=f"{position}?",
            sender=sender,
            to=to,
            subject="Re: Rocket fuel order" if position else "Rocket fuel order",
            date=DAY + timedelta(days=position),
            id=f"<{position}@x>",
        )
        for position, (sender, to) in enumerate(people)
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_an_original_joins_replies_without_references_in_whatever_order_they_come(
    kit: Any, house: Any, order: tuple[int, ...]
) -> None:
    mails = reply_chain(kit)
    house.receive(*(mails[position] for position in order))
    assert house.threads() == {frozenset({"<0@x>", "<1@x>", "<2@x>"})}
    assert [m.message_id for m in house.page(mails[0]).messages] == ["<0@x>", "<1@x>", "<2@x>"]


@pytest.mark.parametrize(
    "earlier",
    [
        {"sender": "someone@else.example"},
        {"date": DAY - timedelta(days=60)},
        {"date": DAY + timedelta(days=5)},
        {"subject": "Rocket fuel prices"},
    ],
    ids=["of other people", "too long ago", "written after it", "about something else"],
)
def test_a_reply_that_came_first_is_not_joined_by_a_mail(kit: Any, house: Any, earlier: dict[str, Any]) -> None:
    reply = kit.Mail(subject="Re: Rocket fuel order", date=DAY, id="<reply@x>")
    other = kit.Mail(**{"subject": "Rocket fuel order", "date": DAY - timedelta(days=1), "id": "<other@x>", **earlier})
    house.receive(reply, other, understand=False)
    assert house.threads() == {frozenset({"<reply@x>"}), frozenset({"<other@x>"})}


def test_a_thread_with_a_beginning_is_not_glued_to_an_older_one_of_the_same_name(kit: Any, house: Any) -> None:
    """An invoice a month: each has its answer, and only dates tell them apart."""
    march = [
        kit.Mail(subject="Monthly invoice", date=DAY, id="<march@x>"),
        kit.Mail(subject="Re: Monthly invoice", date=DAY + timedelta(days=1), id="<march-re@x>"),
    ]
    february = kit.Mail(subject="Monthly invoice", date=DAY - timedelta(days=28), id="<february@x>")
    house.receive(*reversed(march), february, understand=False)
    assert house.threads() == {frozenset({"<march@x>", "<march-re@x>"}), frozenset({"<february@x>"})}


def test_only_mail_with_clients_is_stored_and_a_registry_import_brings_the_rest_back(kit: Any, house: Any) -> None:
    stranger = kit.Mail(sender="Road <road@runner.example>", id="<stranger@x>")
    copied = kit.Mail(sender=kit.US, to="Jo <jo@lantern.example>\r\nCc: Wile <WILE@ACME.example>", id="<copied@x>")
    colleague = kit.Mail(
        sender="jo@lantern.example", id="<colleague@x>", references=("<copied@x>",), date=DAY + timedelta(hours=1)
    )
    uids = house.list_raw(stranger.raw, copied.raw, colleague.raw, scope=Scope.CLIENTS)
    folder = queries.folders(house.connection)[0].id
    assert queries.stored_uids(house.connection, folder) == set(uids[1:])
    assert folders.counts(house.connection, folder).skipped == ((STRANGER, 1),)
    runner = {"key": "runner", "name": "Runner", "contacts": [{"name": "Road", "email": "road@runner.example"}]}
    replace_registry(
        house.connection, {**kit.REGISTRY, "clients": [*kit.REGISTRY["clients"], runner]}, house.now, [kit.US]
    )
    house.intake.reload_registry()
    assert queries.skipped_uids(house.connection, folder) == frozenset()
    house.list_raw(stranger.raw, scope=Scope.CLIENTS, uids=uids[:1])
    assert queries.stored_uids(house.connection, folder) == set(uids)
    house.understand()
    assert house.page(stranger).row.client == "runner"


def test_two_messages_under_one_message_id_are_both_kept_and_listing_them_again_doubles_neither(
    kit: Any, house: Any
) -> None:
    one = kit.Mail(id="<same@x>", text="the first?")
    other = kit.Mail(id="<same@x>", subject="Quite another", text="the second?")
    uids = house.list_raw(one.raw, other.raw)
    house.list_raw(other.raw, one.raw, folder="Archive")
    house.list_raw(one.raw, other.raw, uids=uids)
    stored = list(queries.all_messages(house.connection))
    assert {m.own_text for m in stored} == {"the first?", "the second?"}
    assert len({m.thread for m in stored}) == 2
    assert [len(queries.places_of(house.connection, m.id)) for m in stored] == [2, 2]


def test_a_message_without_message_id_that_is_listed_again_is_not_doubled(kit: Any, house: Any) -> None:
    mail = kit.Mail(id=None)
    received = b"Received: from somewhere\r\n" + mail.raw
    house.list_raw(mail.raw)
    house.list_raw(received, folder="Archive")
    (stored,) = queries.all_messages(house.connection)
    assert stored.message_id.endswith("@missing.clientinbox.invalid>")
    assert queries.places_of(house.connection, stored.id) == (("lantern", "INBOX"), ("lantern", "Archive"))


BROKEN = {
    "nothing but a blank line": b"\r\n\r\n",
    "NULs and escapes": b"Subject: \x1b]0;x\x07\x00\r\nFrom: a\x00b <a@b.example>\r\n\r\n\x00\x1b[31mred\x00",
    "a charset nobody knows": b"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH \xff\xfe",
    "lone surrogates": b"Subject: =?utf-8?q?=ED=A0=80?=\r\nFrom: x\r\n\r\n\xed\xa0\x80",
    "a boundary that never comes": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble',
    "base64 that is none": b"Content-Transfer-Encoding: base64\r\n\r\n!!!!====A",
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
def test_broken_bytes_are_stored_and_shown(house: Any, raw: bytes) -> None:
    house.list_raw(raw)
    house.understand()
    (row,) = house.rows()
    (stored,) = queries.all_messages(house.connection)
    assert stored.body is not None
    assert not any(char in stored.subject + stored.body + row.subject for char in "\0\x1b\x07")


def test_what_was_broken_is_said(house: Any) -> None:
    house.list_raw(BROKEN["a charset nobody knows"])
    (stored,) = queries.all_messages(house.connection)
    assert any("klingon" in defect for defect in stored.defects)


@settings(max_examples=40, deadline=None)
@given(noise=st.lists(st.binary(max_size=400), max_size=5))
def test_no_bytes_whatever_stop_the_batch_they_came_in(
    kit: Any, tmp_path_factory: pytest.TempPathFactory, noise: list[bytes]
) -> None:
    house = kit.build(tmp_path_factory.mktemp("noise") / "mail.db")
    with closing(house.connection):
        good = kit.Mail(id="<good@x>")
        uids = house.list_raw(*(piece + b"\r\n\r\n" for piece in noise), good.raw)
        folder = queries.folders(house.connection)[0].id
        assert queries.stored_uids(house.connection, folder) == set(uids)
        assert queries.bodies_missing(house.connection, folder) == ()
        house.understand()
        assert house.page(good).row.needs_you


def test_a_batch_that_is_too_large_is_a_mistake_of_the_caller(kit: Any, house: Any) -> None:
    with pytest.raises(ValueError, match="200 are allowed"):
        house.list_raw(*[kit.Mail().raw] * 201)


def test_a_date_in_the_future_does_not_outrank_the_clock_where_the_server_says_none(kit: Any, house: Any) -> None:
    house.list_raw(kit.Mail(date=house.now + timedelta(days=400), id="<future@x>").raw)
    house.list_raw(kit.Mail(date=DAY, id="<now@x>").raw, dates=(house.now + timedelta(minutes=1),))
    assert [m.message_id for m in queries.all_messages(house.connection)] == ["<future@x>", "<now@x>"]


def test_a_mail_that_the_classifier_chokes_on_is_set_aside_and_its_neighbours_are_judged(
    kit: Any, house: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Choking(kit.Reader):  # type: ignore[misc]
        calls = 0

        def classify(self, messages: Any) -> Any:
            Choking.calls += 1
            if any("poison" in message.text for message in messages):
                raise IndexError("tokens")
            return super().classify(messages)

    house.understanding._classifier = Choking()
    mails = [kit.Mail(text=f"{word} LEVEL 3?", subject=word) for word in ("apple", "poison", "pear")]
    house.receive(*mails, understand=False)
    house.understand()
    assert {row.subject: row.tension for row in house.rows()} == {"apple": 3, "poison": None, "pear": 3}
    assert Choking.calls == 4
    assert "poison" not in caplog.text


def test_a_desk_with_nothing_to_do_asks_the_database_no_more(kit: Any, house: Any) -> None:
    house.receive(kit.Mail())
    asked: list[str] = []
    house.connection.set_trace_callback(asked.append)
    assert house.understanding.step(house.now) is None
    assert asked == ["PRAGMA data_version"]
    house.connection.set_trace_callback(None)
    house.receive(kit.Mail(id="<2@x>", text="LEVEL 2?", subject="News"))
    assert len(house.rows()) == 2
