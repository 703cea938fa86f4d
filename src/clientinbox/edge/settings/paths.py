"""Where everything of ours lies (XDG base directories), decided by the environment that is given.

Not platformdirs: it reads the environment of the process, so that a caller with one of its own (the demo's throw-away
store, a test) would silently get the user's folders.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clientinbox.errors import UsageError

_NAME = "clientinbox"


@dataclass(frozen=True, slots=True)
class Paths:
    config_files: tuple[Path, ...]
    """Merged in this order; the last one, which `account add` appends to, need not exist."""
    data_dir: Path
    database: Path
    raw_dir: Path
    state_dir: Path
    log_file: Path
    runtime_dir: Path
    cache_dir: Path


def find_paths(config_arg: str | None, environ: Mapping[str, str]) -> Paths:
    data = _xdg(environ, "XDG_DATA_HOME", ".local/share")
    state = _xdg(environ, "XDG_STATE_HOME", ".local/state")
    return Paths(
        config_files=_config_files(config_arg, environ),
        data_dir=data,
        database=data / f"{_NAME}.db",
        raw_dir=data / "raw",
        state_dir=state,
        log_file=state / "log",
        runtime_dir=_runtime(environ),
        cache_dir=_xdg(environ, "XDG_CACHE_HOME", ".cache"),
    )


def _config_files(config_arg: str | None, environ: Mapping[str, str]) -> tuple[Path, ...]:
    for origin, named in (("-c", config_arg), ("CLIENTINBOX_CONFIG", environ.get("CLIENTINBOX_CONFIG"))):
        if named is None or (not named and origin != "-c"):
            continue
        files = tuple(_expanded(part, environ) for part in named.split(os.pathsep) if part)
        if not files:
            raise UsageError(f"{origin} names no file.", todo="Give a path, or several with a colon between them.")
        return files
    return (_xdg(environ, "XDG_CONFIG_HOME", ".config") / "config.toml",)


def is_explicit(config_arg: str | None, environ: Mapping[str, str]) -> bool:
    """Did somebody name the config? Then it has to exist."""
    return config_arg is not None or bool(environ.get("CLIENTINBOX_CONFIG"))


def _home(environ: Mapping[str, str]) -> Path:
    home = environ.get("HOME", "")
    return Path(home) if home.startswith("/") else Path.home()


def _expanded(part: str, environ: Mapping[str, str]) -> Path:
    return _home(environ) / part[2:] if part.startswith("~/") else Path(part).absolute()


def _xdg(environ: Mapping[str, str], variable: str, under_home: str) -> Path:
    """A relative path is to be ignored, says the XDG specification."""
    base = environ.get(variable, "")
    return (Path(base) if base.startswith("/") else _home(environ) / under_home) / _NAME


def _runtime(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_RUNTIME_DIR", "")
    if base.startswith("/"):
        return Path(base) / _NAME
    usual = Path(f"/run/user/{os.getuid()}")
    if usual.is_dir() and os.access(usual, os.W_OK):
        return usual / _NAME
    # Whoever makes it must check that it is ours and 0700: anybody may write to this folder.
    return Path(tempfile.gettempdir()) / f"{_NAME}-{os.getuid()}"
