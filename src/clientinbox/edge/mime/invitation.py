"""The meeting in a text/calendar part. Imported for messages that have one: `icalendar` takes 70 ms to load.

icalendar reads values, and only the few that are shown: zones are taken by their names, since a rule in a VTIMEZONE of
somebody's making ("every second since 1601") would be computed for ever.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Event
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from clientinbox.edge.mime.sanitise import sanitise, sanitise_line
from clientinbox.mail.invitation import Invitation, Participant
from clientinbox.mail.recurrence import recurrence_words

UNREADABLE = "The invitation could not be read; the attachment holds it as it came."

_READ = frozenset(
    {
        "BEGIN",
        "END",
        "UID",
        "SEQUENCE",
        "SUMMARY",
        "DTSTART",
        "DTEND",
        "DURATION",
        "LOCATION",
        "ORGANIZER",
        "ATTENDEE",
        "RRULE",
        "RDATE",
        "RECURRENCE-ID",
        "STATUS",
    }
)
"""Properties that are read; the first two open and close components."""
_MOST_ATTENDEES = 200
_LONGEST = 500
"""Characters of a field that are kept."""
_YEARS = range(1900, 2200)
"""Any zone's clock can be asked about these."""
_LARGEST_SEQUENCE = 1_000_000
_NAME = re.compile(r"[A-Z0-9-]+", re.IGNORECASE)
_TZID = re.compile(r';TZID=("[^"]*"|[^;:]*)', re.IGNORECASE)
_WINDOWS = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
_UTC_NAMES = frozenset({"utc", "z", "gmt", "etc/utc", "tzone://microsoft/utc"})


class _Broken(ValueError):
    """Not what RFC 5545 calls an event."""


def read_invitation(text: str) -> tuple[Invitation | None, str]:
    """Return the first event, or what is wrong in words; neither for a calendar without events. Never raises."""
    try:
        method, events = _events(sanitise(text))
        if not events:
            return None, ""
        # of a series the event itself comes before its exceptions, if it is there at all
        chosen = next(
            (lines for lines in events if not any(_name(line) == "RECURRENCE-ID" for line in lines)), events[0]
        )
        return _invitation(method, chosen, len(events) - 1), ""
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        # icalendar's own errors are ValueErrors; the rest is what hostile values have brought forth in such readers
        return None, UNREADABLE


def _events(text: str) -> tuple[str, list[list[str]]]:
    """METHOD, and the lines of each event that are read."""
    method = ""
    open_: list[str] = []
    events: list[list[str]] = []
    for line in _unfolded(text):
        name = _name(line)
        value = line.partition(":")[2].strip().upper()
        if name == "BEGIN":
            open_.append(value)
            if open_ == ["VCALENDAR", "VEVENT"]:
                events.append([])
        if open_ == ["VCALENDAR"] and name == "METHOD":
            method = sanitise_line(value)[:_LONGEST]
        elif open_ == ["VCALENDAR", "VEVENT"] and name in _READ:
            events[-1].append(line)
        if name == "END" and (not open_ or open_.pop() != value):
            raise _Broken
    if open_ or "BEGIN:VCALENDAR" not in text.upper():
        raise _Broken
    return method, events


def _unfolded(text: str) -> Iterator[str]:
    """Logical lines (RFC 5545 3.1)."""
    pieces: list[str] = []
    for line in text.removeprefix("\ufeff").split("\n"):
        if line[:1] in {" ", "\t"} and pieces:
            pieces.append(line[1:])
            continue
        if pieces:
            yield "".join(pieces)
        pieces = [line] if line.strip() else []
    if pieces:
        yield "".join(pieces)


def _name(line: str) -> str:
    match = _NAME.match(line)
    return match[0].upper() if match else ""


