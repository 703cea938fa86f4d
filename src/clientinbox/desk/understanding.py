"""Mail is understood: own words classified, then each thread derived again, oldest message to newest.

Runs on the engine's thread, a handful of messages at a time. What is left to do is a query, so a crash costs nothing.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.quarantine import Guard
from clientinbox.desk.summaries import derive
from clientinbox.desk.verdicts import in_body, settled
from clientinbox.edge.nlp.version import SHIPPED, own_number, shipped_version, with_own
from clientinbox.edge.store import Connection, StoreError, quarantine, queries, transaction, writes
from clientinbox.edge.store.quarantine import Stage
from clientinbox.edge.store.rows import StoredMessage, StoredVerdict
from clientinbox.mail.zones import own_words
from clientinbox.triage.classifier import Classifier, OwnWords
from clientinbox.triage.cues import find_cues
from clientinbox.triage.wordlist import VERSION as CUES_VERSION
from clientinbox.triage.wordlist import CueClassifier

log = logging.getLogger(__name__)

_MESSAGES = 8
_LOOKED_UP = 400
"""Of what another version judged, looked up together: the query sorts all of it."""
_THREADS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """What one step changed."""

    threads: tuple[int, ...] = ()
    calls: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Threads that newly advise a call, with the reasons' words."""


class Understanding:
    def __init__(
        self,
        connection: Connection,
        account_emails: Sequence[str],
        trusted_hosts: frozenset[str] = frozenset(),
        own_models: Path | None = None,
    ) -> None:
        """`own_models`: the folder of what the user's corrections taught."""
        self._connection = connection
        self._account_emails = tuple(account_emails)
        self._trusted_hosts = trusted_hosts
        self._classifier: Classifier | None = None
        self._outdated: tuple[int, ...] = ()
        self._just_judged = False
        self._settled: tuple[int, int] | None = None
        """The database as it was when nothing was left to do."""
        self._own_models = own_models
        self._own_number = self._own_now()
        self._version = self._version_now()
        self._judging = Guard(connection, Stage.JUDGING)
        self._assessing = Guard(connection, Stage.THREAD)
        quarantine.pardon(connection, Stage.JUDGING, self._version)
        quarantine.pardon(connection, Stage.THREAD, self._version)
        self.registry_changed()

    def registry_changed(self) -> None:
        self._knowledge = Knowledge.load(self._connection, self._account_emails, self._trusted_hosts)

    def step(self, now: datetime) -> Step | None:
        """Do a little of what is due; None when nothing is.

        Newest first through all stages, so that the first screen is whole before older mail is looked at; of one
        message its thread first: a list without labels is a list already. Between two batches that are judged, older
        threads get their turn: the list below is not to wait for all the judging above.
        """
        self._take_own_model()
        seen = queries.change_mark(self._connection)
        if seen == self._settled:
            return None
        due = queries.never_judged(self._connection, _MESSAGES) or self._judged_otherwise()
        stale = queries.stale_threads(self._connection, _THREADS, since=due[0] if due and not self._just_judged else 1)
        self._just_judged = False
        if stale:
            return self._derive(stale, now)
        if due:
            self._classify(due)
            self._just_judged = True
            self._outdated = tuple(message for message in self._outdated if message not in due)
            return Step()
        self._settled = seen
        return None

    def _judged_otherwise(self) -> tuple[int, ...]:
        if not self._outdated:
            self._outdated = queries.judged_otherwise(self._connection, self._version, _LOOKED_UP)
        return self._outdated[:_MESSAGES]

    def _classify(self, ids: tuple[int, ...]) -> None:
        messages = queries.messages_by_id(self._connection, ids)
        self._load()  # not while a message is in hand: it is not to blame for a model that does not fit into memory
        for group, allowed in self._judging.apart(messages, lambda message: str(message.id)):
            keys = [str(message.id) for message in group]
            if not allowed:
                self._give_up(group[0], self._judging.words(None))
                self._judging.condemn(keys)
                continue
            with self._judging.holding(keys):
                verdicts, failed = self._judged_or_not(group)
            writes.understand_messages(self._connection, verdicts)
            for message, failure in failed:
                self._give_up(message, self._judging.words(failure))

    def _judged_or_not(
        self, messages: Sequence[StoredMessage]
    ) -> tuple[list[tuple[int, StoredVerdict]], list[tuple[StoredMessage, Exception]]]:
        """Whatever one mail does to a reader, the others are to be judged."""
        try:
            return self._judged(messages), []
        except Exception as exc:
            if len(messages) == 1:
                log.exception("message %d cannot be judged", messages[0].id)
                return [], [(messages[0], exc)]
            log.warning("judging %d messages: %s; now one by one", len(messages), type(exc).__name__)
        each = [self._judged_or_not([message]) for message in messages]
        return [verdict for verdicts, _ in each for verdict in verdicts], [bad for _, failed in each for bad in failed]

    def _give_up(self, message: StoredMessage, words: str) -> None:
        """Not calm, but unknown: it says so wherever it is shown, and is not tried again by this version."""
        with transaction(self._connection):
            quarantine.set_aside(self._connection, message.id, Stage.JUDGING, words, self._version)

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
        for group, allowed in self._assessing.apart(threads, str):
            if not allowed:
                with transaction(self._connection):
                    calls += self._given_up(group[0], self._assessing.words(None), now)
                self._assessing.condemn([str(group[0])])
                continue
            with self._assessing.holding([str(thread) for thread in group]), transaction(self._connection):
                for thread in group:
                    calls += self._derived(thread, now)
        return Step(threads, tuple(calls))

    def _derived(self, thread: int, now: datetime) -> list[tuple[int, tuple[str, ...]]]:
        """Joins a transaction. The call that is newly advised, with the reasons' words."""
        before = queries.summary(self._connection, thread)
        try:
            summary = derive(self._connection, thread, self._knowledge, now)
        except StoreError:
            raise
        except Exception as exc:
            log.exception("thread %d cannot be assessed", thread)
            return self._given_up(thread, self._assessing.words(exc), now)
        rings = summary is not None and summary.urgent and summary.state["escalate"]
        if summary is None or not rings or (before is not None and before.state["escalate"]):
            return []
        return [(thread, tuple(reason["text"] for reason in summary.state["reasons"]))]

    def _given_up(self, thread: int, words: str, now: datetime) -> list[tuple[int, tuple[str, ...]]]:
        """Joins a transaction. It is shown without what the rules would say, and advises nothing."""
        quarantine.set_thread_aside(self._connection, thread, words, self._version)
        derive(self._connection, thread, self._knowledge, now)
        return []

    def _take_own_model(self) -> None:
        """Another training is in use, or none any more: all mail is judged again with it."""
        number = self._own_now()
        if number != self._own_number:
            self._own_number, self._classifier, self._settled, self._outdated = number, None, None, ()
            self._version = self._version_now()

    def _own_now(self) -> int:
        return own_number(self._own_models) if self._own_models else SHIPPED

    def _version_now(self) -> str:
        return f"{with_own(shipped_version() or CueClassifier().version, self._own_number)}+{CUES_VERSION}"

    def _load(self) -> Classifier:
        if self._classifier is None:
            from clientinbox.edge.nlp.reader import ModelMissing, load_classifier

            try:
                self._classifier = load_classifier(own=self._own_models)
            except ModelMissing as exc:
                log.warning("%s The word lists answer instead.", exc)
                self._classifier = CueClassifier()
        return self._classifier
