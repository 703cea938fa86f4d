"""`demo next`: the story goes on. Later mails whose condition is met arrive, and the clock moves past them.

What the user did is read from the store, as a call that reached somebody and a mail of ours that the story does not
know: so it does not matter through which door, or in which order.
"""

from datetime import timedelta

from clientinbox.demo.agency import DemoAgency
from clientinbox.demo.scenario import DemoMessage, deliverable
from clientinbox.mail.message import Direction

_READING_TIME = timedelta(minutes=1)
"""How long after the last of them it is when they have come."""


def done_so_far(agency: DemoAgency) -> set[str]:
    """`call:THREAD` and `sent:THREAD`, by the story's names of its threads."""
    told = {message.message_id for message in (*agency.scenario.messages, *agency.scenario.later)}
    done: set[str] = set()
    for name in {message.thread for message in agency.scenario.later if message.after is not None}:
        first = next(message for message in agency.scenario.messages if message.thread == name)
        page = agency.desk.thread(first.message_id)
        if page is None:
            continue
        if any(call.reached for call in page.calls):
            done.add(f"call:{name}")
        if any(each.direction is Direction.OUT and each.message_id not in told for each in page.messages):
            done.add(f"sent:{name}")
    return done


def deliver_next(agency: DemoAgency, done: set[str] | None = None) -> tuple[DemoMessage, ...]:
    """Let arrive what may, move the clock, and have it synced. Returns what arrived, oldest first; nothing twice.

    `done` is read from the store where it is not given.
    """
    waiting = [message for message in agency.scenario.later if message.id not in agency.delivered]
    coming = deliverable(waiting, done_so_far(agency) if done is None else done)
    if not coming:
        return ()
    agency.servers.deliver(coming)
    agency.delivered.update(message.id for message in coming)
    agency.clock.advance_to(max(message.sent_at for message in coming) + _READING_TIME)
    agency.desk.move_clock(agency.clock.offset())
    return coming
