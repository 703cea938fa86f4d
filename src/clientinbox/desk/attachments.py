"""The desk's part for attachments: listed, saved, opened. What the store does not hold comes from its server."""

import os
import queue
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clientinbox.errors import ClientInboxError, NetworkError, UsageError

if TYPE_CHECKING:
    import tempfile

    from clientinbox.desk.engine.link import EngineLink
    from clientinbox.desk.events import Event
    from clientinbox.desk.views import AttachmentView
    from clientinbox.edge.settings import Settings
    from clientinbox.edge.store import Connection

_ANSWER_WITHIN_S = 600.0
_HEAD = 512


class Attachments:
    """What of the desk it needs is declared here and made there."""

    _settings: "Settings"
    _link: "EngineLink | None"
    _listeners: "list[Callable[[Event], None]]"
    _shown_in: "tempfile.TemporaryDirectory[str] | None" = None
    """Where what was opened lies, until the door closes."""

    if TYPE_CHECKING:

        @property
        def _connection(self) -> "Connection": ...

        def _thread_number(self, thread: str) -> int | None: ...

        def _engine(self) -> "EngineLink": ...

        def _ask(self, command: dict[str, Any], listener: "Callable[[Event], None]") -> dict[str, Any]: ...

        def subscribe(self, listener: "Callable[[Event], None]") -> Callable[[], None]: ...

    def attachments(self, name: str) -> "tuple[AttachmentView, ...]":
        """Of a message by its Message-ID, or of a whole thread by its id, oldest first."""
        from clientinbox.desk.views import AttachmentView
        from clientinbox.edge.store import queries

        thread = self._thread_number(name)
        if thread is None:
            raise UsageError(f"There is no thread or message {name!r}.", todo="`clientinbox triage` lists threads.")
        messages = queries.thread_messages(self._connection, thread)
        if "@" in name or name.startswith("<"):
            messages = tuple(each for each in messages if each.message_id.strip("<>") == name.strip("<>"))
        return tuple(
            AttachmentView(each.message_id, number, file.filename, file.content_type, file.size, kept=kept)
            for each in messages
            if each.attachments
            for kept in (queries.keeps_raw(self._connection, each.id),)
            for number, file in enumerate(each.attachments, 1)
        )

    def save_attachment(self, wanted: "AttachmentView", folder: Path | None = None) -> Path:
        """In the folder for downloads unless another is named; may wait for a server: call it off the event loop."""
        from clientinbox.edge.savedfiles import downloads_folder, save_new

        folder = downloads_folder(os.environ) if folder is None else folder.expanduser().absolute()
        return save_new(folder, wanted.filename, lambda path: self._fill(wanted, path))

    def open_attachment(self, wanted: "AttachmentView") -> str:
        """With the desktop's program for it; a line that says so. Refuses what could run. May wait for a server."""
        import subprocess
        import tempfile

        from clientinbox.edge.savedfiles import runs, safe_name, save_new

        name = safe_name(wanted.filename)
        if runs(name, wanted.content_type, b""):
            raise _not_opened(name)
        opener = _opener()
        if self._shown_in is None:
            self._shown_in = tempfile.TemporaryDirectory(prefix="clientinbox-", ignore_cleanup_errors=True)  # 0700
        path = save_new(Path(self._shown_in.name), name, lambda path: self._fill(wanted, path))
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if runs(path.name, wanted.content_type, head):
            path.unlink()
            raise _not_opened(name)
        subprocess.Popen(
            [*opener, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return f"Opening {name}."

    def _fill(self, wanted: "AttachmentView", path: Path) -> None:
        from contextlib import closing

        from clientinbox.edge.mime.attachment import attachment_octets
        from clientinbox.edge.store import connect, queries

        with closing(connect(self._settings.paths.database)) as connection:  # this may be any thread
            number = queries.message_by_id(connection, wanted.message_id)
            if number is None:
                raise ClientInboxError(f"The message with {wanted.filename} is gone.")
            (message,) = queries.messages_by_id(connection, [number])
            raw = queries.raw_message(connection, number)
        if raw is not None:
            octets = attachment_octets(raw, wanted.number)
            if octets is None:
                raise ClientInboxError(f"{wanted.filename} cannot be taken out of its message.")
            path.write_bytes(octets)
            return
        if not self._settings.accounts:
            raise UsageError(f"{wanted.filename} lies on a server, and no account is configured.")
        report = self._have_fetched(
            {
                "do": "attachment",
                "message_id": wanted.message_id,
                "number": wanted.number,
                "types": [each.content_type for each in message.attachments],
                "path": str(path),
            }
        )
        if report["error"]:
            kind = NetworkError if report["exit_code"] == NetworkError.exit_code else ClientInboxError
            raise kind(report["error"])

    def _have_fetched(self, command: dict[str, Any]) -> dict[str, Any]:
        """By the engine that this door listens to, where it does: a process that paints never becomes one."""
        import secrets

        from clientinbox.desk.events import EngineLost, SyncFinished

        if self._link is None and not self._listeners:
            return self._ask(command, lambda _: None)
        link = self._engine()
        request = secrets.randbits(48)
        answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

        def hear(event: "Event") -> None:
            if isinstance(event, SyncFinished) and event.request == request:
                answers.put(event.report)
            elif isinstance(event, EngineLost):
                answers.put(None)

        deaf = self.subscribe(hear)
        try:
            link.send({**command, "request": request})
            report = answers.get(timeout=_ANSWER_WITHIN_S)
        except queue.Empty:
            report = None
        finally:
            deaf()
        if report is None:
            raise ClientInboxError("The engine did not fetch the attachment.", todo="Try again in a moment.")
        return report

    def _forget_opened(self) -> None:
        if self._shown_in is not None:
            self._shown_in.cleanup()
            self._shown_in = None


def _not_opened(name: str) -> ClientInboxError:
    return UsageError(f"{name} could run something, so it is not opened from here.", todo="v s saves it.")


def _opener() -> list[str]:
    """The desktop's, which knows what belongs to what; else mailcap's."""
    import shutil

    if sys.platform != "darwin" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise UsageError("There is no display here to open it on.", todo="v s saves it.")
    for words in (["xdg-open"], ["open"] if sys.platform == "darwin" else [], ["run-mailcap", "--action=view"]):
        if words and (found := shutil.which(words[0])):
            return [found, *words[1:]]
    raise UsageError("No program is here that opens files (xdg-open, run-mailcap).", todo="v s saves it.")
