"""Files that came by mail, on the user's disk: a name cannot leave its folder, nothing is overwritten or executed."""

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from clientinbox.errors import ClientInboxError, UsageError

_LONGEST = 120
"""Octets of a name, so that " (2)" and the like fit on any disk."""
_LONGEST_SUFFIX = 20
_MOST_OF_ONE_NAME = 1_000
_UNSAFE = re.compile(r'[/\\:*?"<>|\ufffd]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
_DOWNLOADS = re.compile(r'^\s*XDG_DOWNLOAD_DIR="(\$HOME)?(/[^"]*|)"', re.MULTILINE)

_RUNS = frozenset(
    {
        ".action",
        ".apk",
        ".app",
        ".appimage",
        ".application",
        ".applescript",
        ".bash",
        ".bat",
        ".bin",
        ".cmd",
        ".com",
        ".command",
        ".cpl",
        ".csh",
        ".deb",
        ".desktop",
        ".dll",
        ".dmg",
        ".docm",
        ".dotm",
        ".elf",
        ".exe",
        ".fish",
        ".gadget",
        ".hta",
        ".htm",
        ".html",
        ".inf",
        ".iso",
        ".jar",
        ".js",
        ".jse",
        ".ksh",
        ".lnk",
        ".mht",
        ".mhtml",
        ".mjs",
        ".msc",
        ".msi",
        ".php",
        ".pif",
        ".pkg",
        ".pl",
        ".pptm",
        ".ps1",
        ".py",
        ".pyc",
        ".pyw",
        ".rb",
        ".reg",
        ".rpm",
        ".run",
        ".scf",
        ".scpt",
        ".scr",
        ".sh",
        ".shtml",
        ".so",
        ".svg",
        ".svgz",
        ".url",
        ".vbe",
        ".vbs",
        ".workflow",
        ".wsf",
        ".wsh",
        ".xhtml",
        ".xlam",
        ".xlsm",
        ".xltm",
        ".zsh",
    }
)
"""Suffixes of what an opener would run, or hand to a program that runs what is in it."""
_RUNNING_TYPE = re.compile(
    r"html|svg|script|executable|x-(?:sh|csh|perl|python|php|ruby|msdownload|msdos|dosexec|desktop|elf|bat|java)"
    r"|java-archive|macroenabled|\bhta\b"
)
_RUNNING_HEAD = (b"#!", b"\x7fELF", b"MZ", b"[Desktop Entry]")


def safe_name(name: str) -> str:
    """A file name that stays in its folder, whatever a mail called it; never empty, never hidden."""
    plain = "".join(char if char.isprintable() else "_" for char in _UNSAFE.sub("_", name))
    plain = plain.strip().lstrip(".-~ ").rstrip(". ")
    if not plain.strip("_"):
        return "attachment"
    if _RESERVED.match(plain):
        plain = f"_{plain}"
    stem, suffix = Path(plain).stem, Path(plain).suffix
    if len(os.fsencode(suffix)) > _LONGEST_SUFFIX:
        stem, suffix = plain, ""
    room = _LONGEST - len(os.fsencode(suffix))
    return os.fsencode(stem)[:room].decode("utf-8", "ignore").rstrip(". ") + suffix


def runs(name: str, content_type: str, head: bytes) -> bool:
    """Would opening it run something? By its name, its type as declared, and how it begins."""
    suffix = Path(name).suffix.lower()
    begins = head.lstrip(b"\xef\xbb\xbf\r\n\t ")
    return suffix in _RUNS or bool(_RUNNING_TYPE.search(content_type.lower())) or begins.startswith(_RUNNING_HEAD)


def save_new(folder: Path, name: str, fill: Callable[[Path], object]) -> Path:
    """A new file, its owner's alone (0600), which `fill` writes under another name first: nobody sees half of it.

    A name that is taken, also by a symbolic link, is left alone: " (2)" is added.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".clientinbox-", suffix=".part", dir=folder)
        os.close(handle)
    except OSError as exc:
        raise UsageError(f"Nothing can be saved in {folder}: {exc.strerror or exc}.") from exc
    try:
        fill(Path(temporary))
        target = _reserved(folder, safe_name(name))
        Path(temporary).replace(target)
    except OSError as exc:
        raise ClientInboxError(f"The attachment could not be saved in {folder}: {exc.strerror or exc}.") from exc
    finally:
        Path(temporary).unlink(missing_ok=True)
    return target


def _reserved(folder: Path, name: str) -> Path:
    """An empty file of a name that nobody had."""
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(1, _MOST_OF_ONE_NAME):
        path = folder / (name if number == 1 else f"{stem} ({number}){suffix}")
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            continue
        return path
    raise UsageError(f"{folder} has very many files called {name}.", todo="Give another folder.")


def downloads_folder(environ: Mapping[str, str]) -> Path:
    """As the desktop has it (user-dirs.dirs), else ~/Downloads."""
    home = environ.get("HOME", "") or str(Path.home())
    named = environ.get("XDG_DOWNLOAD_DIR", "")
    if named.startswith("/"):
        return Path(named)
    config = environ.get("XDG_CONFIG_HOME", "")
    file = Path(config if config.startswith("/") else f"{home}/.config") / "user-dirs.dirs"
    with suppress(OSError, UnicodeError):
        if found := _DOWNLOADS.search(file.read_text()):
            path = (home if found[1] else "") + found[2]
            if path.rstrip("/") != home.rstrip("/"):  # "the home itself" stands for "none"
                return Path(path)
    return Path(home) / "Downloads"
