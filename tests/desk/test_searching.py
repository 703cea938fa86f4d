"""Questions to a desk with mail: what answers them, in which order, and what never does."""

from datetime import timedelta
from typing import Any

import pytest

from clientinbox.desk.searching import search_threads
from clientinbox.mail.ports import FetchedMessage


@pytest.fixture
def asked(house: Any, kit: Any) -> Any:
    """Subjects that answer a query."""
    base = kit.Mail()
    house.receive(
        kit.Mail(subject="Login page", text="The login page is late. COMPLAINT LEVEL 2", id="<1@x>"),
        kit.Mail(
            subject="Re: Login page",
            text="Still late!\r\n\r\n> The login page is late.\r\n",
            id="<2@x>",
            references=("<1@x>",),
            date=base.date + timedelta(days=1),
        ),
        kit.Mail(
            sender="Gr\u00fcn <sam@else.example>", subject="Fuel prices", text="Cheaper than ever", id="<3@x>",
            date=base.date + timedelta(days=2), flags=("\\Seen", "\\Flagged"),
        ),
        kit.Mail(
            sender="robot@else.example", subject="Digest", text="late news", id="<4@x>",
            extra="Auto-Submitted: auto-generated", date=base.date - timedelta(days=20),
        ),
        kit.Mail(
            subject="Plans",
            id="<5@x>",
            extra='MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"',
            text="--b\r\n\r\nSee the plans\r\n--b\r\nContent-Type: application/pdf\r\n"
            'Content-Disposition: attachment; filename="p.pdf"\r\n\r\nx\r\n--b--\r\n',
            date=base.date - timedelta(days=3),
        ),
    )  # fmt: skip

    def ask(text: str, limit: int = 50) -> list[str]:
        return [hit.subject for hit in search_threads(house.connection, text, house.now, limit)]

    return ask


ANSWERS = {
    "late": ["Re: Login page", "Digest"],
    "late -is:automatic": ["Re: Login page"],
    "LATE": ["Re: Login page", "Digest"],
    "lat*": ["Re: Login page", "Digest"],
    "lat": [],
    '"page is late"': ["Re: Login page"],
    "subject:late": [],
    "subject:login late": ["Re: Login page"],
    "from:grun": ["Fuel prices"],
    "from:else.example": ["Fuel prices", "Digest"],
    "to:ana fuel": ["Fuel prices"],
    "body:cheaper or subject:plans": ["Fuel prices", "Plans"],
    "not late": ["Fuel prices", "Plans"],
    "late not news": ["Re: Login page"],
    "-(late or fuel)": ["Plans"],
    "has:attachment": ["Plans"],
    "is:read": ["Fuel prices"],
    "is:unread login": ["Re: Login page"],
    "is:flagged or is:automatic": ["Fuel prices", "Digest"],
    "date:2026-03-02": ["Login page"],
    "date:..2026-02": ["Plans", "Digest"],
    "date:last_month -has:attachment": ["Digest"],
    "client:ACME": ["Re: Login page", "Plans"],
    "client:acme tension:>=2": ["Login page"],
    "tension:<1": ["Fuel prices", "Re: Login page", "Plans"],
    "label:complaint": ["Login page"],
    "escalate:no late": ["Re: Login page", "Digest"],
    "thread:{label:complaint} still": ["Re: Login page"],
    "thread:1 is:unread": ["Re: Login page"],
    "thread:99": [],
    "project:ac-1": ["Re: Login page", "Plans"],
}  # fmt: skip


@pytest.mark.parametrize("text", ANSWERS)
def test_a_question_is_answered_by_threads_newest_first(asked: Any, text: str) -> None:
    assert asked(text) == ANSWERS[text]


def test_an_answer_ends_where_it_is_told_to(asked: Any) -> None:
    assert asked("is:unread", limit=2) == ["Re: Login page", "Plans"]


def test_what_a_person_set_counts_in_a_question(house: Any, kit: Any) -> None:
    mail = kit.Mail(text="Fine LEVEL 0")
    house.receive(mail)
    house.changes.set_tension(house.connection, house.knowledge, house.now, mail.message_id, 3)
    house.changes.toggle_label(house.connection, house.knowledge, house.now, mail.message_id, "complaint")
    (hit,) = search_threads(house.connection, "tension:3 label:complaint", house.now, 5)
    assert (hit.tension, hit.labels, hit.client) == (3, ("complaint",), "acme")
    assert search_threads(house.connection, "tension:0", house.now, 5) == ()


def test_a_message_that_is_read_again_is_found_by_its_new_words_alone(house: Any, kit: Any) -> None:
    mail = kit.Mail(text="The first reading")
    house.receive(mail)
    (hit,) = search_threads(house.connection, "first", house.now, 5)
    number = house.connection.execute("SELECT id FROM messages").fetchone()[0]
    changed = mail.raw.replace(b"first", b"second")
    house.intake.read_messages([(number, FetchedMessage(1, changed))])
    assert search_threads(house.connection, "second", house.now, 5) == (hit,)
    assert search_threads(house.connection, "first", house.now, 5) == ()
    house.connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
