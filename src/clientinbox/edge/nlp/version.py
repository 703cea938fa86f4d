"""Which model reads, told without importing spaCy: a check that finds nothing to do should cost nothing."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_META = Path(__file__).parent / "pipeline" / "meta.json"
IN_USE = "in-use"
"""The file that names which of a user's own trainings is in use."""
SHIPPED = 0


def shipped_version(meta: Path = _META) -> str | None:
    """Name and version, as `SpacyClassifier.version` says them; None where no pipeline can be found."""
    try:
        known = json.loads(meta.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return version_of(known)


def version_of(meta: Mapping[str, Any]) -> str:
    """Where onnxruntime is missing another model answers, and once it is there its verdicts are made again."""
    alone = "" if find_spec("onnxruntime") else " linear-alone"
    return f"{meta['name']} {meta['version']}{alone}"


def own_number(folder: Path) -> int:
    """Which of a user's own trainings is in use; SHIPPED is the model as it came."""
    try:
        return int((folder / IN_USE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return SHIPPED


def with_own(version: str, number: int) -> str:
    return f"{version}+own-{number}" if number else version
