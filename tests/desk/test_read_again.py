"""A new version of the reader or the zoner reads what is stored again, a little at a time, and loses nothing."""

from typing import Any

from clientinbox.desk.intake import Intake
from clientinbox.edge.store import queries

CURRENT = "SELECT count(*) FROM messages WHERE read_version = 'another' OR body = 'garbled'"


def as_another_version_read_it(house: Any) -> None:
    house.connection.execute("UPDATE messages SET read_version = 'another'")
    house.connection.execute(
        "UPDATE messages SET body = 'garbled', own_text = 'garbled', zones = '[]' WHERE id % 2 = 0"
    )


def mails(kit: Any, count: int) -> list[Any]:
    return [kit.Mail(id=f"<{n}@x>", subject=f"Matter {n}", text=f"Is {n} there? LEVEL {n % 4}") for n in range(count)]


def test_what_another_version_has_read_is_read_and_judged_again(kit: Any, house: Any) -> None:
    received = mails(kit, 21)
    house.receive(*received)
    before = {m.message_id: (m.body, m.zones) for m in queries.all_messages(house.connection)}
    judged = {row.subject: row.tension for row in house.rows()}
    as_another_version_read_it(house)
    house.connection.execute("UPDATE verdicts SET tension = 0")
    intake = Intake(house.connection, [kit.US])
    steps = 0
    while intake.read_again():
        steps += 1
        house.understand()
    assert steps > len(received) // 8
    assert house.connection.execute(CURRENT).fetchone()[0] == 0
    assert {m.message_id: (m.body, m.zones) for m in queries.all_messages(house.connection)} == before
    assert {row.subject: row.tension for row in house.rows()} == judged
    assert not intake.read_again()


def test_a_kill_between_two_steps_costs_at_most_one(kit: Any, house: Any) -> None:
    house.receive(*mails(kit, 21))
    as_another_version_read_it(house)
    assert Intake(house.connection, [kit.US]).read_again()
    other = Intake(house.connection, [kit.US])
    while other.read_again():
        pass
    assert house.connection.execute(CURRENT).fetchone()[0] == 0


def test_a_store_that_is_current_is_looked_through_once(kit: Any, house: Any) -> None:
    house.receive(*mails(kit, 3))
    while house.intake.read_again():
        pass
    again = Intake(house.connection, [kit.US])
    asked: list[str] = []
    house.connection.set_trace_callback(asked.append)
    assert not again.read_again()
    house.connection.set_trace_callback(None)
    assert not any("UPDATE" in sql or "INSERT" in sql for sql in asked)
