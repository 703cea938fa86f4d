"""No mail, however broken, stops a reader or reaches a person as more than harmless text with a word about it.

Some of the damaged mails; `bench/malformed.py` reads thousands, stores them, and prints what each kind costs.
"""

import pytest
from malformed_mails import MONSTERS, Malformed, malformed_mails

from clientinbox.edge.mime.body import read_body
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.edge.mime.sanitise import sanitise, sanitise_line
from clientinbox.mail.zones import zones_of

DAMAGED = 240
MAILS = list(malformed_mails(len(MONSTERS) + DAMAGED))
LONGEST = 1_000_000


def check(mail: Malformed) -> None:
    envelope = read_envelope(mail.raw)
    assert sanitise_line(envelope.subject) == envelope.subject
    assert envelope.message_id.startswith("<")
    body = read_body(mail.raw)
    assert read_body(mail.raw, bulk=True) == body
    assert sanitise(body.text) == body.text
    assert len(body.text) <= LONGEST
    assert all(defect.endswith(".") for defect in body.defects)
    assert "".join(body.text[zone.start : zone.end] for zone in zones_of(body.text, body.quoted_from)) == body.text


@pytest.mark.parametrize("mail", MAILS[: len(MONSTERS)], ids=lambda mail: mail.name)
def test_a_monster_is_read_and_alike_by_both_readers(mail: Malformed) -> None:
    check(mail)


@pytest.mark.parametrize("tenth", range(10))
def test_a_damaged_mail_is_read_and_alike_by_both_readers(tenth: int) -> None:
    for mail in MAILS[len(MONSTERS) + tenth :: 10]:
        check(mail)


def test_the_same_seed_gives_the_same_mails() -> None:
    count = len(MONSTERS) + 20
    assert [mail.raw for mail in malformed_mails(count)] == [mail.raw for mail in MAILS[:count]]
