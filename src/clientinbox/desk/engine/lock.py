"""One engine per store: an flock that dies with its owner, and a socket whose name follows from the store's."""

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

_SOCKET_PATH_LIMIT = 100
"""A Unix socket's path holds 107 octets at most."""


class EngineLock:
    """Held by the process that is the engine. `acquire` returns False where another one holds it."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


def socket_path(runtime_dir: Path, database: Path) -> Path:
    name = f"engine-{hashlib.sha256(str(database.absolute()).encode()).hexdigest()[:16]}.sock"
    path = runtime_dir / name
    if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.gettempdir()) / f"clientinbox-{os.getuid()}" / name


def private_folder(path: Path) -> None:
    """Make a folder for its owner alone; PermissionError where somebody else made it first."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = path.stat()
    if found.st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to somebody else")
    if found.st_mode & 0o077:
        path.chmod(0o700)
