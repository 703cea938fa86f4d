"""Invitations as the great programs write them, and as nobody should."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mime.body import read_body
from clientinbox.edge.mime.invitation import UNREADABLE, read_invitation
from clientinbox.mail.invitation import Invitation, Participant

OUTLOOK = """\
BEGIN:VCALENDAR
METHOD:REQUEST
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=SECONDLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
ORGANIZER;CN="Weber, Jonas":mailto:Jonas.Weber@kaltmann.example
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ana Ferrei
 ra:mailto:ana@lantern.example
DESCRIPTION;LANGUAGE=de-DE:Bitte\\n
RRULE:FREQ=WEEKLY;UNTIL=20261201T090000Z;INTERVAL=2;BYDAY=TU,TH;WKST=MO
UID:040000008200E00074C5B7101A82E008
SUMMARY;LANGUAGE=de-DE:Jour fixe\\; Stand der Dinge
DTSTART;TZID=W. Europe Standard Time:20261110T100000
DTEND;TZID=W. Europe Standard Time:20261110T104500
CLASS:PUBLIC
SEQUENCE:3
LOCATION;LANGUAGE=de-DE:Raum 2\\, Hamburg
X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE
BEGIN:VALARM
TRIGGER;RELATED=START:-PT15M
SUMMARY:not this one
END:VALARM
END:VEVENT
END:VCALENDAR
"""
GOOGLE = """\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REQUEST
BEGIN:VEVENT
DTSTART:20261126T100000Z
DTEND:20261126T110000Z
DTSTAMP:20261120T081500Z
ORGANIZER;CN=Priya Nair:mailto:priya@orchard.example
UID:6tq3e0@google.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE
 ;CN=Priya Nair;X-NUM-GUESTS=0:mailto:priya@orchard.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=TENTATIVE;RSVP=TRU
 E;CN=ana@lantern.example;X-NUM-GUESTS=0:mailto:ana@lantern.example
