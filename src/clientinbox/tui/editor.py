"""A text in the person's own editor: $VISUAL, else $EDITOR. Whatever goes wrong there, the text is as it was."""

import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from clientinbox.errors import ClientInboxError


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Its words, as a shell would split them. Raises ClientInboxError where none is set."""
    named = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    if not named:
        raise ClientInboxError("No editor is set.", todo="Set VISUAL or EDITOR, or write here.")
    try:
        return shlex.split(named)
    except ValueError as error:
        raise ClientInboxError(
            f"The editor's name cannot be read: {named}.", todo="Check VISUAL and EDITOR."
        ) from error


def edited(text: str, command: list[str]) -> str:
    """The text as it was left in the editor, which has the terminal until it ends."""
    with TemporaryDirectory(prefix="clientinbox-") as folder:  # 0700: swap and backup files go with it
        file = Path(folder) / "mail.txt"
        try:
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8", newline="\n")
            with _interrupts_are_the_editors():
                ended = subprocess.run([*command, str(file)], check=False)
        except OSError as error:
            raise ClientInboxError(
                f"The editor {command[0]} could not be started: {error.strerror or type(error).__name__}.",
                todo="Your text is as it was.",
            ) from error
        if ended.returncode != 0:
            raise ClientInboxError(
                f"The editor {command[0]} ended with {ended.returncode}.", todo="Your text is as it was."
            )
        try:
            result = file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ClientInboxError(
                "What the editor left behind cannot be read as text.", todo="Your text is as it was."
            ) from error
    result = result.replace("\r\n", "\n").replace("\r", "\n")
    # most editors end a file with a newline that nobody typed
    return result if text.endswith("\n") else result.removesuffix("\n")


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """ctrl+c reaches the whole group of processes; a handler, unlike SIG_IGN, is not inherited by the editor."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
