"""An invitation as it is shown: when on our clock and on theirs, who comes, and what we have promised for then."""

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.views import InvitationView
from clientinbox.mail.invitation import Invitation, Participant
from clientinbox.promises.ledger import due_between

_KINDS = {
    "REQUEST": "Invitation",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Another time is proposed",
    "DECLINECOUNTER": "The proposed time does not suit",
    "REFRESH": "The invitation is asked for again",
}
_ANSWERS = {
    "accepted": "coming",
    "tentative": "perhaps",
    "declined": "not coming",
    "delegated": "sends somebody else",
    "needs-action": "no answer yet",
}
_ABOUT_A_MEETING = frozenset({"", "PUBLISH", "REQUEST", "ADD", "COUNTER"})
"""METHODs of what may still take place; only there a promise can be in the way."""
_NAMES_SHOWN = 8
_CLASHES_SHOWN = 3


def invitation_view(invitation: Invitation, knowledge: Knowledge) -> InvitationView:
    ours = ZoneInfo(knowledge.calendar.timezone)
    moments = invitation.moments()
    start, end = invitation.start, invitation.end
    if moments is not None:
        start = moments[0].astimezone(ours)
        end = None if moments[1] is None else moments[1].astimezone(ours)
    when = _span(start, end)
    theirs = "" if moments is None else _theirs(invitation, *moments, knowledge)
    return InvitationView(
        invitation, _lines(invitation, when, theirs), theirs, _clashes(invitation, start, end, knowledge)
    )


def _lines(invitation: Invitation, when: str, theirs: str) -> tuple[str, ...]:
    kind = _KINDS.get(invitation.method, "Meeting")
    if invitation.cancelled:
        kind = "Called off"
    elif invitation.method == "REQUEST" and invitation.sequence:
        kind = "Changed invitation"
    if theirs:
        when = f"{when} (theirs: {theirs})"
    elif invitation.unknown_zone:
        when = f"{when} in a zone that is not known here, “{invitation.unknown_zone}”"
    elif not invitation.all_day and not invitation.zone:
        when = f"{when}, in no zone: ask whose clock is meant"
    where = [f"at {invitation.place}"] if invitation.place else []
    where += [f"asked by {invitation.organiser}"] if invitation.organiser is not None else []
    further = invitation.further
    return tuple(
        line
        for line in (
            f"{kind}: {invitation.summary or '(no subject)'}",
            ", ".join(filter(None, (when, invitation.recurrence))),
            ", ".join(where),
            "; ".join(_who_comes(invitation)),
            f"{further} more event{'s' if further > 1 else ''} in the attached calendar" if further else "",
        )
        if line
    )


def _who_comes(invitation: Invitation) -> list[str]:
    groups: dict[str, list[Participant]] = {}
    for each in invitation.attendees:
        groups.setdefault(_ANSWERS.get(each.answer, each.answer or "no answer yet"), []).append(each)
    return [
        f"{answer}: {', '.join(map(str, people[:_NAMES_SHOWN]))}"
        + (f" +{len(people) - _NAMES_SHOWN}" if people[_NAMES_SHOWN:] else "")
        for answer, people in groups.items()
    ]


def _theirs(invitation: Invitation, start: datetime, end: datetime | None, knowledge: Knowledge) -> str:
    """The time on the clock of the calendar; programs that write UTC do not say whose, and then the registry may."""
    ours = ZoneInfo(knowledge.calendar.timezone)
    name = invitation.zone
    if name == "UTC" or start.astimezone(ours).utcoffset() == start.utcoffset():
        name = _zone_of_client(invitation, knowledge)
    try:
        zone = ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    if zone is None or start.astimezone(zone).utcoffset() == start.astimezone(ours).utcoffset():
        return ""
    there = start.astimezone(zone)
    span = _span(there, None if end is None else end.astimezone(zone))
    if there.date() == start.astimezone(ours).date():
        span = span.removeprefix(_day(there) + " ")
    return f"{span}, {name}"


def _zone_of_client(invitation: Invitation, knowledge: Knowledge) -> str:
    email = "" if invitation.organiser is None else invitation.organiser.email
    for client in knowledge.registry.clients:
        if email in {contact.email for contact in client.contacts} or email.rpartition("@")[2] in client.domains:
            return client.timezone
    return ""


def _span(start: datetime | date, end: datetime | date | None) -> str:
    """Thu 26 Nov 2026 10:00–11:00; Tue 1 Dec 2026 – Wed 2 Dec 2026, all day."""
    if not isinstance(start, datetime):
        last = f" – {_day(end)}" if end is not None and end > start else ""
        return f"{_day(start)}{last}, all day"
    first = f"{_day(start)} {start:%H:%M}"
    if not isinstance(end, datetime) or end == start:
        return first
    return f"{first}–{end:%H:%M}" if end.date() == start.date() else f"{first} – {_day(end)} {end:%H:%M}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def _clashes(
    invitation: Invitation, start: datetime | date, end: datetime | date | None, knowledge: Knowledge
) -> tuple[str, ...]:
    if invitation.cancelled or invitation.method not in _ABOUT_A_MEETING:
        return ()
    first, last = (day.date() if isinstance(day, datetime) else day for day in (start, end or start))
    due = due_between(knowledge.promises, first, last)
    words = [
        f"Clash: we promised “{promise.text}”"
        + (f" ({promise.project})" if promise.project else "")
        + f" for {_day(promise.due or first)}"
        for promise in due[:_CLASHES_SHOWN]
    ]
    if due[_CLASHES_SHOWN:]:
        words.append(f"Clash: {len(due) - _CLASHES_SHOWN} more promises of ours are due then")
    return tuple(words)
