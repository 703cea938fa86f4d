"""Which thread a message is of, asked of the store for a whole batch at once.

What the store knows around the batch is looked up before and kept true while the batch is written: one question for
each of 20,000 messages costs more than all the rest of listing them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from clientinbox.desk.people import Ours
from clientinbox.edge.store import Connection, outgoing, queries, splits, writes
from clientinbox.mail.message import Address, Envelope
from clientinbox.mail.ports import FetchedHeader
from clientinbox.mail.threads import (
    Placement,
    SubjectCandidate,
    apart,
    awaiting,
    is_reply_subject,
    may_answer,
    mentioned_ids,
    normalised_subject,
    place,
    subject_fallback,
)


class Placing:
    """For one batch, within the transaction that writes it."""

    def __init__(self, connection: Connection, ours: Ours, envelopes: Sequence[Envelope]) -> None:
        self._connection = connection
        self._ours = ours
        known = queries.known(
            connection,
            [envelope.message_id for envelope in envelopes],
            [mentioned for envelope in envelopes for mentioned in mentioned_ids(envelope)],
            [normalised_subject(envelope.subject) for envelope in envelopes],
        )
        self._digests, self._threads = known.digests, known.threads
        self._early_replies = known.early_replies
        self._came_from = splits.origins(connection)

    def mentions(self, envelope: Envelope) -> bool:
        """Whether it names a message of a thread that is stored."""
        return bool(self._mentioning(mentioned_ids(envelope)))

    def stored_under(self, envelope: Envelope) -> str:
        """The Message-ID by which the store knows a message, which need not be the one in its header."""
        return self.told_apart(envelope).message_id

    def add(self, folder: int | None, fetched: FetchedHeader, envelope: Envelope, now: datetime) -> int:
        """Store the message, or its place if it is known already; returns its id."""
        listing = self._listing(fetched, self._ours.by_hand(self.told_apart(envelope)), now)
        message = writes.list_message(self._connection, folder, listing)
        self._digests.setdefault(listing.envelope.message_id, listing.envelope.digest)
        thread = listing.thread or queries.thread_of_message(self._connection, message)
        if listing.merged:
            merged = dict.fromkeys(listing.merged, thread)
            self._threads = {mentioned: merged.get(old, old) for mentioned, old in self._threads.items()}
        for mentioned in listing.mentioned:
            self._threads.setdefault(mentioned, thread)
        if listing.is_reply:
            self._early_replies.setdefault(listing.subject_key, set()).add(thread)
        return message

    def _mentioning(self, message_ids: Sequence[str]) -> tuple[int, ...]:
        return tuple(sorted({self._threads[each] for each in message_ids if each in self._threads}))

    def _listing(self, fetched: FetchedHeader, envelope: Envelope, now: datetime) -> writes.Listing:
        mentioned = mentioned_ids(envelope)
        subject_key = normalised_subject(envelope.subject)
        received = fetched.internaldate or min(envelope.date or now, now)
        known = apart(self._mentioning(mentioned), self._came_from)
        placement = self._placed(envelope, subject_key, known, received)
        return writes.Listing(
            uid=fetched.uid,
            envelope=envelope,
            flags=fetched.flags,
            received=received.astimezone(UTC),
            size=fetched.size,
            ours=self._ours.includes(envelope.sender),
            subject_key=subject_key,
            thread=placement.join,
            merged=placement.merge,
            mentioned=mentioned,
            is_reply=is_reply_subject(envelope.subject),
        )

    def _placed(self, envelope: Envelope, subject_key: str, known: Sequence[int], received: datetime) -> Placement:
        """By references, else by subject what it answers; and in front of replies that came before it was listed."""
        answered = None
        if not known and (envelope.in_reply_to or is_reply_subject(envelope.subject)):
            date = envelope.date or received
            near = queries.same_subject(self._connection, subject_key, received)
            answered = subject_fallback(
                envelope, [self._candidate(each, subject_key) for each in near if may_answer(date, each.sent_at)]
            )
        begun = self._begun_by_replies(envelope, subject_key, known, received)
        if not begun:
            return place(known, answered)
        together = (*known, *begun, *(() if answered is None else (answered,)))
        return place(apart(together, self._came_from))

    def _begun_by_replies(
        self, envelope: Envelope, subject_key: str, known: Sequence[int], received: datetime
    ) -> list[int]:
        if self._early_replies.get(subject_key, frozenset()) <= set(known):
            return []
        near = queries.early_replies(self._connection, subject_key, received)
        replies = [each for each in near if each.thread not in known and is_reply_subject(each.subject)]
        answers = awaiting(envelope, [self._candidate(each, subject_key) for each in replies])
        return [
            each.thread
            for each in replies
            if each.thread in answers and queries.first_message(self._connection, each.thread) == each.message
        ]

    def _candidate(self, found: queries.SameSubject, subject_key: str) -> SubjectCandidate:
        outside = frozenset(e for e in found.correspondents if not self._ours.includes(Address("", e)))
        return SubjectCandidate(found.thread, subject_key, outside, found.sent_at)

    def told_apart(self, envelope: Envelope) -> Envelope:
        """Two different messages under one Message-ID are two messages."""
        known = self._digests.get(envelope.message_id)
        if known is None or known == envelope.digest:
            return envelope
        if self._ours.includes(envelope.sender) and outgoing.is_own(self._connection, envelope.message_id):
            return envelope  # our own mail, as a server that rewrites dates or names has filed it
        return replace(envelope, message_id=f"<{envelope.digest[:32]}@duplicate.clientinbox.invalid>")
