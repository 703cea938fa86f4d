"""A call sheet for the printer: a text file that only its owner can read, in the folder where downloads go."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from clientinbox.errors import ClientInboxError
from clientinbox.tui.plain import defused

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_TRIES = 99


def save_sheet(thread_id: str, printed: str, environ: Mapping[str, str]) -> Path:
    """Write a new file and never over an old one: somebody may have made notes in it."""
    folder = _folder(environ)
    name = "call-" + (_NOT_IN_A_NAME.sub("-", thread_id).strip("-")[:60] or "sheet")
    text = defused(printed).encode("utf-8")
    for number in range(1, _TRIES + 1):
        path = folder / (f"{name}.txt" if number == 1 else f"{name}-{number}.txt")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise _not_written(path, error) from error
        try:
            with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, so that the mode is there from the start
                file.write(text)
        except OSError as error:
            raise _not_written(path, error) from error
        return path
    raise ClientInboxError(f"There are {_TRIES} such sheets in {folder} already.", todo="Remove some.")


def _not_written(path: Path, error: OSError) -> ClientInboxError:
    why = error.strerror or type(error).__name__
    return ClientInboxError(f"{path} cannot be written: {why}.", todo="Set XDG_DOWNLOAD_DIR to a folder that can.")


def _folder(environ: Mapping[str, str]) -> Path:
    named = environ.get("XDG_DOWNLOAD_DIR", "")
    home = Path(environ.get("HOME", "") or Path.home())
    if named:
        named = named.replace("$HOME", str(home))  # as xdg-user-dirs writes it
    choices = [Path(named)] if named else []
    return next((each for each in (*choices, home / "Downloads") if each.is_dir()), Path.cwd())
