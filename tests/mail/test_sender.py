"""Who a sender seems to be, and what gives a false one away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.mail.message import Address
from clientinbox.mail.sender import (
    Authentication,
    KnownSenders,
    Sender,
    authentication,
    plain_name,
    trusted_hosts,
    warnings,
)

KNOWN = KnownSenders(
    domains={"orchardfoods.example": "Orchard Foods", "northgatemuseums.example": "Northgate", "acme.co.uk": "Acme"},
    emails={"sam@gmail.example": "Bright & Co"},
    our_domains=frozenset({"lantern.example"}),
    people={
        "helen marsh": frozenset({"helen.marsh@northgatemuseums.example"}),
        "sam": frozenset({"sam@gmail.example"}),
    },
    trusted_hosts=frozenset({"lantern.example"}),
)


def codes(email: str, name: str = "", reply_to: str = "", results: tuple[str, ...] = ()) -> list[str]:
    reply = (Address("", reply_to),) if reply_to else ()
    return [found.code for found in warnings(Sender(Address(name, email), reply, results), KNOWN)]


@pytest.mark.parametrize(
    "domain",
    [
        "orchardfo0ds.example",  # a nought
        "orchardfoods-example.com",
        "orchardfoods.co",  # another ending
        "orchardfood.example",  # one letter less
        "orchadrfoods.example",  # two swapped
        "orchardfoods.example.pay.test",
        "orchardfoods-billing.test",
        "orchardfo\N{CYRILLIC SMALL LETTER O}ds.example".encode("idna").decode(),
        "northgaternuseums.example",  # rn for m
        "lantem.example",  # our own
    ],
)
def test_a_domain_that_reads_like_one_we_know_is_named(domain: str) -> None:
    assert codes(f"accounts@{domain}")[:1] == ["look_alike"]


@pytest.mark.parametrize(
    "domain",
    ["orchardfoods.example", "mail.orchardfoods.example", "lantern.example", "acne.example", "gardenfoods.example"],
)
def test_clients_and_strangers_do_not_look_alike(domain: str) -> None:
    assert codes(f"priya@{domain}") == []


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (("mx.lantern.example; dmarc=fail header.from=orchardfoods.example",), Authentication.FAIL),
        (("mx.lantern.example; dmarc=pass (p=reject) header.from=orchardfoods.example",), Authentication.PASS),
        (("evil.test; dmarc=pass", "mx.lantern.example; dmarc=fail"), Authentication.FAIL),
        (("mx.lantern.example; dmarc=fail", "mx.lantern.example; dmarc=pass"), Authentication.FAIL),
        (("mx.lantern.example.evil.test; dmarc=pass",), Authentication.UNKNOWN),
        (("mx.lantern.example 1; spf=fail smtp.mailfrom=x.test; dkim=none",), Authentication.FAIL),
        (("mx.lantern.example; spf=fail; dkim=pass header.d=orchardfoods.example",), Authentication.PASS),
        (
            ("mx.lantern.example; dkim=fail header.d=a.test; dkim=pass header.i=@orchardfoods.example",),
            Authentication.PASS,
        ),
        (("mx.lantern.example; dkim=pass header.d=bulk.test; spf=softfail",), Authentication.UNKNOWN),
        (("mx.lantern.example; none",), Authentication.UNKNOWN),
        (("",), Authentication.UNKNOWN),
        ((), Authentication.UNKNOWN),
    ],
)
def test_only_what_our_own_server_wrote_counts(results: tuple[str, ...], expected: Authentication) -> None:
    sender = Sender(Address("", "priya@orchardfoods.example"), (), results)
    assert authentication(sender, KNOWN.trusted_hosts) is expected


def test_failed_authentication_matters_for_whom_we_deal_with() -> None:
    failed = ("mx.lantern.example; dmarc=fail",)
    assert codes("priya@orchardfoods.example", results=failed) == ["authentication"]
    assert codes("news@kern.test", results=failed) == []
    assert codes("accounts@orchardfo0ds.example", reply_to="x@mail.test", results=failed) == [
        "look_alike",
        "authentication",
        "reply_to",
    ]


def test_answers_led_elsewhere() -> None:
    assert codes("priya@orchardfoods.example", reply_to="priya@orchardf.test") == ["reply_to"]
    assert codes("priya@orchardfoods.example", reply_to="team@mail.orchardfoods.example") == []
    assert codes("priya@orchardfoods.example", reply_to="projects@lantern.example") == []
    assert codes("sam@gmail.example", reply_to="other@gmail.example") == []
    assert codes("news@kern.test", reply_to="elsewhere@other.test") == []


def test_a_known_name_under_an_unknown_address() -> None:
    assert codes("hm1970@mail.test", name="Hélen  Marsh") == ["borrowed_name"]
    assert codes("helen.marsh@northgatemuseums.example", name="Helen Marsh") == []
    assert codes("sam@elsewhere.test", name="Sam") == []


def test_whose_results_are_believed() -> None:
    assert trusted_hosts("ana@lantern.example", "imap.gmail.com") == {"lantern.example", "gmail.com", "google.com"}
    assert trusted_hosts("ana@lantern.example", "imap.x.test", ["MX.Lantern.example"]) == {"mx.lantern.example"}
    assert trusted_hosts("ana@lantern.example", "localhost") == {"lantern.example"}


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_no_header_breaks_it(name: str, domain: str, results: list[str]) -> None:
    found = warnings(Sender(Address(name, f"x@{domain}"), (Address("", f"y@{domain}"),), tuple(results)), KNOWN)
    assert len(found) <= 4
    assert plain_name(plain_name(name)) == plain_name(name)
