"""Senders who may not be who they seem to be, and people who write through a list."""

from typing import Any

import pytest

DMARC_FAIL = "Authentication-Results: mx.lantern.example; dmarc=fail header.from=acme.example"


def test_a_failed_check_on_a_clients_domain_is_shown_before_anything_else(house: Any, kit: Any) -> None:
    house.register()
    mail = kit.Mail(
        text="Please use the new account number. LEVEL 3", extra=f"{DMARC_FAIL}\r\nReply-To: wile@acme.test"
    )
    house.receive(mail)
    page = house.page(mail)
    assert [warning.code for warning in page.messages[0].warnings] == ["authentication", "reply_to"]
    assert page.row.suspicious
    assert page.next_action is not None
    assert page.next_action.code == "verify"


@pytest.mark.parametrize(
    "extra", ["", "Authentication-Results: mx.evil.test; dmarc=fail", DMARC_FAIL.replace("fail", "pass")]
)
def test_a_client_is_not_doubted_on_a_strangers_word(house: Any, kit: Any, extra: str) -> None:
    house.register()
    mail = kit.Mail(extra=extra)
    house.receive(mail)
    assert house.page(mail).messages[0].warnings == ()
    assert not house.page(mail).row.suspicious


def test_a_client_registered_later_unmasks_who_looks_like_it(house: Any, kit: Any) -> None:
    mail = kit.Mail(sender="Acme Accounts <pay@acrne-invoices.example>", subject="Invoice overdue")
    house.register(clients=[], projects=[])
    house.receive(mail)
    assert not house.page(mail).row.suspicious
    client = {"key": "acrne", "name": "Acme", "domains": ["acme-invoices.example"], "contacts": []}
    house.register(clients=[client], projects=[])
    house.understand()
    assert house.rows()[0].suspicious


@pytest.mark.parametrize(
    ("extra", "automatic"),
    [
        ("List-Id: Projects <projects.lantern.example>\r\nPrecedence: list", ""),
        ("List-Id: <projects.lantern.example>\r\nAuto-Submitted: auto-replied", "Auto-Submitted"),
        ("List-Id: <announce.acme.example>", "List-Id"),
        ("List-Id: <projects.lantern.example.evil.test>", "List-Id"),
        (
            "List-Id: <projects.lantern.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "List-Unsubscribe",
        ),
        ("List-Id:", ""),
    ],
)
def test_people_write_through_our_own_lists(house: Any, kit: Any, extra: str, automatic: str) -> None:
    house.register()
    mail = kit.Mail(extra=extra)
    house.receive(mail)
    assert house.page(mail).messages[0].automatic == automatic
