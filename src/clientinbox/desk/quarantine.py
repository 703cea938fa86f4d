"""The message that ends the program, or cannot be read at all, is found and set aside; the others are not held up.

Before something is risked on a batch its keys are noted in the store. A note that an engine finds at its start names
what the last one died of: each of these is then tried alone, and what was alone in hand at two crashes is not tried
again. Two, because a crash may have had another cause. An ordinary exception needs no such proof.
"""

import faulthandler
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from clientinbox.edge.store import Connection, StoreError, quarantine
from clientinbox.edge.store.quarantine import Stage

T = TypeVar("T")
log = logging.getLogger(__name__)

_CRASHES = 2
_STUCK_S = 300.0
"""No batch takes so long on any machine."""
_AFTER = {
    Stage.HEADER: "only what the server says of it is known.",
    Stage.BODY: "it is shown as it came.",
    Stage.JUDGING: "read it yourself.",
    Stage.THREAD: "read it yourself.",
}
_COULD_NOT = {
    Stage.HEADER: "The header of this message could not be read",
    Stage.BODY: "This message could not be read",
    Stage.JUDGING: "This message could not be judged",
    Stage.THREAD: "This thread could not be assessed",
}


class Guard:
    """Of one stage of the work; the engine's thread owns it."""

    def __init__(self, connection: Connection, stage: Stage) -> None:
        self._connection = connection
        self._stage = stage
        found = quarantine.charge(connection, stage)
        if found:
            log.warning("the last engine ended with %d messages in hand (%s); each is tried alone", found, stage)
        self._suspects = quarantine.suspects(connection, stage)

    def apart(self, items: Sequence[T], key: Callable[[T], str]) -> Iterator[tuple[list[T], bool]]:
        """Groups to try together, and whether they may be tried at all: suspects come last, each alone."""
        if not self._suspects:
            if items:
                yield list(items), True
            return
        innocent = [item for item in items if key(item) not in self._suspects]
        if innocent:
            yield innocent, True
        for item in items:
            if (crashes := self._suspects.get(key(item))) is not None:
                yield [item], crashes < _CRASHES

    @contextmanager
    def holding(self, keys: Sequence[str]) -> Iterator[None]:
        """Risk something on these."""
        quarantine.take(self._connection, self._stage, keys)
        watched = faulthandler.is_enabled()  # in an engine of its own: there, what hangs for ever is a crash, too
        if watched:
            faulthandler.dump_traceback_later(_STUCK_S, exit=True, file=sys.__stderr__ or 2)
        try:
            yield
        finally:
            if watched:
                faulthandler.cancel_dump_traceback_later()
            acquitted = [key for key in keys if key in self._suspects]
            try:
                quarantine.put_down(self._connection, self._stage, acquitted)
            except StoreError as exc:  # the next note replaces this one
                log.warning("%s", exc)
            for key in acquitted:
                del self._suspects[key]

    def condemn(self, keys: Sequence[str]) -> None:
        """It is set aside by other means, so the suspicion has served its purpose."""
        quarantine.put_down(self._connection, self._stage, keys)
        for key in keys:
            self._suspects.pop(key, None)

    def words(self, failure: Exception | None) -> str:
        """What to say of a message that raised, or (None) that ended the program."""
        why = "it ended the program" if failure is None else type(failure).__name__
        return f"{_COULD_NOT[self._stage]} ({why}); {_AFTER[self._stage]}"
