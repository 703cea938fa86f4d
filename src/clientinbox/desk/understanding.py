"""Mail is understood: own words classified, then each thread derived again, oldest message to newest.

Runs on the engine's thread, a handful of messages at a time. What is left to do is a query, so a crash costs nothing.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.summaries import derive
from clientinbox.desk.verdicts import in_body, settled
from clientinbox.edge.nlp.version import shipped_version
from clientinbox.edge.store import Connection, queries, transaction, writes
from clientinbox.edge.store.rows import StoredMessage, StoredVerdict
from clientinbox.mail.zones import own_words
from clientinbox.triage.classifier import Classifier, OwnWords
from clientinbox.triage.cues import find_cues
from clientinbox.triage.labels import Classification, Label, Tension
from clientinbox.triage.wordlist import VERSION as CUES_VERSION
from clientinbox.triage.wordlist import CueClassifier

log = logging.getLogger(__name__)

_MESSAGES = 8
_LOOKED_UP = 400
"""Messages looked up together: the query passes over all that are understood, 1 ms for each thousand of them."""
_THREADS = 50


_UNREADABLE = Classification(frozenset(), dict.fromkeys(Label, 0.0), Tension.CALM, (1.0, 0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Step:
    """What one step changed."""

    threads: tuple[int, ...] = ()
    calls: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Threads that newly advise a call, with the reasons' words."""


class Understanding:
    def __init__(self, connection: Connection, account_emails: Sequence[str]) -> None:
        self._connection = connection
        self._account_emails = tuple(account_emails)
        self._classifier: Classifier | None = None
        self._pending: tuple[int, ...] = ()
        self._settled: tuple[int, int] | None = None
        """The database as it was when nothing was left to do."""
        self._version = f"{shipped_version() or CueClassifier().version}+{CUES_VERSION}"
        self.registry_changed()

    def registry_changed(self) -> None:
        self._knowledge = Knowledge.load(self._connection, self._account_emails)

    def step(self, now: datetime) -> Step | None:
        """Do a little of what is due; None when nothing is. Threads first: a list without labels is a list already."""
        seen = queries.change_mark(self._connection)
        if seen == self._settled:
            return None
        stale = queries.stale_threads(self._connection, _THREADS)
        if stale:
            return self._derive(stale, now)
        if not self._pending:
            self._pending = queries.not_understood(self._connection, self._version, _LOOKED_UP)
        if self._pending:
            now_judged, self._pending = self._pending[:_MESSAGES], self._pending[_MESSAGES:]
            self._classify(now_judged)
            return Step()
        self._settled = seen
        return None

    def _classify(self, ids: tuple[int, ...]) -> None:
        messages = queries.messages_by_id(self._connection, ids)
        try:
            verdicts = self._judged(messages)
        except Exception:  # whatever one mail does to a reader, the others are to be read
            log.exception("judging %d messages; now one by one", len(messages))
            verdicts = [verdict for message in messages for verdict in self._judged_alone(message)]
        writes.understand_messages(self._connection, verdicts)

    def _judged_alone(self, message: StoredMessage) -> list[tuple[int, StoredVerdict]]:
        """A mail that cannot be judged counts as calm and without a label, so that it is not tried for ever."""
        try:
            return self._judged([message])
        except Exception:
            log.exception("message %d cannot be judged", message.id)
            return [(message.id, StoredVerdict(self._version, _UNREADABLE, ()))]

    def _judged(self, messages: Sequence[StoredMessage]) -> list[tuple[int, StoredVerdict]]:
        classifier = self._load()
        own = [own_words(message.body or "", message.zones) for message in messages]
        spoken = [OwnWords(message.subject, text.text) for message, text in zip(messages, own, strict=True)]
        verdicts = []
        for message, text, said in zip(messages, own, classifier.classify(spoken), strict=True):
            cues = find_cues(message.subject, text.text)
            verdicts.append((message.id, StoredVerdict(self._version, in_body(settled(said, cues), text), cues)))
        return verdicts

    def _derive(self, threads: tuple[int, ...], now: datetime) -> Step:
        calls: list[tuple[int, tuple[str, ...]]] = []
        with transaction(self._connection):
            for thread in threads:
                before = queries.summary(self._connection, thread)
                summary = derive(self._connection, thread, self._knowledge, now)
                if summary is None:
                    continue
                if summary.urgent and summary.state["escalate"] and not (before and before.state["escalate"]):
                    calls.append((thread, tuple(reason["text"] for reason in summary.state["reasons"])))
        return Step(threads, tuple(calls))

    def _load(self) -> Classifier:
        if self._classifier is None:
            from clientinbox.edge.nlp.reader import ModelMissing, load_classifier

            try:
                self._classifier = load_classifier()
            except ModelMissing as exc:
                log.warning("%s The word lists answer instead.", exc)
                self._classifier = CueClassifier()
        return self._classifier
