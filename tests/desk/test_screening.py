"""Somebody unknown writes: asked about, accepted, ignored; what is kept of them, and for how long."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clientinbox.desk.screening import Screening
from clientinbox.edge.store import Connection, queries, screener
from clientinbox.errors import UsageError
from clientinbox.mail.account import Scope

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Front(Screening):
    def __init__(self, house: Any) -> None:
        self.house = house

    @property
    def _connection(self) -> Connection:
        connection: Connection = self.house.connection
        return connection

    @property
    def _emails(self) -> tuple[str, ...]:
        return ("ana@lantern.example",)

    def now(self) -> datetime:
        return NOW

    def _ask(self, command: dict[str, Any], _listener: Callable[..., None]) -> dict[str, Any]:
        assert command == {"do": "settle"}
        self.house.intake.reload_registry()
        self.house.understanding.registry_changed()
        return {}


@pytest.fixture
def front(house: Any) -> Front:
    return Front(house)


def asked(front: Front) -> list[tuple[str, str | None, int]]:
    return [(each.sender.email, each.client, each.count) for each in front.unknown_senders()]


def test_somebody_from_a_clients_domain_is_proposed_and_a_stranger_asked_about(
    kit: Any, house: Any, front: Front
) -> None:
    house.receive(
        kit.Mail(sender="Road <road@runner.example>", subject="Beep", text="SECRET WORDS", date=NOW),
        kit.Mail(sender="Road <road@runner.example>", subject="Beep beep", date=NOW - timedelta(days=1)),
        kit.Mail(sender="Coy <coyote@acme.example>", id="<coyote@x>", date=NOW - timedelta(days=2)),
        kit.Mail(sender="shop@shop.example", extra="List-Id: <offers.shop.example>", date=NOW),
        kit.Mail(sender="jo@lantern.example", subject="Lunch", date=NOW),
        kit.Mail(id="<known@x>", date=NOW),
        scope=Scope.CLIENTS,
    )
    assert asked(front) == [("coyote@acme.example", "acme", 1), ("road@runner.example", None, 2)]
    proposal, stranger = front.unknown_senders()
    assert (proposal.stored, stranger.stored, stranger.sender.name) == (True, False, "Road")
    assert stranger.subjects == ("Beep", "Beep beep")
    kept = " ".join(str(tuple(row)) for row in house.connection.execute("SELECT * FROM screened"))
    assert "SECRET" not in kept
    assert "@x" not in kept


def test_an_accepted_stranger_is_a_contact_and_what_was_left_out_comes_back_into_question(
    kit: Any, house: Any, front: Front
) -> None:
    mail = kit.Mail(sender="Road <road@runner.example>", id="<road@x>", date=NOW)
    (uid,) = house.list_raw(mail.raw, scope=Scope.CLIENTS, dates=[NOW])
    folder = queries.folders(house.connection)[0].id
    with pytest.raises(UsageError, match=r"Of which client.*--client"):
        front.accept_sender("road@runner.example")
    with pytest.raises(UsageError, match=r"no client 'nobody'.*There are: acme"):
        front.accept_sender("road@runner.example", "nobody")
    said = front.accept_sender("<Road@Runner.example>", "ACME")
    assert said == "Road is a contact of Acme now. The next sync fetches what was left out."
    house.intake.reload_registry()
    assert asked(front) == []
    assert queries.skipped_uids(house.connection, folder) == frozenset()
    house.list_raw(mail.raw, scope=Scope.CLIENTS, uids=[uid], dates=[NOW])
    house.understand()
    assert house.page(mail).row.client == "acme"
    with pytest.raises(UsageError, match="contact of Acme already"):
        front.accept_sender("road@runner.example", "acme")


def test_a_proposed_contact_is_accepted_without_naming_the_client(kit: Any, house: Any, front: Front) -> None:
    house.receive(kit.Mail(sender="Coy <coyote@acme.example>", date=NOW), scope=Scope.CLIENTS)
    assert front.accept_sender("coyote@acme.example") == "Coy is a contact of Acme now."
    assert asked(front) == []


def test_an_ignored_sender_is_forgotten_and_not_kept_again(kit: Any, house: Any, front: Front) -> None:
    house.receive(kit.Mail(sender="road@runner.example", date=NOW), scope=Scope.CLIENTS)
    assert front.ignore_sender("road@runner.example") == "road@runner.example is not asked about again."
    house.receive(kit.Mail(sender="road@runner.example", subject="Again", date=NOW), scope=Scope.CLIENTS)
    assert asked(front) == []
    assert house.connection.execute("SELECT count(*) FROM screened").fetchone()[0] == 0
    with pytest.raises(UsageError, match="no e-mail address"):
        front.ignore_sender("nobody")


def test_after_thirty_days_nothing_is_kept(kit: Any, house: Any, front: Front) -> None:
    house.receive(
        kit.Mail(sender="old@runner.example", date=NOW - timedelta(days=31)),
        kit.Mail(sender="new@runner.example", date=NOW - timedelta(days=29)),
        scope=Scope.CLIENTS,
    )
    assert asked(front) == [("new@runner.example", None, 1)]
    assert screener.purge(house.connection, NOW + timedelta(days=2)) == 1
    assert house.connection.execute("SELECT count(*) FROM screened").fetchone()[0] == 0
