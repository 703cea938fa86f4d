"""Mail from files walks in by the same door as mail from a server. Reads files on a thread of its own; the engine's
thread writes, so that it may happen while accounts are synced.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from clientinbox.desk.events import SyncProgress
from clientinbox.desk.intake import Imported, Intake
from clientinbox.desk.syncing import IntakeCalls, SyncStopped
from clientinbox.edge.imap.roles import with_roles
from clientinbox.edge.mailfiles import FiledMessage, LeftOut, MailSource, sources
from clientinbox.edge.mime.sanitise import sanitise_line
from clientinbox.errors import ClientInboxError, ExitCode

log = logging.getLogger(__name__)

_BATCH = 100
_BATCH_OCTETS = 8_000_000


@dataclass(slots=True)
class _File:
    path: str
    kind: str
    messages: int = 0
    new: int = 0
    known: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)


class MailImport(threading.Thread):
    """`report` is whole once the thread has ended."""

    def __init__(self, paths: Sequence[str], calls: IntakeCalls, done: Callable[[], None]) -> None:
        super().__init__(name="import", daemon=True)
        self._paths = [Path(path) for path in paths]
        self._calls = calls
        self._done = done
        self._stopping = threading.Event()
        self._files: list[_File] = []
        self._seen = 0
        self._error: ClientInboxError | None = None

    def stop(self) -> None:
        self._stopping.set()

    @property
    def report(self) -> dict[str, Any]:
        """What `import --json` prints."""
        return {
            "messages": sum(file.messages for file in self._files),
            "new": sum(file.new for file in self._files),
            "known": sum(file.known for file in self._files),
            "error": None if self._error is None else str(self._error),
            "exit_code": int(ExitCode.OK if self._error is None else self._error.exit_code),
            "files": [
                {
                    "path": file.path,
                    "kind": file.kind or None,
                    "messages": file.messages,
                    "new": file.new,
                    "known": file.known,
                    "left_out": file.left_out,
                }
                for file in self._files
            ],
        }

    def run(self) -> None:
        try:
            for source in sources(self._paths):
                self._take(source)
        except ClientInboxError as exc:
            self._error = exc
        except Exception as exc:  # a fault of ours ends one import, not the engine
            log.exception("import", exc_info=exc)
            self._error = ClientInboxError("The import hit an internal error; the log has it.")
        finally:
            self._done()

    def _take(self, source: MailSource | LeftOut) -> None:
        if isinstance(source, LeftOut):
            self._files.append(_File(sanitise_line(source.where), "", left_out=[_told(source)]))
            return
        file = _File(sanitise_line(str(source.path)), source.kind.value)
        self._files.append(file)
        waiting: Future[Imported] | None = None
        # the next batch is read from the disk while this one is written
        for batch in _batches(self._found(source, file)):
            if self._stopping.is_set():
                raise SyncStopped("The import was interrupted; what was stored stays, and a second run carries on.")
            if waiting is not None:
                self._count(file, waiting.result())
            waiting = self._calls.call(partial(_hand_in, source.folder, batch, self._calls.now()))
        if waiting is not None:
            self._count(file, waiting.result())

    def _found(self, source: MailSource, file: _File) -> Iterator[FiledMessage]:
        for message in source.messages():
            if isinstance(message, LeftOut):
                file.left_out.append(_told(message))
            else:
                file.messages += 1
                yield message

    def _count(self, file: _File, imported: Imported) -> None:
        file.new += imported.new
        file.known += imported.known
        self._seen += imported.new + imported.known
        self._calls.say(SyncProgress("import", Path(file.path).name, "reading", self._seen, self._seen))


def _told(left_out: LeftOut) -> dict[str, str]:
    """Names of files are foreign text, too."""
    return {"where": sanitise_line(left_out.where), "why": left_out.why}


def _hand_in(folder: str, batch: list[FiledMessage], now: datetime, intake: Intake) -> Imported:
    return intake.import_messages(folder, _role(folder), batch, now)


def _batches(messages: Iterator[FiledMessage]) -> Iterator[list[FiledMessage]]:
    batch: list[FiledMessage] = []
    octets = 0
    for message in messages:
        batch.append(message)
        octets += len(message.raw)
        if len(batch) >= _BATCH or octets >= _BATCH_OCTETS:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch


def _role(folder: str) -> str:
    """By the folder's name, as on a server; loose mail and whatever has no such name goes where new mail goes."""
    (found,) = with_roles([((), "/", folder)])
    return found.role or "inbox"