X-GOOGLE-CONFERENCE:https://meet.google.com/abc
LOCATION:
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Checkout @ 10
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
"""
APPLE = """\
BEGIN:VCALENDAR
METHOD:CANCEL
PRODID:-//Apple Inc.//macOS 14.5//EN
VERSION:2.0
BEGIN:VEVENT
UID:5D0B5F38
DTSTART;VALUE=DATE:20261201
DTEND;VALUE=DATE:20261203
SEQUENCE:2
STATUS:CANCELLED
SUMMARY:Off-site
ORGANIZER;CN=Colin Webb;EMAIL=colin@orchard.example:mailto:colin@orchard.example
END:VEVENT
END:VCALENDAR
"""


def reads(text: str) -> Invitation:
    found, wrong = read_invitation(text.replace("\n", "\r\n"))
    assert (found is not None, wrong) == (True, "")
    assert found is not None
    assert read_invitation(text) == (found, "")  # with Unix line ends too
    return found


def clock(text: str) -> datetime:
    return datetime.fromisoformat(text)


def event(*lines: str) -> str:
    return "\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", *lines, "END:VEVENT", "END:VCALENDAR", ""))


def test_outlook_with_windows_zone_and_a_rule_that_would_be_computed_for_ever() -> None:
    assert reads(OUTLOOK) == Invitation(
        method="REQUEST",
        uid="040000008200E00074C5B7101A82E008",
        sequence=3,
        summary="Jour fixe; Stand der Dinge",
        start=clock("2026-11-10T10:00"),
        end=clock("2026-11-10T10:45"),
        zone="Europe/Berlin",
        place="Raum 2, Hamburg",
        organiser=Participant("Weber, Jonas", "jonas.weber@kaltmann.example"),
        attendees=(Participant("Ana Ferreira", "ana@lantern.example", "needs-action"),),
        recurrence="every 2 weeks on Tuesday and Thursday, until 1 December 2026",
    )


def test_google_in_utc() -> None:
    found = reads(GOOGLE)
    assert found.moments() == (datetime(2026, 11, 26, 10, tzinfo=UTC), datetime(2026, 11, 26, 11, tzinfo=UTC))
    assert [(str(each), each.answer) for each in found.attendees] == [
        ("Priya Nair", "accepted"),
        ("ana@lantern.example", "tentative"),
    ]
    assert (found.place, found.recurrence, found.cancelled) == ("", "", False)


def test_apple_calls_two_whole_days_off() -> None:
    found = reads(APPLE)
    assert (found.all_day, found.start, found.end) == (True, date(2026, 12, 1), date(2026, 12, 2))
    assert (found.cancelled, found.sequence, found.attendees) == (True, 2, ())


@pytest.mark.parametrize(
    ("lines", "zone", "unknown", "end"),
    [
        (("DTSTART;TZID=/mozilla.org/20050126_1/Europe/Lisbon:20260701T090000", "DURATION:PT90M"), "Europe/Lisbon", "", "10:30"),
        (("DTSTART;TZID=America/Argentina/Buenos_Aires:20260701T090000",), "America/Argentina/Buenos_Aires", "", "09:00"),
        (("DTSTART;TZID=Customized Time Zone:20260701T090000", "DTEND:20260701T090000Z"), "", "Customized Time Zone", None),
        (("DTSTART;TZID=../../etc/passwd:20260701T090000",), "", "../../etc/passwd", "09:00"),
        (("DTSTART:20260701T090000", "DURATION:PT1H"), "", "", "10:00"),
        (("DTSTART;TZID=Pacific Standard Time:20260701T090000", "DTEND;TZID=Eastern Standard Time:20260701T130000"), "America/Los_Angeles", "", "10:00"),
        (("DTSTART;TZID=Europe/London:20261025T000000", "DURATION:PT3H"), "Europe/London", "", "02:00"),
    ],
)  # fmt: skip
def test_zones(lines: tuple[str, ...], zone: str, unknown: str, end: str | None) -> None:
    found = reads(event(*lines))
    assert (found.zone, found.unknown_zone) == (zone, unknown)
    assert (None if found.end is None else f"{found.end:%H:%M}") == end


def test_a_series_comes_before_its_exceptions() -> None:
    moved = "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20260708T090000Z\nDTSTART:20260709T090000Z\nEND:VEVENT\n"
    series = event("DTSTART:20260701T090000Z", "RRULE:FREQ=WEEKLY")
    found = reads(series.replace("BEGIN:VEVENT", moved + "BEGIN:VEVENT"))
    assert (found.start, found.recurrence, found.further) == (clock("2026-07-01T09:00"), "every week", 1)


def test_hostile_characters_end_here() -> None:
    found = reads(
        event("DTSTART:20260701T090000Z", "SUMMARY:\x1b[31mPay\u202e", 'ORGANIZER;CN="a\x07":mailto:a@b.example')
    )
    assert found.summary == "\ufffd[31mPay\ufffd"
    assert str(found.organiser) == "a\ufffd"


@pytest.mark.parametrize(
    "text",
    [
        "Dear all,",
        OUTLOOK[:900],
        event("SUMMARY:no day"),
        event("DTSTART:yesterday"),
        event("DTSTART:20269901T000000"),
        event("DTSTART;TZID=Asia/Tokyo:00010101T000000"),
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT\n",
    ],
)
def test_what_is_broken_is_said(text: str) -> None:
    assert read_invitation(text) == (None, UNREADABLE)


def test_a_calendar_without_events_is_not_broken() -> None:
    assert read_invitation("BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n") == (None, "")


@given(
    st.lists(
        st.one_of(
            st.sampled_from([line for text in (OUTLOOK, GOOGLE, APPLE) for line in text.splitlines()]),
            st.builds(
                "{}{}{}:{}".format,
                st.sampled_from(["DTSTART", "DTEND", "DURATION", "ATTENDEE", "RRULE", "SUMMARY", "SEQUENCE", "ORGANIZER"]),
                st.sampled_from(["", ";VALUE=DATE", ";TZID=", ";VALUE=PERIOD", ";CN=", ";", ";X", ';PARTSTAT="']),
                st.sampled_from(["", "Europe/Berlin", "x,y", '"']),
                st.one_of(st.text(max_size=20), st.from_regex(r"\d{8}(T\d{6}Z?)?", fullmatch=True), st.sampled_from(["P1D", "-P9999999W", "FREQ=MONTHLY;BYDAY=-1FR", "mailto:", "99991231", "00010101T000000"])),
            ),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_nothing_makes_it_raise(lines: list[str]) -> None:
    for text in ("\n".join(lines), event(*lines)):
        found, wrong = read_invitation(text)
        assert wrong in {"", UNREADABLE}
        for moment in (found.moments() or ()) if found is not None else ():
            assert moment is None or moment.astimezone(UTC)


def test_both_readers_find_the_invitation() -> None:
    for text, defects in ((GOOGLE, ()), (GOOGLE[:300], (UNREADABLE,))):
        raw = (
            "Subject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
            "Join us\r\n--b\r\nContent-Type: text/calendar; charset=UTF-8; method=REQUEST\r\n\r\n"
            + text.replace("\n", "\r\n")
            + "\r\n--b--\r\n"
        ).encode()
        body = read_body(raw)
        assert body == read_body(raw, bulk=True)
        assert (body.text, body.defects, body.invitation is None) == ("Join us", defects, bool(defects))
        assert [each.content_type for each in body.attachments] == ["text/calendar"]
