"""Broken mail walks in, is stored with its very bytes, and everything around it goes on."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from malformed_mails import MONSTERS, Malformed, malformed_mails

from clientinbox.edge.store import queries

DAMAGED = 100
BATCH = 50
LONGEST = 100_000
"""The larger monsters are the bench's."""


def batches(mails: Iterator[Malformed]) -> Iterator[list[Malformed]]:
    while batch := list(islice(mails, BATCH)):
        yield batch


def test_malformed_mail_is_stored_with_its_bytes_and_is_shown(kit: Any, house: Any) -> None:
    whole = kit.Mail(id="<whole@x>", text="Is it there? LEVEL 2")
    stored: dict[int, Malformed] = {}
    mails = (mail for mail in malformed_mails(len(MONSTERS) + DAMAGED) if len(mail.raw) <= LONGEST)
    for number, batch in enumerate(batches(mails)):
        uids = house.list_raw(*(mail.raw for mail in batch))
        stored.update(zip(uids, batch, strict=True))
        if number == 1:
            house.receive(whole, understand=False)
    house.understand()
    folder = queries.folders(house.connection)[0].id
    assert queries.stored_uids(house.connection, folder) >= set(stored)
    assert queries.bodies_missing(house.connection, folder) == ()
    by_id = {message.id: message for message in queries.all_messages(house.connection)}
    places = house.connection.execute("SELECT uid, message FROM places WHERE folder = ?", (folder,)).fetchall()
    kept = {row["uid"]: row["message"] for row in places}
    for uid, mail in stored.items():
        assert by_id[kept[uid]].body is not None, mail.name
    # two copies of one mail are one message, whose bytes are those of the copy that came first
    known = {mail.raw for mail in stored.values()}
    raws = {queries.raw_message(house.connection, message) for message in set(kept.values())} - {None}
    assert raws <= known | {whole.raw}
    assert len(raws) > DAMAGED // 2
    rows = house.rows()
    assert not any(char in row.subject + row.contact.name for row in rows for char in "\0\x1b\x07\u202e")
    assert house.page(whole).row.tension == 2
