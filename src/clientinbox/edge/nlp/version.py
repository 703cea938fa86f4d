"""Which pipeline ships, told without importing spaCy: a check that finds nothing to do should cost nothing."""

import json
from pathlib import Path

_META = Path(__file__).parent / "pipeline" / "meta.json"


def shipped_version(meta: Path = _META) -> str | None:
    """Name and version, as `SpacyClassifier.version` says them; None where no pipeline can be found."""
    try:
        known = json.loads(meta.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return f"{known['name']} {known['version']}"
