"""What a user changes with a key, and taking it back: short writes, after which the thread is derived again at once."""

from collections.abc import Callable
from datetime import datetime

from clientinbox.desk.effective import effective_labels
from clientinbox.desk.knowledge import Knowledge
from clientinbox.edge.store import Connection, calls, queries, splits, transaction, writes
from clientinbox.edge.store.rows import StoredMessage
from clientinbox.errors import ClientInboxError, UsageError
from clientinbox.triage.labels import Label, Tension
from clientinbox.triage.tension import TENSION_WORDS

_TakeBack = Callable[[Connection, datetime], object]


class NotJudged(ClientInboxError):
    """Our own and automatic mail has neither labels nor tension."""


class Changes:
    """Remembers this door's changes, newest last, so that each can be taken back."""

    def __init__(self, judged: Callable[[int], None] = lambda _: None) -> None:
        """`judged` hears of each thread whose labels or tension a person has changed."""
        self._judged = judged
        self._done: list[Callable[[], str | None] | tuple[str, int, _TakeBack]] = []

    def set_tension(
        self, connection: Connection, knowledge: Knowledge, now: datetime, message_id: str, level: int
    ) -> str:
        if level not in {known.value for known in Tension}:
            raise UsageError(f"Tension goes from 0 to 3, not {level}.")
        message = _judged(connection, message_id)
        words = f"tension {level}, {TENSION_WORDS[Tension(level)].lower()}"
        return self._correct(connection, knowledge, now, message, "tension", level, words)

    def toggle_label(
        self, connection: Connection, knowledge: Knowledge, now: datetime, message_id: str, label: str
    ) -> str:
        if label not in {known.value for known in Label}:
            raise UsageError(
                f"There is no label {label!r}.", todo=f"There are {', '.join(known.value for known in Label)}."
            )
        message = _judged(connection, message_id)
        value = int(label not in effective_labels(message))
        words = f"{label.replace('_', ' ')} {'added' if value else 'removed'}"
        return self._correct(connection, knowledge, now, message, label, value, words)

    def note_deed(self, take_back: Callable[[], str | None]) -> None:
        """Mail was put somewhere or marked; None from `take_back` where another door has taken it back already."""
        self._done.append(take_back)

    def split(self, connection: Connection, knowledge: Knowledge, now: datetime, message_id: str) -> tuple[int, str]:
        """A message that began another topic, and what follows it, become a thread of their own: its number, and a line
        that says what was done.
        """
        if queries.thread_of(connection, message_id) is None:
            raise UsageError(f"There is no message {message_id}.")
        done = splits.split(connection, message_id, now)
        if done is None:
            raise UsageError("Nothing would be left of this thread.", todo="Choose the message that changes the topic.")
        for thread in (done.origin, done.thread):
            _derive(connection, knowledge, now, thread)
        many = f"{done.messages} message{'s' if done.messages > 1 else ''}"
        self._done.append(("the split", done.origin, lambda c, at: splits.undo_split(c, done.id, at)))
        return done.thread, f"{many} split off into thread t{done.thread}"

    def note_call(self, thread: int, call: int) -> None:
        """A logged call can be taken back like any other change, its promises with it."""
        self._done.append(("the call", thread, lambda c, at: calls.undo_call(c, call, at)))

    def undo(self, connection: Connection, knowledge: Knowledge, now: datetime) -> str | None:
        while self._done:
            last = self._done.pop()
            if not isinstance(last, tuple):
                if said := last():
                    return said
                continue
            words, thread, take_back = last
            take_back(connection, now)
            current = queries.resolve_thread(connection, thread)
            if current is not None:
                _derive(connection, knowledge, now, current)
                self._judged(current)
            return f"undone: {words}"
        return None

    def _correct(
        self,
        connection: Connection,
        knowledge: Knowledge,
        now: datetime,
        message: StoredMessage,
        field: str,
        value: int,
        words: str,
    ) -> str:
        correction = writes.add_correction(connection, message.message_id, field, value, now)
        _derive(connection, knowledge, now, message.thread)
        self._judged(message.thread)
        self._done.append((words, message.thread, lambda c, at: writes.undo_correction(c, correction, at)))
        return words


def _judged(connection: Connection, message_id: str) -> StoredMessage:
    thread = queries.thread_of(connection, message_id)
    messages = () if thread is None else queries.thread_messages(connection, thread)
    found = next((message for message in messages if message.message_id == message_id), None)
    if found is None:
        raise UsageError(f"There is no message {message_id}.")
    if found.ours or found.automatic:
        raise NotJudged("Only a client's own message has labels and tension.", todo="Choose one of theirs.")
    return found


def _derive(connection: Connection, knowledge: Knowledge, now: datetime, thread: int) -> None:
    from clientinbox.desk.summaries import derive  # the rules' patterns take 40 ms to compile

    with transaction(connection):
        derive(connection, thread, knowledge, now)
