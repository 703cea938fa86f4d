"""The engine's log: its owner's alone, bounded, and without anybody's address."""

import faulthandler
import logging
import logging.handlers
import os
import re
import sys
from io import FileIO, TextIOWrapper
from pathlib import Path
from types import TracebackType

from clientinbox.errors import ClientInboxError

LARGEST = 2_000_000
"""Octets; then it becomes `log.1`, and the one before is gone."""
_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_ADDRESS = re.compile(r"[\w.+%'-]+@[\w.-]*\w")


class _Redacted(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _ADDRESS.sub("(address)", super().format(record))


class BoundedLog(logging.handlers.WatchedFileHandler):
    """Several processes may write to one file: whoever finds it full turns it over, the others notice."""

    def __init__(self, path: Path, *, with_stderr: bool = False) -> None:
        self._with_stderr = with_stderr
        super().__init__(path, encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.stream is not None and os.fstat(self.stream.fileno()).st_size > LARGEST:
                self.reopenIfNeeded()
                if os.fstat(self.stream.fileno()).st_size > LARGEST:
                    Path(self.baseFilename).replace(self.baseFilename + ".1")
        except OSError:  # a full disk, or a folder that went away: words to a log must not end an engine
            self.handleError(record)
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """It would print a traceback, and where that goes is a terminal or this very file."""

    def _open(self) -> TextIOWrapper:
        # its mode has to be right from the first moment; and whoever made it may have had other ideas
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
        if self._with_stderr:
            os.dup2(descriptor, 2)
        return TextIOWrapper(FileIO(descriptor, "a"), encoding="utf-8", write_through=True)


def log_to_file(log_file: Path) -> None:
    """For an engine in the foreground: stderr is for words to a person. Where somebody logs already, theirs stays."""
    if not logging.getLogger().handlers:
        configure_log(log_file)


def configure_log(log_file: Path | None, level: int = logging.INFO, *, with_stderr: bool = False) -> None:
    """To a file, or to stderr; never message text, never secrets, and addresses only below INFO.

    `with_stderr`: what the interpreter or a library prints goes there, too, and what a crash leaves behind.
    """
    handler: logging.Handler = logging.StreamHandler()
    if log_file is not None:
        try:
            log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handler = BoundedLog(log_file, with_stderr=with_stderr)
        except OSError as exc:
            raise ClientInboxError(f"The log {log_file} cannot be written ({exc.strerror}).") from exc
    handler.setFormatter(_Redacted(_FORM) if level >= logging.INFO else logging.Formatter(_FORM))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if with_stderr:
        faulthandler.enable(sys.__stderr__ or 2)


def note_fault(log_file: Path, fault: Exception) -> None:
    """Keep what a person should not have to read. Raises OSError."""
    log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = BoundedLog(log_file)
    handler.setFormatter(_Redacted(_FORM))
    name = "clientinbox"
    handler.emit(logging.LogRecord(name, logging.ERROR, name, 0, "a command failed", None, _raised(fault)))
    handler.close()


def _raised(fault: Exception) -> tuple[type[Exception], Exception, TracebackType | None]:
    return type(fault), fault, fault.__traceback__
