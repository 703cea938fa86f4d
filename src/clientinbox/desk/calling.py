"""The desk's part for whoever rings: the advice to ring, the sheet to ring from, the log of what was said.

Nothing here rings or decides. What a person answered to the advice is kept, and what they logged is all that a recap
is ever made of.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clientinbox.desk.views import AgreedLine, CallEntry, CallPrompt, CallSheetView, SheetLine, SheetSection
from clientinbox.errors import ClientInboxError, UsageError

if TYPE_CHECKING:
    from clientinbox.desk.changes import Changes
    from clientinbox.desk.knowledge import Knowledge
    from clientinbox.desk.summaries import Derived
    from clientinbox.desk.views import ThreadPage
    from clientinbox.drafting.callfacts import CallFacts, Line
    from clientinbox.edge.store import Connection
    from clientinbox.relationship.calls import CallRecord

HOLD = timedelta(minutes=20)
_CHOICES = ("call", "hold", "write")
_MOST_MINUTES = 24 * 60


class NobodyToRing(ClientInboxError):
    """No client took part in the thread."""


class Calling:
    """What of the desk it needs is declared here and made there."""

    if TYPE_CHECKING:

        @property
        def _connection(self) -> "Connection": ...

        @property
        def _changes(self) -> "Changes": ...

        def now(self) -> datetime: ...

        def thread(self, thread: str) -> "ThreadPage | None": ...

        def _knowledge(self) -> "Knowledge": ...

        def _thread_number(self, thread: str) -> int | None: ...

    def call_prompt(self, thread_id: str) -> CallPrompt | None:
        """None where a reply may be written at once: no call is advised, or the person decided to write."""
        from clientinbox.edge.store import calls

        page = self.thread(thread_id)
        if page is None or not page.row.escalate:
            return None
        decided = calls.decisions(self._connection, int(page.row.thread_id))
        if decided and decided[-1].choice == "write" and decided[-1].message_id == page.row.message_id:
            return None
        return CallPrompt(page.row.thread_id, page.row.contact, self._number(page.row.contact.email), page.reasons)

    def decide_call(self, thread_id: str, choice: str, reason: str) -> str:
        """Keep the answer to the advice: call, hold (for 20 minutes) or write (with a reason)."""
        from clientinbox.edge.store import calls

        page = self.thread(thread_id)
        if page is None:
            raise UsageError(f"There is no thread {thread_id}.")
        if choice not in _CHOICES:
            raise UsageError(f"One can {', '.join(_CHOICES)}, not {choice!r}.")
        words = " ".join(reason.split())
        if choice == "write" and not words:
            raise UsageError("Writing anyway needs a reason.", todo="One line will do.")
        now = self.now()
        until = now + HOLD if choice == "hold" else None
        calls.decide(
            self._connection,
            thread=int(page.row.thread_id),
            message_id=page.row.message_id,
            choice=choice,
            reason=words,
            until=until,
            now=now,
        )
        if until is not None:
            return f"held until {until.astimezone(ZoneInfo(self._knowledge().calendar.timezone)):%H:%M}"
        return "ring them" if choice == "call" else "writing; the reason is kept"

    def call_sheet(self, thread_id: str) -> CallSheetView | None:
        """None where no client took part in the thread."""
        from clientinbox.drafting.callsheet import as_text, call_sheet

        facts = self._facts(thread_id)
        if facts is None:
            return None
        page = self.thread(thread_id)
        if page is None:
            return None
        sheet = call_sheet(facts)
        return CallSheetView(
            thread_id=page.row.thread_id,
            contact=page.row.contact,
            number=self._number(facts.contact.email),
            sections=tuple(
                SheetSection(section.title, tuple(_sheet_line(line) for line in section.lines))
                for section in sheet.sections
            ),
            printed=as_text(sheet),
        )

    def agreed_line(self, text: str) -> AgreedLine:
        """Read a typed line: is it a promise, whose, by when."""
        from clientinbox.relationship.calls import read_agreed

        knowledge, now = self._knowledge(), self.now()
        calendar = knowledge.calendar
        people = [person.name for person in knowledge.registry.us.people]
        first_names = [name.split()[0] for name in people if name.split()]
        read = read_agreed(text, now, calendar.timezone, (*first_names, *people), calendar)
        due = None
        if read.due is not None:
            due = datetime.combine(read.due, read.at or calendar.end, ZoneInfo(calendar.timezone))
        return AgreedLine(read.text, read.promise, read.owner, due)

    def log_call(self, thread_id: str, entry: CallEntry) -> str:
        """Keep what was said; its promises enter the register. Returns a line that says so."""
        from clientinbox.desk.calllog import data_of, promise_rows
        from clientinbox.desk.summaries import derive
        from clientinbox.edge.store import calls, transaction
        from clientinbox.relationship.calls import VOICE_GOAL_MINUTES, first_voice

        if entry.minutes is not None and not 0 <= entry.minutes <= _MOST_MINUTES:
            raise UsageError(f"A call takes 0 to {_MOST_MINUTES} minutes, not {entry.minutes}.")
        if entry.mood_after not in {None, 0, 1, 2, 3}:
            raise UsageError(f"The mood goes from 0 to 3, not {entry.mood_after}.")
        derived, page = self._known(thread_id)
        knowledge, now = self._knowledge(), self.now()
        record = self._record(page, entry, now)
        waited = None
        livid_at = _livid_since(derived)
        if livid_at is not None:
            waited = first_voice(livid_at, [record], knowledge.calendar)
        summary = derived.summary
        promises = promise_rows(entry, summary.client, summary.project, now) if entry.reached else ()
        call = calls.log_call(
            self._connection,
            thread=summary.thread,
            client=summary.client,
            contact_email=page.row.contact.email,
            at=now,
            data=data_of(entry, page.row.contact.name, waited),
            promises=promises,
        )
        with transaction(self._connection):
            derive(self._connection, summary.thread, self._knowledge(), now)
        self._changes.note_call(summary.thread, call)
        parts = ["call logged" if entry.reached else "attempt logged"]
        if promises:
            parts.append(f"{len(promises)} promise{'s' if len(promises) > 1 else ''} in the register")
        if waited is not None:
            parts.append(f"first voice after {waited} business minutes (goal {VOICE_GOAL_MINUTES})")
        return ", ".join(parts)

    def recap_text(self, thread_id: str) -> str:
        """The words of a recap: the last logged call's facts alone. Raises UsageError where no call was logged."""
        from clientinbox.desk.calllog import problem_in_their_words, record_of
        from clientinbox.drafting.recap import recap
        from clientinbox.edge.store import calls
        from clientinbox.promises.ledger import overdue

        derived, page = self._known(thread_id)
        logged = calls.calls(self._connection, thread=derived.summary.thread)
        if not logged:
            raise UsageError("No call was logged in this thread.", todo="Log one first (K, or `clientinbox call log`).")
        knowledge, now = self._knowledge(), self.now()
        zone = ZoneInfo(knowledge.calendar.timezone)
        record = record_of(logged[-1], zone)
        late = overdue(knowledge.promises, now.astimezone(zone).date())
        owed = [promise.text for promise in late if promise.client == page.row.client]
        first = record.contact_name.split()
        return recap(
            record,
            f"Hello {first[0]}" if first else "Hello",
            knowledge.me.split(" ")[0],
            problem=problem_in_their_words(derived, owed),
        )

    def _number(self, email: str) -> str:
        contact = self._knowledge().contacts.get(email)
        return "" if contact is None else contact.mobile or contact.phone

    def _known(self, thread_id: str) -> "tuple[Derived, ThreadPage]":
        from clientinbox.desk.summaries import assess

        number = self._thread_number(thread_id)
        page = None if number is None else self.thread(str(number))
        derived = None if number is None else assess(self._connection, number, self._knowledge(), self.now())
        if derived is None or page is None:
            raise UsageError(f"There is no thread {thread_id}.")
        if page.row.client is None:
            raise NobodyToRing(
                "No client of the registry took part in this thread.",
                todo="Add them with `clientinbox registry import`.",
            )
        return derived, page

    def _facts(self, thread_id: str) -> "CallFacts | None":
        from clientinbox.desk.calllog import call_facts

        try:
            derived, page = self._known(thread_id)
        except NobodyToRing:
            return None
        return call_facts(derived, page, self._knowledge(), self.now())

    def _record(self, page: "ThreadPage", entry: CallEntry, now: datetime) -> "CallRecord":
        from clientinbox.desk.calllog import data_of, record_from

        return record_from(data_of(entry, page.row.contact.name, None), page.row.contact.email, now)


def _sheet_line(line: "Line") -> SheetLine:
    """A register row that names the mail it came from leads to that mail."""
    source = line.source
    if source.message_id:
        return SheetLine(line.text, "message", source.message_id)
    return SheetLine(line.text, source.kind.value, source.id)


def _livid_since(derived: "Derived") -> datetime | None:
    """When the first livid mail came that nobody has calmed since."""
    since = None
    for turn in derived.turns:
        if turn.tension is not None and turn.by_client:
            if turn.tension >= 3:  # noqa: PLR2004  Tension.LIVID, whose module a door's first frame need not import
                since = since or turn.at
            elif turn.tension <= 1:
                since = None
    return since
