"""Which messages belong together: incremental threading after JWZ, as pure rules over ids.

Every id that a message mentions (its own, its References, its In-Reply-To) belongs to its thread, whether or not that
message is there: a missing parent is an id without a message. So the order of arrival does not matter. The store keeps
id → thread and asks `place`; on a merge the older thread stays and the others point to it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clientinbox.mail.message import Envelope

_SUBJECT_REACH = timedelta(days=45)
_CLOCKS_APART = timedelta(minutes=10)
_SAME_TOPIC = 0.2
"""Jaccard's index of two subjects' words."""
_SHORTEST_SUBJECT = 8
"""Characters that one word needs to name a conversation; two words always may."""

_REPLY = r"re|aw|antw|antwort|sv|vs|rif|ref|réf|rép|odp|ynt|res|回复|答复|回覆|返信"
_FORWARD = r"fw|fwd|wg|tr|rv|enc|doorst|vl|转发|轉寄"
_PREFIX = re.compile(
    rf"\s*(?:(?P<reply>{_REPLY})|{_FORWARD})\s?(?:\[\d{{1,3}}\]|\(\d{{1,3}}\)|\^\d{{1,3}})?\s?[:：]", re.IGNORECASE
)
# A number in brackets is a ticket, and tickets of one title are different conversations.
_LIST = re.compile(r"\s*\[[^\]\d]{1,60}\]")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a message goes."""

    join: int | None
    """The thread it joins, None for a new one."""
    merge: tuple[int, ...] = ()
    """Younger threads that turn out to be the same conversation; they point to `join` from now on."""


@dataclass(frozen=True, slots=True)
class SubjectCandidate:
    """A thread that a message without known references might answer."""

    thread: int
    subject: str
    """As `normalised_subject` gives it."""
    correspondents: frozenset[str]
    """Addresses of everybody in the thread who is not one of us, lower case."""
    last_message: datetime
    """Aware."""


def normalised_subject(subject: str) -> str:
    """Return a subject without reply and forward prefixes and names of lists, case folded, single spaces."""
    at = 0
    while match := _PREFIX.match(subject, at) or _LIST.match(subject, at):
        if match.re is _LIST and not subject[match.end() :].strip():
            # All there is stands in brackets: then that is the subject.
            break
        at = match.end()
    return " ".join(subject[at:].split()).casefold()


def is_reply_subject(subject: str) -> bool:
    """Say whether the outermost prefix is that of a reply."""
    at = 0
    while match := _LIST.match(subject, at):
        at = match.end()
    prefix = _PREFIX.match(subject, at)
    return prefix is not None and prefix["reply"] is not None


def topic_changed(before: str, after: str) -> bool:
    """Whether a subject speaks of something else: two normalised subjects that share less than a fifth of their words.

    A subject without words says nothing.
    """
    words, others = (set(re.findall(r"[^\W\d_]{2,}", subject)) for subject in (before, after))
    return bool(words and others) and len(words & others) < _SAME_TOPIC * len(words | others)


def mentioned_ids(envelope: Envelope) -> tuple[str, ...]:
    """Return the message's own id, then those it refers to, each once."""
    return tuple(dict.fromkeys((envelope.message_id, *envelope.references, *envelope.in_reply_to)))


def place(known: Sequence[int], by_subject: int | None = None) -> Placement:
    """Place a message: `known` are the threads (lower is older) of the ids it mentions, `by_subject` is the answer of
    `subject_fallback`, which counts only where no id is known.
    """
    threads = sorted(set(known))
    if threads:
        return Placement(threads[0], tuple(threads[1:]))
    return Placement(by_subject)


def subject_fallback(envelope: Envelope, candidates: Sequence[SubjectCandidate]) -> int | None:
    """Find the thread that a reply without known references answers, by subject, people and time; None when unsure.

    The nearest in time wins, then the oldest thread.
    """
    subject = normalised_subject(envelope.subject)
    is_reply = is_reply_subject(envelope.subject) or bool(envelope.in_reply_to)
    if envelope.date is None or not is_reply or not _names_a_conversation(subject):
        return None
    date = envelope.date
    people = {address.email for address in (envelope.sender, *envelope.to, *envelope.cc, *envelope.reply_to)} - {""}
    fitting = [
        (abs(date - candidate.last_message), candidate.thread)
        for candidate in candidates
        if candidate.subject == subject
        and not people.isdisjoint(candidate.correspondents)
        and abs(date - candidate.last_message) <= _SUBJECT_REACH
    ]
    return min(fitting)[1] if fitting else None


def awaiting(envelope: Envelope, begun_by: Sequence[SubjectCandidate]) -> tuple[int, ...]:
    """Find the threads that this message belongs in front of: each begins with a reply that names nothing known, and
    had it come after this message, `subject_fallback` would have put it here. So newest-first gives the same threads.

    A candidate's `last_message` is here the date of the reply that its thread begins with.
    """
    subject = normalised_subject(envelope.subject)
    if envelope.date is None or not _names_a_conversation(subject):
        return ()
    date = envelope.date
    people = {address.email for address in (envelope.sender, *envelope.to, *envelope.cc, *envelope.reply_to)} - {""}
    return tuple(
        candidate.thread
        for candidate in begun_by
        if candidate.subject == subject
        and not people.isdisjoint(candidate.correspondents)
        and may_answer(candidate.last_message, date)
    )


def may_answer(reply: datetime, original: datetime) -> bool:
    """Whether a mail without references may answer another by their dates, clocks being a little apart."""
    return -_CLOCKS_APART <= reply - original <= _SUBJECT_REACH


def _names_a_conversation(subject: str) -> bool:
    words = re.findall(r"\w{2,}", subject)
    return len(words) > 1 or len("".join(words)) >= _SHORTEST_SUBJECT


def apart(threads: Collection[int], came_from: Mapping[int, int]) -> tuple[int, ...]:
    """Of threads that one message names, those it belongs to: a reply after a split names what was before it, too."""
    before: set[int] = set()
    for thread in threads:
        at = thread
        while at in came_from and came_from[at] not in before and came_from[at] != thread:
            at = came_from[at]
            before.add(at)
    return tuple(sorted(set(threads) - before))
