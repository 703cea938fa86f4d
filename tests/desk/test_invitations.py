"""A mailed invitation, from its octets to what the doors show."""

from typing import Any

import pytest

ICS = """\
BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
UID:m1
SEQUENCE:1
SUMMARY:Contract [/] \x1b[31m
DTSTART;TZID=W. Europe Standard Time:20260305T100000
DTEND;TZID=W. Europe Standard Time:20260305T113000
LOCATION:Room 2
ORGANIZER;CN=Wile:mailto:wile@acme.example
ATTENDEE;CN=Ana;PARTSTAT=NEEDS-ACTION:mailto:ana@lantern.example
ATTENDEE;CN=Wile;PARTSTAT=ACCEPTED:mailto:wile@acme.example
END:VEVENT
END:VCALENDAR
"""
PROMISES = [
    {"side": "us", "text": "Plans by Thursday", "due": "2026-03-05", "project": "AC-1"},
    {"side": "us", "text": "Another day", "due": "2026-03-06"},
    {"side": "us", "text": "Sent long ago", "due": "2026-03-05", "state": "kept"},
    {"side": "them", "text": "Their texts", "due": "2026-03-05"},
]


def mailed(kit: Any, ics: str) -> Any:
    text = "--b\r\n\r\nSee you then.\r\n--b\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n{}\r\n--b--\r\n"
    return kit.Mail(
        text=text.format(ics.replace("\n", "\r\n")),
        extra="MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b",
    )


def shown(house: Any, mail: Any) -> Any:
    house.receive(mail)
    (message,) = house.page(mail).messages
    return message


def test_an_invitation_stands_on_our_clock_beside_what_we_promised_for_then(house: Any, kit: Any) -> None:
    house.register(promises=PROMISES)
    view = shown(house, mailed(kit, ICS)).invitation
    assert view.lines == (
        "Changed invitation: Contract [/] \ufffd[31m",
        "Thu 5 Mar 2026 09:00–10:30 (theirs: 10:00–11:30, Europe/Berlin)",
        "at Room 2, asked by Wile",
        "no answer yet: Ana; coming: Wile",
    )
    assert view.clashes == ("Clash: we promised “Plans by Thursday” (AC-1) for Thu 5 Mar 2026",)


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        ("DTSTART:20260305T100000Z", "Thu 5 Mar 2026 10:00 (theirs: 05:00, America/New_York)"),
        ("DTSTART:20260305T020000Z", "Thu 5 Mar 2026 02:00 (theirs: Wed 4 Mar 2026 21:00, America/New_York)"),
        ("DTSTART;VALUE=DATE:20260304\nDTEND;VALUE=DATE:20260306", "Wed 4 Mar 2026 – Thu 5 Mar 2026, all day"),
        ("DTSTART:20260305T100000", "Thu 5 Mar 2026 10:00, in no zone: ask whose clock is meant"),
        ("DTSTART;TZID=Mars:20260305T100000", "Thu 5 Mar 2026 10:00 in a zone that is not known here, “Mars”"),
    ],
)
def test_the_registry_says_whose_clock_where_the_calendar_does_not(house: Any, kit: Any, lines: str, when: str) -> None:
    client = {
        "key": "acme",
        "name": "Acme",
        "domains": ["acme.example"],
        "timezone": "America/New_York",
        "contacts": [],
    }
    house.register(clients=[client], projects=[], promises=[{**PROMISES[0], "project": None, "client": "acme"}])
    ics = "\n".join([*ICS.splitlines()[:6], lines, *ICS.splitlines()[9:], ""])
    view = shown(house, mailed(kit, ics)).invitation
    assert view.lines[1] == when
    assert len(view.clashes) == 1


def test_what_is_called_off_is_in_nobodys_way_and_what_is_broken_is_said(house: Any, kit: Any) -> None:
    house.register(promises=PROMISES)
    view = shown(house, mailed(kit, ICS.replace("REQUEST", "CANCEL"))).invitation
    assert (view.lines[0], view.clashes) == ("Called off: Contract [/] \ufffd[31m", ())
    message = shown(house, mailed(kit, ICS[:200]))
    assert message.invitation is None
    assert message.defects == ("The invitation could not be read; the attachment holds it as it came.",)
