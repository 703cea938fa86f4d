"""Who a reply goes to, under which subject, and what it quotes."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.drafting.reply import Caution, attribution, quoted, reply_subject, reply_to
from clientinbox.mail.message import Address, Envelope
from clientinbox.mail.zone import ZoneKind
from clientinbox.mail.zones import own_words, zones_of

ME = Address("Lee Ray", "lee@us.example")
ALIAS = Address("", "Info@Us.example")
KIM = Address("Kim Ode", "kim@client.example")
BOSS = Address("Bo Ely", "bo@client.example")
OWN = ("lee@us.example", "info@us.example")


def mail(sender: Address = KIM, **fields: tuple[Address, ...]) -> Envelope:
    return replace(Envelope("<1@x>", "Hello", sender), **fields)  # type: ignore[arg-type]


def test_a_reply_goes_to_the_sender_and_a_reply_to_all_to_the_rest_but_us() -> None:
    letter = mail(to=(ME, BOSS), cc=(ALIAS, Address("", "KIM@client.example"), Address("Jo", "jo@us.example")))
    assert reply_to(letter, OWN).to == (KIM,)
    assert reply_to(letter, OWN).cc == ()
    assert reply_to(letter, OWN, everybody=True).cc == (BOSS, Address("Jo", "jo@us.example"))


def test_a_reply_to_our_own_mail_goes_to_those_it_went_to() -> None:
    sent = mail(ME, to=(KIM, ALIAS), cc=(BOSS,), reply_to=(ME,))
    answer = reply_to(sent, OWN, everybody=True)
    assert (answer.to, answer.cc, answer.cautions) == ((KIM,), (BOSS,), ())
    assert reply_to(mail(ME, cc=(BOSS,)), OWN).to == (BOSS,)
    assert reply_to(mail(ME, to=(ME,)), OWN).to == (ME,)


def test_reply_to_is_honoured_and_another_domain_is_said() -> None:
    same = reply_to(mail(reply_to=(Address("Desk", "desk@client.example"),)), OWN)
    assert (same.to[0].email, same.cautions) == ("desk@client.example", ())
    elsewhere = reply_to(mail(reply_to=(Address("Kim Ode", "kim@c1ient.example"),)), OWN)
    assert elsewhere.to[0].email == "kim@c1ient.example"
    assert elsewhere.cautions == (Caution.REPLY_TO_ELSEWHERE,)
    assert reply_to(mail(reply_to=(ALIAS,)), OWN).to == (KIM,)


def test_nobody_stands_there_twice_and_nothing_unusable_at_all() -> None:
    letter = mail(
        to=(Address("", "BO@client.example"), BOSS, Address("x", "no address"), Address("", "a@b\r\nBcc: c@d"))
    )
    assert reply_to(letter, OWN, everybody=True).cc == (Address("Bo Ely", "bo@client.example"),)
    broken = Address("Eve\r\nBcc: eve@x.example", "eve@client.example")
    assert reply_to(mail(broken), OWN).to[0].name == "Eve Bcc: eve@x.example"
    assert reply_to(mail(Address("", "")), OWN).cautions == (Caution.NO_RECIPIENT,)
    assert reply_to(mail(Address("", "no-reply@client.example")), OWN).cautions == (Caution.NOBODY_READS,)


@pytest.mark.parametrize(
    ("subject", "reply"),
    [
        ("How is it?", "Re: How is it?"),
        ("RE: Re[2]: AW: How is it?", "Re: How is it?"),
        ("Fwd: How is it?", "Re: Fwd: How is it?"),
        ("Report: Re: numbers", "Re: Report: Re: numbers"),
        ("a\r\nBcc: eve@x.example", "Re: a Bcc: eve@x.example"),
        ("", "Re:"),
    ],
)
def test_the_subject_has_one_re_and_one_line(subject: str, reply: str) -> None:
    assert reply_subject(subject) == reply


def test_a_quote_keeps_earlier_quotes_and_drops_the_signature() -> None:
    body = "Dear Lee,\n\nNo.\n\n> so?\n>> when?\n\nKim\n-- \nKim Ode\nHead of Something\n0191 498 0127\n"
    assert quoted(body, "Kim wrote:") == "Kim wrote:\n> Dear Lee,\n>\n> No.\n>\n>> so?\n>>> when?\n>\n> Kim\n"


@given(st.text(alphabet="ab >\n.-", max_size=60), st.sampled_from(["Kim Ode", "", "Ode, Kim\nJr"]))
def test_what_we_quote_is_recognised_as_a_quote_again(body: str, name: str) -> None:
    above = "That was our mistake.\n\n"
    line = attribution(
        Address(name, "kim@client.example"), datetime(2026, 11, 23, 14, 20, tzinfo=ZoneInfo("Europe/London"))
    )
    below = quoted(body, line)
    assert line.startswith("On Mon, 23 Nov 2026 at 14:20, ")
    assert all(row.startswith(">") for row in below.splitlines()[1:])
    zones = zones_of(above + below)
    assert own_words(above + below, zones).text == above.strip()
    assert zones[-1].kind is ZoneKind.QUOTE
