"""The registry as a TOML file: bytes to a document and back. What it means is for `projects/registry_form`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clientinbox.errors import UsageError


def read_document(path: Path) -> dict[str, Any]:
    """Raises UsageError naming the file, and the line where the TOML is broken."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"{path} cannot be read ({exc.strerror}).", todo="Give the path of a registry file.") from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"{path} is not UTF-8 text.", todo="Save it as UTF-8.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise UsageError(f"{path} is not TOML: {exc}.", todo="Mend that line and import again.") from exc


def write_document(document: Mapping[str, Any]) -> str:
    import tomlkit  # 30 ms, and only an export needs it

    return tomlkit.dumps(document)