def _invitation(method: str, lines: list[str], further: int) -> Invitation:
    rule = next((line.partition(":")[2] for line in lines if _name(line) == "RRULE"), "")
    again = any(_name(line) == "RDATE" for line in lines)
    labels: dict[str, str] = {}
    kept: list[str] = []
    for line in lines:
        name = _name(line)
        if name in {"RRULE", "RDATE"}:
            continue
        if name in {"DTSTART", "DTEND"} and (match := _TZID.search(line)):
            labels.setdefault(name, match[1].strip('"').strip()[:_LONGEST])
            line = _TZID.sub("", line)  # noqa: PLW2901 - icalendar would guess at it, with a warning
        kept.append(line)
    event = Event.from_ical("\r\n".join(kept))
    if not isinstance(event, Event) or "DTSTART" not in event:
        raise _Broken
    start, zone, unknown = _day_or_time(_only(event["DTSTART"]), labels.get("DTSTART", ""))
    end = _end(event, start, zone, labels.get("DTEND", ""))
    if not all(day.year in _YEARS for day in (start, end) if day is not None):
        raise _Broken
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    return Invitation(
        method=method,
        uid=_text(event, "UID"),
        sequence=_sequence(event),
        summary=_text(event, "SUMMARY"),
        start=start,
        end=end,
        zone=zone,
        unknown_zone=unknown,
        place=_text(event, "LOCATION"),
        organiser=_participant(_only(event["ORGANIZER"])) if "ORGANIZER" in event else None,
        attendees=tuple(
            _participant(
                each, sanitise_line(str(_only(each.params.get("PARTSTAT", "NEEDS-ACTION")))).lower()[:_LONGEST]
            )
            for each in attendees[:_MOST_ATTENDEES]
        ),
        recurrence=recurrence_words(rule) if rule else "on further dates" if again else "",
        cancelled=method == "CANCEL" or _text(event, "STATUS").upper() == "CANCELLED",
        further=further,
    )


def _only(value: Any) -> Any:
    """The first one where a property that may stand once stands twice."""
    return value[0] if isinstance(value, list) else value


def _text(event: Event, name: str) -> str:
    return sanitise_line(str(_only(event.get(name, "")))).strip()[:_LONGEST]


def _sequence(event: Event) -> int:
    digits = _text(event, "SEQUENCE")
    return min(int(digits), _LARGEST_SEQUENCE) if digits.isascii() and digits.isdigit() else 0


def _participant(value: Any, answer: str = "") -> Participant:
    email = sanitise_line(str(value)).strip()
    if email[:7].lower() == "mailto:":
        email = email[7:]
    name = sanitise_line(str(_only(value.params.get("CN", "")))).strip().strip("\"'")
    return Participant(name[:_LONGEST], email[:_LONGEST].lower(), answer)


def _day_or_time(value: Any, label: str) -> tuple[datetime | date, str, str]:
    """Return it on its own clock, the clock's IANA name, and its name where nobody knows it."""
    found = value.dt
    if not isinstance(found, datetime):
        if not isinstance(found, date):
            raise _Broken
        return found, "", ""
    naive = found.replace(tzinfo=None, fold=0)
    if found.tzinfo is not None:
        return naive, "UTC", ""
    if not label:
        return naive, "", ""
    zone = _zone(label)
    return naive, zone, "" if zone else label


def _zone(label: str) -> str:
    """IANA name of a TZID: itself, a Windows name, or one behind a prefix (/mozilla.org/20050126_1/Europe/London)."""
    if label.casefold() in _UTC_NAMES:
        return "UTC"
    if (windows := _WINDOWS.get(label.casefold())) is not None:
        return windows
    parts = [part for part in label.split("/") if part]
    for tail in (parts, parts[-3:], parts[-2:]):
        name = "/".join(tail)
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return name
    return ""


def _end(event: Event, start: datetime | date, zone: str, label: str) -> datetime | date | None:
    """On the clock of the start; of whole days the last one: the calendar names the one after (RFC 5545 3.6.1)."""
    if "DTEND" in event:
        end, its_zone, _ = _day_or_time(_only(event["DTEND"]), label)
        if isinstance(end, datetime) and isinstance(start, datetime) and zone != its_zone:
            if not zone or not its_zone:
                return None
            end = end.replace(tzinfo=ZoneInfo(its_zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    elif "DURATION" in event:
        length = _only(event["DURATION"]).dt
        if not isinstance(length, timedelta):
            raise _Broken
        end = _after(start, length, zone)
    else:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    if isinstance(end, datetime) != isinstance(start, datetime):
        return None
    if not isinstance(end, datetime):
        end -= timedelta(days=1)
    return max(start, end)


def _after(start: datetime | date, length: timedelta, zone: str) -> datetime | date:
    """Measured as time passes where clocks are put forward or back meanwhile."""
    if not isinstance(start, datetime):
        return start + timedelta(days=length.days)
    if not zone:
        return start + length
    there = ZoneInfo(zone)
    return ((start.replace(tzinfo=there).astimezone(UTC)) + length).astimezone(there).replace(tzinfo=None)
