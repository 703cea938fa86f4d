"""The desk's part for whoever writes: drafts, the solution frame beside them, the outbox. Nothing is sent but by
`queue` and `send_draft`, which a door calls for a key or a command alone.

Screens see `DraftView`s and ids as text; commands use the numbers and values of the store.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clientinbox.desk.views import DraftView, FrameView, Queued
from clientinbox.errors import UsageError

if TYPE_CHECKING:
    from clientinbox.desk.engine.link import EngineLink
    from clientinbox.desk.events import Event
    from clientinbox.desk.knowledge import Knowledge
    from clientinbox.desk.outgoing import Drafts, ReadyMail
    from clientinbox.edge.settings import Settings
    from clientinbox.edge.store import Connection
    from clientinbox.mail.drafts import Draft, OutboxEntry, ServerWrite

_TENSE = 2


class Writing:
    """What of the desk it needs is declared here and made there."""

    _settings: "Settings"
    _link: "EngineLink | None"

    if TYPE_CHECKING:

        @property
        def _connection(self) -> "Connection": ...

        def now(self) -> datetime: ...

        def recap_text(self, thread_id: str) -> str: ...

        def _knowledge(self) -> "Knowledge": ...

        def _thread_number(self, thread: str) -> int | None: ...

        def _engine(self) -> "EngineLink": ...

        def _ask(self, command: dict[str, Any], listener: Callable[[Event], None]) -> dict[str, Any]: ...

    # for screens

    def new_reply(self, thread_id: str, *, everybody: bool = False, fresh: bool = False) -> DraftView:
        """A reply that was begun in this thread and not sent is taken up again, unless a `fresh` one is wanted."""
        thread = self._known_thread(thread_id)
        return _view(self._drafts.reply(thread, self.now(), everybody=everybody, fresh=fresh))

    def new_recap(self, thread_id: str, text: str | None = None) -> DraftView:
        """What was agreed on the telephone: the last logged call's facts alone, unless words are given."""
        words = self.recap_text(thread_id) if text is None else text
        return _view(self._drafts.recap(self._known_thread(thread_id), words, self.now()))

    def save_draft(self, draft: DraftView) -> None:
        """On the disk when this returns."""
        self.edit_draft(
            _number(draft.draft_id),
            to=draft.to,
            cc=draft.cc,
            bcc=draft.bcc,
            subject=draft.subject,
            body=draft.body,
            waived=dict(draft.waived),
        )

    def discard_draft(self, draft_id: str) -> str:
        self._drafts.discard(_number(draft_id), self.now())
        return "draft discarded"

    def recover_draft(self, draft_id: str) -> DraftView:
        return _view(self._drafts.recover(_number(draft_id)))

    def unfinished(self, thread_id: str | None = None) -> tuple[DraftView, ...]:
        """Drafts that were neither sent nor discarded, last saved first: also what a crash left behind."""
        wanted = None if thread_id is None else self._known_thread(thread_id)
        return tuple(_view(draft) for draft in self.drafts() if wanted is None or draft.thread == wanted)

    def frame(self, draft: DraftView) -> FrameView:
        """The solution frame of a text as it stands, saved or not."""
        from clientinbox.desk.readiness import answered_by, frame_view

        now, knowledge = self.now(), self._knowledge()
        answered = None
        if draft.thread_id is not None:
            answered = answered_by(self._connection, self._known_thread(draft.thread_id), knowledge, now)
        return frame_view(draft.body, answered, knowledge, now, waived=dict(draft.waived))

    def queue(self, draft: DraftView) -> Queued:
        """Keep it and hand it to the outbox; an answer on a tense thread can be taken back for longer. Works offline.

        Raises UsageError (no recipient, an empty draft…) and NotReady (open slots or placeholders).
        """
        from clientinbox.desk.outgoing import LONGEST_UNDO_SECONDS, UNDO_SECONDS

        self.save_draft(draft)
        # a recap follows a call: what had to be said was said, and they wait for it in writing
        heated = draft.kind != "recap" and self._is_tense(draft.thread_id)
        undo = LONGEST_UNDO_SECONDS if heated else UNDO_SECONDS
        entry = self.send_draft(_number(draft.draft_id), undo_seconds=undo)
        return Queued(str(entry.id), entry.subject, entry.due)

    def send_at_once(self, outbox_id: str) -> None:
        """End its undo window; the engine sends it, also after the door has closed."""
        self.send_now(_number(outbox_id))

    def take_back(self, outbox_id: str) -> DraftView | None:
        """The draft again; None where it has left, or may have."""
        try:
            return _view(self.unqueue(_number(outbox_id)))
        except UsageError:
            return None

    # for commands

    def draft(self, draft_id: int) -> "Draft":
        return self._drafts.get(draft_id)

    def drafts(self) -> "tuple[Draft, ...]":
        return self._drafts.all()

    def new_message(self, *, to: str = "", subject: str = "") -> "Draft":
        return self._drafts.new(self.now(), to=to, subject=subject)

    def edit_draft(
        self,
        draft_id: int,
        *,
        to: str | None = None,
        cc: str | None = None,
        bcc: str | None = None,
        subject: str | None = None,
        body: str | None = None,
        waived: dict[str, str] | None = None,
    ) -> "Draft":
        """What is None stays as it is."""
        return self._drafts.save(draft_id, self.now(), to=to, cc=cc, bcc=bcc, subject=subject, body=body, waived=waived)

    def ready(self, draft_id: int, *, waived: dict[str, str] | None = None) -> "ReadyMail":
        """What `send_draft` would send and what stands in its way, without sending anything."""
        return self._drafts.ready(draft_id, self.now(), waived=waived)

    def send_draft(
        self,
        draft_id: int,
        *,
        undo_seconds: int = 30,
        not_before: datetime | None = None,
        waived: dict[str, str] | None = None,
    ) -> "OutboxEntry":
        """Into the outbox, and out of it when the undo window has passed. Errors as `queue`'s."""
        entry = self._drafts.queue(
            draft_id, self.now(), undo_seconds=undo_seconds, not_before=not_before, waived=waived
        )
        self._nudge()
        return entry

    def unqueue(self, outbox_id: int) -> "Draft":
        """Take it back; its draft is open again. UsageError where it is too late."""
        return self._drafts.cancel(outbox_id)

    def send_now(self, outbox_id: int) -> "OutboxEntry":
        """End the undo window early."""
        entry = self._drafts.send_now(outbox_id, self.now())
        self._nudge()
        return entry

    def outbox(self) -> "tuple[OutboxEntry, ...]":
        """What waits, what is being sent, and what failed and was not tried anew; oldest first."""
        return self._drafts.outbox()

    def outbox_entry(self, outbox_id: int) -> "OutboxEntry":
        return self._drafts.entry(outbox_id)

    def send_due(self, listener: "Callable[[Event], None]" = lambda _: None) -> None:
        """Try to send everything that is due now, and wait for the end; the outbox then says what came of it."""
        self._ask({"do": "send"}, listener)

    def send_later(self) -> None:
        """See to it that an engine runs when the undo window ends, whether or not a door is open then."""
        self._engine().send({"do": "outbox"})

    def server_writes(self) -> "tuple[ServerWrite, ...]":
        """All that was ever changed on a server, oldest first."""
        from clientinbox.edge.store import outgoing

        return outgoing.server_writes(self._connection)

    @property
    def _drafts(self) -> "Drafts":
        from clientinbox.desk.outgoing import Drafts

        return Drafts(self._connection, self._settings.accounts, self._knowledge)

    def _nudge(self) -> None:
        """Tell a running engine that the outbox has changed; one that starts later looks by itself."""
        from clientinbox.desk.engine.link import EngineUnreachable

        if self._link is not None:
            with suppress(EngineUnreachable):
                self._link.send({"do": "outbox"})

    def _known_thread(self, thread: str) -> int:
        number = self._thread_number(thread)
        if number is None:
            raise UsageError(f"There is no thread {thread!r}.", todo="`clientinbox triage` lists threads.")
        return number

    def _is_tense(self, thread_id: str | None) -> bool:
        if thread_id is None:
            return False
        from clientinbox.edge.store import queries

        summary = queries.summary(self._connection, self._known_thread(thread_id))
        return summary is not None and (summary.state["tension"] or 0) >= _TENSE


def _number(identifier: str) -> int:
    if not (identifier.isascii() and identifier.isdigit()):
        raise UsageError(f"There is no {identifier!r} here.")
    return int(identifier)


def _view(draft: "Draft") -> DraftView:
    return DraftView(
        draft_id=str(draft.id),
        thread_id=None if draft.thread is None else str(draft.thread),
        kind=draft.kind,
        to=draft.to,
        cc=draft.cc,
        bcc=draft.bcc,
        subject=draft.subject,
        body=draft.body,
        waived=tuple(draft.waived.items()),
        saved_at=draft.saved_at,
    )
