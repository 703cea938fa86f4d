"""Answers as they are written: drafts that survive whatever happens, and the way from a draft into the outbox.

Nothing here talks to a server: all of it works on a train. The engine sends what is queued, when its undo window ends.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.readiness import Answered, Gap, NotReady, answered_by, checked_waivers, gaps_in
from clientinbox.drafting.reply import Recipients, attribution, quoted, reply_subject, reply_to
from clientinbox.edge.mime.compose import compose
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.edge.mime.headers import addresses
from clientinbox.edge.store import Connection, outgoing, queries
from clientinbox.edge.store.rows import StoredMessage
from clientinbox.errors import UsageError
from clientinbox.mail.account import Account
from clientinbox.mail.drafts import Draft, OutboxEntry, OutboxState
from clientinbox.mail.message import Address, Envelope
from clientinbox.mail.outgoing import (
    Outgoing,
    as_typed,
    checked,
    new_message_id,
    references_to,
    refuse_controls,
)
from clientinbox.mail.zones import own_words, zones_of

UNDO_SECONDS = 30
LONGEST_UNDO_SECONDS = 20 * 60
"""What a tense thread gets."""
_TOKEN_BYTES = 18


@dataclass(frozen=True, slots=True)
class ReadyMail:
    """What would go out, checked."""

    mail: Outgoing
    raw: bytes
    gaps: tuple[Gap, ...]
    """What still stands in the way; empty: nothing does."""


class Drafts:
    def __init__(self, connection: Connection, accounts: Sequence[Account], knowledge: Callable[[], Knowledge]) -> None:
        self._connection = connection
        self._accounts = tuple(accounts)
        self._knowledge = knowledge

    # ---- making and keeping them

    def reply(self, thread: int, now: datetime, *, everybody: bool = False, fresh: bool = False) -> Draft:
        """To the last message somebody else wrote. A reply that was begun and not sent is taken up again.

        `fresh`: other words are coming; one that holds words already is left as it is.
        """
        answered, account, recipients = self._answer(thread, everybody=everybody)
        begun = next(
            (each for each in outgoing.open_drafts(self._connection) if (each.thread, each.kind) == (thread, "reply")),
            None,
        )
        if begun is None or (fresh and own_words_of(begun.body)):
            body = f"\n\n{self._quote(answered)}"
            return self._add(account, thread, "reply", answered, recipients, body=body, now=now)
        if own_words_of(begun.body):
            return begun
        return self.save(begun.id, now, to=as_typed(recipients.to), cc=as_typed(recipients.cc))

    def _quote(self, answered: StoredMessage) -> str:
        """What they wrote, below the answer: as far as it was fetched."""
        zone = ZoneInfo(self._knowledge().calendar.timezone)
        above = attribution(answered.sender, answered.sent_at.astimezone(zone))
        return quoted(answered.body, above, answered.zones) if answered.body else ""

    def recap(self, thread: int, text: str, now: datetime) -> Draft:
        """What was agreed on the telephone, in writing."""
        answered, account, recipients = self._answer(thread, everybody=False)
        return self._add(account, thread, "recap", answered, recipients, body=text, now=now)

    def _add(
        self,
        account: Account,
        thread: int,
        kind: str,
        answered: StoredMessage,
        recipients: Recipients,
        *,
        body: str,
        now: datetime,
    ) -> Draft:
        return outgoing.add_draft(
            self._connection,
            account=account.name,
            thread=thread,
            kind=kind,
            in_reply_to=answered.message_id,
            to=as_typed(recipients.to),
            cc=as_typed(recipients.cc),
            subject=reply_subject(self._last_subject(thread)),
            body=body,
            now=now,
        )

    def new(self, now: datetime, *, to: str = "", subject: str = "") -> Draft:
        """A conversation of its own."""
        return outgoing.add_draft(
            self._connection,
            account=self._account_for(None).name,
            thread=None,
            kind="new",
            in_reply_to="",
            to=to,
            cc="",
            subject=subject,
            body="",
            now=now,
        )

    def get(self, number: int) -> Draft:
        """UsageError where there is none, or it was discarded."""
        found = outgoing.draft(self._connection, number)
        if found is None:
            raise UsageError(f"There is no draft {number}.", todo="`clientinbox draft list` lists them.")
        return found

    def all(self) -> tuple[Draft, ...]:
        """Neither discarded nor queued, last saved first."""
        return outgoing.open_drafts(self._connection)

    def save(
        self,
        number: int,
        now: datetime,
        *,
        to: str | None = None,
        cc: str | None = None,
        bcc: str | None = None,
        subject: str | None = None,
        body: str | None = None,
        waived: dict[str, str] | None = None,
    ) -> Draft:
        """Keep what was typed so far, complete or not; what is None stays as it is."""
        given = {"to": to, "cc": cc, "bcc": bcc, "subject": subject, "body": body}
        changes = {name: _storable(text) for name, text in given.items() if text is not None}
        kept = None if waived is None else checked_waivers(waived)
        if not outgoing.save_draft(self._connection, number, changes, kept, now):
            self._refuse_closed(number)
        return self.get(number)

    def discard(self, number: int, now: datetime) -> None:
        if not outgoing.discard_draft(self._connection, number, now):
            self._refuse_closed(number)

    def recover(self, number: int) -> Draft:
        """Take a discarded draft out of the bin."""
        outgoing.recover_draft(self._connection, number)
        return self.get(number)

    def _refuse_closed(self, number: int) -> None:
        entry = self.get(number).outbox
        raise UsageError(
            f"Draft {number} is in the outbox already.", todo=f"`clientinbox outbox cancel {entry}` takes it back."
        )

    # ---- sending them

    def ready(self, number: int, now: datetime, *, waived: dict[str, str] | None = None) -> ReadyMail:
        """What `queue` would put into the outbox. UsageError where the mail itself is not fit to be sent."""
        draft = self.get(number)
        if draft.body.strip() and not own_words_of(draft.body):
            raise UsageError("There is no word of yours in this draft.", todo="Write something, or discard it.")
        mail = self._mail(draft, now)
        knowledge = self._knowledge()
        answered = Answered()
        if draft.thread is not None:
            answered = answered_by(self._connection, draft.thread, knowledge, now)
        waivers = {**draft.waived, **checked_waivers(waived or {})}
        gaps = gaps_in(draft.body, answered, knowledge, now, waived=waivers)
        return ReadyMail(mail, compose(mail), gaps)

    def queue(
        self,
        number: int,
        now: datetime,
        *,
        undo_seconds: int = UNDO_SECONDS,
        not_before: datetime | None = None,
        waived: dict[str, str] | None = None,
    ) -> OutboxEntry:
        """Into the outbox, which sends it when the undo window has passed, and not before `not_before`.

        Raises UsageError, or NotReady where slots or placeholders are still open.
        """
        if not 0 <= undo_seconds <= LONGEST_UNDO_SECONDS:
            raise UsageError(f"The undo window has 0 to {LONGEST_UNDO_SECONDS} seconds, not {undo_seconds}.")
        draft = self.get(number)
        if draft.outbox is not None:
            self._refuse_closed(number)
        ready = self.ready(number, now, waived=waived)
        if ready.gaps:
            raise NotReady(ready.gaps)
        if waived:
            self.save(number, now, waived={**draft.waived, **checked_waivers(waived)})
        mail = ready.mail
        window = now + timedelta(seconds=undo_seconds)
        entry = outgoing.queue(
            self._connection,
            outgoing.NewEntry(
                message_id=mail.message_id,
                account=draft.account,
                thread=draft.thread,
                draft=number,
                raw=ready.raw,
                sender=mail.sender.email,
                recipients=mail.recipients,
                subject=mail.subject,
                answers=draft.in_reply_to,
                queued_at=now,
                not_before=window if not_before is None else max(window, not_before),
            ),
        )
        if entry is None:
            self._refuse_closed(number)
        return self.entry(entry or 0)

    def entry(self, number: int) -> OutboxEntry:
        found = outgoing.entry(self._connection, number)
        if found is None:
            raise UsageError(f"There is nothing under {number} in the outbox.", todo="`clientinbox outbox` lists it.")
        return found

    def outbox(self) -> tuple[OutboxEntry, ...]:
        return outgoing.outbox(self._connection)

    def cancel(self, number: int) -> Draft:
        """Take it back; its draft is open again. UsageError where it is too late."""
        entry = self.entry(number)
        if not outgoing.cancel(self._connection, number):
            raise UsageError(_too_late(self.entry(number)))
        if entry.draft is None:
            raise UsageError(f"{number} was taken back; it has no draft any more.")
        return self.get(entry.draft)

    def send_now(self, number: int, now: datetime) -> OutboxEntry:
        """End the undo window early."""
        outgoing.send_now(self._connection, number, now)
        return self.entry(number)

    # ---- whom, from where, in answer to what

    def _answer(self, thread: int, *, everybody: bool) -> tuple[StoredMessage, Account, Recipients]:
        messages = queries.thread_messages(self._connection, thread)
        if not messages:
            raise UsageError(f"There is no thread {thread}.")
        own = frozenset(account.email.casefold() for account in self._accounts)
        theirs = [message for message in messages if not message.ours]
        by_hand = [message for message in theirs if not message.automatic]
        others = [message for message in messages if message.sender.email.casefold() not in own]
        answered = (by_hand or theirs or others or list(messages))[-1]
        raw = self._envelope(answered.message_id)
        envelope = Envelope(
            message_id=answered.message_id,
            subject=answered.subject,
            sender=answered.sender,
            to=answered.to,
            cc=answered.cc,
            reply_to=() if raw is None else raw.reply_to,
        )
        return answered, self._account_for(answered), reply_to(envelope, own, everybody=everybody)

    def _envelope(self, message_id: str) -> Envelope | None:
        raw = outgoing.raw_message(self._connection, message_id)
        return None if raw is None else read_envelope(raw)

    def _last_subject(self, thread: int) -> str:
        """A conversation may have got another subject under the same headers: the last one is what they talk about."""
        messages = queries.thread_messages(self._connection, thread)
        return next((message.subject for message in reversed(messages) if message.subject.strip()), "")

    def _account_for(self, answered: StoredMessage | None) -> Account:
        if not self._accounts:
            raise UsageError("There is no account to write from.", todo="`clientinbox account add` adds one.")
        lying = () if answered is None else queries.places_of(self._connection, answered.id)
        names = {account for account, _ in lying}
        holding = [account for account in self._accounts if account.name in names]
        able = [account for account in self._accounts if account.smtp is not None]
        return (holding or able or list(self._accounts))[0]

    def _mail(self, draft: Draft, now: datetime) -> Outgoing:
        account = next((each for each in self._accounts if each.name == draft.account), None)
        if account is None:
            raise UsageError(f"The account {draft.account}, which this draft is of, is not configured any more.")
        if account.smtp is None:
            raise UsageError(
                f"The account {account.name} cannot send: it has no smtp.server.",
                todo=f'Add smtp.server = "smtps://…" to [accounts.{account.name}].',
            )
        answered = self._envelope(draft.in_reply_to) if draft.in_reply_to else None
        parents = () if answered is None else (answered.references or answered.in_reply_to)
        references = references_to(draft.in_reply_to, parents) if draft.in_reply_to else ()
        domain = account.email.rpartition("@")[2]
        return checked(
            Outgoing(
                sender=Address(account.display_name, account.email),
                to=_people("To", draft.to),
                cc=_people("Cc", draft.cc),
                bcc=_people("Bcc", draft.bcc),
                subject=draft.subject.strip(" "),
                body=draft.body,
                message_id=new_message_id(domain, secrets.token_hex(_TOKEN_BYTES)),
                date=now.astimezone(ZoneInfo(self._knowledge().calendar.timezone)),
                in_reply_to=draft.in_reply_to if draft.in_reply_to in references else "",
                references=references,
            )
        )


def _people(field: str, typed: str) -> tuple[Address, ...]:
    refuse_controls(f"{field} line", typed)
    return addresses(typed)


def own_words_of(body: str) -> str:
    """What a draft says itself: without the quote below it."""
    return own_words(body, zones_of(body)).text.strip()


def _storable(text: str) -> str:
    """SQLite takes no lone surrogates; a terminal hands them over for bytes that are no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _too_late(entry: OutboxEntry) -> str:
    if entry.state is OutboxState.WAITING:
        return f"{entry.id} cannot be taken back: the connection broke while it was sent, and it may have arrived."
    words = {
        OutboxState.SENDING: "is being sent",
        OutboxState.SENT: "has gone",
        OutboxState.FAILED: "was not sent, and its draft is open again",
        OutboxState.CANCELLED: "was taken back already",
    }
    return f"{entry.id} cannot be taken back: it {words[entry.state]}."
